"""The ground that the other tests stand on: each starts alike, on both databases."""

from sqlalchemy import select

from sbt_pwa.kit.db import db
from sbt_pwa.records.account import Account
from sbt_pwa.records.region import Region


def usernames():
    return set(db.session.scalars(select(Account.username)))


def test_a_test_may_spoil_its_database(app):
    for account in db.session.scalars(select(Account)):
        account.username = f"other-{account.username}"
    db.session.commit()
    assert "sari" not in usernames()


def test_and_the_next_starts_from_the_template_again(app):
    assert {"sari", "budi"} <= usernames()
    assert db.session.get(Region, "81.05.01.2003") is not None


def test_the_database_is_the_one_that_was_asked_for(app, database):
    assert db.engine.dialect.name == database
