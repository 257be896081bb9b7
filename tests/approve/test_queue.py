"""What a supervisor sees waiting: the own region, riskiest first, and what the filters ask for."""

import gzip

import pytest
from sqlalchemy import event

from sbt_pwa.kit.db import db
from sbt_pwa.kit.vault import Sealed
from tests.sync.phones import account, content, entries, entry
from tests.words import words

EMPTY = words("Nothing waits for you. New entries come here as soon as phones find signal.")


def rows(page):
    return [link.get("href").split("/")[2].split("?")[0] for link in page.find("a", class_="row-link")]


def test_an_empty_queue_says_what_will_come(budi):
    budi.get("/approve").see(EMPTY)


def test_the_riskiest_comes_first_and_then_the_oldest(registered, budi):
    calm = registered(1)
    second = registered(2)
    warned = registered(3, nik="8101" + content(3)["nik"][4:])
    held = registered(4, nik=content(1)["nik"])
    assert rows(budi.get("/approve")) == [held, warned, calm, second]


def test_only_the_own_region_is_seen(registered, in_gorom, budi, new_visitor):
    own, other = registered(1), in_gorom(2, name="Ona Kelian Gorom")
    page = budi.get("/approve").not_see("Ona Kelian Gorom", other)
    assert rows(page) == [own]
    halima = new_visitor()
    halima.sign_in("halima")
    assert rows(halima.get("/approve")) == [other]


@pytest.mark.parametrize("what", ["", "/photo"])
def test_an_entry_of_another_region_is_as_if_missing(in_gorom, budi, what):
    missing = budi.get("/approve/01900000-0000-7000-8000-00000000dead" + what, status=404).text
    assert budi.get(f"/approve/{in_gorom(2)}{what}", status=404).text.split()[:-1] == missing.split()[:-1]


def test_the_counts_are_right(registered, in_gorom, budi):
    registered(1), registered(2), in_gorom(3)
    registered(4, nik=content(1)["nik"])
    budi.get("/approve").see("3 " + words("wait in all"), "2 " + words("ordinary"), "1 " + words("to look into"))
    budi.get("/approve?state=held").see("3 " + words("wait in all"))


def test_filters_choose_by_village_officer_warning_group_and_state(app, registered, budi):
    from tests.sync.phones import enrolled

    plain = registered(1, village="81.05.01.2003")
    far = registered(2, village="81.05.01.2004")
    warned = registered(3, nik="8101" + content(3)["nik"][4:])
    staff = registered(4, category="non_civil_servant", agency="Dinas Perhubungan")
    twin = registered(5, nik=content(1)["nik"])
    by_yusuf = registered(6, by=enrolled(app, "yusuf"))
    assert far in rows(budi.get("/approve?village=81.05.01.2004")) and plain not in rows(budi.page)
    assert rows(budi.get("/approve?warning=nik_other_region")) == [warned]
    assert rows(budi.get("/approve?category=non_civil_servant")) == [staff]
    assert rows(budi.get("/approve?state=held")) == [twin]
    assert rows(budi.get("/approve?officer=yusuf")) == [by_yusuf]
    assert twin in rows(budi.get("/approve?officer=sari&warning=same_nik"))
    budi.get("/approve?officer=sari&category=non_civil_servant&state=held").see(words("No entry fits this choice."))


def test_a_search_finds_by_nik_by_code_and_by_words_of_the_name(phone, registered, in_gorom, budi):
    one = registered(1, name="Muhammad Yusuf Rumakat")
    other = registered(2, name="Siti Rumakat")
    far = in_gorom(3, name="Siti Rumakat")
    found = lambda text: rows(budi.get("/approve", query={"text": text}))  # noqa: E731 (a word for what is asked below)
    nik = content(1)["nik"]
    assert found(nik) == found(f"{nik[:4]} {nik[4:10]}-{nik[10:]}") == [one]
    code = phone.outbox[other].receipt_code
    assert found(code) == found(f"{code[:4]}-{code[4:8]}-{code[8:]}".lower()) == [other]
    assert found("rumakat") == [one, other]
    assert found("moh jusup") == [one], "spelled in another way"
    assert found("Siti") == [other] and far not in found("Siti Rumakat")
    assert found("Siti Kelian") == found("zzzz") == found(content(3)["nik"]) == []


def test_a_nik_is_found_wherever_it_stands(registered, budi, app):
    one = registered(1)
    entry(one).approve(account("budi"))
    db.session.commit()
    assert rows(budi.get("/approve")) == []
    assert rows(budi.get("/approve", query={"text": content(1)["nik"]})) == [one]
    budi.page.see(words("Approved, waiting to be sent to BPJS"))
    assert rows(budi.get("/approve?state=approved")) == [one]


def test_pages_follow_one_another_without_gaps_and_back(registered, budi):
    ids = [registered(seed) for seed in range(1, 66)]
    page = budi.get("/approve")
    seen = [rows(page)]
    while words("Next") in page.links():
        page = page.follow(words("Next"))
        seen.append(rows(page))
    assert [one for part in seen for one in part] == ids
    assert [len(part) for part in seen] == [30, 30, 5]
    assert rows(page.follow(words("Back"))) == seen[1]
    assert rows(budi.page.follow(words("Back"))) == seen[0]


def test_a_place_stays_a_place_when_its_entry_has_moved_on(registered, budi):
    ids = [registered(seed) for seed in range(1, 34)]
    following = budi.get("/approve").links()[words("Next")]
    entry(ids[29]).approve(account("budi"))
    db.session.commit()
    assert rows(budi.get(following)) == ids[30:]


def test_the_list_alone_is_a_fragment_and_tells_its_address(registered, budi):
    registered(1)
    page = budi.get("/approve/rows?village=81.05.01.2003", headers={"HX-Request": "true"})
    assert page.headers["HX-Push-Url"] == "/approve?village=81.05.01.2003"
    assert page.tree[0].get("id") == "rows"


def test_thirty_entries_weigh_less_than_8_kb(registered, budi):
    for seed in range(1, 40):
        registered(seed, nik="8101" + content(seed)["nik"][4:], name=f"Abdurrahman Wahid Zainuddin {content(seed)['name']}")
    answer = budi.client.get("/approve", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip" and len(answer.data) <= 8000
    assert b"Wahid" in gzip.decompress(answer.data)
    first = entries()[0].id
    assert len(budi.client.get(f"/approve/{first}", headers={"Accept-Encoding": "gzip"}).data) <= 8000


@pytest.mark.parametrize(
    ("query", "most"), [("", 4), ("village=81.05.01.2003", 4), ("text=rumakat+siti", 4), ("officer=sari", 5)]
)
def test_a_page_asks_the_database_few_times(registered, budi, query, most):
    """Who asks, the officers, the entries, the counts or whom a search finds; one more to know a user name."""
    for seed in range(1, 4):
        registered(seed, name="Siti Rumakat", village="81.05.01.2003")
    budi.get(f"/approve?{query}")
    asked = []
    listen = lambda _c, _cursor, statement, *_more: asked.append(statement)  # noqa: E731 (taken off again below)
    event.listen(db.engine, "before_cursor_execute", listen)
    page = budi.get(f"/approve?{query}")
    event.remove(db.engine, "before_cursor_execute", listen)
    assert len(rows(page)) == 3
    assert len([one for one in asked if not one.startswith("BEGIN")]) == most, asked


def test_a_name_is_decrypted_only_for_the_rows_that_are_shown(registered, budi, monkeypatch):
    for seed in range(1, 41):
        registered(seed)
    opened = []
    read = Sealed.__get__
    monkeypatch.setattr(
        Sealed,
        "__get__",
        lambda self, row, owner=None: (opened.append(self.name) if row is not None else None) or read(self, row, owner),
    )
    budi.get("/approve")
    assert opened == ["name"] * 30


@pytest.mark.parametrize(
    "query",
    ["state=gone", "warning=x", "category=x", "village=81.05.04.2001", "village=x", "after=x", "after=9-1-", "before=9-1-xyz",
     "after=9-999999999999999999-" + "0" * 32],
)  # fmt: skip
def test_what_no_list_offers_is_refused_in_words(budi, query):
    budi.get(f"/approve?{query}", status=422).see(words("This list is not known. Open the entries again and choose from there."))


def test_the_farthest_place_has_nothing_behind_it(registered, budi):
    registered(1)
    assert rows(budi.get("/approve?after=99-99999999999999999-" + "f" * 32)) == []


@pytest.mark.parametrize("text", ["\x00", "%", "' OR 1=1 --", "<script>", "٨" * 16, "a" * 5000, "😀", "8105 0", "\u202e"])
def test_strange_searches_find_nothing_and_break_nothing(registered, budi, text):
    registered(1)
    page = budi.get("/approve", query={"text": text})
    assert rows(page) == [] or not text.strip("\x00")


def test_an_entry_that_does_not_open_leaves_the_others_to_be_read(registered, budi):
    moved, fine = registered(1, name="Moh Jusup"), registered(2, name="Siti Rumakat")
    entry(moved).name_sealed = entry(fine).name_sealed
    db.session.commit()
    page = budi.get("/approve")
    page.see(words("Cannot be read"), "Siti Rumakat")
    assert rows(page) == [moved, fine]
    page = budi.get(f"/approve/{moved}", status=500)
    page.see("Data orang ini tidak dapat dibaca")
    page.not_see("Siti")
    budi.get(f"/approve/{fine}").see("Siti Rumakat")
