"""Demo mode: invented people and about 500 invented registrations in every status. The same at every start."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import random
import uuid
from dataclasses import dataclass
from typing import Any

from flask import current_app
from flask_migrate import upgrade
from PIL import Image, ImageDraw
from sqlalchemy import select

from .kit.db import db, now, uuid7
from .kit.i18n import today
from .kit.months import months_later
from .kit.photos import remake
from .kit.seal import seal, to_base64url
from .kit.vault import vault
from .records.account import Account, create_account
from .records.batch import BatchRow, fill_batch, start_batch
from .records.device import enrol
from .records.draft import Carrier
from .records.envelope import Envelope, canonical_header, digest_of, pack_content, receipt_code_of
from .records.intake import Intake
from .records.job import Job
from .records.photo import Photo, photo_info
from .records.profile import load_profiles
from .records.programme import Programme, all_programmes, open_programmes, taken_in
from .records.rates import load_rates
from .records.receipt_code import ALPHABET, check_character, show_receipt_code
from .records.reference import occupations, reasons_to
from .records.region import Region, covers, load_regions
from .records.registration import Registration
from .records.target import set_target
from .settings import VERSION

PASSWORD = "rahasia-demo-2026"  # noqa: S105 (everybody may know it: it works in demo mode only)
PEOPLE = [
    ("sari", "Sari Rumfot", "officer", "here"),
    ("yusuf", "Yusuf Kelilauw", "officer", "there"),
    ("budi", "Budi Rumodar", "supervisor", "here"),
    ("halima", "Halima Kelibia", "supervisor", "there"),
    ("dewi", "Dewi Sangadji", "office", "regency"),
    ("lina", "Lina Rumalutur", "office", "regency"),
    ("agus", "Agus Wattimena", "leader", "regency"),
    ("camat", "Umar Kilbaren", "leader", "here"),
    ("negeri", "Salma Rumalean", "leader", "village"),
    ("jamal", "Jamal Rumeon", "officer", "regency"),
    ("ester", "Ester Kelabora", "supervisor", "regency"),
    ("rina", "Rina Tuasikal", "admin", "regency"),
]
PROGRAMMES = [
    ("vulnerable", "Perlindungan pekerja rentan", "bpu", 1_500),
    ("non_civil_servant", "Perlindungan pegawai non-ASN", "sipp", 200),
]
COUNT = 300
WAITING_COUNT = 5
SEED = 8105
# District by district, in the order of their codes: registered by the regency's own team, how many of a hundred of those are
# members, the target (0: by village). Districts beyond these have nobody yet.
ELSEWHERE = [
    (0, 0, 0), (14, 60, 40), (22, 85, 22), (0, 0, 0), (12, 30, 60), (18, 70, 20), (9, 20, 45), (16, 50, 50),
    (4, 50, 12), (6, 20, 30), (15, 65, 36), (28, 90, 24), (8, 40, 30), (12, 75, 24), (20, 60, 34), (5, 30, 25),
]  # fmt: skip
STILL_ON_THE_WAY = ("submitted", "submitted", "returned", "approved", "sent")  # where the others of them stand
MEN = (
    "Abdul Ali Amir Arif Basir Daud Fahri Hamid Hasan Idris Iksan Jafar Karim Latif Malik Muhammad Nasir Rahman Salim Usman Yakub"
).split()
WOMEN = (
    "Aisa Aminah Asma Fatima Hadija Halija Jamila Khadija Mariam Nurhayati Rahma Ratna Rosina Salma Siti Sumiati Wati Zainab"
).split()
FAMILIES = (
    "Rumalutur Rumakway Kelian Kilwaru Rumadaul Wajo Rumbia Suatrat Kelirey Rumatiga Tukuboya Rumaday Vanath Keliobas Sehwaky"
).split()
WORKPLACES = {
    "fisher": "Pelabuhan Bula",
    "trader": "Pasar Bula",
    "motorcycle_taxi": "Pangkalan ojek pasar",
    "farmer": "Kebun sendiri",
}
# How many of a hundred stand where, by the moves that lead there.
PATHS = [
    ("submitted", 30),
    ("returned", 8),
    ("approved", 14),
    ("sent", 10),
    ("active", 20),
    ("declined", 4),
    ("refused", 4),
    ("withdrawn", 2),
    ("ended", 3),
]


def prepare() -> None:
    """Bring the database to the newest form; load regions, rates, people and registrations where there are none."""
    upgrade()
    load_regions(current_app.config["SBT_REGENCY"])
    load_rates()
    load_profiles()
    db.session.commit()
    if db.session.scalar(select(Account.id).limit(1)) is None:
        make_people()
        make_programmes()
        send_and_answer(make_registrations(COUNT) + make_registrations_elsewhere())
        make_targets()
        db.session.commit()


def make_people() -> None:
    regions = pick_regions()
    for username, name, role, place in PEOPLE:
        create_account(username, name, role, regions[place], PASSWORD, is_demo=True)
    db.session.flush()


def pick_regions() -> dict[str, str]:
    """Return where the people of the demo work: the regency's first and fourth district, as far as it has so many."""
    districts = _codes("district")
    return {
        "regency": current_app.config["SBT_REGENCY"],
        "here": districts[0],
        "there": districts[:4][-1],
        "village": _codes("village", districts[0])[0],
    }


def _codes(level: str, within: str | None = None) -> list[str]:
    """Return the codes of the regency's districts or villages (or only those in one district), in order."""
    query = select(Region.code).where(Region.level == level).order_by(Region.code)
    return [code for code in db.session.scalars(query) if covers(within or current_app.config["SBT_REGENCY"], code)]


def make_programmes() -> None:
    """Let the regency pay for 1,500 workers and 200 of its staff, from the first of this year to the end of the next."""
    regency = current_app.config["SBT_REGENCY"]
    office = db.session.scalars(select(Account).where(Account.role == "office").limit(1)).one()
    digits = regency.replace(".", "")
    first = now().date().replace(month=1, day=1)
    for category, name, profile, places in PROGRAMMES:
        programme = Programme(
            name=f"{name} {first.year}", budget_year=first.year, category=category, insurances=["JKK", "JKM"], funding="APBD",
            agreement_no=f"PKS/{places}/{first.year}", agreement_from=first, enrollment_group_no=f"{digits}{places:05}",
            start_on=first, months=24, income_base_rupiah=1_000_000, profile_code=profile, by_id=office.id,
        )  # fmt: skip
        db.session.add(programme)
        programme.allot(regency, places, places * 24 * 16_800)
        programme.open()
    db.session.flush()


@dataclass
class Way:
    """An entry that is to be approved, and how far it goes from there: approved, waitlisted, sent, active, declined, ended."""

    entry: Registration
    supervisor: Account
    goal: str
    kpj: str


def make_registrations(count: int) -> list[Way]:
    """Register `count` invented workers by two officers, and decide about those that go no further than a supervisor."""
    chance = random.Random(SEED)  # noqa: S311 (the same people at every start)
    officers = {a.username: a for a in db.session.scalars(select(Account))}
    phones = {name: enrol(officers[name], None, "Demo phone")[0] for name in ("sari", "yusuf")}
    villages = _codes("village")
    sequences = {"sari": 0, "yusuf": 2}  # two records of yusuf's phone never came
    moments = sorted((now() - dt.timedelta(hours=chance.uniform(1, 24 * 60)) for _ in range(count)), reverse=False)
    last: dict[str, Any] = {}
    for number, moment in enumerate(moments):
        username = "sari" if chance.random() < 0.65 else "yusuf"
        sequences[username] += 1
        district = officers[username].region_code
        own = [v for v in villages if v.startswith(district)] or villages
        content = invent_person(chance, number, chance.choice(own), moment.date())
        if number == count - 3:
            content["nik"] = last["nik"]  # the same card met twice: a supervisor has to look
        _send(content, officers[username], phones[username].id, sequences[username], moment, number % 9 == 0)
        last = content
    db.session.flush()
    return _decide(chance, officers)


def make_registrations_elsewhere() -> list[Way]:
    """Let a team of the regency go round the districts that have no officer of their own."""
    chance = random.Random(SEED + 1)  # noqa: S311 (as above)
    people = {a.username: a for a in db.session.scalars(select(Account))}
    phone = enrol(people["jamal"], None, "Demo phone")[0]
    plan = zip(_codes("district"), ELSEWHERE, strict=False)
    places = [(district, share) for district, (count, share, _target) in plan for _ in range(count)]
    chance.shuffle(places)
    villages = {district: _codes("village", district) for district in {district for district, _share in places}}
    ways = []
    for number, (district, share) in enumerate(places):
        moment = now() - dt.timedelta(days=100 - number * 99 / len(places), hours=chance.uniform(1, 12))
        content = invent_person(chance, COUNT + number, chance.choice(villages[district]), moment.date())
        record_id = _send(content, people["jamal"], phone.id, number + 1, moment, photo=False)
        entry = db.session.get_one(Registration, record_id)
        goal = "active" if chance.random() * 100 < share else chance.choice(STILL_ON_THE_WAY)
        if entry.status == "submitted":
            ways += _decide_one(chance, Way(entry, people["ester"], goal, f"{chance.randint(10**10, 10**11 - 1)}"))
    return ways


def make_targets() -> None:
    """Set invented targets, so that there is something to be missing: by village where an officer lives, else by district."""
    year = today().year
    chance = random.Random(SEED)  # noqa: S311 (as above)
    for code, (_count, _share, target) in zip(_codes("district"), ELSEWHERE, strict=False):
        if target:
            set_target(code, year, "vulnerable", target, "demo")
        else:
            for village in _codes("village", code):
                set_target(village, year, "vulnerable", chance.randint(8, 40), "demo")
        set_target(code, year, "non_civil_servant", max(target // 8, 12), "demo")


def invent_person(chance: random.Random, number: int, village: str, day: dt.date) -> dict[str, Any]:
    sex = chance.choice(["male", "female"])
    first = chance.choice(MEN if sex == "male" else WOMEN)
    family = chance.choice(FAMILIES)
    staff = chance.random() < 0.12
    work = [o for o in occupations().values() if o.category == ("non_civil_servant" if staff else "vulnerable")]
    occupation = chance.choices(work, weights=[5, 5, *[1] * (len(work) - 2)])[0].code
    born = day - dt.timedelta(days=chance.randint(18 * 366, 63 * 365))
    nik = f"{village.replace('.', '')[:6]}{born.day + (40 if sex == 'female' else 0):02}{born:%m%y}{number + 1:04}"
    if number % 17 == 5:
        nik = "8101" + nik[4:]  # issued before the regency was split off: common and right
    if number % 23 == 7:
        born = born.replace(day=min(born.day % 28 + 1, 28))  # the officer typed another day than the NIK says
    return {
        "receipt_code": _code(chance),
        "category": "non_civil_servant" if staff else "vulnerable",
        "nik": nik,
        "family_card_no": f"{nik[:6]}{chance.randint(10**9, 10**10 - 1)}",
        "name": f"{first} {family}" if chance.random() < 0.95 else first,
        "birth_place": chance.choice(["Bula", "Geser", "Ambon", "Masohi", "Gorom"]),
        "birth_date": born.isoformat(),
        "sex": sex,
        "phone": f"+62812{chance.randint(10**6, 10**8 - 1)}" if chance.random() < 0.8 else None,
        "phone_is_own": chance.random() < 0.7,
        "district": village[:8],
        "village": village,
        "address": f"RT {chance.randint(1, 9):03}",
        "occupation": occupation,
        "workplace": WORKPLACES.get(occupation),
        "monthly_income_rupiah": chance.choice([800_000, 1_000_000, 1_200_000, 1_500_000]),
        "mother_name": chance.choice(WOMEN),
        "heir_name": f"{chance.choice(MEN + WOMEN)} {family}",
        "heir_relation": chance.choice(["spouse", "child", "parent"]),
        "agency": "Dinas Perhubungan" if staff else None,
        "position": "Tenaga harian" if staff else None,
        "latitude": round(-3.1 - chance.random() / 10, 6),
        "longitude": round(130.45 + chance.random() / 10, 6),
        "accuracy_m": chance.randint(4, 60),
        "consent": True,
        "confirmed_warnings": ["nik_other_region"] if nik.startswith("8101") else None,
    }


def _code(chance: random.Random) -> str:
    body = "".join(chance.choice(ALPHABET) for _ in range(11))
    return body + check_character(body)


def _send(
    content: dict[str, Any], author: Account, device_id: uuid.UUID, sequence: int, moment: dt.datetime, photo: bool
) -> uuid.UUID:
    """Send one record as that phone would have done, a little after it was saved; return its id."""
    key_id = vault.ring.sealing_id
    record_id = uuid7(moment)
    header = {
        "v": 1,
        "schema": "registration/1",
        "id": str(record_id),
        "kind": "create",
        "device_id": str(device_id),
        "device_seq": sequence,
        "author_id": str(author.id),
        "saved_at": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "app": VERSION,
        "key_id": key_id,
        "photos": [_demo_photo(record_id, key_id, content)] if photo else [],
    }
    info = canonical_header(header)
    sealed = seal(vault.ring, key_id, pack_content(content), info)
    settings = current_app.config
    arrived = moment + dt.timedelta(minutes=20)
    taker = Intake(Carrier(device_id=device_id), settings["SBT_REGENCY"], settings["SBT_MINIMUM_AGE"], arrived)
    taker.take([header | {"sealed": to_base64url(sealed), "digest": digest_of(info, sealed)}])
    return record_id


def _demo_photo(record_id: uuid.UUID, key_id: str, content: dict[str, Any]) -> dict[str, Any]:
    """Draw a card that nobody can take for a real one."""
    picture = Image.new("RGB", (860, 540), "#cfe3ee")
    pen = ImageDraw.Draw(picture)
    pen.rectangle((10, 10, 850, 530), outline="#14213d", width=4)
    lines = ["CONTOH - BUKAN KTP", f"NIK  {content['nik']}", f"Nama  {content['name']}", f"Lahir  {content['birth_date']}"]
    for at, line in enumerate(lines):
        pen.text((40, 40 + at * 90), line, fill="#14213d", font_size=40)
    file = io.BytesIO()
    picture.save(file, "JPEG")
    sealed = seal(vault.ring, key_id, remake(file.getvalue()), photo_info(record_id, key_id))
    sha256 = hashlib.sha256(sealed).hexdigest()
    size = len(sealed)
    db.session.add(Photo(sha256=sha256, byte_count=size, received_count=size, parts=sealed, state="sealed"))
    db.session.flush()
    return {"sha256": sha256, "bytes": size}


def _decide(chance: random.Random, people: dict[str, Account]) -> list[Way]:
    """Return the ways of those who are to be approved; the others are decided here."""
    paths, weights = zip(*PATHS, strict=True)
    query = select(Registration).where(Registration.status == "submitted").order_by(Registration.submitted_at)
    ways: list[Way] = []
    for number, entry in enumerate(db.session.scalars(query).all()):
        goal = paths[number] if number < len(paths) else chance.choices(paths, weights)[0]
        here = entry.district_code == people["budi"].region_code
        if not here and sum(way.goal == "waitlisted" for way in ways) < WAITING_COUNT:
            goal = "waitlisted"
        way = Way(entry, people["budi" if here else "halima"], goal, f"{chance.randint(10**10, 10**11 - 1)}")
        ways += _decide_one(chance, way)
    return ways


def _decide_one(chance: random.Random, way: Way) -> list[Way]:
    entry, supervisor = way.entry, way.supervisor
    if way.goal == "submitted":
        return []
    if way.goal == "returned":
        entry.send_back(supervisor, ["photo_unreadable", "heir_missing"], "Tolong foto lagi di tempat terang.")
    elif way.goal == "refused":
        entry.refuse(supervisor, [reasons_to("refuse")[0].code])
    elif way.goal == "withdrawn":
        entry.withdraw(entry.author_id)
    else:
        return [way]
    _spread_times(chance, entry)
    return []


def send_and_answer(ways: list[Way]) -> None:
    """Approve, send a batch of each programme, let the insurer answer, and approve those whom the batches do not hold."""
    chance = random.Random(SEED + 2)  # noqa: S311 (the same at every start)
    office = db.session.scalars(select(Account).where(Account.username == "dewi")).one()
    early = [way for way in ways if way.goal in ("sent", "active", "declined", "ended")]
    for way in early:
        way.entry.approve(way.supervisor)
    db.session.flush()
    for programme in all_programmes():
        batch = start_batch(programme, None, office)
        job = db.session.scalars(select(Job).where(Job.subject_id == batch.id)).one()
        for _step in fill_batch(job):
            db.session.flush()
        job.state, batch.frozen_at = "done", now() - dt.timedelta(days=9)
    for way in early:
        _answer(way, office)
    for way in ways:
        if way.goal == "waitlisted":
            _fill_village(way.entry)
        if way not in early:
            way.entry.approve(way.supervisor)
        _spread_times(chance, way.entry)


def _answer(way: Way, office: Account) -> None:
    row = db.session.scalars(select(BatchRow).where(BatchRow.registration_id == way.entry.id)).one_or_none()
    if row is None or way.goal == "sent":
        return
    if way.goal == "declined":
        row.answer("declined")
        way.entry.decline(office, "NIK_MISMATCH", "NIK TIDAK PADAN")
        return
    first = months_later(way.entry.submitted_at.date(), 1)
    row.answer("accepted")
    way.entry.activate(office, way.kpj, first, row.batch.programme.end_on)
    if way.goal == "ended":
        way.entry.end(office, ["moved_away"], now().date())


def _fill_village(entry: Registration) -> None:
    """Let the limit in this village be reached, so that the next one waits for a place."""
    for programme in open_programmes(entry.category):
        taken, rupiah = taken_in(programme, entry.village_code)
        programme.allot(entry.village_code, taken, rupiah)


def _spread_times(chance: random.Random, entry: Registration) -> None:
    """Let the moves lie days apart, as in life, and none of them in the future."""
    moment = entry.submitted_at
    for event in entry.events[1:]:
        moment = min(moment + dt.timedelta(hours=chance.uniform(2, 90)), now())
        event.at = entry.status_at = moment


def some_codes() -> dict[str, str]:
    """Return one receipt code to try for some statuses."""
    found: dict[str, str] = {}
    query = select(Registration.status, Envelope).join(Envelope, Envelope.record_id == Registration.id)
    for status in ("submitted", "returned", "active"):
        row = db.session.execute(query.where(Registration.status == status).order_by(Registration.id).limit(1)).first()
        if row:
            found[status] = show_receipt_code(receipt_code_of(row[1]))
    return found


def welcome(port: int, network_address: str | None) -> str:
    lines = [f"\nSBT demo: http://localhost:{port}", f"\nPassword of everybody: {PASSWORD}"]
    lines += [f"  {username:8} {role:11} {name}" for username, name, role, _region in PEOPLE]
    lines += ["\nReceipt codes to try on /check:", *(f"  {code}  {status}" for status, code in some_codes().items())]
    if network_address:
        lines.append(
            f"\nA phone on the same network: http://{network_address}:{port}\n"
            "  It can look around and register online. Working without signal needs HTTPS there, because browsers give\n"
            "  the sealing keys and the offline start only to secure pages (see docs/operate.md, section HTTPS)."
        )
    return "\n".join([*lines, "\nStop with Ctrl+C.\n"])
