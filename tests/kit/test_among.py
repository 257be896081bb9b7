"""Many values as one parameter: the same rows as a plain IN, found by the column's index."""

import uuid

import pytest
from sqlalchemy import event, select

from sbt_pwa.kit.among import among
from sbt_pwa.kit.db import db
from sbt_pwa.records.intake import ERASED, KNOWN, Erased
from sbt_pwa.records.judge import ALIKE
from sbt_pwa.records.registration import Registration
from tests.people import register

SOMEBODY_ELSE = bytes(range(32))


@pytest.fixture
def people(app):
    return register(app, range(1, 6))


def test_rows_are_found_by_ids_and_by_bytes(people):
    some = people[1:3]
    by_id = select(Registration.id).where(among(Registration.id, "ids"))
    assert set(db.session.scalars(by_id, {"ids": [one.id for one in some] + [uuid.uuid4()]})) == {one.id for one in some}
    by_index = select(Registration.id).where(among(Registration.nik_index, "niks"))
    found = db.session.scalars(by_index, {"niks": {one.nik_index for one in some} | {SOMEBODY_ELSE}})
    assert set(found) == {one.id for one in some}


def test_of_no_values_nothing_is_found(people):
    for values in ([], set(), ()):
        assert db.session.scalars(select(Registration.id).where(among(Registration.id, "ids")), {"ids": values}).all() == []


def test_it_stands_beside_other_conditions(people):
    first, second, third, *_others = people
    either = among(Registration.id, "ids") | among(Registration.nik_index, "niks")
    query = select(Registration.id).where(either, Registration.id != second.id)
    told = {"ids": [first.id, second.id], "niks": [third.nik_index]}
    assert set(db.session.scalars(query, told)) == {first.id, third.id}


def test_an_id_that_was_erased_is_known_again(app):
    gone = uuid.uuid4()
    db.session.add(Erased(record_id=gone))
    db.session.flush()
    assert db.session.scalars(ERASED, {"ids": {gone, uuid.uuid4()}}).all() == [gone]


@pytest.mark.parametrize(
    ("query", "told"),
    [(KNOWN, {"ids": [uuid.uuid4()]}), (ALIKE, {"niks": [SOMEBODY_ELSE], "people": [SOMEBODY_ELSE]}), (ERASED, {"ids": []})],
    ids=["known", "alike", "erased"],
)
def test_what_a_batch_asks_is_found_by_an_index_whatever_the_size_of_the_table(app, query, told):
    plan = plan_of(query, told)
    assert "SEARCH" in plan or "Index" in plan, plan
    assert "SCAN registration" not in plan and "SCAN envelope" not in plan and "Seq Scan" not in plan, plan


def plan_of(query, told) -> str:
    asked, connection = [], db.session.connection()
    event.listen(db.engine, "before_cursor_execute", lambda *told: asked.append(told[2:4]), once=True)
    db.session.execute(query, told)
    statement, values = asked[0]
    how = "EXPLAIN QUERY PLAN "
    if connection.dialect.name == "postgresql":
        how = "EXPLAIN "
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")  # of an empty table it would read all otherwise
    return "\n".join(str(row[-1]) for row in connection.exec_driver_sql(how + statement, values))
