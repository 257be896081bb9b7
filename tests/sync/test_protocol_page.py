"""docs/protocol.md says what the code does: every status, code and limit stands there, and its example is a golden case."""

import json
import re
from pathlib import Path

from sbt_pwa.kit.seal import from_base64url
from sbt_pwa.records import envelope, inbox, photo
from sbt_pwa.records.device import TOKEN_LASTS, TOKEN_SLIDES
from sbt_pwa.records.envelope import CONTENT
from sbt_pwa.records.judge import OLDEST_SAVED
from sbt_pwa.records.messages import FINDINGS
from sbt_pwa.records.reference import reasons
from sbt_pwa.records.registration import STATUSES
from sbt_pwa.records.rules import CHECKS
from sbt_pwa.sync import body, views
from tests import protocol_client
from tests.records.golden import CASES

PAGE = (Path(__file__).parents[2] / "docs/protocol.md").read_text()
WORDS = set(re.findall(r"[A-Za-z0-9_]+", PAGE))


def blocks():
    return re.findall(r"^```\n(.*?)^```", PAGE, re.M | re.S)


def test_every_status_and_reason_is_told():
    codes = {reason.code for reason in reasons().values()}
    assert (codes | set(STATUSES) | protocol_client.STATUSES) - WORDS == set()
    source = (Path(envelope.__file__).parent / "rules.py").read_text()
    broken = {code for code in re.findall(r'"([a-z_]+)"', source) if code in FINDINGS and f'"{code}", {{' in source}
    broken -= {"age_young", "age_near_limit"}  # warnings
    assert len(CHECKS) > 10 and broken > {"digits", "age_limit", "not_a_phone"}
    assert broken - WORDS == set()


def test_every_name_of_the_rules_is_told(app):
    table = app.test_client().get("/rules.json").json
    part = PAGE[PAGE.index("### GET /rules.json") : PAGE.index("### POST /sync/devices")]
    told = set(re.findall(r"[a-z_]+", part))
    names = set(table) | set(table["key"]) | set(table["photo"]) | {name for field in table["fields"] for name in field}
    assert names - told == set()


def test_every_position_is_told():
    rows = re.findall(r"^\| ([0-9]{1,2}) \| `([a-z_]+)`", PAGE, re.M)
    assert rows == [(str(at), name) for at, name in enumerate(CONTENT)]


def test_every_limit_is_told():
    numbers = {number.replace(",", "") for number in re.findall(r"[0-9][0-9,]*", PAGE)}
    limits = {
        views.MOST_RECORDS, views.MOST_OFFERED, views.LONGEST_PART, body.MOST_BYTES, photo.MOST_BYTES, envelope.MOST_SEALED,
        envelope.MOST_CONTENT, envelope.MOST_PHOTOS, TOKEN_SLIDES.days, TOKEN_LASTS.days, OLDEST_SAVED.days,
    }  # fmt: skip
    assert {str(limit) for limit in limits} - numbers == set()
    assert inbox.SETTLED_AFTER.seconds == 60  # "decisions of the last minute"


def test_the_worked_example_is_the_golden_case():
    case = CASES["envelopes"][1]
    content, header, sealed, wire = blocks()[-4:]
    assert json.loads(content.replace("\n", "")) == case["positions"]
    assert header.replace("↵\n(an empty line: no photos)\n", "\n").replace("↵\n", "\n") == case["canonical_header"]
    assert sealed.replace("\n", "") == case["wire"]["sealed"]
    assert json.loads(wire) | {"sealed": case["wire"]["sealed"]} == case["wire"]
    told = re.search(r"those bytes: ([0-9]+) bytes.*?header, ([0-9]+) bytes.*?, ([0-9]+) bytes:", PAGE, re.S).groups()
    lengths = [case["plaintext"], None, case["wire"]["sealed"]]
    assert int(told[0]) == len(from_base64url(lengths[0])) and int(told[2]) == len(from_base64url(lengths[2]))
    assert int(told[1]) == len(case["canonical_header"].encode())
    assert CASES["key"]["private"] in PAGE and CASES["key"]["public"] in PAGE


def test_the_ping_is_told_as_it_is_answered(app):
    answer = app.test_client().get("/ping")
    assert f"`{json.dumps(answer.json)}`" in PAGE
    ours = {name for name, _value in answer.headers if name.startswith("X-Sbt-")}
    assert ours == set(re.findall(r"`(X-Sbt-[A-Za-z-]+)`", PAGE))
