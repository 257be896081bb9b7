"""Lines that break in the middle, and networks that answer in the server's place."""

import re

import pytest

from tests.factories import invented
from tests.faults.proxy import (
    ANSWER_LOST,
    CAPTIVE_PORTAL,
    HTML_ERROR,
    PASS,
    PROXY_JSON,
    REDIRECT_TO_SIGN_IN,
    REFUSE,
    canned,
    cut_down,
    cut_up,
    slow,
)
from tests.journeys.phone import until
from tests.words import words

SYNC_TYPE = "application/vnd.sbt.sync+json"


@pytest.mark.parametrize(
    "fault",
    [cut_up(1), cut_up(300), ANSWER_LOST, cut_down(1), cut_down(60)],
    ids=["body cut at once", "body cut", "answer lost", "answer cut at once", "answer cut"],
)
def test_a_cut_line_neither_loses_nor_doubles(phone, line, stored, fault, person):
    phone.get_ready("sari")
    before = stored.envelope_count()
    happened = line.once(fault, only="/sync/batch")
    code = phone.register(person)
    assert happened.wait(30), "the record was never tried to be sent"
    assert [row["state"] for row in phone.outbox()] == ["waiting"], "half an answer is no answer"
    phone.day()
    phone.send_now()
    phone.wait_for_counts(waiting=0, sent=1)
    assert line.count("/sync/batch") >= 2
    assert stored.envelope_count() == before + 1
    assert [entry.name for entry in stored.of(person)] == [person.name]
    assert stored.by_code(code).nik == person.nik


PRETENDERS = {
    "captive portal": CAPTIVE_PORTAL,
    "html error": HTML_ERROR,
    "proxy's json": PROXY_JSON,
    "redirect to sign-in": REDIRECT_TO_SIGN_IN,
    "empty 200 of the right type": canned("", SYNC_TYPE),
    "right type, other records": canned(
        '{"epoch":"e","server_time":"2026-11-22T00:00:00Z","backed_up_through":0,"results":'
        '[{"id":"01900000-0000-7000-8000-000000000000","digest":"x","status":"accepted","server_seq":1,"reasons":[]}]}',
        SYNC_TYPE,
    ),
}


@pytest.mark.parametrize("pretender", PRETENDERS)
def test_only_our_server_can_take_a_record_off_the_phone(phone, line, stored, pretender, person):
    phone.get_ready("sari")
    line.set(PRETENDERS[pretender])
    code = phone.register(person)
    phone.day()
    phone.send_now()
    until(lambda: line.count("/sync/batch"), "the record was never tried to be sent", 15, phone.page)
    phone.page.wait_for_timeout(1000)  # for a client that would believe it
    assert [row["state"] for row in phone.outbox()] == ["waiting"]
    assert phone.counts()[0] == 1
    if pretender == "captive portal":
        phone.line_says("portal", n=1)
    line.set(PASS)
    phone.send_now()
    phone.wait_for_counts(waiting=0, sent=1)
    assert stored.by_code(code).name == person.name


@pytest.mark.parametrize("pretender", ["captive portal", "proxy's json"])
def test_a_portal_cannot_put_itself_into_the_kept_app(phone, line, pretender):
    """Opened behind a portal and later without any network: form, rules and key are still ours."""
    phone.get_ready("sari")
    line.set(PRETENDERS[pretender])
    phone.day()
    phone.page.wait_for_timeout(1000)
    phone.restart()
    line.set(REFUSE)
    phone.register(invented(33))
    assert [row["state"] for row in phone.outbox()] == ["waiting"]


def test_a_portal_in_the_middle_of_getting_ready_is_not_kept(phone, line):
    """The sign-in came through, the shell's pages did not: the phone may not say that it is ready."""
    line.set(CAPTIVE_PORTAL, only="/offline/")
    phone.sign_in("sari")
    until(lambda: line.count("/offline/"), "the shell was never asked for", 15, phone.page)
    phone.page.wait_for_timeout(1000)
    assert not phone.page.locator("#ready").is_visible()
    line.set(PASS)
    phone.day()
    phone.page.locator("#ready").wait_for(state="visible")
    line.set(REFUSE)
    phone.register(invented(34))


SENDING = re.compile("|".join(words("Sending {sent} of {total}", sent=n, total=of) for n, of in [(1, 1), (1, 2), (2, 2)]))


def test_a_crawling_line_delivers_record_and_photo(phone, line, stored, id_card, person):
    """50 kbit/s and half a second: text goes first, the photo follows, neither is given up."""
    phone.get_ready("sari")
    phone.open_form()
    phone.fill_form(person)
    phone.take_photo(id_card)
    line.set(slow(bytes_per_second=6250, latency=0.5))
    phone.save()
    code = phone.receipt()
    phone.page.goto(phone.url + "/register")
    phone.page.get_by_text(SENDING).wait_for()  # how far it is, in words and as a bar
    assert phone.page.locator("#progress_bar").is_visible()
    phone.wait_for_counts(waiting=0, sent=1, within=60)
    assert stored.by_code(code) is not None
    until(lambda: stored.has_photo(code), "the photo did not arrive", 60, phone.page)
    paths = [one.path for one in line.requests]
    first_photo = next(at for at, path in enumerate(paths) if path.startswith("/sync/photos/"))
    assert paths.index("/sync/batch") < first_photo, "text before photos"


@pytest.mark.parametrize("fault", [cut_up(20_000), ANSWER_LOST], ids=["part cut", "answer lost"])
def test_a_photo_goes_on_where_it_was_cut(phone, line, stored, id_card, fault, person):
    phone.get_ready("sari")
    happened = line.once(fault, only="/sync/photos/")
    phone.open_form()
    phone.fill_form(person)
    phone.take_photo(id_card)
    phone.save()
    code = phone.receipt()
    assert happened.wait(30)
    phone.restart()
    phone.day()
    until(lambda: stored.has_photo(code), "the photo did not arrive", 60, phone.page)
