"""Names of regions as pages show them: kept for a minute, and read anew at once by the process that loads regions."""

from sqlalchemy import update

from sbt_pwa.kit.db import db
from sbt_pwa.records import region
from sbt_pwa.records.region import Region, known_regions, load_regions, region_names


def rename(code, name):
    db.session.execute(update(Region).where(Region.code == code).values(name=name))


def test_names_are_kept_for_a_while_and_then_read_anew(app, monkeypatch):
    old = known_regions()["81.05.01.2003"]
    rename("81.05.01.2003", "Baru")
    assert region_names()["81.05.01.2003"] == "Baru", "what is judged is never kept"
    assert known_regions()["81.05.01.2003"] == old
    later = region.time.monotonic() + region.KEPT_FOR + 1
    monkeypatch.setattr(region.time, "monotonic", lambda: later)
    assert known_regions()["81.05.01.2003"] == "Baru"
    load_regions("81.05")


def test_regions_that_are_loaded_are_known_at_once(app):
    assert "81.01" not in known_regions()
    load_regions("81.01")
    assert known_regions()["81.01"] == region_names()["81.01"]
    load_regions("81.05")
