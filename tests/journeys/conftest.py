"""A real server, a line that can be broken, and real browsers."""

import shutil
import zlib
from pathlib import Path

import pytest

from tests.factories import invented
from tests.faults.proxy import FaultProxy
from tests.faults.server import ServerProcess
from tests.journeys.phone import DESK, Phone
from tests.journeys.stored import Stored


@pytest.fixture(scope="session")
def server(demo_data, quick_folder):
    """One for the journeys of a test process: each has its own phone and its own people, and looks only for those."""
    server = ServerProcess(
        shutil.copytree(demo_data, quick_folder / "journeys"), environ={"SBT_TRUSTED_HOSTS": "phone.test"}
    ).start()
    yield server
    server.kill()


@pytest.fixture
def line(server):
    proxy = FaultProxy(server.port)
    yield proxy
    proxy.close()


@pytest.fixture(scope="module")
def stored(server):
    """What the server holds, read with the app's own eyes."""
    return Stored(server.data_dir)


@pytest.fixture(scope="module", autouse=True)
def an_hour_later(stored):
    """All journeys come from one address, which may enrol so many phones in an hour."""
    stored.forget_tries()


@pytest.fixture
def new_phone(playwright, browser, line, tmp_path):
    """A seat at the browser that all share; with `own`, one of its own with a profile on the disk, which may be restarted."""
    phones = []

    def make(name="phone", own=False, **options):
        options |= {} if own else {"browser": browser}
        phones.append(Phone(playwright, tmp_path / f"profile-{name}", line.url, **options).start())
        return phones[-1]

    yield make
    troubles = [trouble for phone in phones for trouble in phone.troubles]
    for phone in phones:
        phone.close()
    assert troubles == [], "the browser complained"


@pytest.fixture
def person(request):
    """A worker whom no other journey knows, and the same one at each run."""
    return invented(zlib.crc32(request.node.nodeid.encode()))


@pytest.fixture
def phone(new_phone):
    return new_phone(own=True)


@pytest.fixture
def desk(new_phone):
    return new_phone("desk", shape=DESK)


@pytest.fixture(scope="session")
def id_card(tmp_path_factory) -> Path:
    """A camera's picture of an invented KTP: 12 Mpx with noise, as phones make them."""
    from PIL import Image, ImageDraw

    path = tmp_path_factory.mktemp("camera") / "IMG_0001.jpg"
    noise = Image.effect_noise((500, 375), 60).resize((4000, 3000)).convert("RGB")
    card = ImageDraw.Draw(noise)
    card.rounded_rectangle((400, 500, 3600, 2500), 120, fill=(190, 215, 235))
    for row, text in enumerate(["PROVINSI MALUKU", "NIK : 8105011708909001", "Nama : KARTU CONTOH", "BUKAN KARTU ASLI"]):
        card.text((600, 700 + row * 380), text, fill=(20, 20, 40), font_size=190)
    noise.save(path, quality=92)
    return path
