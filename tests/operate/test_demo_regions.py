"""Any regency may try the demo: its people get the districts and villages that there are."""

import pytest
from sqlalchemy import func, select

from sbt_pwa import create_app, demo
from sbt_pwa.kit.db import db
from sbt_pwa.kit.vault import new_key_file, write_key_file
from sbt_pwa.records.account import Account
from sbt_pwa.records.registration import Registration

REGIONS = {  # sari and budi, yusuf and halima, negeri; 13.72 has two districts only
    "81.05": ("81.05.01", "81.05.04", "81.05.01.2003"),
    "81.01": ("81.01.01", "81.01.09", "81.01.01.1009"),
    "32.75": ("32.75.01", "32.75.04", "32.75.01.1001"),
    "13.72": ("13.72.01", "13.72.02", "13.72.01.1001"),
}


@pytest.mark.parametrize("regency", REGIONS)
def test_the_demo_is_made_for_any_regency(tmp_path, monkeypatch, regency):
    monkeypatch.setattr(demo, "COUNT", 30)
    monkeypatch.setattr(demo, "ELSEWHERE", [(0, 0, 0), (2, 50, 5), (2, 50, 0), (0, 0, 0), *[(1, 50, 5)] * 12])
    write_key_file(tmp_path / "keys.json", new_key_file())
    app = create_app({"SBT_DATA_DIR": tmp_path, "SBT_DATABASE_URL": "", "SBT_DEMO": True, "SBT_REGENCY": regency})
    with app.app_context():
        demo.prepare()
        where = dict(db.session.execute(select(Account.username, Account.region_code)).all())
        here, there, village = REGIONS[regency]
        assert (where["sari"], where["budi"], where["camat"]) == (here, here, here)
        assert (where["yusuf"], where["halima"], where["negeri"]) == (there, there, village)
        assert {where[name] for name in ("dewi", "lina", "agus", "jamal", "ester", "rina")} == {regency}
        counted = dict(db.session.execute(select(Registration.status, func.count()).group_by(Registration.status)).all())
        assert sum(counted.values()) >= 30 and counted["active"] > 0
        db.session.remove()
        db.engine.dispose()
