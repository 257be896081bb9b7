"""Two credentials: the upload token writes records and reads statuses without personal data, and the session does the rest."""

import datetime as dt
import itertools
import json
import re
import uuid

import pytest
from sqlalchemy import update

from sbt_pwa.kit.db import db
from sbt_pwa.records.device import Device
from tests.protocol_client import MEDIA_TYPE, Refused
from tests.sync.phones import account, content, entries, picture, send
from tests.visitor import PASSWORD

NO_PHOTO = "0" * 64
OWN = {"sync.batch", "sync.have", "sync.inbox", "sync.photo_progress", "sync.put_photo"}
SAMPLES = {"uuid:": "01900000-0000-7000-8000-000000000000", "path:": "a/b.js", "int:": "1", "": "x", "any(csv, xlsx):": "csv"}


def age(phone, contact=0, made=0, revoked=False):
    """Let days pass for this phone's token."""
    at = dt.datetime.now(dt.UTC)
    values = {"contact_at": at - dt.timedelta(days=contact), "token_made_at": at - dt.timedelta(days=made)}
    if revoked:
        values["revoked_at"] = at
    db.session.execute(update(Device).where(Device.id == uuid.UUID(phone.device_id)).values(values))
    db.session.commit()


def contact_of(phone):
    db.session.rollback()
    return db.session.get(Device, uuid.UUID(phone.device_id)).contact_at


CALLS = [("POST", "/sync/batch"), ("POST", "/sync/have"), ("GET", "/sync/inbox"), ("GET", f"/sync/photos/{NO_PHOTO}")]


def test_without_a_known_token_nothing_answers(app, phone):
    tokens = [None, "Bearer", "Bearer " + "x" * 43, "Basic c2FyaTp4", "bearer x", "Bearer " + "x" * 5000]
    calls = [*CALLS, ("PUT", f"/sync/photos/{NO_PHOTO}?offset=0&total=1")]
    for (method, path), authorization in itertools.product(calls, tokens):
        headers = {"Content-Type": MEDIA_TYPE} | ({"Authorization": authorization} if authorization else {})
        status, told, body = phone.line(method, path, headers, b'{"records":[]}')
        assert (status, json.loads(body)["error"]) == (401, "token_unknown")
        assert told["content-type"] == MEDIA_TYPE


@pytest.mark.parametrize(
    ("days", "code"),
    [({"contact": 46}, "token_expired"), ({"contact": 1, "made": 181}, "token_expired"), ({"revoked": True}, "device_revoked")],
)
def test_a_token_that_is_over_says_why_and_changes_nothing(phone, days, code):
    age(phone, **days)
    record_id = phone.save(content(1))
    for call in (phone.send, phone.read_news, phone.offer):
        with pytest.raises(Refused, match=f"401 {code}"):
            call()
    assert phone.outbox[record_id].state == "waiting"
    assert entries() == []


def test_every_call_moves_the_tokens_end(phone):
    for call in (lambda: phone.send_some([]), phone.offer, phone.read_news):
        age(phone, contact=44, made=179)
        call()
        assert contact_of(phone) > dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1)


def test_a_photo_moves_the_tokens_end(phone):
    send(phone, content(1), photo=picture())
    age(phone, contact=44)
    phone.send_photos()
    assert contact_of(phone) > dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1)


def test_the_token_opens_no_other_door(app, phone):
    """Every address of the app: sign-in asked for, refused, or a public page; and nothing of a person in any answer."""
    send(phone, content(1, name="Kanarina Rumakat"))
    tried = 0
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<([a-z]+(?:\([^)]*\))?:)?\w+>", lambda found: SAMPLES.get(found[1] or "", "x"), rule.rule)
        for method in (rule.methods & {"GET", "POST", "PUT", "DELETE", "PATCH"}) if rule.endpoint not in OWN else ():
            status, told, body = phone.line(method, path, {"Authorization": f"Bearer {phone.token}"}, b"")
            tried += 1
            assert status < 500, (method, path)
            assert b"Kanarina" not in body and content(1)["nik"].encode() not in body, (method, path)
            if path.split(".")[0] != "/oversee/open" and path.split("/")[1] in (
                "register",
                "approve",
                "exchange",
                "oversee",
                "administer",
            ):
                refused = status in (400, 401, 403) or (status == 303 and told["location"].startswith("/sign-in"))
                assert refused, (method, path, status)
            assert "set-cookie" not in told or "session" not in told["set-cookie"]
    assert tried > 15


def test_what_the_token_may_read_holds_nothing_personal(phone):
    kept = send(phone, content(1, name="Kanarina Rumakat", address="Jalan Kanari 7"), photo=picture())
    phone.send_photos()
    photo = next(iter(phone.photos))
    offered = json.dumps({"records": [{"id": kept.envelope["id"], "digest": kept.envelope["digest"]}]}).encode()
    bearer = {"Authorization": f"Bearer {phone.token}", "Content-Type": MEDIA_TYPE}
    answers = [
        phone.line("POST", "/sync/batch", bearer, json.dumps({"records": [kept.envelope]}).encode()),
        phone.line("POST", "/sync/have", bearer, offered),
        phone.line("GET", "/sync/inbox", bearer, b""),
        phone.line("GET", f"/sync/photos/{photo}", bearer, b""),
    ]
    for status, _told, body in answers:
        assert status == 200
        for word in (b"Kanari", content(1)["nik"].encode(), content(1)["phone"].encode(), content(1)["birth_date"].encode()):
            assert word not in body


def test_a_cookie_is_no_credential_for_phones(new_visitor):
    sari = new_visitor()
    sari.sign_in("sari")
    for method, path in CALLS:
        answer = sari.client.open(path, method=method, content_type=MEDIA_TYPE, data='{"records":[]}')
        assert answer.status_code == 401
        assert "Set-Cookie" not in answer.headers


def test_a_form_of_another_site_cannot_speak_to_it(phone):
    """Only types that a form can send do without asking first (preflight), and none of those is taken."""
    headers = {"Authorization": f"Bearer {phone.token}", "Origin": "https://other.example"}
    for kind in ("application/x-www-form-urlencoded", "multipart/form-data", "text/plain", "application/json", None):
        sent = headers | ({"Content-Type": kind} if kind else {})
        status, _told, body = phone.line("POST", "/sync/batch", sent, b'{"records":[]}')
        assert (status, json.loads(body)["error"]) == (415, "content_type")
    asked = {"Origin": "https://other.example", "Access-Control-Request-Method": "POST"}
    _status, told, _body = phone.line("OPTIONS", "/sync/batch", asked, b"")
    assert not [name for name in told if name.startswith("access-control-")]


# ---- the one call of the session


def enrol(visitor, device_id=None, token=True, **headers):
    if token:
        headers["X-CSRFToken"] = visitor.csrf_token()
    return visitor.client.post("/sync/devices", json={"device_id": device_id}, headers=headers)


def test_enrolling_gives_a_token_that_works(new_visitor, phone):
    sari = new_visitor()
    sari.sign_in("sari")
    answer = enrol(sari)
    told = answer.get_json(force=True)
    assert (answer.status_code, answer.content_type) == (200, MEDIA_TYPE)
    assert set(told) == {
        "epoch", "server_time", "backed_up_through", "device_id", "token", "expires_at", "next_seq", "account",
    }  # fmt: skip
    assert told["next_seq"] == 1
    assert told["account"] == {
        "id": str(account("sari").id), "username": "sari", "name": account("sari").name,
        "region_code": "81.05.01", "region_name": account("sari").region.name,
    }  # fmt: skip
    days = dt.datetime.fromisoformat(told["expires_at"]) - dt.datetime.now(dt.UTC)
    assert dt.timedelta(days=44) < days <= dt.timedelta(days=45)
    phone.device_id, phone.token = told["device_id"], told["token"]
    assert send(phone, content(1)).state == "accepted"
    assert len(told["token"]) >= 43


def test_a_phone_that_is_known_goes_on_counting(new_visitor, phone):
    send(phone, content(1))
    sari = new_visitor()
    sari.sign_in("sari")
    told = enrol(sari, phone.device_id).get_json(force=True)
    assert (told["device_id"], told["next_seq"]) == (phone.device_id, 2)


def test_a_revoked_phone_is_enrolled_as_a_new_one(new_visitor, phone):
    age(phone, revoked=True)
    sari = new_visitor()
    sari.sign_in("sari")
    assert enrol(sari, phone.device_id).get_json(force=True)["device_id"] != phone.device_id


def test_only_officers_with_a_page_of_ours_enrol(new_visitor):
    assert new_visitor().client.post("/sync/devices", json={}).status_code in (400, 401)
    sari, budi = new_visitor(), new_visitor()
    sari.sign_in("sari")
    assert enrol(sari, token=False).status_code == 400
    assert enrol(sari, "not a uuid").get_json(force=True)["error"] == "malformed"
    budi.client.post("/sign-in", data={"username": "budi", "password": PASSWORD, "csrf_token": budi.csrf_token()})
    budi.page = None  # its token was of the session before signing in
    assert enrol(budi).status_code == 403
