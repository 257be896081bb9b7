"""The office keeps the forms of the insurer's files itself: a new one is typed in, and no programmer is asked."""

import pytest

from sbt_pwa.kit.db import db
from sbt_pwa.records.profile import profile_of
from sbt_pwa.records.profile_change import changes_of
from tests.words import words


def headers(code: str) -> list[str]:
    db.session.expire_all()
    return [column["header"] for column in profile_of(code).columns]


def test_the_list_leads_to_each_profile_with_its_columns_and_sources(dewi):
    page = dewi.get("/exchange/profiles").see("pekerja rentan (BPU)", "pegawai non-ASN (SIPP)").follow("pekerja rentan (BPU)")
    rows = [" ".join("".join(row.itertext()).split()) for row in page.tree.iter("tr")]
    assert len(rows) == 12
    page.see("NOMOR_IDENTITAS", "KODE_PAKET", "“T”", "Data TK Baru")
    assert profile_of("bpu").columns[9]["header"] in rows[10]


def test_what_the_insurer_has_not_confirmed_is_said(dewi):
    count = sum(column["to_confirm"] for column in profile_of("sipp").columns)
    assert count > 5
    assert f"{count} " in dewi.get("/exchange/profiles/sipp").text


def test_a_column_is_changed_added_taken_out_and_moved(dewi):
    before = headers("bpu")
    page = dewi.get("/exchange/profiles/bpu/edit")
    typed = {"header-4": "", "value-9": "P", "header-11": "NO_WADAH", "source-11": "enrollment_group_no", "place-11": "1"}
    dewi_page = page.submit("/exchange/profiles/bpu", title="BPU 2027", valid_from="1-1-2027", **typed)
    assert dewi_page.path == "/exchange/profiles/bpu"
    assert headers("bpu") == [before[0], "NO_WADAH", *before[1:4], *before[5:]]
    changed = {column["header"]: column for column in profile_of("bpu").columns}
    assert changed["KODE_PAKET"]["value"] == "P"
    assert changed["NO_WADAH"]["source"] == "enrollment_group_no"
    assert (profile_of("bpu").title, profile_of("bpu").valid_from.isoformat()) == ("BPU 2027", "2027-01-01")


def test_kept_as_it_is_a_profile_stays_the_same(dewi):
    for code in ("bpu", "sipp"):
        before = profile_of(code).told
        dewi.get(f"/exchange/profiles/{code}/edit").submit(f"/exchange/profiles/{code}")
        db.session.expire_all()
        assert profile_of(code).told == before


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"width-0": "2"}, "width-0"),
        ({"value-9": ""}, "value-9"),
        ({"width-0": "١٢"}, "width-0"),
        ({"source-1": "password_hash"}, "source-1"),
        ({"kind-1": "formula"}, "source-1"),
        ({"place-2": "x"}, "place-2"),
        ({"header-3": "x" * 61}, "header-3"),
        ({"kind-4": "integer", "value-4": "=1+1"}, "value-4"),
        ({"sheet": "a/b"}, "sheet"),
        ({"title": ""}, "title"),
        ({"valid_from": "31-2-2027"}, "valid_from"),
    ],
)
def test_a_slip_keeps_everything_typed(dewi, typed, field):
    before = headers("bpu")
    page = dewi.get("/exchange/profiles/bpu/edit").submit("/exchange/profiles/bpu", status=422, **typed, **{"header-12": "BARU"})
    assert f"#{field}" in page.links().values()
    assert page.values("/exchange/profiles/bpu")["header-12"] == ["BARU"]
    for name, value in typed.items():
        if not name.startswith(("source", "kind-1")):
            assert page.values("/exchange/profiles/bpu")[name] == [value]
    assert headers("bpu") == before


def test_a_file_without_columns_is_none(dewi):
    empty = {f"header-{n}": "" for n in range(11)}
    dewi.get("/exchange/profiles/bpu/edit").submit("/exchange/profiles/bpu", status=422, **empty)
    assert len(headers("bpu")) == 11


def test_a_copy_under_a_new_code_is_changed_apart(dewi):
    page = dewi.get("/exchange/profiles/bpu").submit("/exchange/profiles/bpu/copy", code="bpu-2027", title="BPU 2027")
    assert page.path == "/exchange/profiles/bpu-2027/edit"
    page.submit("/exchange/profiles/bpu-2027", **{"header-0": "NIK"})
    assert headers("bpu-2027")[0] == "NIK"
    assert headers("bpu")[0] == "NOMOR_IDENTITAS"


@pytest.mark.parametrize("code", ["sipp", "BPU 2027", "", "../x"])
def test_a_copy_needs_a_free_plain_code(dewi, code):
    page = dewi.get("/exchange/profiles/bpu").submit("/exchange/profiles/bpu/copy", code=code, title="X", status=422)
    assert "#code" in page.links().values()
    assert page.values("/copy")["title"] == ["X"]


def test_a_profile_that_is_not_there(dewi):
    dewi.get("/exchange/profiles/nothing", status=404).see(
        words("There is nothing at this address, or it is not in your region.")
    )


def test_nobody_else_may_look(visitor):
    visitor.sign_in("budi")
    visitor.get("/exchange/profiles", status=403)


def test_who_changed_what_and_when_is_kept_and_shown(dewi):
    assert words("Last changed") not in dewi.get("/exchange/profiles/bpu").text
    typed = {"header-4": "", "value-9": "P", "header-11": "NO_WADAH", "source-11": "enrollment_group_no", "place-1": "9"}
    page = dewi.get("/exchange/profiles/bpu/edit").submit("/exchange/profiles/bpu", title="BPU baru", **typed)
    page.see(words("Last changed"), "Dewi", "KODE_PAKET", "T → P", "BPU baru", "NO_WADAH", "EMAIL")
    page.see(words("The columns stand in another order."))
    dewi.get("/exchange/profiles/bpu/edit").submit("/exchange/profiles/bpu", **{"required-2": "1"})
    change, before = (one for one, _what in changes_of(profile_of("bpu")))
    assert [column["header"] for column in before.before["columns"]][4] == "EMAIL"
    assert change.before["title"] == "BPU baru"
    assert next(what.changed for _one, what in changes_of(profile_of("bpu"))) == [("HANDPHONE", "required", False, True)]


def test_what_is_kept_as_it_is_is_no_change(dewi):
    dewi.get("/exchange/profiles/bpu/edit").submit("/exchange/profiles/bpu")
    assert changes_of(profile_of("bpu")) == []


def test_a_copy_tells_who_made_it(dewi):
    dewi.get("/exchange/profiles/bpu").submit("/exchange/profiles/bpu/copy", code="bpu-2027", title="BPU 2027")
    dewi.get("/exchange/profiles/bpu-2027").see("Dewi", words("Made as a copy."))
    assert changes_of(profile_of("bpu")) == []
