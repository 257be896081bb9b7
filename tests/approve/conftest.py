import pytest

from sbt_pwa.kit.db import db
from sbt_pwa.records.account import create_account
from tests.sync.phones import content, enrolled, entry, send
from tests.visitor import PASSWORD, Visitor

GOROM = {"district": "81.05.04", "village": "81.05.04.2001"}


@pytest.fixture
def phone(app):
    """sari's phone, in district Bula."""
    return enrolled(app)


@pytest.fixture
def registered(phone):
    """Register the invented person `seed` and return the entry's id."""

    def register(seed: int, by=phone, **other) -> str:
        photo = other.pop("photo", None)
        kept = send(by, content(seed, **other), photo=photo)
        if photo:
            by.send_photos()
        return kept.envelope["id"]

    return register


@pytest.fixture
def in_gorom(app, registered):
    """Register somebody in district Pulau Gorom, by its own officer."""
    yusuf = enrolled(app, "yusuf")
    return lambda seed, **other: registered(seed, by=yusuf, **GOROM, **other)


@pytest.fixture
def budi(app):
    visitor = Visitor(app)
    visitor.sign_in("budi")
    return visitor


@pytest.fixture
def tuti(app):
    """A second supervisor of Bula."""
    create_account("tuti", "Tuti Sehwaky", "supervisor", "81.05.01", PASSWORD, is_demo=True)
    db.session.commit()
    visitor = Visitor(app)
    visitor.sign_in("tuti")
    return visitor


@pytest.fixture
def stands():
    """The status of an entry in the database, now."""
    return lambda entry_id: entry(entry_id).status
