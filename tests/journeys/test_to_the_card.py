"""From saved on the phone to the card in the hand, with the worker's page after each step."""

import datetime as dt
import io

import openpyxl

from tests.factories import invented
from tests.faults.proxy import PASS, REFUSE
from tests.journeys.phone import DESK
from tests.journeys.test_the_whole_way import read_status
from tests.words import words

KPJ = "21081050001"


def press(page, name: str) -> None:
    page.get_by_role("button", name=words(name)).click()
    page.wait_for_load_state()


def frozen_batch(page) -> openpyxl.Workbook:
    """Freeze a batch of the vulnerable workers of the demo's programme, and download its file."""
    option = page.locator("#programme option", has_text="rentan").first.get_attribute("value")
    page.select_option("#programme", option)
    press(page, "Look at it")
    page.locator("form[method=post] .act button").click()
    page.get_by_role("button", name=words("Download the spreadsheet")).wait_for(timeout=60_000)
    with page.expect_download() as download:
        page.get_by_role("button", name=words("Download the spreadsheet")).click()
    return openpyxl.load_workbook(io.BytesIO(download.value.path().read_bytes()))


def answer_of(person, book: openpyxl.Workbook) -> bytes:
    """The insurer's list of members: edited by hand from what was sent, with a headline, and other columns."""
    today = dt.date.today()
    covered = f"01-01-{today.year}", f"31-12-{today.year + 1}"
    sent = next(row for row in book.worksheets[0].iter_rows(values_only=True) if row[0] == person.nik)
    answer = openpyxl.Workbook()
    answer.active.append(["DAFTAR PESERTA BARU"])
    answer.active.append(["NO", "NIK", "NAMA", "TGL LAHIR", "KPJ", "TGL_KEPESERTAAN", "TGL_BERAKHIR"])
    answer.active.append([1, sent[0], sent[1], sent[2], KPJ, *covered])
    file = io.BytesIO()
    answer.save(file)
    return file.getvalue()


def test_saved_sent_approved_frozen_answered_and_the_card_in_hand(phone, new_phone, desk, line, stored, tmp_path):
    person = invented(71)
    worker = new_phone("worker")
    phone.get_ready("sari")
    line.set(REFUSE)
    code = phone.register(person)
    line.set(PASS)
    phone.restart()
    phone.day()
    phone.wait_for_counts(waiting=0, sent=1)
    assert words("Waiting for approval") in read_status(worker, code)

    desk.sign_in("budi")
    page = desk.open(f"/approve/{stored.by_code(code).id}")
    assert words("Places") in page.locator("main").inner_text()
    page.locator("form[action$='/approve'] button").click()
    page.wait_for_load_state()
    assert words("Approved, waiting to be sent to BPJS") in read_status(worker, code)

    office = new_phone("dewi", shape=DESK)
    office.sign_in("dewi")
    book = frozen_batch(office.open("/exchange/batches/new"))
    assert words("Sent to BPJS, waiting for the answer") in read_status(worker, code)

    answer = tmp_path / "jawaban bpjs.xlsx"
    answer.write_bytes(answer_of(person, book))
    page = office.open("/exchange/answers")
    page.set_input_files("#file", answer)
    press(page, "Read the file")
    page.get_by_text(words("Nothing has changed yet")).wait_for(timeout=60_000)
    assert person.name.upper() in page.locator("main").inner_text().upper()
    assert page.get_by_role("button", name=words("Confirm, let it take effect")).count() == 0
    address = page.url

    second = new_phone("lina", shape=DESK)
    second.sign_in("lina")
    page = second.open(address.replace(second.url, ""))
    press(page, "Confirm, let it take effect")
    page.get_by_text(words("applied")).first.wait_for(timeout=60_000)

    told = read_status(worker, code)
    assert words("Active member") in told
    assert KPJ in told.replace(" ", "").replace(".", "")
    press(worker.page, "Keep a card")
    card = worker.page.locator("main").inner_text()
    assert person.name.upper() in card.upper()
    assert person.nik not in worker.page.content()
    with worker.page.expect_download() as download:
        worker.page.locator("form[action='/check/card.pdf'] button").click()
    assert download.value.path().read_bytes()[:5] == b"%PDF-"
    assert stored.by_code(code).status == "active"

    phone.signal_comes_back()
    member = phone.page.locator("#rows_sent li", has_text=code)
    member.get_by_text(words("Active member")).wait_for()
    member.get_by_role("link", name=words("Member card (needs signal)")).click()
    phone.type_password("sari")  # the session ended with the browser's restart; the page asked for comes after it
    phone.page.get_by_role("link", name=words("Save as PDF")).wait_for()
    assert person.name.upper() in phone.page.locator("main").inner_text().upper()
