"""Every address of the leaders' room, files too, for the own region and for what lies beside, around and nowhere."""

import io
from urllib.parse import urlencode

import openpyxl
import pytest

from sbt_pwa.oversee.tables import TABLES
from sbt_pwa.records.coverage import ON_THE_WAY
from sbt_pwa.records.region import region_names
from tests.oversee.test_page import country, entries, of  # noqa: F401
from tests.papers import words_on

# Of each reader: the own region and one in it; one beside it, the one around it, and one that there is not.
SCOPES = {
    "agus": (["81.05", "81.05.04", "81.05.04.2001"], ["81.04", "81", "81.05.99", "81.05.01.9999", "", "81.05.", "81.05.0"]),
    "dewi": (["81.05", "81.05.04"], ["81.04", "81", "81.05.99"]),
    "camat": (["81.05.01", "81.05.01.2004"], ["81.05.04", "81.05.04.2001", "81.05", "81.05.01.9999", "81.05.1"]),
    "budi": (["81.05.01", "81.05.01.2003"], ["81.05.04", "81.05.04.2001", "81.05", "81.05.01.9999"]),
    "negeri": (["81.05.01.2003"], ["81.05.01.2004", "81.05.04.2001", "81.05.01", "81.05", "81.05.01.9999"]),
}
WEEKS = ("registered", "approved", "active", "ended")
FOR_EVERYBODY = ("/oversee/open", "/oversee/open.csv", "/oversee/open.json")


def addresses(region):
    """Every address under /oversee that a region is asked of, by the rule that it belongs to."""
    asked, stages = "?" + urlencode({"region": region}), [] if len(region) == 13 else ON_THE_WAY  # a village has no places in it
    files = [f"/oversee/tables/{name}.{ending}{asked}" for name in TABLES for ending in ("csv", "xlsx")]
    return {
        "/oversee/region/<region_code>": [f"/oversee/region/{region}"],
        "/oversee/report": [f"/oversee/report{asked}"],
        "/oversee/report.pdf": [f"/oversee/report.pdf{asked}"],
        "/oversee/tables": [f"/oversee/tables{asked}"],
        "/oversee/unvisited": [f"/oversee/unvisited{asked}"],
        "/oversee/stages/<status>": [f"/oversee/stages/{status}{asked}" for status in stages],
        "/oversee/weeks/<kind>": [f"/oversee/weeks/{kind}{asked}" for kind in (WEEKS if stages else ())],
        "/oversee/committed": [f"/oversee/committed{asked}"] if stages else [],
        "/oversee/portrait/<facet>/<value>": [f"/oversee/portrait/sex/male{asked}"] if stages else [],
        "/oversee/tables/<name>.<any(csv, xlsx):ending>": files,
    }


def said_in(path, data):
    """What a page or a file says, each cell and each word of a paper between > and <."""
    if path.endswith(".xlsx"):
        rows = openpyxl.load_workbook(io.BytesIO(data)).active.iter_rows(values_only=True)
        return "".join(f">{cell}<" for row in rows for cell in row)
    if path.endswith(".pdf"):
        return "".join(f">{word}<" for word in " ".join(words_on(data)).split())
    return data.decode()


def test_no_address_of_the_room_is_forgotten_here(app):
    rules = {rule.rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/oversee")}
    assert rules == {"/oversee", *addresses(""), *FOR_EVERYBODY}


@pytest.mark.parametrize("username", SCOPES)
def test_only_the_own_region_exists(country, new_visitor, username):  # noqa: F811
    visitor = new_visitor()
    visitor.sign_in(username)
    inside, outside = SCOPES[username]
    for regions, status in ((inside, 200), (outside, 404)):
        for region in regions:
            for path in [path for paths in addresses(region).values() for path in paths]:
                if region or "region=" not in path:  # asked for none, the own one is shown
                    assert visitor.client.get(path).status_code == status, path


@pytest.mark.parametrize("username", ["camat", "budi", "negeri"])
def test_no_page_and_no_file_tells_of_a_region_outside(country, new_visitor, username):  # noqa: F811
    """Asked for no region, for the own one, and with a choice that tries to widen it."""
    visitor = new_visitor()
    visitor.sign_in(username)
    own = SCOPES[username][0][0]
    names = region_names()
    alien = {name for code, name in names.items() if not code.startswith(own) and not own.startswith(code)}
    alien -= {name for code, name in names.items() if code.startswith(own) or own.startswith(code)}
    alien |= {one.village_code for one in entries() if not one.village_code.startswith(own)}
    for query in ("", urlencode({"region": own}), urlencode({"region_code": "81.05", "district": "81.05.04"})):
        for path in ("/oversee", *(path.split("?")[0] for paths in list(addresses(own).values())[1:] for path in paths)):
            said = said_in(path, visitor.client.get(f"{path}?{query}").data)
            assert not [one for one in alien if f">{one}<" in said or f'"{one}"' in said or f"{one};" in said], path


def test_the_same_address_tells_each_reader_the_own_figures(country, new_visitor):  # noqa: F811
    """`/oversee/tables/stages.csv` without a region: of the camat's district, of the village, of the regency."""
    told = {}
    for username, (inside, _outside) in SCOPES.items():
        visitor = new_visitor()
        visitor.sign_in(username)
        rows = visitor.client.get("/oversee/tables/stages.csv").data.decode("utf-8-sig").splitlines()[1:]
        told[username] = sum(int(row.split(";")[2].strip('"')) for row in rows)
        here = [one for one in of(inside[0]) if one.status not in ("active", "refused", "withdrawn", "ended")]
        assert told[username] == len(here) > 0
    assert told["negeri"] < told["camat"] == told["budi"] < told["agus"] == told["dewi"]
