"""The two people of the office: one brings an answer, the other confirms it."""

import pytest

from tests.visitor import Visitor


@pytest.fixture
def dewi(app):
    return signed_in(app, "dewi")


@pytest.fixture
def lina(app):
    return signed_in(app, "lina")


def signed_in(app, username) -> Visitor:
    visitor = Visitor(app)
    visitor.sign_in(username)
    return visitor
