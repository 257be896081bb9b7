"""What a supervisor presses: keys at a desk, the photo, several at once, and each of them taken back."""

import re
import uuid

import pytest

from tests.journeys.looks import assert_looks_right
from tests.journeys.phone import DESK, PHONE
from tests.words import words

ENTRY = re.compile(r"/approve/[0-9a-f-]{36}")


def status_of(stored, entry_id: str) -> str:
    return stored.entries([uuid.UUID(entry_id)])[0].status


def focused(page) -> str:
    return page.evaluate(
        "document.activeElement.getAttribute('href') || document.activeElement.name || document.activeElement.tagName"
    )


def gone_to(page, before: str) -> str:
    page.wait_for_url(lambda url: url != before and ENTRY.search(url) is not None)
    page.wait_for_load_state()
    return page.url


def test_a_supervisor_works_with_the_keys(new_phone, stored):
    """j and k through the list and from entry to entry, a approves, r asks for reasons, ? shows the keys."""
    desk = new_phone("keys", shape=DESK)
    desk.sign_in("halima")
    page = desk.open("/approve")
    rows = [link.get_attribute("href") for link in page.locator("#rows .row-link").all()]
    assert len(rows) > 4
    page.keyboard.press("j")
    assert focused(page) == rows[0]
    page.keyboard.press("j")
    assert focused(page) == rows[1]
    page.keyboard.press("k")
    assert focused(page) == rows[0]
    page.keyboard.press("?")
    assert page.locator("#keys").get_attribute("open") is not None
    page.locator("[name=text]").first.press_sequentially("jkar")
    assert not ENTRY.search(page.url), "letters that are typed are no keys"

    desk.open("/approve")  # what was typed has begun to filter the rows
    page.locator("#rows .row-link").first.focus()
    queue = page.url
    page.keyboard.press("Enter")
    first = gone_to(page, queue)
    assert first.endswith(rows[0])
    page.keyboard.press("j")
    second = gone_to(page, first)
    assert second.endswith(rows[1])
    page.keyboard.press("k")
    assert gone_to(page, second) == first

    page.keyboard.press("r")
    assert page.locator("details#return").get_attribute("open") is not None
    assert focused(page) == "reason"
    page.keyboard.press("Space")
    page.locator("#return textarea").fill("raja")
    assert page.url == first, "a note is no key"
    page.locator("#return button").last.click()
    gone_to(page, first)
    assert status_of(stored, rows[0].rsplit("/", 1)[1]) == "returned"

    page.goto(second)
    page.keyboard.press("a")
    gone_to(page, second)
    assert status_of(stored, rows[1].rsplit("/", 1)[1]) == "approved"
    page.locator(".done").get_by_role("button", name=words("Undo")).click()
    page.get_by_text(words("Taken back. The entry waits again.")).wait_for()
    assert status_of(stored, rows[1].rsplit("/", 1)[1]) == "submitted"


def size_of(page) -> tuple[float, float]:
    """How wide and high the card itself is seen: it lies within the picture's box, turned with it."""
    return tuple(
        page.locator("#photo img").evaluate(
            """(img) => {
              const scale = Math.min(img.clientWidth / img.naturalWidth, img.clientHeight / img.naturalHeight);
              const seen = [img.naturalWidth * scale, img.naturalHeight * scale];
              const { a } = new DOMMatrix(getComputedStyle(img).transform);
              return Math.abs(a) < 0.5 ? seen.reverse() : seen;
            }"""
        )
    )


@pytest.mark.parametrize("shape", [PHONE, DESK], ids=["phone", "desk"])
def test_the_photo_is_turned_and_enlarged(new_phone, shape):
    eyes = new_phone("photo", shape=shape)
    eyes.sign_in("budi")
    page = eyes.open("/approve")
    for address in [link.get_attribute("href") for link in page.locator("#rows .row-link").all()]:
        eyes.open(address)
        if page.locator("#photo img").count():
            break
    eyes.wait("document.querySelector('#photo img').naturalWidth > 0")
    wide, high = size_of(page)
    assert wide > high * 1.3
    turn, enlarge = (page.get_by_role("button", name=words(name), exact=True) for name in ("Turn", "Enlarge"))
    turn.click()
    assert size_of(page) == pytest.approx((high, wide), rel=0.05)
    enlarge.click()
    assert size_of(page)[1] > wide * 1.3
    assert_looks_right(page, thumbs=shape is PHONE)
    page.keyboard.press("Escape")
    assert size_of(page) == pytest.approx((high, wide), rel=0.05)
    enlarge.click()
    page.get_by_role("button", name=words("Make smaller")).click()
    for _quarter in range(3):
        turn.click()
    assert size_of(page) == pytest.approx((wide, high), rel=0.05)
    page.locator("#photo img").click()
    assert size_of(page)[0] > wide * 1.3
    assert ENTRY.search(page.url), "the picture is shown here, and not on a page of its own"


def test_several_are_ticked_seen_approved_and_one_is_taken_back(new_phone, stored):
    phone = new_phone("several")
    phone.sign_in("budi")
    page = phone.open("/approve")
    together = page.get_by_role("button", name=words("Look at the ticked ones together"))
    assert not together.is_visible(), "it comes with the first tick"
    boxes = page.locator("#several .pick").all()[:3]
    ids = [box.locator("input").get_attribute("value").split(":")[0] for box in boxes]
    names = [page.locator(f"#rows a[href^='/approve/{one}'] strong").inner_text() for one in ids]
    for box in boxes:
        box.click()
    together.click()
    page.wait_for_url("**/approve/several?**")
    assert page.locator(".together > li").count() == 3
    assert_looks_right(page)
    page.locator(".together label").nth(2).click()
    page.get_by_role("button", name=words("Approve the ticked entries")).click()
    page.wait_for_url("**/approve")
    done = page.locator(".done")
    done.locator("summary").click()
    told = done.inner_text()
    assert names[0] in told and names[1] in told and names[2] not in told
    assert_looks_right(page)
    done.get_by_role("button", name=words("Undo")).first.click()
    page.get_by_text(words("Taken back. The entry waits again.")).wait_for()
    assert [status_of(stored, one) for one in ids] == ["submitted", "approved", "submitted"]
