"""A person's row in the file for the insurer: each column from where the profile says, nothing computed, nothing lost."""

import datetime as dt
import io

import openpyxl
import pytest

from sbt_pwa.kit.db import db
from sbt_pwa.kit.errors import AlreadyThere, NotFound
from sbt_pwa.kit.months import months_later
from sbt_pwa.kit.spreadsheets import write_sheet
from sbt_pwa.records.profile import (
    KINDS,
    FileProfile,
    cells_of,
    lacking,
    load_profiles,
    profile_of,
    profiles,
    sources,
)
from sbt_pwa.records.programme import Programme
from sbt_pwa.records.registration import Registration
from tests.factories import invented

BPU = (
    "NOMOR_IDENTITAS NAMA_LENGKAP TGL_LAHIR HANDPHONE EMAIL JENIS_PEKERJAAN_1 JENIS_PEKERJAAN_2 LOKASI_PEKERJAAN UPAH "
    "KODE_PAKET BULAN_IURAN"
).split()
SIPP = (
    "NO_PEGAWAI NAMA_LENGKAP GELAR TELEPON_AREA_RUMAH TELEPON_RUMAH EMAIL TELEPON_AREA_KANTOR TELEPON_KANTOR "
    "TELEPON_EXT_KANTOR HP EMAIL TEMPAT_LAHIR TANGGAL_LAHIR NAMA_IBU_KANDUNG JENIS_IDENTITAS NO_IDENTITAS "
    "MASA_LAKU_IDENTITAS JENIS_KELAMIN SURAT_MENYURAT_KE TANGGAL_KEPESERTAAN STATUS_KAWIN GOLONGAN_DARAH NPWP KODE_NEGARA "
    "UPAH ALAMAT KODE_POS LOKASI_PEKERJAAN STATUS_PEGAWAI TGL_AWAL_BEKERJA TGL_AKHIR_KONTRAK"
).split()


def programme(months=5, starts_in=1):
    facts = {"income_base_rupiah": 1_000_000, "agreement_no": "PKS/1", "enrollment_group_no": "810500001"}
    return Programme(start_on=months_later(dt.date.today(), starts_in), months=months, **facts)


def registered(visitor, **other) -> Registration:
    person = invented(44, sex="female")
    visitor.sign_in("sari")
    typed = {name: value for name, value in person.typed(consent="yes", **other).items() if value is not None}
    visitor.get("/register/new").submit("/register", **typed).see("Menunggu persetujuan")
    return db.session.query(Registration).one()


def row(code: str, entry, programme) -> dict[str, object]:
    profile = profile_of(code)
    return dict(zip([column["header"] for column in profile.columns], cells_of(profile, entry, programme), strict=True))


def test_the_profiles_that_come_with_the_app_have_the_insurers_columns(app):
    told = {profile.code: [column["header"] for column in profile.columns] for profile in profiles()}
    assert told == {"bpu": BPU, "sipp": SIPP}
    assert profile_of("bpu").sheet == "Data TK Baru"
    for profile in profiles():
        assert {column["source"] for column in profile.columns} <= set(sources())
        assert {column["kind"] for column in profile.columns} <= set(KINDS)


def test_profiles_are_loaded_once(app):
    profile_of("bpu").title = "Ours"
    assert load_profiles() == 0
    assert profile_of("bpu").title == "Ours"


def test_a_vulnerable_workers_row(visitor):
    entry = registered(visitor, workplace="Pelabuhan Bula", phone="0812-3456-7890")
    cells = row("bpu", entry, programme())
    assert cells == {
        "NOMOR_IDENTITAS": entry.nik,
        "NAMA_LENGKAP": entry.name,
        "TGL_LAHIR": f"{entry.birth_date:%d-%m-%Y}",
        "HANDPHONE": "6281234567890",
        "EMAIL": None,
        "JENIS_PEKERJAAN_1": "Nelayan",
        "JENIS_PEKERJAAN_2": None,
        "LOKASI_PEKERJAAN": "Pelabuhan Bula",
        "UPAH": 1_000_000,
        "KODE_PAKET": "T",
        "BULAN_IURAN": 5,
    }


def test_the_file_is_indonesian_whatever_the_office_reads(visitor, app):
    from flask_babel import force_locale

    from sbt_pwa.records import profile

    entry = registered(visitor)
    profile._indonesian_occupations.cache_clear()
    with force_locale("en"):
        assert row("bpu", entry, programme())["JENIS_PEKERJAAN_1"] == "Nelayan"


def test_without_a_workplace_the_village_stands_there(visitor):
    entry = registered(visitor, workplace="")
    assert row("bpu", entry, programme())["LOKASI_PEKERJAAN"] == entry.village.name


@pytest.mark.parametrize(("months", "starts_in", "left"), [(24, 1, 12), (3, 1, 3), (12, -2, 9), (3, -5, 0)])
def test_months_are_counted_from_the_first_that_can_be_covered(visitor, months, starts_in, left):
    assert row("bpu", registered(visitor), programme(months, starts_in))["BULAN_IURAN"] == left


def test_a_staff_members_row(visitor):
    entry = registered(
        visitor,
        category="non_civil_servant",
        occupation="teacher",
        agency="Dinas Pendidikan",
        position="Guru",
        birth_place="Bula",
        address="Jl. Pasar 3",
    )
    cells = row("sipp", entry, programme())
    assert cells["JENIS_KELAMIN"] == "P"
    assert cells["LOKASI_PEKERJAAN"] == "Dinas Pendidikan"
    assert cells["ALAMAT"] == f"Jl. Pasar 3, {entry.village.name}"
    assert cells["TANGGAL_KEPESERTAAN"] == f"{months_later(dt.date.today(), 1):%d-%m-%Y}"
    assert cells["TEMPAT_LAHIR"] == "Bula"
    assert len(cells_of(profile_of("sipp"), entry, programme())) == 31


def missing_for(profile, entry) -> list[str]:
    return [header for header, lacks in lacking(profile).items() if db.session.query(Registration).filter(lacks).one_or_none()]


def test_what_a_person_lacks_for_the_file_is_named_by_its_header(visitor):
    entry = registered(visitor, mother_name="")
    assert missing_for(profile_of("sipp"), entry) == ["TEMPAT_LAHIR", "NAMA_IBU_KANDUNG", "LOKASI_PEKERJAAN"]
    assert missing_for(profile_of("bpu"), entry) == []


def test_what_is_lacking_is_what_would_stand_empty(visitor):
    entry = registered(visitor, phone="", mother_name="", heir_name="")
    names = [name for name, source in sources().items() if source.of_person]
    usual = {"kind": "text", "value": "", "required": True, "to_confirm": False, "width": 16}
    profile = FileProfile.of(profile_of("bpu").told | {"columns": [{"header": name, "source": name, **usual} for name in names]})
    cells = cells_of(profile, entry, programme())
    empty = [name for name, cell in zip(names, cells, strict=True) if cell is None]
    assert missing_for(profile, entry) == empty
    assert {"phone", "income", "kpj"} <= set(empty)


def test_a_profile_as_a_batch_keeps_it_gives_the_same_file_for_ever(visitor):
    entry = registered(visitor)
    kept = profile_of("bpu").told
    profile_of("bpu").columns = [{**profile_of("bpu").columns[0], "header": "LAIN"}]
    db.session.flush()
    profile = FileProfile.of(kept)
    data = write_sheet(profile.sheet, profile.sheet_columns, [cells_of(profile, entry, programme())])
    sheet = openpyxl.load_workbook(io.BytesIO(data))["Data TK Baru"]
    assert [cell.value for cell in sheet[1]] == BPU
    assert (sheet["A2"].value, sheet["A2"].data_type) == (entry.nik, "s")
    assert db.session.query(FileProfile).count() == 2


def test_a_copy_has_its_own_code(app):
    profile_of("bpu").copy("bpu-2027", "BPU 2027")
    assert profile_of("bpu-2027").columns == profile_of("bpu").columns
    with pytest.raises(AlreadyThere):
        profile_of("bpu").copy("sipp", "x")
    with pytest.raises(NotFound):
        profile_of("nothing")
