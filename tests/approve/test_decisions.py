"""Approve, return, refuse, undo: each once, by the right person, on what was seen."""

import pytest

from sbt_pwa.kit.db import db
from sbt_pwa.records.event import Event
from sbt_pwa.records.registration import Registration
from tests.programmes import close_programmes, make_programme
from tests.sync.phones import account, content, count, entry, picture
from tests.words import words

CHOOSE = words("Choose at least one reason, so that the officer knows what to do.")


def kinds(entry_id):
    return [event.kind for event in entry(entry_id).events]


def test_an_approval_leads_on_to_the_next_entry(registered, budi, stands):
    first, second = registered(1), registered(2)
    page = budi.get(f"/approve/{first}").submit("/approve")
    assert page.path == f"/approve/{second}"
    page.see(words("Approved."), content(1)["name"], words("Undo"))
    assert stands(first) == "approved" and kinds(first) == ["submitted", "approved"]
    assert entry(first).events[-1].by_id == account("budi").id
    budi.get(f"/approve/{second}").not_see("/undo")  # told once


def test_after_the_last_one_comes_the_queue(registered, budi):
    page = budi.get(f"/approve/{registered(1)}").submit("/approve")
    assert page.path == "/approve"
    page.see(words("Approved."), words("Nothing waits for you. New entries come here as soon as phones find signal."))


def test_a_supervisor_works_through_what_was_filtered(registered, budi):
    registered(1, village="81.05.01.2004")
    first, second = registered(2), registered(3)
    page = budi.get("/approve?village=81.05.01.2003").follow(content(2)["name"])
    assert page.path == f"/approve/{first}"
    page = page.submit("/approve")
    assert page.path == f"/approve/{second}"
    assert page.values(f"{second}/approve")["filters"] == ["village=81.05.01.2003"]


def test_an_entry_is_returned_with_reasons_per_field_and_a_note(registered, budi):
    one = registered(1)
    note = "Tolong lihat KTP lagi."
    budi.get(f"/approve/{one}").submit("/return", reason=["name_differs", "photo_unreadable"], note=note)
    event = entry(one).events[-1]
    assert [(r["field"], r["code"]) for r in event.reasons] == [("name", "name_differs"), ("photo_id_card", "photo_unreadable")]
    assert event.note == note and event.kind == "returned"
    budi.get(f"/approve/{one}").see(note, words("The photo cannot be read. Take it again in good light."))


def test_who_is_approved_is_called_back_with_reasons_and_the_place_goes_to_the_next(registered, budi, stands):
    close_programmes()
    make_programme(places=1)
    one, following = registered(1), registered(2)
    for waiting in (one, following):
        budi.get(f"/approve/{waiting}").submit("/approve")
    assert (stands(one), stands(following)) == ("approved", "waitlisted")
    budi.get(f"/approve/{following}").not_see("/call-back")
    page = budi.get(f"/approve/{one}").submit("/call-back", status=422, note="Lihat KTP").see(CHOOSE)
    assert page.values("/call-back")["note"] == ["Lihat KTP"]
    page.submit("/call-back", reason=["mother_name_missing"])
    assert (stands(one), stands(following)) == ("returned", "approved")
    assert [reason["code"] for reason in entry(one).events[-1].reasons] == ["mother_name_missing"]
    entry(following).mark_sent(account("dewi"))
    db.session.commit()
    budi.post(f"/approve/{following}/call-back", {"version": str(entry(following).version), "reason": "other"}, status=409)
    assert stands(following) == "sent"


def test_an_entry_is_refused_with_a_reason(registered, budi, stands):
    one = registered(1)
    budi.get(f"/approve/{one}").submit("/refuse", reason=["deceased"])
    assert stands(one) == "refused"


@pytest.mark.parametrize("action", ["return", "refuse"])
def test_without_a_reason_nothing_happens_and_nothing_typed_is_lost(registered, budi, stands, action):
    one = registered(1)
    page = budi.get(f"/approve/{one}").submit(f"/{action}", note="Ketik ini lama sekali", status=422)
    page.see(CHOOSE, "Ketik ini lama sekali")
    assert page.values(f"/{action}")["note"] == ["Ketik ini lama sekali"]
    other = "refuse" if action == "return" else "return"
    assert page.values(f"/{other}").get("note", [""]) == [""]
    assert stands(one) == "submitted"


@pytest.mark.parametrize(
    "typed", [{"reason": ["deceased"]}, {"reason": ["nonsense"]}, {"reason": ["name_differs"], "note": "x" * 501}]
)
def test_a_reason_of_another_list_or_a_note_too_long_keeps_all(registered, budi, stands, typed):
    one = registered(1)
    page = budi.get(f"/approve/{one}").submit("/return", status=422, **typed)
    assert page.values("/return")["note"] == [typed.get("note", "")]
    assert stands(one) == "submitted"


def test_an_own_decision_can_be_taken_back(registered, budi, stands):
    one, _other = registered(1), registered(2)
    page = budi.get(f"/approve/{one}").submit("/approve").submit("/undo")
    page.see(words("Taken back. The entry waits again."))
    assert page.path == f"/approve/{one}"
    assert stands(one) == "submitted" and kinds(one) == ["submitted", "approved", "undone"]


def test_a_decision_of_somebody_else_or_an_old_one_stays(app, registered, budi, tuti, stands):
    one = registered(1)
    tuti.get(f"/approve/{one}").submit("/approve")
    page = budi.get(f"/approve/{one}").not_see("/undo")
    token = budi.csrf_token()
    page = budi.post(f"/approve/{one}/undo", {"version": entry(one).version, "csrf_token": token}, status=409)
    page.see(words("This decision can no longer be taken back."))
    app.config["SBT_UNDO_HOURS"] = 0
    tuti.get(f"/approve/{one}").not_see("/undo")
    app.config["SBT_UNDO_HOURS"] = 24
    assert stands(one) == "approved"


def test_one_never_decides_on_ones_own_entry(registered, budi, stands):
    one = registered(1)
    mine = entry(one)
    mine.author_id = account("budi").id
    db.session.commit()
    page = budi.get(f"/approve/{one}").see(words("You registered this person yourself. Another supervisor has to decide."))
    assert not page.find("form", action=f"/approve/{one}/approve")
    version = entry(one).version
    for action in ("approve", "return", "refuse"):
        budi.get(f"/approve/{one}")
        sent = {"version": version, "reason": "other", "csrf_token": token_of(budi)}
        page = budi.post(f"/approve/{one}/{action}", sent, status=403)
        page.see(words("You registered this person yourself. Another supervisor has to decide."))
    assert stands(one) == "submitted"


def token_of(visitor):
    return visitor.get("/approve/bundle").find("input", name="csrf_token")[0].get("value")


@pytest.mark.parametrize("action", ["approve", "return", "refuse", "undo"])
def test_nothing_is_decided_in_another_region(in_gorom, budi, stands, action):
    one = in_gorom(1)
    budi.post(f"/approve/{one}/{action}", {"version": 1, "reason": "other", "csrf_token": token_of(budi)}, status=404)
    assert stands(one) == "submitted"


def test_a_page_that_was_open_too_long_says_who_decided(registered, budi, tuti, stands):
    one = registered(1)
    stale = budi.get(f"/approve/{one}")
    tuti.get(f"/approve/{one}").submit("/approve")
    page = stale.submit("/return", reason=["other"], note="Catatan panjang", status=409)
    page.see("Tuti Sehwaky", "Catatan panjang", words("Your decision was not stored. See below how the entry stands now."))
    assert stands(one) == "approved" and kinds(one) == ["submitted", "approved"]


def test_a_corrected_entry_has_to_be_seen_again(phone, registered, budi, tuti, stands):
    one = registered(1)
    stale = budi.get(f"/approve/{one}")
    tuti.get(f"/approve/{one}").submit("/return", reason=["name_differs"])
    phone.save({"name": "Nama Yang Benar"}, kind="correct", parent=one)
    phone.send()
    stale.submit("/approve", status=409).see("Nama Yang Benar")
    assert stands(one) == "submitted"
    budi.get(f"/approve/{one}").submit("/approve")
    assert stands(one) == "approved"


@pytest.mark.parametrize("version", ["", "0", "-1", "x", "9" * 40, "٣", "1.0", "2"])
def test_a_decision_without_the_right_version_is_told_apart(registered, budi, stands, version):
    one = registered(1)
    budi.get(f"/approve/{one}")
    budi.post(f"/approve/{one}/approve", {"version": version}, status=409)
    assert stands(one) == "submitted"


def test_a_held_twin_is_approved_only_after_the_other_is_refused(registered, budi, stands):
    first, twin = registered(1), registered(2, nik=content(1)["nik"])
    budi.get(f"/approve/{twin}").submit("/approve", status=409).see(
        words("Another open entry has the same NIK. Refuse one of the two first.")
    )
    assert stands(twin) == "held"
    budi.get(f"/approve/{first}").submit("/refuse", reason=["duplicate"])
    budi.get(f"/approve/{twin}").submit("/approve")
    assert stands(twin) == "approved"


def test_an_entry_waits_for_its_photo(phone, registered, budi, stands):
    one = phone.save(content(1), photo=picture())
    phone.send()
    page = budi.get(f"/approve/{one}").see(words("The photo is still on its way. Approve the entry when it is here."))
    page.submit("/approve", status=409).see(
        words("The photo of this entry is still on its way. Approve it when the photo is here.")
    )
    phone.send_photos()
    budi.get(f"/approve/{one}").submit("/approve")
    assert stands(one) == "approved"


def test_a_decision_without_a_token_is_refused(registered, budi, stands):
    one = registered(1)
    budi.post(f"/approve/{one}/approve", {"version": 1}, status=400, csrf=False)
    assert stands(one) == "submitted"


def test_events_are_written_once_each(registered, budi):
    for seed in (1, 2):
        budi.get(f"/approve/{registered(seed)}").submit("/approve")
    assert count(Event) == 4 and count(Registration) == 2


def test_who_approves_sees_what_is_left_and_that_somebody_waits(budi, registered):
    close_programmes()
    make_programme(places=1, name="Perlindungan nelayan")
    first, second = registered(41), registered(42)
    left = words("%(count)s of %(all)s places left")
    page = budi.get(f"/approve/{first}").see("Perlindungan nelayan", left % {"count": 1, "all": 1})
    page.submit(f"/approve/{first}/approve").see(words("Approved."))
    full = words("No place is left here. Who is approved goes on the waiting list.")
    page.not_see(full)
    page = budi.get(f"/approve/{second}").see(left % {"count": 0, "all": 1}, full)
    page.submit(f"/approve/{second}/approve").see(
        words("Approved. The person is on the waiting list: all places are taken, or others came first.")
    )
    assert (entry(first).status, entry(second).status) == ("approved", "waitlisted")
    budi.get("/approve?state=waitlisted").see(entry(second).name)


def test_limits_of_other_villages_are_not_shown(budi, registered):
    close_programmes()
    programme = make_programme(places=5, name="Perlindungan nelayan")
    programme.allot("81.05.01.2003", 2, 10**9)
    programme.allot("81.05.01.2004", 0, 0)
    db.session.commit()
    left = words("%(count)s of %(all)s places left")
    page = budi.get(f"/approve/{registered(41)}").see(left % {"count": 5, "all": 5}, left % {"count": 2, "all": 2})
    page.not_see(left % {"count": 0, "all": 0}, words("No place is left here. Who is approved goes on the waiting list."))


def test_without_a_programme_it_is_said_before(budi, registered):
    close_programmes()
    said = words("No programme takes this group now. Who is approved goes on the waiting list.")
    budi.get(f"/approve/{registered(41)}").see(said)
