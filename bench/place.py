"""A place to measure in: a fresh database of either kind with people and phones, and server processes beside it."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import select

from sbt_pwa import create_app, demo
from sbt_pwa.kit.db import db
from sbt_pwa.kit.vault import vault
from sbt_pwa.records.account import Account
from sbt_pwa.records.device import enrol
from sbt_pwa.records.region import Region, load_regions
from tests.faults.server import ServerProcess
from tests.postgres import Postgres

DATABASES = ("sqlite", "postgresql")
CAREFUL = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on", "shared_buffers": "256MB"}


@contextmanager
def fresh(database: str) -> Iterator[tuple[Flask, dict[str, str]]]:
    """Give (the app in this process, the environment for server processes of the same database)."""
    folder = Path(tempfile.mkdtemp(prefix="sbt-bench-"))
    postgres = Postgres(CAREFUL).start() if database == "postgresql" else None
    url = postgres.url() if postgres else ""
    try:
        app = create_app(
            {"SBT_DEMO": True, "SBT_DATA_DIR": folder / "data", "SBT_DATABASE_URL": url}
            if url
            else {"SBT_DEMO": True, "SBT_DATA_DIR": folder / "data"}
        )
        with app.app_context():
            upgrade()
            load_regions("81.05")
            demo.make_people()
            db.session.commit()
            yield app, {"SBT_DATABASE_URL": url, "SBT_DATA_DIR": str(folder / "data")}
            db.session.remove()
            db.engine.dispose()
    finally:
        if postgres:
            postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def server(environ: dict[str, str], processes: int, target: str = "app:app") -> Iterator[ServerProcess]:
    """Serve with `processes` processes of gunicorn, eight threads each: what docs/operate.md tells."""
    process = ServerProcess(Path(environ["SBT_DATA_DIR"]), environ={k: v for k, v in environ.items() if v})
    process.command = [sys.executable, "-m", "gunicorn", "--workers", str(processes), "--threads", "8", "--timeout", "120"]
    process.command += ["--log-level", "warning", "--bind", f"127.0.0.1:{process.port}", target]
    process.start()
    try:
        yield process
    finally:
        process.stop()


def phones(count: int) -> list[tuple[str, str]]:
    """Enrol `count` phones of sari; return (device id, token)."""
    sari = account("sari")
    made = [enrol(sari, None, "bench") for _ in range(count)]
    db.session.commit()
    return [(str(device.id), token) for device, token in made]


def account(username: str) -> Account:
    return db.session.scalars(select(Account).where(Account.username == username)).one()


def sealing() -> tuple[str, Any]:
    ring = vault.ring
    return ring.sealing_id, ring.sealing[ring.sealing_id].public_key()


def villages() -> list[str]:
    return list(db.session.scalars(select(Region.code).where(Region.level == "village").order_by(Region.code)))
