import pytest

from tests.sync.phones import enrolled


@pytest.fixture
def phone(app):
    """sari's phone."""
    return enrolled(app)


@pytest.fixture
def other_phone(app):
    """yusuf's phone."""
    return enrolled(app, "yusuf")
