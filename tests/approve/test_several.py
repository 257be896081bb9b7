"""Several clean entries at once, after their cards were seen."""

import datetime as dt

import pytest

from sbt_pwa.kit.db import db
from tests.sync.phones import account, content, entry, picture
from tests.words import words


def ticks(page):
    return [box.get("value").split(":")[0] for box in page.find("input", name="entry")]


def ways_back(page):
    return [form.get("action").split("/")[2] for form in page.find("form") if form.get("action", "").endswith("/undo")]


def test_only_clean_entries_have_a_box(phone, registered, budi):
    clean = registered(1)
    registered(2, nik="8101" + content(2)["nik"][4:])
    registered(3, nik=content(1)["nik"])
    phone.save(content(4), photo=picture())
    phone.send()
    mine = registered(5)
    entry(mine).author_id = account("budi").id
    db.session.commit()
    assert ticks(budi.get("/approve")) == [clean]


def test_the_cards_are_seen_and_then_all_are_approved(registered, budi, stands):
    ids = [registered(1, photo=picture()), registered(2), registered(3)]
    page = budi.get("/approve")
    page = page.submit("/several", entry=[f"{one}:1" for one in ids])
    for seed in (1, 2, 3):
        page.see(content(seed)["name"], " ".join(content(seed)["nik"][i : i + 4] for i in range(0, 16, 4)))
    assert page.find("img", src=f"/approve/{ids[0]}/photo")
    page = page.submit("/several", entry=[f"{one}:1" for one in ids[:2]])
    assert page.path == "/approve"
    page.see("2 data disetujui.")
    assert [stands(one) for one in ids] == ["approved", "approved", "submitted"]


def test_the_list_stays_chosen_until_all_of_it_is_approved(registered, budi, stands):
    """Else the next page of ticks holds whom nobody had asked for."""
    ids = [registered(seed) for seed in (1, 2, 3)]
    name = content(1)["name"].split()[0]
    chosen = f"/approve?text={name}"
    page = budi.get(chosen).submit("/several", entry=[f"{ids[0]}:1"])
    assert page.find("a", href=chosen)
    page = page.submit("/several", entry=[f"{ids[0]}:1"])
    assert (page.path, page.find("input", name="text")[0].get("value")) == ("/approve", name)
    page = budi.get(chosen).submit("/several", entry=[f"{ids[1]}:1"])
    entry(ids[1]).approve(account("budi"))
    db.session.commit()
    assert page.submit("/several", entry=[f"{ids[1]}:1"]).find("a", class_="button", href=chosen)


def test_each_of_them_can_be_taken_back(registered, budi, stands):
    ids = [registered(seed) for seed in (1, 2, 3)]
    page = budi.get("/approve/several", query={"entry": [f"{one}:1" for one in ids]}).submit("/several")
    assert [page.find("a", href=f"/approve/{one}") != [] for one in ids] == [True] * 3
    page = page.submit(f"/{ids[1]}/undo")
    page.see(words("Taken back. The entry waits again."), content(2)["name"])
    assert [stands(one) for one in ids] == ["approved", "submitted", "approved"]


def test_only_what_may_be_taken_back_has_the_button(registered, budi, tuti):
    """By the rule for one: not what another person did."""
    ids = [registered(seed) for seed in (1, 2)]
    told = {"entry": [f"{one}:1" for one in ids], "csrf_token": budi.csrf_token()}
    budi.client.post("/approve/several", data=told)
    first = entry(ids[0])
    first.undo(account("budi"), dt.timedelta(hours=1))
    db.session.commit()
    first.approve(account("tuti"))
    db.session.commit()
    page = budi.get("/approve").see(content(1)["name"], content(2)["name"])
    assert ways_back(page) == [ids[1]]


def test_one_that_moved_on_is_named_and_the_rest_go_through(registered, budi, tuti, stands):
    ids = [registered(seed) for seed in (1, 2, 3)]
    page = budi.get("/approve/several", query={"entry": [f"{one}:1" for one in ids]})
    tuti.get(f"/approve/{ids[1]}").submit("/return", reason=["name_differs"])
    page = page.submit("/several")
    page.see("2 data disetujui.", content(2)["name"], "Tuti Sehwaky")
    assert ways_back(page) == [ids[0], ids[2]]
    assert [stands(one) for one in ids] == ["approved", "returned", "approved"]
    assert [event.kind for event in entry(ids[1]).events] == ["submitted", "returned"]


def test_what_has_to_be_looked_at_is_left_out_and_named(registered, budi, stands):
    warned = registered(1, nik="8101" + content(1)["nik"][4:])
    page = budi.get("/approve/several", query={"entry": [f"{warned}:1", f"{registered(2)}:1"]})
    assert len(ticks(page)) == 1
    page.see(content(1)["name"])
    budi.post("/approve/several", {"entry": [f"{warned}:1"]}, status=200).see(
        words("There is something to look at. Open this entry by itself.")
    )
    assert stands(warned) == "submitted"


def test_the_own_entry_never_goes_with_the_others(registered, budi, stands):
    mine, other = registered(1), registered(2)
    entry(mine).author_id = account("budi").id
    db.session.commit()
    version = entry(mine).version
    page = budi.get("/approve/several", query={"entry": [f"{other}:1"]})
    budi.post("/approve/several", {"entry": [f"{mine}:{version}", f"{other}:1"], "csrf_token": budi.csrf_token()}, status=200)
    assert page.status == 200
    assert [stands(one) for one in (mine, other)] == ["submitted", "approved"]


def test_of_another_region_nothing_is_shown_or_approved(in_gorom, registered, budi, stands):
    far = in_gorom(1, name="Ona Kelian Gorom")
    page = budi.get("/approve/several", query={"entry": [f"{far}:1", f"{registered(2)}:1"]}).not_see("Ona Kelian Gorom")
    assert len(ticks(page)) == 1
    budi.post("/approve/several", {"entry": [f"{far}:1"]}, status=422)
    assert stands(far) == "submitted"


@pytest.mark.parametrize("told", [[], ["x"], ["x:1"], ["01900000-0000-7000-8000-00000000dead:1"], ["\x00:1"], [":"], ["1" * 500]])
def test_what_is_no_entry_is_refused_in_words(budi, told):
    token = budi.get("/approve/bundle").find("input", name="csrf_token")[0].get("value")
    budi.post("/approve/several", {"entry": told, "csrf_token": token}, status=422)
    if told != ["01900000-0000-7000-8000-00000000dead:1"]:
        budi.get("/approve/several", query={"entry": told}, status=422)


@pytest.mark.parametrize("version", ["", "x", "٣", "9" * 30, "0"])
def test_an_entry_without_the_right_version_is_not_approved(registered, budi, stands, version):
    one, other = registered(1), registered(2)
    budi.get("/approve/several", query={"entry": [f"{one}:1"]})
    budi.post("/approve/several", {"entry": [f"{one}:{version}", f"{other}:1"]}, status=200)
    assert [stands(one), stands(other)] == ["submitted", "approved"]
