"""The two people of the office: one brings an answer, the other confirms it."""

import pytest

from tests.visitor import Visitor


@pytest.fixture
def dewi(app):
    visitor = Visitor(app)
    visitor.sign_in("dewi")
    return visitor


@pytest.fixture
def lina(app):
    visitor = Visitor(app)
    visitor.sign_in("lina")
    return visitor
