"""Invented people, the same for the same seed. No real person's data, and no valid one by intention: serials start at 9."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, field

FIRST = "La Wa Siti Abdul Fatimah Muhammad Ona Rahma Idris Salma Husen Jamila Yusril Nurlaila Bahrum Halija".split()
LAST = "Rumakat Kelian Rumadan Wokas Kilwaga Rumeon Keliobas Siwasiwan Rumau Kwairumaratu Boinauw Sehwaky".split()
VILLAGES = {"81.05.01": "81.05.01.2003", "81.05.04": "81.05.04.2001"}


@dataclass
class Invented:
    name: str
    sex: str
    birth_date: dt.date
    nik: str
    phone: str
    mother_name: str
    heir_name: str
    district: str = "81.05.01"
    village: str = ""
    occupation: str = ""
    answers: dict[str, str] = field(default_factory=dict)

    def typed(self, **other) -> dict[str, str | bool | None]:
        """What an officer types and chooses for this person, by the form's names."""
        return {
            "category": "vulnerable",
            "nik": self.nik,
            "name": self.name,
            "birth_date": f"{self.birth_date.day}-{self.birth_date.month}-{self.birth_date.year}",
            "sex": self.sex,
            "phone": self.phone,
            "district": self.district,
            "village": self.village,
            "occupation": self.occupation,
            "mother_name": self.mother_name,
            "heir_name": self.heir_name,
            "consent": True,
        } | other


def invented(seed: int, **fixed) -> Invented:
    chance = random.Random(seed)
    sex = fixed.pop("sex", chance.choice(["male", "female"]))
    born = dt.date(1965, 1, 1) + dt.timedelta(days=chance.randrange(14_000))
    district = fixed.get("district", "81.05.01")
    person = Invented(
        name=f"{chance.choice(FIRST)} {chance.choice(LAST)}",
        sex=sex,
        birth_date=born,
        nik=nik_for(born, sex, district, 9000 + seed % 1000),
        phone=f"0812{chance.randrange(10**8):08d}",
        mother_name=f"{chance.choice(FIRST)} {chance.choice(LAST)}",
        heir_name=f"{chance.choice(FIRST)} {chance.choice(LAST)}",
        village=VILLAGES.get(district, ""),
        occupation="fisher",
    )
    for name, value in fixed.items():
        setattr(person, name, value)
    return person


def nik_for(born: dt.date, sex: str, district: str, serial: int) -> str:
    day = born.day + (40 if sex == "female" else 0)
    return f"{district.replace('.', '')}{day:02d}{born:%m%y}{serial:04d}"
