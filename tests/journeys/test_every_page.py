"""Every page that a person can open: axe finds nothing, nothing scrolls sideways at 360 and 1280 pixels, a thumb hits everything.

The list is that of tests/house/test_doors.py, so that a new page is looked at without a line here; an id has to be a real one.
"""

import io
import re
import shutil

import openpyxl
import pytest

from tests.faults.server import ServerProcess
from tests.house.test_doors import ANYONE, DOORS, PHONE, SAMPLES
from tests.journeys.full_house import fill, ids_for_pages
from tests.journeys.looks import sideways_scroll, troubles_on
from tests.journeys.phone import DESK
from tests.words import words

PEOPLE = {"officer": "sari", "supervisor": "budi", "office": "dewi", "leader": "agus", "admin": "rina"}
# Files and pictures to take away, parts of pages, and what machines ask for.
NO_PAGES = re.compile(
    r"\.pdf$|\.csv$|\.json$|\.js$|\.xlsx$|\.webmanifest$|ending>$|/photo$|/proof$|/progress$|/rows$|/sync/|/ping$|/health$"
)


@pytest.fixture(scope="module")
def server(demo_data, quick_folder):
    """One of its own: what fills its pages would stand in the way of other journeys."""
    server = ServerProcess(shutil.copytree(demo_data, quick_folder / "every-page")).start()
    yield server
    server.kill()


@pytest.fixture(scope="module")
def real(stored) -> dict[str, list[str]]:
    """Values for the places in an address."""
    fill(stored)
    return {name: [sample] for name, sample in SAMPLES.items()} | ids_for_pages(stored)


def addresses(role: str, real: dict[str, list[str]]) -> list[str]:
    found = []
    for door, allowed in DOORS.items():
        method, path = door.split(" ", 1)
        if (
            method != "GET"
            or NO_PAGES.search(path)
            or allowed is PHONE
            or role not in allowed
            or (allowed == ANYONE) != (role == "anyone")
        ):
            continue
        names = re.findall("<([^>]+)>", path)
        values = [
            real[f"{path.split('/')[1]} {name}"] if f"{path.split('/')[1]} {name}" in real else real[name] for name in names
        ]
        for at in range(max(map(len, values), default=1)):
            one = path
            for name, some in zip(names, values, strict=True):
                one = one.replace(f"<{name}>", some[min(at, len(some) - 1)])
            found.append(one)
    ticked = "&".join(f"entry={one}:1" for one in real["approve uuid:entry_id"])
    return [f"{one}?{ticked}" if one == "/approve/several" else one for one in found]


@pytest.mark.parametrize("size", ["phone", pytest.param("desk", marks=pytest.mark.long)])
@pytest.mark.parametrize("role", ["anyone", *PEOPLE])
def test_every_page_looks_right(new_phone, real, role, size):
    eyes = new_phone(role, service_workers="block")  # the network's own pages; what the worker keeps is among those for anyone
    if role != "anyone":
        eyes.sign_in(PEOPLE[role])
    if role == "office":
        real = real | {"uuid:file_id": [an_answer(eyes)]}
    wide = DESK["viewport"]
    looked_at, troubles, seen = wide if size == "desk" else eyes.page.viewport_size, [], addresses(role, real)
    for address in seen:
        eyes.page.set_viewport_size(looked_at)
        answer = eyes.page.goto(eyes.url + address, wait_until="load")
        if not answer.ok:
            troubles.append(f"{address}: {answer.status}")
        troubles += [f"{address}: {one}" for one in troubles_on(eyes.page, thumbs=size == "phone")]
        eyes.page.set_viewport_size(wide)
        if scroll := sideways_scroll(eyes.page):
            troubles.append(f"{address} at a desk: scrolls sideways: {scroll}")
    assert seen and troubles == [], "\n".join(troubles)


def an_answer(office) -> str:
    """An answer of the insurer about somebody unknown, as it stands before it is confirmed."""
    book, file = openpyxl.Workbook(), io.BytesIO()
    book.active.append(["NIK", "KPJ", "NAMA", "TGL_LAHIR", "TGL_KEPESERTAAN", "TGL_BERAKHIR"])
    book.active.append(["8105011708909999", "21081059999", "SIAPA SAJA", "17-08-1990", "01-01-2026", "31-12-2099"])
    book.save(file)
    page = office.open("/exchange/answers")
    page.set_input_files("#file", {"name": "jawaban.xlsx", "mimeType": "application/octet-stream", "buffer": file.getvalue()})
    page.get_by_role("button", name=words("Read the file")).click()
    page.get_by_text(words("Nothing has changed yet")).wait_for(timeout=60_000)
    return page.url.rsplit("/", 1)[1].partition("?")[0]
