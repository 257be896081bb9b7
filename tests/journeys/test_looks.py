"""Pages in the states that a person brings about, and the desks: what an address alone shows is walked in test_every_page."""

import pytest

from tests.factories import invented
from tests.faults.proxy import REFUSE
from tests.journeys.looks import assert_looks_right
from tests.journeys.phone import DESK, PHONE

SIZES = {"phone": PHONE, "desk": DESK}


@pytest.fixture(params=SIZES)
def eyes(request, new_phone):
    made = new_phone("eyes", shape=SIZES[request.param])
    made.thumbs = request.param == "phone"
    return made


def look(eyes):
    assert_looks_right(eyes.page, thumbs=eyes.thumbs)


def test_what_answers_a_slip(eyes):
    """A wrong password, a slip of the code, an address that is none."""
    eyes.open("/sign-in")
    eyes.page.fill("[name=username]", "sari")
    eyes.page.fill("[name=password]", "salah sekali ini")
    eyes.page.locator("form[action*='sign-in'] button").click()
    eyes.page.wait_for_load_state()
    look(eyes)
    eyes.open("/check")
    eyes.page.fill("[name=code]", "K7QM-3F8T-9XWD")
    eyes.page.locator("form[action*='check'] button").first.click()
    eyes.page.wait_for_load_state()
    look(eyes)
    eyes.open("/no-such-page")
    look(eyes)


def test_the_officers_pages(eyes, line, id_card):
    long_name = "Abdurrahman Wahid Zainuddin Rumakat Siwasiwan Kwairumaratu Boinauw"
    eyes.get_ready("sari")
    look(eyes)
    eyes.open_form()
    look(eyes)
    eyes.save(confirm_warnings=False)
    eyes.page.locator("#error_summary").wait_for(state="visible")
    look(eyes)
    line.set(REFUSE)
    eyes.fill_form(invented(81, name=long_name), birth_date="1-1-1991", category="non_civil_servant", occupation=None)
    eyes.take_photo(id_card)
    eyes.page.fill("[name=agency]", "Dinas Kependudukan dan Pencatatan Sipil")
    eyes.page.fill("[name=position]", "Tenaga kebersihan")
    if not eyes.page.locator("[name=occupation]:checked").count():
        eyes.page.locator("label:has([name=occupation]):visible").first.click()
    eyes.save(confirm_warnings=False)
    eyes.page.locator("#warnings").wait_for(state="visible")
    look(eyes)
    eyes.save()
    eyes.receipt()
    look(eyes)
    eyes.day()
    eyes.wait_for_counts(waiting=1)
    look(eyes)
    eyes.open("/approve")
    look(eyes)


def test_the_supervisors_pages(eyes):
    eyes.sign_in("budi")
    eyes.open("/approve")
    look(eyes)
    first = eyes.page.locator("main a[href^='/approve/']").first
    first.click()
    eyes.page.wait_for_load_state()
    look(eyes)
    eyes.open("/approve?text=zzzzzz")
    look(eyes)


def test_the_offices_pages_at_a_desk(desk):
    desk.sign_in("dewi")
    for path in (
        "/exchange/people", "/exchange/programmes", "/exchange/programmes/new", "/exchange/batches", "/exchange/batches/new",
        "/exchange/unanswered", "/exchange/answers", "/exchange/months", "/exchange/renewal", "/exchange/rates",
        "/exchange/profiles", "/exchange/targets", "/exchange/quality", "/exchange/kept-aside",
    ):  # fmt: skip
        desk.open(path)
        assert_looks_right(desk.page, thumbs=False)


def test_the_leaders_pages_at_a_desk(desk):
    desk.sign_in("agus")
    for path in ("/oversee/region/81.05.01", "/oversee/report", "/oversee/tables"):
        desk.open(path)
        assert_looks_right(desk.page, thumbs=False)
