"""Photos are looked at before they are loaded, made anew without EXIF, and kept the same way in a folder and in S3."""

import contextlib
import io
import random
import struct
import warnings
import zlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from sbt_pwa.kit.photos import LONG_SIDE, MAX_BYTES, FolderStore, PhotoRefused, S3Store, remake

TOP, BOTTOM = (200, 30, 30), (30, 30, 200)


def picture(width=400, height=300) -> Image.Image:
    image = Image.new("RGB", (width, height), TOP)
    image.paste(BOTTOM, (0, height // 2, width, height))
    return image


def saved(image: Image.Image, form: str, **more) -> bytes:
    file = io.BytesIO()
    image.save(file, form, **more)
    return file.getvalue()


def exif(orientation=1) -> bytes:
    tags = Image.Exif()
    tags[0x0112], tags[0x010F] = orientation, "CANARY-CAMERA"
    tags.get_ifd(0x8825).update({1: "S", 2: (3.0, 6.0, 1.0), 3: "E", 4: (130.0, 29.0, 1.0)})
    return tags.tobytes()


def png(width: int, height: int, data: bytes = b"") -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")


def refusal(data: bytes) -> str:
    with pytest.raises(PhotoRefused) as refused:
        remake(data)
    return refused.value.code


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_photo_is_made_anew_as_webp(form):
    made = Image.open(io.BytesIO(remake(saved(picture(), form))))
    assert (made.format, made.size) == ("WEBP", (400, 300))
    assert abs(made.getpixel((200, 20))[0] - TOP[0]) < 40


@pytest.mark.parametrize("mode", ["L", "RGBA", "P", "CMYK", "1", "LA"])
def test_any_kind_of_colours_will_do(mode):
    form = "JPEG" if mode in ("L", "CMYK") else "PNG"
    assert Image.open(io.BytesIO(remake(saved(picture().convert(mode), form)))).mode == "RGB"


def test_a_large_photo_becomes_small_and_light():
    noisy = Image.effect_noise((3000, 2250), 60).convert("RGB")
    made = remake(saved(noisy, "JPEG", quality=90))
    image = Image.open(io.BytesIO(made))
    assert max(image.size) == LONG_SIDE
    card = remake(saved(picture(3000, 2250), "JPEG"))
    assert len(card) <= MAX_BYTES


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_nothing_of_the_camera_and_the_place_stays(form):
    data = saved(picture(), form, exif=exif())
    assert b"CANARY" in data
    made = remake(data)
    assert b"CANARY" not in made
    assert b"EXIF" not in made.upper()
    assert not Image.open(io.BytesIO(made)).getexif()


def test_a_photo_taken_sideways_stands_upright():
    made = Image.open(io.BytesIO(remake(saved(picture(), "JPEG", exif=exif(orientation=6)))))
    assert made.size == (300, 400)
    red, blue = made.getpixel((280, 200)), made.getpixel((20, 200))
    assert red[0] > red[2]
    assert blue[2] > blue[0]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no picture",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"SIMPLE  =                    T" + b" " * 2850,
        b"%PDF-1.7\n",
        b"GIF89a" + b"\0" * 60,
        saved(picture(), "GIF"),
        saved(picture(), "TIFF"),
        saved(picture(), "BMP"),
        saved(picture(), "ICO"),
        b"PK\x03\x04" + b"\0" * 60,
    ],
    ids=["empty", "text", "svg", "fits", "pdf", "half-gif", "gif", "tiff", "bmp", "ico", "zip"],
)
def test_other_kinds_are_refused_as_such(data):
    assert refusal(data) == "photo_kind"


@pytest.mark.parametrize(("width", "height"), [(5000, 4001), (13_000, 13_000), (60_000, 60_000), (2**31 - 1, 2**31 - 1)])
def test_a_bomb_is_refused_by_its_header(width, height):
    data = png(width, height)
    assert len(data) < 200
    assert refusal(data) == "photo_too_large"


@pytest.mark.parametrize(("width", "height"), [(0, 10), (10, 0), (0, 0)])
def test_a_picture_without_a_side_is_refused(width, height):
    assert refusal(png(width, height)) in {"photo_broken", "photo_kind"}


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("part", [0.3, 0.6, 0.95])
def test_a_cut_photo_is_refused(form, part):
    data = saved(Image.effect_noise((200, 150), 60).convert("RGB"), form)
    assert refusal(data[: int(len(data) * part)]) in {"photo_broken", "photo_kind"}


def test_what_hangs_behind_a_picture_is_left_behind():
    made = remake(saved(picture(), "JPEG") + b"<script>CANARY</script>")
    assert b"CANARY" not in made


BASES = [saved(picture(64, 48), form, exif=exif(6)) for form in ("JPEG", "PNG", "WEBP")]


def forge(seed: int) -> bytes:
    chance = random.Random(seed)
    data = bytearray(chance.choice(BASES))
    for _ in range(chance.randint(1, 12)):
        data[chance.randrange(min(len(data), 400))] = chance.randrange(256)
    if chance.random() < 0.3:
        at = chance.randrange(len(data))
        data[at : at + chance.randint(1, 8)] = chance.randbytes(chance.randint(0, 8))
    return bytes(data[: chance.randrange(len(data))] if chance.random() < 0.2 else data)


def remade_or_refused(data: bytes) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow says odd things about odd files; in service they go to the log
        with contextlib.suppress(PhotoRefused):
            assert not Image.open(io.BytesIO(remake(data))).getexif()


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.integers(0, 10**9))
def test_a_forged_photo_is_remade_or_refused(seed):
    remade_or_refused(forge(seed))


@pytest.mark.long
def test_5000_forged_photos_are_remade_or_refused():
    for seed in range(5000):
        remade_or_refused(forge(seed))


def test_a_forged_exif_once_broke_the_reader(monkeypatch):
    """Pillow's reader of EXIF raises struct.error, which is no ValueError."""

    def broken(_picture):
        raise struct.error("required argument is not an integer")

    monkeypatch.setattr("sbt_pwa.kit.photos.ImageOps.exif_transpose", broken)
    assert refusal(saved(picture(), "JPEG")) == "photo_broken"


# ---- where they lie


@pytest.fixture(scope="module")
def s3():
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(params=["folder", "s3"])
def store(request, tmp_path, monkeypatch):
    if request.param == "folder":
        return FolderStore(tmp_path / "photos")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    store = S3Store("photos-of-a-test", request.getfixturevalue("s3"), "us-east-1")
    store.client.create_bucket(Bucket="photos-of-a-test")
    request.addfinalizer(store.client.close)
    return store


NAME, OTHER = "ab" * 32, "ac" * 32


def test_what_was_put_is_got_back(store):
    store.put(NAME, b"\x00sealed\xff" * 1000)
    store.put(OTHER, b"other")
    assert store.get(NAME) == b"\x00sealed\xff" * 1000
    assert store.get(OTHER) == b"other"


def test_putting_again_replaces(store):
    store.put(NAME, b"first")
    store.put(NAME, b"second")
    assert store.get(NAME) == b"second"


def test_what_is_not_there_is_a_key_error(store):
    with pytest.raises(KeyError):
        store.get("ff" * 32)


def test_deleting_twice_is_fine(store):
    store.put(NAME, b"x")
    store.delete(NAME)
    store.delete(NAME)
    with pytest.raises(KeyError):
        store.get(NAME)


def test_a_folder_keeps_no_halves(tmp_path, monkeypatch):
    store = FolderStore(tmp_path)
    store.put(NAME, b"whole")

    def full(_fd):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("sbt_pwa.kit.photos.os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        store.put(NAME, b"half")
    assert store.get(NAME) == b"whole"


def test_the_setting_chooses_the_store(app, tmp_path):
    from sbt_pwa.kit import photos
    from sbt_pwa.kit.photos import photo_store

    assert isinstance(photo_store(), FolderStore)

    class Bare:
        config = {"SBT_PHOTO_STORE": "s3", "SBT_S3_BUCKET": "b", "SBT_S3_ENDPOINT": "http://127.0.0.1:9", "SBT_S3_REGION": "x"}
        extensions = {}

    photos.init_app(Bare)
    assert isinstance(Bare.extensions["photos"], S3Store)
    Bare.extensions["photos"].client.close()
