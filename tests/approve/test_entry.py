"""One entry: all that was typed, what the NIK says, the photo, who is like it, and what happened."""

import io

from PIL import Image

from sbt_pwa.kit.photos import remake
from tests.sync.phones import content, entry, picture
from tests.words import words


def test_all_that_was_typed_is_there(registered, budi):
    one = registered(
        1, birth_place="Geser", family_card_no="8105010101010009", address="RT 007", workplace="Pelabuhan Bula",
        monthly_income_rupiah=1_250_000, heir_name="Aminah Rumakat", heir_relation="spouse", heir_phone="+6281234567890",
        latitude=-3.1, longitude=130.45, accuracy_m=12,
    )  # fmt: skip
    person = content(1)
    page = budi.get(f"/approve/{one}")
    page.see(
        person["name"],
        "Geser",
        "8105 0101 0101 0009",
        "RT 007",
        "Pelabuhan Bula",
        "1.250.000",
        "Aminah Rumakat",
        "0812-3456-7890",
    )
    page.see(person["mother_name"], "-3.10000, 130.45000", " ".join(person["nik"][i : i + 4] for i in range(0, 16, 4)))
    assert page.find("a", href="geo:-3.1,130.45")


def test_what_the_nik_says_otherwise_is_told_in_words(registered, budi):
    day, month, year = (int(part) for part in reversed(content(1)["birth_date"].split("-")))
    one = registered(1, birth_date=f"{year:04}-{month:02}-{day % 28 + 1:02}", confirmed_warnings=["nik_birth_date_differs"])
    page = budi.get(f"/approve/{one}")
    page.see(
        words("The birth date is not the one in the NIK. Look at the KTP again."), words("The officer has looked at the KTP.")
    )
    page.see(words("differs"))


def test_warnings_with_numbers_are_whole_sentences(registered, budi):
    import datetime as dt

    born = dt.date.today().replace(day=1) - dt.timedelta(days=16 * 365 + 40)
    one = registered(1, birth_date=born.isoformat())
    assert "age_young" in entry(one).warnings
    page = budi.get(f"/approve/{one}").not_see("{age}", "age_young")
    page.see(words("The person is {age} years old, younger than {minimum}. Go on only if the person works.", age=16, minimum=17))


def test_the_photo_is_served_to_the_own_region_and_kept_nowhere(registered, budi):
    one = registered(1, photo=picture())
    page = budi.get(f"/approve/{one}")
    assert page.find("img", src=f"/approve/{one}/photo")
    answer = budi.client.get(f"/approve/{one}/photo")
    assert answer.mimetype == "image/webp" and "no-store" in answer.headers["Cache-Control"]
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["X-Content-Type-Options"] == "nosniff" and answer.headers["Content-Disposition"] == "inline"
    assert Image.open(io.BytesIO(answer.data)).format == "WEBP"
    assert answer.data == remake(picture())


def test_an_entry_without_a_photo_says_so(registered, budi):
    one = registered(1)
    budi.get(f"/approve/{one}").see(words("There is no photo with this entry."))
    assert budi.client.get(f"/approve/{one}/photo").status_code == 404


def test_a_photo_that_cannot_be_read_says_so(registered, budi):
    one = registered(1, photo=b"this is no picture at all")
    page = budi.get(f"/approve/{one}")
    page.see(words("The photo arrived but cannot be read. Return the entry, so that it is taken again."))
    assert budi.client.get(f"/approve/{one}/photo").status_code == 404


def test_the_same_nik_stands_side_by_side(registered, budi):
    first = registered(1, mother_name="Salma")
    twin = registered(2, nik=content(1)["nik"], mother_name="Aminah")
    page = budi.get(f"/approve/{twin}").see(words("Perhaps the same person"), words("Same NIK"), "Salma", "Aminah")
    assert page.find("a", href=f"/approve/{first}")


def test_the_same_name_and_birth_date_stands_side_by_side(registered, budi):
    person = content(1)
    registered(1)
    other = registered(2, name=person["name"].upper(), birth_date=person["birth_date"])
    budi.get(f"/approve/{other}").see(words("Same name and birth date, another NIK"))


def test_of_another_region_only_that_there_is_one(in_gorom, registered, budi):
    far = in_gorom(1, mother_name="Rahasia Sekali", phone="+6281200000009", address="Rumah Rahasia")
    twin = registered(2, nik=content(1)["nik"])
    page = budi.get(f"/approve/{twin}").see("Pulau Gorom", words("Waiting for approval"), words("Same NIK"))
    page.not_see("Rahasia", content(1)["name"], "0812-0000-0009", far)


def test_the_history_tells_who_when_why_and_what_changed(phone, registered, budi):
    one = registered(1)
    budi.get(f"/approve/{one}").submit("/return", reason=["name_differs"], note="Lihat KTP.")
    phone.save({"name": "Nama Yang Benar"}, kind="correct", parent=one)
    phone.send()
    page = budi.get(f"/approve/{one}")
    page.see("Budi Wokas", "Sari Rumakat", "Lihat KTP.", words("The name is not written as on the KTP."))
    page.see(words("Changed:") + " " + words("Name as on the KTP"))


def test_next_and_previous_lead_along_the_queue(registered, budi):
    ids = [registered(seed) for seed in (1, 2, 3)]
    page = budi.get(f"/approve/{ids[0]}")
    page.see(words("%(number)s of %(total)s") % {"number": 1, "total": 3})
    page = page.follow(words("Next"))
    assert page.path == f"/approve/{ids[1]}"
    assert page.follow(words("Back")).path == f"/approve/{ids[0]}"


def test_a_name_with_markup_is_only_a_name(registered, budi):
    one = registered(1, address="<img src=x onerror=alert(1)>", workplace="\"'><script>alert(1)</script>")
    budi.get(f"/approve/{one}").see("<img src=x onerror=alert(1)>").not_see("<img src=x", "<script>alert")
