"""Saving: sealed, whole, numbered without gaps, and nothing in clear."""

import json

from tests.client.conftest import PERSON, Engine


def test_a_saved_record_opens_on_the_server_with_what_was_typed(phone, server):
    made = phone.save(confirmedWarnings=["nik_other_region"])
    phone.sync()
    (record,) = server.records.values()
    content = dict(zip(server.rules["content"], server.open(record), strict=False))
    assert {name: content[name] for name in PERSON} == PERSON
    assert content["receipt_code"] == made["receiptCode"]
    assert content["confirmed_warnings"] == ["nik_other_region"]
    assert (record["kind"], record["device_seq"], record["key_id"], record["app"]) == ("create", 1, "k1", "1.0.0")


def test_nothing_typed_stands_in_the_database(phone):
    phone.save(photo_bytes=2000)
    stored = json.dumps(phone.rows()) + json.dumps([phone.fact(name) for name in ("device", "sync", "profile", "salt")])
    for canary in (PERSON["nik"], "Canaryname", "Rumbia", PERSON["phone"], PERSON["birth_date"], "81234567890"):
        assert canary not in stored
    (row,) = phone.rows()
    assert row["list"] == {"village": "81.05.01.2003", "occupation": "fisher", "maskedName": "C. R."}
    assert 0 <= row["nikHint"] < 4096


def test_numbers_have_no_gaps_when_two_tabs_save_at_once(phone, second_tab):
    many = "return Promise.all(Array.from({ length: 15 }, () => e.saveRecord({ answers: a })))"
    start = "(a) => { globalThis.engine.then((e) => { globalThis.done = (async () => { MANY })(); }); }".replace("MANY", many)
    for tab in (phone, second_tab):
        tab.page.evaluate(start, PERSON)
    for tab in (phone, second_tab):
        tab.page.evaluate("() => globalThis.engine.then(() => globalThis.done)")
    assert sorted(row["header"]["device_seq"] for row in phone.rows()) == list(range(1, 31))
    assert phone.fact("device")["nextSeq"] == 31


def test_without_web_locks_a_number_taken_meanwhile_means_sealing_anew(phone):
    phone.run("Object.defineProperty(navigator, 'locks', { value: undefined })")
    phone.run("await Promise.all(Array.from({ length: 5 }, () => e.saveRecord({ answers: a })))", PERSON)
    rows = phone.rows()
    assert sorted(row["header"]["device_seq"] for row in rows) == [1, 2, 3, 4, 5]
    assert len({row["digest"] for row in rows}) == 5


def test_a_full_phone_gives_no_receipt_and_takes_no_number(context, server):
    page = context.new_page()
    # Before the first write: the browser remembers for half a minute how much room there was.
    context.new_cdp_session(page).send("Storage.overrideQuotaForOrigin", {"origin": server.url, "quotaSize": 300_000})
    phone = Engine(page, server.url)
    phone.enrol()
    until_full = """
      for (let saved = 0; saved < 40; saved++) {
        try { await e.saveRecord({ answers: a, photo: crypto.getRandomValues(new Uint8Array(60000)) }); }
        catch (error) { return error instanceof e.StoreFull ? saved : String(error); }
      }"""
    saved = phone.run(until_full, PERSON)
    assert saved in range(1, 6)
    assert len(phone.rows()) == saved
    assert phone.run("return e.read(['photos'], (photos) => e.result(photos.count()))") == saved
    assert phone.fact("device")["nextSeq"] == saved + 1


def test_nobody_signed_in_or_no_rules_is_said_and_nothing_is_saved(phone, server):
    reason = "try { await e.saveRecord({ answers: a }); } catch (error) { return error instanceof e.NotReady && error.message; }"
    phone.load()
    server.twist = lambda method, path, body: (503, "text/html", b"", {}) if path == "/rules.json" else None
    assert phone.run(reason, PERSON) == "rules"
    server.twist = lambda method, path, body: None
    phone.run("await e.forgetPerson()")
    assert phone.run(reason, PERSON) == "sign_in"
    assert phone.rows() == []


def test_a_correction_carries_only_what_changes(phone, server):
    made = phone.save()
    phone.run("await e.saveRecord({ kind: 'correct', parent: a, answers: { name: 'La Ali', address: '' } })", made["id"])
    phone.run("await e.saveRecord({ kind: 'withdraw', parent: a })", made["id"])
    phone.sync()
    correct, withdraw = list(server.records.values())[1:]
    content = dict(zip(server.rules["content"], server.open(correct), strict=False))
    assert {name: value for name, value in content.items() if value is not None} == {
        "receipt_code": made["receiptCode"], "name": "La Ali", "address": "",
    }  # fmt: skip
    assert correct["parent"] == withdraw["parent"] == made["id"]
    assert server.open(withdraw) == [made["receiptCode"]]
    shown = phone.run("return e.records()")[1]
    assert (shown["maskedName"], shown["village"], shown["receiptCode"]) == ("L. A.", "81.05.01.2003", made["receiptCode"])


def test_the_phone_knows_its_own_niks_by_a_hint(phone):
    phone.save()
    assert phone.run("return e.mayBeOnThisPhone(a)", PERSON["nik"]) is True
    others = [f"81050117089{n:05d}" for n in range(2, 42)]
    alike = phone.run("return Promise.all(a.map((nik) => e.mayBeOnThisPhone(nik)))", others)
    assert sum(alike) <= 2


def test_two_people_on_one_phone_see_their_own_and_lose_nothing(phone, server):
    sari = dict(server.account)
    phone.save()
    phone.save()
    phone.run("await e.forgetPerson()")
    assert phone.run("return e.profile()") is None
    assert phone.run("return e.records()") == []
    assert all(row["list"] is None and row["receiptCode"] is None and row["sealed"] for row in phone.rows())
    server.account = {**sari, "id": "01935f2a-3333-7333-8333-333333333333", "username": "yusuf", "name": "Yusuf"}
    assert phone.enrol()["name"] == "Yusuf"
    assert phone.run("return e.othersWaiting()") == 2
    phone.save()
    assert len(phone.run("return e.records()")) == 1
    phone.sync()
    assert [record["author_id"] for record in server.records.values()] == [sari["id"], sari["id"], server.account["id"]]
    assert [record["device_seq"] for record in server.records.values()] == [1, 2, 3]


def test_enrolling_again_never_turns_the_counter_back(phone, server):
    phone.save()
    phone.save()
    phone.enrol()
    assert phone.fact("device")["nextSeq"] == 3
    server.next_sequence[phone.fact("device")["deviceId"]] = 9
    phone.enrol()
    assert phone.fact("device")["nextSeq"] == 9


def test_the_bundle_holds_everything_sealed(phone, server):
    phone.save(photo_bytes=1500)
    phone.save()
    bundle = json.loads(phone.run("return (await e.exportBundle()).text()"))
    assert (bundle["bundle"], bundle["device_id"], len(bundle["records"])) == (
        "sbt-outbox/1",
        phone.fact("device")["deviceId"],
        2,
    )
    assert all(server.open(record) for record in bundle["records"])
    assert list(bundle["photos"]) == [bundle["records"][0]["photos"][0]["sha256"]]
    assert "Canaryname" not in json.dumps(bundle)
