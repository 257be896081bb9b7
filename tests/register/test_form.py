"""The form without JavaScript: what a person types is stored once, or comes back with what to do."""

import io
import uuid
from urllib.parse import unquote

import pytest
from PIL import Image
from sqlalchemy import select

from sbt_pwa.kit.db import db
from sbt_pwa.records.account import Account
from sbt_pwa.records.envelope import Envelope
from sbt_pwa.records.photo import Photo, picture_of
from sbt_pwa.records.registration import Registration
from tests.words import words

WORKER = {
    "category": "vulnerable",
    "nik": "8105 0117 0890 0001",
    "name": "La Uji Coba",
    "birth_date": "17-8-1990",
    "sex": "male",
    "district": "81.05.01",
    "village": "81.05.01.2003",
    "occupation": "fisher",
    "consent": "1",
}


@pytest.fixture
def sari(visitor):
    visitor.sign_in("sari")
    return visitor


FOR_THE_FILE = {"birth_place": "Bula", "mother_name": "Wa Ina"}


def fill(visitor, status=None, **more):
    return visitor.get("/register/new").submit("/register", status=status, **(WORKER | more))


def entries():
    db.session.rollback()
    return list(db.session.scalars(select(Registration)))


def card(width=3000, height=2000, kind="JPEG"):
    file = io.BytesIO()
    Image.new("RGB", (width, height), "#aabbcc").save(file, kind)
    return file.getvalue()


def test_a_worker_is_stored_and_the_receipt_shows_the_code(sari):
    page = fill(sari)
    assert page.path.startswith("/register/receipt/")
    (entry,) = entries()
    assert (entry.status, entry.nik, entry.name, entry.occupation) == ("submitted", "8105011708900001", "La Uji Coba", "fisher")
    assert (entry.district_code, entry.village_code, entry.birth_date.isoformat()) == ("81.05.01", "81.05.01.2003", "1990-08-17")
    page.see("L. U. C.").not_see("8105011708900001")
    assert "<svg" in page.html, "the QR is missing"


def test_the_receipt_goes_by_sms_and_whatsapp_without_javascript_too(sari):
    from sbt_pwa.records.envelope import receipt_code_of

    links = fill(sari).find("a")
    code = receipt_code_of(db.session.scalars(select(Envelope)).one())
    told = [
        unquote(link.get("href")) for link in links if link.get("href", "").startswith(("sms:?body=", "https://wa.me/?text="))
    ]
    assert [f"/check#{code}" in one for one in told] == [True, True]


def test_the_code_of_the_receipt_opens_the_status_page(sari, new_visitor):
    from sbt_pwa.records.envelope import receipt_code_of

    fill(sari)
    code = receipt_code_of(db.session.scalars(select(Envelope)).one())
    new_visitor().get("/check").submit("/check", code=code).see("Menunggu persetujuan")


@pytest.mark.parametrize("name", ["category", "nik", "name", "birth_date", "sex", "village", "occupation", "consent"])
def test_what_is_missing_is_named_and_all_else_is_kept(sari, name):
    page = fill(sari, status=422, **{name: None})
    assert page.find("a", href=f"#{name}") or name in page.html
    assert entries() == []
    kept = page.values("/register")
    for other, value in WORKER.items():
        if other != name:
            assert kept.get(other) == [value], f"{other} was lost"


def test_a_kpj_in_place_of_the_nik_is_named(sari):
    fill(sari, status=422, nik="12345678901").see("KPJ")


def test_a_warning_needs_a_tick_and_then_goes_through(sari):
    page = fill(sari, status=422, nik="3275011708900001")
    assert page.find("input", name="confirmed_warnings", value="nik_other_region")
    page.submit("/register", confirmed_warnings=["nik_other_region"])
    (entry,) = entries()
    assert (entry.warnings, entry.confirmed) == (["nik_other_region"], ["nik_other_region"])


def test_sending_the_same_form_twice_stores_one_entry_and_shows_one_receipt(sari):
    values = sari.get("/register/new").values("/register") | {k: [v] for k, v in WORKER.items()}
    first = sari.post("/register", values, csrf=False)
    second = sari.post("/register", values, csrf=False)
    assert first.path == second.path
    assert len(entries()) == 1


def test_back_and_another_worker_is_another_entry(sari):
    values = sari.get("/register/new").values("/register") | {k: [v] for k, v in WORKER.items()}
    sari.post("/register", values, csrf=False)
    other = values | {"nik": ["8105011708900002"], "name": ["La Lain"]}
    sari.post("/register", other, csrf=False)
    assert sorted(entry.name for entry in entries()) == ["La Lain", "La Uji Coba"]


def test_the_same_nik_is_held_and_says_nothing_of_the_other(sari, new_visitor):
    fill(sari)
    yusuf = new_visitor()
    yusuf.sign_in("yusuf")
    page = fill(yusuf, name="Orang Lain", district="81.05.04", village="81.05.04.2001")
    page.not_see("La Uji Coba", "8105011708900001")
    assert sorted(entry.status for entry in entries()) == ["held", "submitted"]


def test_a_photo_is_made_small_sealed_and_kept_with_the_entry(sari):
    page = sari.get("/register/new")
    values = page.values("/register") | {k: [v] for k, v in WORKER.items()}
    values["photo_id_card"] = [(io.BytesIO(card()), "ktp.jpg")]
    sari.post("/register", values, csrf=False)
    (entry,) = entries()
    assert entry.has_photo
    picture = Image.open(io.BytesIO(picture_of(entry.photo_sha256)))
    assert (picture.format, max(picture.size)) == ("WEBP", 1280)


def send_photo(sari, data):
    """As a browser does: nothing of it waits in a file of the test's."""
    form = sari.get("/register/new").values("/register") | {k: [v] for k, v in WORKER.items()}
    parts = [f"--x\r\nContent-Disposition: form-data; name={k}\r\n\r\n{v[0]}\r\n".encode() for k, v in form.items() if v]
    photo = b"--x\r\nContent-Disposition: form-data; name=photo_id_card; filename=a.jpg\r\n\r\n" + data
    body = b"".join(parts) + photo + b"\r\n--x--\r\n"
    return sari.client.post("/register", data=body, content_type="multipart/form-data; boundary=x")


def test_a_camera_photo_of_several_megabytes_is_taken(sari):
    noise = io.BytesIO()
    Image.effect_noise((3000, 2000), 90).save(noise, "JPEG", quality=92)
    assert len(noise.getvalue()) > 3_000_000
    assert send_photo(sari, noise.getvalue()).status_code == 303
    (entry,) = entries()
    assert entry.has_photo


def test_a_form_that_comes_back_keeps_the_photo(sari):
    page = sari.get("/register/new")
    values = page.values("/register") | {k: [v] for k, v in WORKER.items()} | {"name": [""]}
    values["photo_id_card"] = [(io.BytesIO(card()), "ktp.jpg")]
    page = sari.post("/register", values, csrf=False, status=422)
    page.submit("/register", name="La Uji Coba")
    (entry,) = entries()
    assert entry.has_photo


def test_a_photo_kept_for_one_entry_does_not_open_for_another(sari):
    values = sari.get("/register/new").values("/register") | {k: [v] for k, v in WORKER.items()}
    first = values | {"name": [""], "photo_id_card": [(io.BytesIO(card()), "ktp.jpg")]}
    kept = sari.post("/register", first, csrf=False, status=422).values("/register")["photo_kept"]
    sari.post("/register", values | {"photo_kept": kept, "form_id": [str(uuid.uuid4())]}, csrf=False)
    (entry,) = entries()
    assert not entry.has_photo
    assert db.session.scalars(select(Photo.state)).one() == "unreadable"


@pytest.mark.parametrize("content", [b"not a picture", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"\xff\xd8\xff\xe0 cut"])
def test_a_file_that_is_no_photo_says_so_and_keeps_the_form(sari, content):
    values = sari.get("/register/new").values("/register") | {k: [v] for k, v in WORKER.items()}
    values["photo_id_card"] = [(io.BytesIO(content), "ktp.jpg")]
    page = sari.post("/register", values, csrf=False, status=422)
    assert page.values("/register")["nik"] == [WORKER["nik"]]
    assert entries() == []


def test_a_file_of_many_megabytes_that_is_no_photo_keeps_the_form_too(sari):
    answer = send_photo(sari, b"\xff\xd8" + b"x" * 14_000_000)
    assert answer.status_code == 422 and f'value="{WORKER["nik"]}"' in answer.text
    assert entries() == []


def test_staff_need_their_agency(sari):
    page = fill(sari, status=422, category="non_civil_servant", **FOR_THE_FILE)
    page.submit("/register", agency="Dinas Perikanan", position="Tenaga harian")
    (entry,) = entries()
    assert (entry.category, entry.agency, entry.position) == ("non_civil_servant", "Dinas Perikanan", "Tenaga harian")
    assert entry.warnings == []


def test_what_the_insurers_file_needs_of_staff_is_asked_for_and_may_be_left_out(sari):
    """Without birth place and mother's name the person would wait for the file; an officer may not know them."""
    page = fill(sari, status=422, category="non_civil_servant", agency="Dinas Perikanan")
    page.see(words("BPJS needs the birth place of non-ASN staff. It stands on the KTP."))
    page.see(words("BPJS needs the mother's name of non-ASN staff. It stands on the family card."))
    page.submit("/register", birth_place="Bula", confirmed_warnings=["mother_name_wanted"])
    (entry,) = entries()
    assert (entry.birth_place, entry.mother_name) == ("Bula", None)
    assert (entry.warnings, entry.confirmed) == (["mother_name_wanted"], ["mother_name_wanted"])


def test_nobody_else_is_asked_for_them(sari):
    fill(sari)
    (entry,) = entries()
    assert (entry.mother_name, entry.warnings) == (None, [])


def test_an_entry_that_does_not_open_leaves_the_officers_others_to_be_read(sari):
    fill(sari)
    fill(sari, nik="8105011708900002", name="Siti Rumakat")
    moved, fine = entries()
    moved.name_sealed = fine.name_sealed
    db.session.commit()
    for path in ("/register", "/register/arrived"):
        sari.get(path).see(words("Cannot be read"), "S. R.")


def test_a_returned_entry_is_put_right_with_only_what_changes(sari, app):
    fill(sari)
    (entry,) = entries()
    entry.send_back(db.session.scalars(select(Account).where(Account.username == "budi")).one(), ["name_differs"])
    db.session.commit()
    page = sari.get("/register")
    link = next(a.get("href") for a in page.tree.iter("a") if "parent=" in (a.get("href") or ""))
    page = sari.get(link)
    values = {k: [""] if k in WORKER and k != "consent" else v for k, v in page.values("/register").items()}
    sari.post("/register", values | {"name": ["La Uji Benar"]}, csrf=False)
    (entry,) = entries()
    assert (entry.status, entry.name, entry.nik) == ("submitted", "La Uji Benar", "8105011708900001")
    assert entry.events[-1].fields == ["name"]


def test_a_correction_that_could_not_be_taken_comes_back_as_that_correction_with_its_photo(sari, new_visitor):
    """The form's id is somebody else's: never may what was typed become a new registration."""
    fill(sari)
    (entry,) = entries()
    entry.send_back(db.session.scalars(select(Account).where(Account.username == "budi")).one(), ["name_differs"])
    db.session.commit()
    yusuf = new_visitor()
    yusuf.sign_in("yusuf")
    fill(yusuf, nik="8105011708900002", district="81.05.04", village="81.05.04.2001")
    other = next(one for one in entries() if one.id != entry.id)
    values = {k: [""] for k in WORKER if k != "consent"} | sari.get(f"/register/new?parent={entry.id}").values("/register")
    values |= {"form_id": [str(other.id)], "name": ["La Uji Benar"], "photo_id_card": [(io.BytesIO(card()), "ktp.jpg")]}
    page = sari.post("/register", values, csrf=False, status=422)
    kept = page.values("/register")
    assert (kept["parent"], kept["name"]) == ([str(entry.id)], ["La Uji Benar"])
    page.submit("/register")
    assert sorted((one.name, one.status, one.has_photo) for one in entries()) == [
        ("La Uji Benar", "submitted", True),
        ("La Uji Coba", "submitted", False),
    ]
    assert picture_of(next(one for one in entries() if one.has_photo).photo_sha256)


def test_an_entry_of_another_officer_cannot_be_put_right_or_read(sari, new_visitor):
    fill(sari)
    (entry,) = entries()
    yusuf = new_visitor()
    yusuf.sign_in("yusuf")
    yusuf.get(f"/register/receipt/{entry.id}", status=404)
    yusuf.get(f"/register/new?parent={entry.id}", status=404)


@pytest.mark.parametrize("parent", ["nonsense", "01900000-0000-7000-8000-000000000000"])
def test_an_unknown_parent_is_a_404_in_words(sari, parent):
    sari.get(f"/register/new?parent={parent}", status=404)


def test_a_body_that_is_too_large_is_refused_in_words(sari):
    token = sari.get("/register/new").values("/register")["csrf_token"][0]
    form = f"--x\r\nContent-Disposition: form-data; name=csrf_token\r\n\r\n{token}\r\n"
    photo = "--x\r\nContent-Disposition: form-data; name=photo_id_card; filename=a.jpg\r\n\r\n"
    body = form.encode() + photo.encode() + b"x" * 25_000_000 + b"\r\n--x--\r\n"
    answer = sari.client.post("/register", data=body, content_type="multipart/form-data; boundary=x")
    assert answer.status_code == 413
    assert "Pilih foto" in answer.text
    assert entries() == []
