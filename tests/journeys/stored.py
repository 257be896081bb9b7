"""What the server of a journey holds, read through the app's own records (and its keys), beside the running server."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass
class Entry:
    id: str
    name: str
    nik: str
    status: str
    author: str
    village_code: str
    occupation: str
    phone: str | None
    confirmed: list[str]
    has_photo: bool
    saved_at: Any
    place: tuple[float, float, int] | None  # latitude, longitude, to so many metres


class Stored:
    def __init__(self, data_dir: Path):
        self.data_dir = data_dir
        self._app = None

    @property
    def app(self):
        if self._app is None:
            from sbt_pwa import create_app

            self._app = create_app({"SBT_DATA_DIR": self.data_dir, "SBT_DATABASE_URL": "", "SBT_DEMO": True})
        return self._app

    def by_code(self, code: str) -> Entry | None:
        """The registration whose receipt a worker holds. Fails when there are two."""
        from sbt_pwa.kit.vault import vault
        from sbt_pwa.records.envelope import Envelope

        found = self.ask(
            lambda db, select: list(
                db.session.scalars(
                    select(Envelope.record_id)
                    .where(Envelope.receipt_index.in_(vault.ring.blinds("receipt", code.replace("-", ""))))
                    .distinct()
                )
            )
        )
        assert len(found) <= 1, f"{code} stands for {len(found)} records"
        return next((entry for entry in self.entries(found)), None) if found else None

    def has_photo(self, code: str) -> bool:
        """Whether the record is here and its picture with it: text goes first, so either may still be on its way."""
        entry = self.by_code(code)
        return entry is not None and entry.has_photo

    def of(self, person) -> list[Entry]:
        """Every registration of this worker: two would be a doubled one."""
        return [entry for entry in self.entries() if entry.nik == person.nik]

    def entries(self, ids=None) -> list[Entry]:
        from sbt_pwa.records.photo import photo_has_arrived
        from sbt_pwa.records.registration import Registration

        def read(db, select):
            query = select(Registration) if ids is None else select(Registration).where(Registration.id.in_(ids))
            return [
                Entry(
                    str(one.id), one.name, one.nik, one.status, one.author.username, one.village_code, one.occupation,
                    one.phone, list(one.confirmed), bool(one.photo_sha256) and photo_has_arrived(one.photo_sha256), one.saved_at,
                    place_of(one.answers),
                )
                for one in db.session.scalars(query)
            ]  # fmt: skip

        return self.ask(read)

    def photo(self, code: str) -> bytes:
        """The picture as the supervisor gets it."""
        from sbt_pwa.records.photo import picture_of
        from sbt_pwa.records.registration import Registration

        record_id = uuid.UUID(self.by_code(code).id)
        return self.ask(lambda db, _select: picture_of(db.session.get(Registration, record_id).photo_sha256))

    def envelope_count(self) -> int:
        from sbt_pwa.records.envelope import Envelope

        return self.ask(lambda db, select: db.session.scalar(select(db.func.count()).select_from(Envelope)))

    def revoke_devices(self) -> None:
        """As the office does with a stolen phone."""
        from sqlalchemy import update

        from sbt_pwa.kit.db import now
        from sbt_pwa.records.device import Device

        def revoke(db, _select):
            db.session.execute(update(Device).values(revoked_at=now()))
            db.session.commit()

        self.ask(revoke)

    def end_sessions(self) -> None:
        """As time does with a page that was left open."""
        from sqlalchemy import update

        from sbt_pwa.kit.db import now
        from sbt_pwa.records.account import Session

        def end(db, _select):
            db.session.execute(update(Session).values(ended_at=now()))
            db.session.commit()

        self.ask(end)

    def forget_tries(self) -> None:
        """As time does: whoever had too many is let in again."""
        from sqlalchemy import delete

        from sbt_pwa.kit.throttle import ThrottleCount

        def forget(db, _select):
            db.session.execute(delete(ThrottleCount))
            db.session.commit()

        self.ask(forget)

    def ask(self, question):
        from sqlalchemy import select

        from sbt_pwa.kit.db import db
        from sbt_pwa.kit.vault import vault

        with self.app.app_context():
            vault.refresh()
            try:
                return question(db, select)
            finally:
                db.session.remove()
                db.engine.dispose()


def place_of(answers: dict[str, Any]) -> tuple[float, float, int] | None:
    place = tuple(answers[name] for name in ("latitude", "longitude", "accuracy_m"))
    return None if None in place else place  # type: ignore[return-value]
