"""Who may enter: every address of the app stands in this table, and the app agrees with it.

A new address without a line here fails. A line here that the app does not keep fails too: each address is asked for
by each role, and by nobody.
"""

import pytest

from tests.conftest import PEOPLE
from tests.visitor import Visitor

ROLES = ("officer", "supervisor", "office", "leader", "admin")
ANYONE = frozenset({"anyone", *ROLES})
SIGNED_IN = frozenset(ROLES)
OFFICER = frozenset({"officer"})
SUPERVISOR = frozenset({"supervisor"})
READERS = frozenset({"leader", "office", "supervisor"})
PHONE = frozenset({"phone"})  # no session: an upload token

DOORS = {
    "GET /": ANYONE,
    "GET /sign-in": ANYONE,
    "POST /sign-in": ANYONE,
    "GET /sign-in/new-password": SIGNED_IN,
    "POST /sign-in/new-password": SIGNED_IN,
    "GET /sign-out": ANYONE,
    "POST /sign-out": ANYONE,
    "POST /language": ANYONE,
    "GET /me": SIGNED_IN,
    "GET /start": SIGNED_IN,
    "GET /register": OFFICER,
    "GET /register/arrived": OFFICER,
    "GET /register/new": OFFICER,
    "POST /register": OFFICER,
    "GET /register/receipt/<uuid:record_id>": OFFICER,
    "GET /register/card/<uuid:record_id>": OFFICER,
    "GET /register/card/<uuid:record_id>.pdf": OFFICER,
    "POST /sync/batch": PHONE,
    "POST /sync/have": PHONE,
    "GET /sync/inbox": PHONE,
    "GET /sync/photos/<sha256>": PHONE,
    "PUT /sync/photos/<sha256>": PHONE,
    "GET /sync/<path:anything>": ANYONE,
    "POST /sync/<path:anything>": ANYONE,
    "PUT /sync/<path:anything>": ANYONE,
    "POST /sync/devices": OFFICER,
    "GET /register/recheck": OFFICER,
    "POST /register/recheck/<uuid:registration_id>": OFFICER,
    "GET /approve/recheck": SUPERVISOR,
    "POST /approve/recheck/<uuid:registration_id>": SUPERVISOR,
    "GET /approve": SUPERVISOR,
    "GET /approve/rows": SUPERVISOR,
    "GET /approve/several": SUPERVISOR,
    "POST /approve/several": SUPERVISOR,
    "GET /approve/phones": SUPERVISOR,
    "POST /approve/phones/<uuid:device_id>/revoke": SUPERVISOR,
    "GET /approve/bundle": SUPERVISOR,
    "POST /approve/bundle": SUPERVISOR,
    "GET /approve/<uuid:entry_id>": SUPERVISOR,
    "GET /approve/<uuid:entry_id>/photo": SUPERVISOR,
    "POST /approve/<uuid:entry_id>/approve": SUPERVISOR,
    "POST /approve/<uuid:entry_id>/return": SUPERVISOR,
    "POST /approve/<uuid:entry_id>/refuse": SUPERVISOR,
    "POST /approve/<uuid:entry_id>/call-back": SUPERVISOR,
    "POST /approve/<uuid:entry_id>/undo": SUPERVISOR,
    "GET /exchange": frozenset({"office"}),
    "GET /exchange/people": frozenset({"office"}),
    "GET /exchange/kept-aside": frozenset({"office"}),
    "GET /exchange/months": frozenset({"office"}),
    "GET /exchange/months/<uuid:programme_id>": frozenset({"office"}),
    "POST /exchange/months/<uuid:programme_id>/<month>/list": frozenset({"office"}),
    "GET /exchange/months/<uuid:programme_id>/<month>": frozenset({"office"}),
    "GET /exchange/months/<uuid:programme_id>/<month>/progress": frozenset({"office"}),
    "GET /exchange/months/<uuid:programme_id>/<month>/list.<any(csv, xlsx):ending>": frozenset({"office"}),
    "POST /exchange/months/<uuid:programme_id>/<month>/payments": frozenset({"office"}),
    "POST /exchange/payments/<uuid:payment_id>/take-back": frozenset({"office"}),
    "GET /exchange/payments/<uuid:payment_id>/proof": frozenset({"office"}),
    "GET /exchange/months/<uuid:programme_id>/arrears": frozenset({"office"}),
    "POST /exchange/months/<uuid:programme_id>/arrears": frozenset({"office"}),
    "GET /exchange/months/<uuid:programme_id>/turning-65": frozenset({"office"}),
    "GET /exchange/people/<uuid:entry_id>": frozenset({"office"}),
    "POST /exchange/people/<uuid:entry_id>/end": frozenset({"office"}),
    "GET /exchange/renewal": frozenset({"office"}),
    "POST /exchange/renewal": frozenset({"office"}),
    "GET /exchange/renewal/<uuid:programme_id>": frozenset({"office"}),
    "GET /exchange/programmes/<uuid:programme_id>/progress": frozenset({"office"}),
    "GET /exchange/renewal/<uuid:programme_id>/progress": frozenset({"office"}),
    "POST /exchange/renewal/<uuid:programme_id>/close": frozenset({"office"}),
    "GET /exchange/batches": frozenset({"office"}),
    "GET /exchange/batches/new": frozenset({"office"}),
    "GET /exchange/batches/new/people": frozenset({"office"}),
    "POST /exchange/batches/new/return": frozenset({"office"}),
    "POST /exchange/batches": frozenset({"office"}),
    "GET /exchange/batches/<uuid:batch_id>": frozenset({"office"}),
    "GET /exchange/batches/<uuid:batch_id>/progress": frozenset({"office"}),
    "POST /exchange/batches/<uuid:batch_id>/file": frozenset({"office"}),
    "POST /exchange/batches/<uuid:batch_id>/manifest": frozenset({"office"}),
    "POST /exchange/batches/<uuid:batch_id>/open": frozenset({"office"}),
    "GET /exchange/batches/check": frozenset({"office"}),
    "POST /exchange/batches/check": frozenset({"office"}),
    "POST /exchange/batches/<uuid:batch_id>/letter": frozenset({"office"}),
    "GET /exchange/unanswered": frozenset({"office"}),
    "POST /exchange/unanswered/list.<any(csv, xlsx):ending>": frozenset({"office"}),
    "GET /exchange/answers": frozenset({"office"}),
    "POST /exchange/answers": frozenset({"office"}),
    "GET /exchange/answers/<uuid:file_id>": frozenset({"office"}),
    "GET /exchange/answers/<uuid:file_id>/progress": frozenset({"office"}),
    "POST /exchange/answers/<uuid:file_id>/suggestions": frozenset({"office"}),
    "POST /exchange/answers/<uuid:file_id>/confirm": frozenset({"office"}),
    "POST /exchange/answers/<uuid:file_id>/drop": frozenset({"office"}),
    "POST /exchange/jobs/<uuid:job_id>/again": frozenset({"office"}),
    "GET /exchange/rates": frozenset({"office"}),
    "GET /exchange/rates/calculator": frozenset({"office"}),
    "GET /exchange/rates/<table>/new": frozenset({"office"}),
    "POST /exchange/rates/<table>": frozenset({"office"}),
    "GET /exchange/rates/<table>/<uuid:row_id>": frozenset({"office"}),
    "POST /exchange/rates/<table>/<uuid:row_id>": frozenset({"office"}),
    "POST /exchange/rates/<table>/<uuid:row_id>/end": frozenset({"office"}),
    "GET /exchange/profiles": frozenset({"office"}),
    "GET /exchange/profiles/<code>": frozenset({"office"}),
    "POST /exchange/profiles/<code>": frozenset({"office"}),
    "GET /exchange/profiles/<code>/edit": frozenset({"office"}),
    "POST /exchange/profiles/<code>/copy": frozenset({"office"}),
    "GET /exchange/programmes": frozenset({"office"}),
    "GET /exchange/programmes/new": frozenset({"office"}),
    "POST /exchange/programmes": frozenset({"office"}),
    "GET /exchange/programmes/<uuid:programme_id>": frozenset({"office"}),
    "POST /exchange/programmes/<uuid:programme_id>": frozenset({"office"}),
    "GET /exchange/programmes/<uuid:programme_id>/edit": frozenset({"office"}),
    "POST /exchange/programmes/<uuid:programme_id>/open": frozenset({"office"}),
    "POST /exchange/programmes/<uuid:programme_id>/close": frozenset({"office"}),
    "GET /exchange/programmes/<uuid:programme_id>/allotments": frozenset({"office"}),
    "POST /exchange/programmes/<uuid:programme_id>/allotments": frozenset({"office"}),
    "GET /exchange/programmes/<uuid:programme_id>/cards": frozenset({"office"}),
    "GET /exchange/programmes/<uuid:programme_id>/cards.pdf": frozenset({"office"}),
    "GET /exchange/open-data": frozenset({"office"}),
    "POST /exchange/open-data": frozenset({"office"}),
    "GET /exchange/quality": frozenset({"office"}),
    "GET /exchange/quality/moves": frozenset({"office"}),
    "GET /exchange/quality/<name>.<any(csv, xlsx):ending>": frozenset({"office"}),
    "GET /exchange/targets": frozenset({"office"}),
    "POST /exchange/targets/numbers": frozenset({"office"}),
    "POST /exchange/targets/file": frozenset({"office"}),
    "POST /exchange/targets/rows": frozenset({"office"}),
    "GET /exchange/targets.<any(csv, xlsx):ending>": frozenset({"office"}),
    "GET /oversee": READERS,
    "GET /oversee/region/<region_code>": READERS,
    "GET /oversee/open": ANYONE,
    "GET /oversee/open.csv": ANYONE,
    "GET /oversee/open.json": ANYONE,
    "GET /oversee/committed": READERS,
    "GET /oversee/portrait/<facet>/<value>": READERS,
    "GET /oversee/report": READERS,
    "GET /oversee/report.pdf": READERS,
    "GET /oversee/stages/<status>": READERS,
    "GET /oversee/tables": READERS,
    "GET /oversee/tables/<name>.<any(csv, xlsx):ending>": READERS,
    "GET /oversee/unvisited": READERS,
    "GET /oversee/weeks/<kind>": READERS,
    "GET /check": ANYONE,
    "POST /check": ANYONE,
    "POST /check/card": ANYONE,
    "POST /check/card.pdf": ANYONE,
    "GET /offline/register": ANYONE,
    "GET /offline/form": ANYONE,
    "GET /offline/page": ANYONE,
    "GET /rules.json": ANYONE,
    "GET /service-worker.js": ANYONE,
    "GET /manifest.webmanifest": ANYONE,
    "GET /ping": ANYONE,
    "GET /health": ANYONE,
}
SAMPLES = {
    "region_code": "81.05.01",
    "uuid:registration_id": "01900000-0000-7000-8000-000000000000",
    "uuid:payment_id": "01900000-0000-7000-8000-000000000000",
    "month": "2026-01",
    "ending": "csv",
    "table": "rate",
    "name": "places",
    "status": "submitted",
    "kind": "registered",
    "facet": "sex",
    "value": "male",
    "any(csv, xlsx):ending": "csv",
    "code": "bpu",
    "uuid:job_id": "01900000-0000-7000-8000-000000000000",
    "uuid:row_id": "01900000-0000-7000-8000-000000000000",
    "uuid:programme_id": "01900000-0000-7000-8000-000000000000",
    "uuid:batch_id": "01900000-0000-7000-8000-000000000000",
    "uuid:file_id": "01900000-0000-7000-8000-000000000000",
    "uuid:device_id": "01900000-0000-7000-8000-000000000000",
    "uuid:record_id": "01900000-0000-7000-8000-000000000000",
    "uuid:entry_id": "01900000-0000-7000-8000-000000000000",
    "uuid:id": "01900000-0000-7000-8000-000000000000",
    "sha256": "0" * 64,
    "path:anything": "anything",
}


def doors_of(app) -> set[str]:
    return {f"{method} {rule.rule}" for rule in app.url_map.iter_rules() for method in rule.methods - {"HEAD", "OPTIONS"}}


def address(door: str) -> tuple[str, str]:
    method, path = door.split(" ", 1)
    for name, sample in SAMPLES.items():
        path = path.replace(f"<{name}>", sample)
    assert "<" not in path, f"give a sample for {door}"
    return method, path


@pytest.fixture(scope="module")
def house_app(request):
    """SQLite only: doors do not depend on the database."""
    from tests.conftest import SqliteHouse

    house = SqliteHouse(request.getfixturevalue("tmp_path_factory").mktemp("doors"), request)
    house.build()
    house.reset()
    house.app.config["WTF_CSRF_ENABLED"] = False  # who may enter is asked here, not whether the form was ours
    yield house.app
    house.dispose()


@pytest.fixture(scope="module")
def visitors(house_app):
    """One of each role, signed in; and nobody."""
    people = {"anyone": Visitor(house_app)}
    for username, (_name, role, _region) in PEOPLE.items():
        if role not in people:
            people[role] = Visitor(house_app)
            people[role].client.post("/sign-in", data={"username": username, "password": "rahasia-demo-2026"})
    return people


def test_every_address_is_in_the_table_and_none_is_left_over(house_app):
    assert doors_of(house_app) == set(DOORS)


def may_enter(visitor, door: str) -> bool:
    method, path = address(door)
    response = visitor.client.open(path, method=method)
    refused = response.status_code in {401, 403}
    sent_to_sign_in = response.status_code == 303 and response.headers["Location"].startswith("/sign-in")
    return not refused and not (sent_to_sign_in and path != "/sign-in")


@pytest.mark.parametrize("role", ["anyone", *ROLES])
def test_the_app_keeps_to_the_table(visitors, role):
    wrong = []
    for door, allowed in DOORS.items():
        if door in {"POST /sign-out", "GET /sign-out", "POST /sign-in", "POST /sign-in/new-password"}:
            continue  # these end or change the session that is used here; they are tried below
        if may_enter(visitors[role], door) != (role in allowed):
            wrong.append(f"{role}: {door}")
    assert wrong == []


@pytest.mark.parametrize("door", [door for door, allowed in DOORS.items() if allowed is PHONE])
def test_a_session_alone_opens_nothing_for_phones(visitors, door):
    """No cookie is read there, so no other site can use one."""
    method, path = address(door)
    assert visitors["officer"].client.open(path, method=method).status_code == 401


def test_the_table_sees_a_room_that_forgot_to_say(house_app):
    from flask import Flask

    app = Flask("other")
    app.add_url_rule("/new-room", view_func=lambda: "", methods=["POST"])
    assert "POST /new-room" in doors_of(app) - set(DOORS)
