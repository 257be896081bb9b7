"""Sending over lines and past servers of every kind: nothing is lost, nothing is believed that is not ours, nothing blocks."""

import json

import pytest

from tests.client.pretend_server import ours, page

BATCH = "/sync/batch"


def twist(server, path, answer, times=10**6):
    """Answer `path` otherwise, some times."""
    left = [times]

    def twisted(method, asked, body):
        if asked.partition("?")[0].startswith(path) and left[0]:
            left[0] -= 1
            return answer(body) if callable(answer) else answer
        return None

    server.twist = twisted


def test_records_go_out_oldest_first_and_are_marked_one_by_one(phone, server):
    made = [phone.save()["id"] for _ in range(3)]
    server.statuses[made[1]] = {"status": "held", "server_seq": 99, "reasons": [{"field": "nik", "code": "same_nik"}]}
    told = phone.sync()
    assert phone.states() == ["stored", "held", "stored"]
    assert (told["phase"], told["waiting"]) == ("idle", 0)
    assert told["lastSentAt"]
    assert phone.run("return e.records()")[1]["reasons"] == [{"field": "nik", "code": "same_nik"}]
    assert [one["id"] for one in server.calls[[c[1] for c in server.calls].index(BATCH)][2]["records"]] == made


def test_more_than_fifty_go_in_batches(phone, server):
    phone.run("for (let i = 0; i < 60; i++) await e.saveRecord({ answers: { name: 'La' } })")
    phone.sync()
    assert [len(body["records"]) for _method, path, body in server.calls if path == BATCH] == [50, 10]
    assert set(phone.states()) == {"stored"}


WRONG = {
    "portal": page(),
    "portal that lies": (200, "application/vnd.sbt.sync+json", b"<h1>WiFi</h1>", {}),
    "proxy's JSON": (200, "application/json", b'{"status":"ok"}', {}),
    "500 page": page("oops", 500),
    "sign-in page of somebody else": page("Log in", 401),
    "cut before": "cut",
    "cut after": "cut after",
    "redirect": (302, "text/html", b"", {"Location": "/elsewhere"}),
    "empty": (200, "application/vnd.sbt.sync+json", b"", {}),
    "gateway": page("bad gateway", 502),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_answer_changes_no_record(phone, server, name):
    phone.save()
    twist(server, BATCH, WRONG[name], times=1)
    told = phone.sync()
    assert phone.states() == ["waiting"]
    assert told["waiting"] == 1
    assert told["retryAt"]
    assert phone.sync()["phase"] == "idle"
    assert phone.states() == ["stored"]
    assert len(server.records) == 1


def test_a_portal_is_named_by_its_ping(phone, server):
    phone.save()
    server.twist = lambda method, path, body: page()
    assert phone.sync()["phase"] == "portal"
    server.twist = lambda method, path, body: "cut"
    assert phone.sync()["phase"] == "offline"
    server.twist = lambda method, path, body: page("broken", 500) if path == BATCH else None
    assert phone.sync()["phase"] == "stopped"


def test_an_answer_for_another_digest_or_for_nobody_is_none(phone, server):
    phone.save()
    about = {"epoch": "epoch-1", "server_time": "2026-11-22T08:00:00Z", "backed_up_through": 0}
    good = {"status": "accepted", "server_seq": 1, "reasons": []}
    for results in ([], [good | {"id": phone.rows()[0]["id"], "digest": "x" * 43}], [good | {"id": "other", "digest": "x" * 43}]):
        twist(server, BATCH, ours(about | {"results": results}), times=1)
        phone.sync()
        assert phone.states() == ["waiting"]
    assert phone.run("return e.records()")[0]["state"] == "retry"
    phone.sync()
    assert phone.states() == ["stored"]


def test_an_ended_token_asks_to_sign_in_and_touches_nothing(phone, server):
    phone.save()
    before = phone.rows()
    twist(server, "/sync/", lambda body: ours({"error": "token_expired", "message": ""}, 401))
    assert phone.sync()["phase"] == "sign_in"
    assert phone.rows() == before
    calls = len(server.calls)
    assert phone.sync(by_hand=False)["phase"] == "sign_in"
    assert len(server.calls) == calls
    server.twist = lambda method, path, body: None
    phone.enrol()
    assert phone.sync(by_hand=False)["phase"] == "idle"
    assert phone.states() == ["stored"]


def test_too_large_halves_down_to_the_one_and_sets_it_aside(phone, server):
    made = [phone.save()["id"] for _ in range(7)]
    server.twist = lambda method, path, body: (
        ours({"error": "too_large", "message": ""}, 413)
        if path == BATCH and made[4] in [r["id"] for r in body["records"]]
        else None
    )
    phone.sync()
    assert phone.states() == ["stored"] * 4 + ["invalid"] + ["stored"] * 2
    assert phone.rows()[4]["reasons"] == [{"field": None, "code": "too_large"}]
    assert phone.rows()[4]["sealed"]
    calls = len(server.calls)
    server.twist = lambda method, path, body: None
    phone.sync()
    assert made[4] not in json.dumps([body for _m, path, body in server.calls[calls:] if path in (BATCH, "/sync/have")])


def test_a_record_that_breaks_the_server_does_not_block_its_neighbours(phone, server):
    made = [phone.save()["id"] for _ in range(6)]
    server.twist = lambda method, path, body: (
        ours({"error": "server_error", "message": ""}, 500)
        if path == BATCH and made[1] in [r["id"] for r in body["records"]]
        else None
    )
    phone.sync()
    assert phone.states() == ["stored", "waiting"] + ["stored"] * 4
    assert phone.run("return e.records()")[4]["state"] == "retry"


def test_a_server_that_fails_for_all_is_not_asked_record_by_record(phone, server):
    for _ in range(12):
        phone.save()
    twist(server, BATCH, ours({"error": "server_error", "message": ""}, 500))
    assert phone.sync()["phase"] == "stopped"
    assert server.paths("POST").count(BATCH) < 12
    assert phone.states() == ["waiting"] * 12


def test_retry_after_is_kept_even_by_hand(phone, server):
    phone.save()
    twist(server, BATCH, ours({"error": "busy", "message": ""}, 503, Retry_After="2"), times=1)
    told = phone.sync()
    assert told["phase"] == "stopped"
    assert told["retryAt"]
    assert phone.sync()["phase"] == "stopped"
    assert server.paths("POST").count(BATCH) == 1
    phone.wait_until("rows[0].state === 'stored'")


def test_own_waiting_is_kept_unless_asked_by_hand(phone, server):
    phone.save()
    twist(server, BATCH, "cut", times=1)
    phone.sync()
    calls = len(server.calls)
    phone.sync(by_hand=False)
    assert len(server.calls) == calls
    phone.sync()
    assert phone.states() == ["stored"]


def test_retry_keeps_the_record_and_gone_takes_it_away(phone, server):
    first, second = phone.save()["id"], phone.save(photo_bytes=1000)["id"]
    server.statuses = {
        first: {"status": "retry", "reasons": [{"field": None, "code": "server_older"}]},
        second: {"status": "gone"},
    }
    phone.sync()
    (row,) = phone.rows()
    assert (row["id"], row["state"], row["attempts"]) == (first, "waiting", 1)
    assert phone.run("return e.read(['photos'], (photos) => e.result(photos.count()))") == 0


def test_conflict_stops_and_invalid_is_shown(phone, server):
    first, second = phone.save()["id"], phone.save()["id"]
    server.statuses = {
        first: {"status": "conflict"},
        second: {"status": "invalid", "reasons": [{"field": "nik", "code": "digits"}]},
    }
    phone.sync()
    assert phone.states() == ["conflict", "invalid"]
    calls = server.paths("POST").count(BATCH)
    phone.sync()
    assert server.paths("POST").count(BATCH) == calls


def test_two_tabs_send_one_after_the_other(phone, second_tab, server):
    for _ in range(5):
        phone.save()
    server.slow.set()
    for tab in (phone, second_tab):
        tab.page.evaluate("() => { globalThis.engine.then((e) => { globalThis.done = e.syncNow({ byHand: true }); }); }")
    for tab in (phone, second_tab):
        tab.page.evaluate("() => globalThis.engine.then(() => globalThis.done)")
    assert set(phone.states()) == {"stored"}
    assert server.most_in_flight == 1


def test_text_goes_before_photos_and_a_photo_never_blocks_it(phone, server):
    phone.save(photo_bytes=3000)
    phone.save()
    twist(server, "/sync/photos/", "cut")
    phone.sync()
    assert phone.states() == ["awaiting_photo", "stored"]
    server.twist = lambda method, path, body: None
    phone.sync()
    assert phone.states() == ["stored", "stored"]
    (sha256,) = server.whole_photos
    assert server.open_photo(phone.rows()[0]["id"], sha256) == b"\x07" * 3000


def test_a_photo_goes_in_parts_and_goes_on_where_it_was_cut(phone, server):
    phone.save(photo_bytes=300_000)
    server.twist = lambda method, path, body: "cut" if "offset=131072" in path else None
    phone.sync()
    assert phone.states() == ["awaiting_photo"]
    server.twist = lambda method, path, body: None
    phone.sync()
    assert phone.states() == ["stored"]
    offsets = [int(path.partition("offset=")[2].partition("&")[0]) for path in server.paths("PUT")]
    assert set(offsets[:-1]) == {0, 131072}
    assert offsets.count(0) == 1
    parts = [len(body) for method, _path, body in server.calls if method == "PUT"]
    assert max(parts) <= 262_144


def test_a_wrong_offset_is_put_right_by_the_server(phone, server):
    phone.save(photo_bytes=300_000)
    photo = phone.rows()[0]["photo"]
    lost = []

    def forget_some(method, path, body):
        if method == "PUT" and "offset=131072" in path and not lost:
            lost.append(path)
            del server.photos[photo][70_000:]

    server.twist = forget_some
    phone.sync()
    assert phone.states() == ["stored"]
    assert photo in server.whole_photos
    assert [int(path.partition("offset=")[2].partition("&")[0]) for path in server.paths("PUT")][:3] == [0, 131072, 70000]


def test_a_restored_server_gets_back_what_it_lost(phone, server):
    made = [phone.save()["id"] for _ in range(3)]
    phone.sync()
    server.epoch = "epoch-2"
    lost = server.records.pop(made[1])
    server.erased.add(made[2])
    del server.records[made[2]]
    phone.save()
    phone.sync()
    assert server.records[made[1]]["digest"] == lost["digest"]
    assert [row["id"] for row in phone.rows()][:2] == made[:2]
    assert made[2] not in [row["id"] for row in phone.rows()]
    assert set(phone.states()) == {"stored"}
    assert {row["epoch"] for row in phone.rows()} == {"epoch-2"}


def test_a_restore_is_noticed_even_when_nothing_waits(phone, server):
    made = phone.save()["id"]
    phone.sync()
    server.epoch = "epoch-2"
    server.records.clear()
    phone.sync()
    phone.sync()
    assert made in server.records


def test_what_the_phone_has_seen_is_told(phone, server):
    phone.save()
    phone.sync()
    phone.save()
    phone.sync()
    bodies = [body for _method, path, body in server.calls if path == BATCH]
    assert [(body["epoch"], body["seen"]) for body in bodies] == [(None, 0), ("epoch-1", 1)]
    assert "server_seen_at" not in bodies[0]["records"][0]
    assert bodies[1]["records"][0]["server_seen_at"] == "2026-11-22T08:00:00Z"


def test_sealed_copies_go_only_when_backed_up_for_long_enough(phone, server):
    phone.save(photo_bytes=1000)
    phone.sync()

    def a_day_later(time, through):
        server.time, server.backed_up_through = time, through
        phone.run("await e.noteSync({ lastHaveAt: 1 })")
        phone.sync()
        return phone.rows()[0]["sealed"]

    assert a_day_later("2026-11-30T08:00:00Z", 0)
    assert a_day_later("2026-11-28T08:00:00Z", 1)
    assert not a_day_later("2026-11-29T08:00:00Z", 1)
    assert phone.run("return e.read(['photos'], (photos) => e.result(photos.count()))") == 0
    assert phone.run("return e.records()")[0]["state"] == "stored"


def test_news_of_own_records_are_shown_and_nobody_elses(phone, server):
    made = phone.save()
    phone.sync()
    news = {
        "receipt_code": made["receiptCode"],
        "status": "returned",
        "at": "2026-11-22T09:00:00Z",
        "reasons": [{"field": "name", "code": "unreadable"}],
    }
    stranger = "01935f2a-9999-7999-8999-999999999999"
    server.inbox = [news | {"id": made["id"]}, news | {"id": stranger, "author_id": stranger}]
    phone.sync()
    (record,) = phone.run("return e.records()")
    assert (record["serverStatus"], record["statusReasons"]) == ("returned", news["reasons"])
    assert len(phone.rows()) == 1
    server.inbox.append(news | {"id": stranger, "author_id": server.account["id"]})
    phone.sync()
    assert {record["id"] for record in phone.run("return e.records()")} == {stranger, made["id"]}


def test_each_news_is_told_once_and_from_the_beginning_to_who_signs_in_anew(phone, server):
    made = phone.save()
    server.inbox = [{"id": made["id"], "receipt_code": None, "status": "submitted", "at": "2026-11-22T09:00:00Z", "reasons": []}]
    phone.sync()
    phone.enrol()
    phone.sync()
    assert [path for path in server.paths("GET") if "inbox" in path] == ["/sync/inbox?after=0", "/sync/inbox?after=1"]
    phone.run("await e.forgetPerson()")
    phone.enrol()
    phone.sync()
    assert server.paths("GET")[-1] == "/sync/inbox?after=0"
    assert phone.run("return e.records()")[0]["serverStatus"] == "submitted"


def test_a_phone_without_records_hears_what_came_back(phone, server):
    """The officer's old phone is lost or was emptied: the returned record comes to the new one."""
    lost = "01935f2a-7777-7999-8999-777777777777"
    news = {"id": lost, "author_id": server.account["id"], "receipt_code": "K7QM3F8T9XWC", "at": "2026-11-22T09:00:00Z"}
    server.inbox = [news | {"status": "returned", "reasons": [{"field": "name", "code": "unreadable"}]}]
    phone.sync(by_hand=False)
    assert server.paths("GET") == ["/sync/inbox?after=0&only=back"], "not the whole history on a thin line"
    (record,) = phone.run("return e.records()")
    assert (record["id"], record["serverStatus"], record["receiptCode"]) == (lost, "returned", "K7QM3F8T9XWC")
    assert record["statusReasons"] == [{"field": "name", "code": "unreadable"}]
    phone.run("await e.saveRecord({ kind: 'correct', parent: a, answers: { name: 'La Ali' } })", lost)
    phone.sync()
    (correction,) = server.records.values()
    content = dict(zip(server.rules["content"], server.open(correction), strict=False))
    assert (correction["parent"], content["receipt_code"], content["name"]) == (lost, "K7QM3F8T9XWC", "La Ali")


def test_the_next_person_on_this_phone_hears_at_once(phone, server):
    """Who signs in a moment after another asked for news does not wait for the minute to pass."""
    phone.sync(by_hand=False)
    phone.run("await e.forgetPerson()")
    server.account |= {"id": "01935f2a-8888-7999-8999-888888888888", "username": "yusuf"}
    phone.enrol()
    asked = len(server.paths("GET"))
    phone.sync(by_hand=False)
    assert server.paths("GET")[asked:] == ["/sync/inbox?after=0&only=back"]


def test_saving_and_a_returning_line_start_sending_by_themselves(phone, server):
    phone.run("e.startSync()")
    phone.save()
    stored = "rows.length && rows.every((row) => row.state === 'stored')"
    phone.wait_until(stored)
    phone.run("await e.noteSync({ fails: 6 })")  # so that the next wait would be minutes
    twist(server, BATCH, page("bad gateway", 502), times=1)
    phone.save()
    phone.wait_until("(await e.fact('sync')).fails === 7")
    phone.page.evaluate("() => dispatchEvent(new Event('online'))")
    phone.wait_until(stored)
