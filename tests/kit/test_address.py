"""Links and QR codes of a demo lead to where it was asked; those of a service lead to its one address."""

import pytest

from sbt_pwa import create_app
from sbt_pwa.kit.address import own_address
from sbt_pwa.kit.vault import new_key_file, write_key_file

ELSEWHERE = "http://192.168.1.7:8080"


@pytest.mark.parametrize(
    ("told", "leads_to"),
    [
        ({"SBT_DEMO": True}, ELSEWHERE),
        ({"SBT_DEMO": True, "SBT_BASE_URL": "https://try.example"}, "https://try.example"),
        ({"SBT_DEMO": False}, "http://localhost:8000"),
        ({"SBT_DEMO": False, "SBT_BASE_URL": "https://sbt.example"}, "https://sbt.example"),
    ],
)
def test_only_a_demo_without_an_address_follows_the_one_it_is_asked_by(tmp_path, told, leads_to):
    write_key_file(tmp_path / "keys.json", new_key_file())
    app = create_app({"SBT_DATA_DIR": tmp_path, "SBT_DATABASE_URL": "", **told})
    with app.test_request_context("/check", base_url=ELSEWHERE):
        assert own_address() == leads_to
