"""Who a registration is about: the answers, sealed where they tell of a person, and found again by keyed hashes."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ForeignKey, LargeBinary, String, delete
from sqlalchemy.orm import Mapped, mapped_column

from ..kit.db import Base, Record, db
from ..kit.vault import Sealed, Unreadable, vault
from .names import mask_name, name_key, name_words
from .region import district_of

SEALED_FIELDS = (
    "nik family_card_no name birth_place phone address workplace monthly_income_rupiah mother_name heir_name heir_phone "
    "agency position"
).split()
PLAIN_FIELDS = "category sex phone_is_own occupation heir_relation".split()


class Worker(Record):
    """What every registration holds of its person."""

    __abstract__ = True
    category: Mapped[str] = mapped_column(String(20))
    district_code: Mapped[str] = mapped_column(String(8))
    village_code: Mapped[str] = mapped_column(ForeignKey("region.code"))
    occupation: Mapped[str] = mapped_column(String(30))
    sex: Mapped[str] = mapped_column(String(6))
    birth_date: Mapped[dt.date]
    phone_is_own: Mapped[bool | None]
    heir_relation: Mapped[str | None] = mapped_column(String(20))
    consent_at: Mapped[dt.datetime]

    nik_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    family_card_no_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    name_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    birth_place_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    phone_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    address_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    workplace_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    monthly_income_rupiah_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    mother_name_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    heir_name_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    heir_phone_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    agency_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    position_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    location_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)  # "latitude,longitude,accuracy_m"

    nik_index: Mapped[bytes] = mapped_column(LargeBinary(16))
    person_index: Mapped[bytes] = mapped_column(LargeBinary(16), index=True)  # likely equal name and birth date

    nik, family_card_no, name, birth_place = Sealed(), Sealed(), Sealed(), Sealed()
    phone, address, workplace, monthly_income_rupiah = Sealed(), Sealed(), Sealed(), Sealed()
    mother_name, heir_name, heir_phone, agency, position = Sealed(), Sealed(), Sealed(), Sealed(), Sealed()
    location = Sealed()

    @property
    def masked_name(self) -> str:
        return mask_name(self.name)

    @property
    def masked_nik(self) -> str:
        return mask_nik(self.nik)

    @property
    def place(self) -> tuple[float, float, int | None] | None:
        """Return (latitude, longitude in degrees WGS84, accuracy in metres) or None."""
        if not self.location:
            return None
        latitude, longitude, accuracy = self.location.split(",")
        return float(latitude), float(longitude), int(accuracy) if accuracy else None

    @property
    def answers(self) -> dict[str, Any]:
        """The answers by field name, as the rules know them."""
        values: dict[str, Any] = {name: getattr(self, name) for name in (*SEALED_FIELDS, *PLAIN_FIELDS)}
        income = values["monthly_income_rupiah"]
        latitude, longitude, accuracy = self.place or (None, None, None)
        return values | {
            "birth_date": self.birth_date.isoformat(),
            "monthly_income_rupiah": int(income) if income else None,
            "district": self.district_code,
            "village": self.village_code,
            "latitude": latitude,
            "longitude": longitude,
            "accuracy_m": accuracy,
            "consent": True,
        }

    def write_answers(self, answers: dict[str, Any]) -> None:
        """Take cleaned answers without problems; consent and the moment of it stay as they were."""
        ring = vault.ring
        for name in SEALED_FIELDS:
            setattr(self, name, None if answers.get(name) is None else str(answers[name]))
        for name in PLAIN_FIELDS:
            setattr(self, name, answers.get(name))
        self.birth_date = dt.date.fromisoformat(answers["birth_date"])
        self.village_code, self.district_code = answers["village"], district_of(answers["village"])
        self.location = location_text(answers)
        self.nik_index = ring.blind("nik", answers["nik"])
        self.person_index = ring.blind("person", person_text(answers["name"], answers["birth_date"]))
        db.session.flush()
        db.session.execute(delete(NameWord).where(NameWord.registration_id == self.id))
        db.session.add_all(NameWord(word=w, registration_id=self.id) for w in word_indexes(answers["name"]))


class NameWord(Base):
    """A folded word of a name under a keyed hash: finds people by word, and tells nothing without the key."""

    __tablename__ = "name_word"
    word: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    registration_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("registration.id"), primary_key=True, index=True)


def word_indexes(name: str) -> list[bytes]:
    ring = vault.ring
    return [ring.blind("word", word) for word in sorted(name_words(name))]


def in_list(row: Any, what: str) -> str:
    """Return an attribute of a person, or words where it does not open: one of them must not take a whole list with it."""
    try:
        return str(getattr(row, what))
    except Unreadable:
        return _("Cannot be read")


def person_text(name: str, birth_date: str) -> str:
    return f"{name_key(name)}|{birth_date}"


def location_text(answers: dict[str, Any]) -> str | None:
    if answers.get("latitude") is None or answers.get("longitude") is None:
        return None
    accuracy = answers.get("accuracy_m")
    return f"{answers['latitude']},{answers['longitude']},{'' if accuracy is None else accuracy}"


def mask_nik(nik: str) -> str:
    """`8105••••••••0003`."""
    return f"{nik[:4]}••••••••{nik[-4:]}"
