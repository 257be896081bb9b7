"""The app over both databases, and people to use it.

One app per database and test process; before each test its database is put back to a template that holds the schema
(by the real migrations), the regions of 81.05 and the demo people. So each test starts alike, and costs milliseconds:
SQLite's file is copied, and of PostgreSQL's tables those are filled anew that were written to (`postgres_shelf`).
"""

import fcntl
import os
import shutil
import tempfile
from pathlib import Path

import psycopg
import pytest

from tests.postgres_shelf import SchemaChanged, Shelf
from tests.programmes import PROFILES, make_programme
from tests.visitor import PASSWORD, FreshClient, Visitor

DATABASES = ("sqlite", "postgresql")
ENOUGH = 4 * 1024**3  # bytes
PEOPLE = {
    "sari": ("Sari Rumakat", "officer", "81.05.01"),
    "yusuf": ("Yusuf Kelian", "officer", "81.05.04"),
    "budi": ("Budi Wokas", "supervisor", "81.05.01"),
    "halima": ("Halima Rumadan", "supervisor", "81.05.04"),
    "dewi": ("Dewi Sehwaky", "office", "81.05"),
    "lina": ("Lina Rumalutur", "office", "81.05"),
    "agus": ("Agus Boinauw", "leader", "81.05"),
    "rina": ("Rina Kilwaga", "admin", "81.05"),
}


def pytest_addoption(parser):
    parser.addoption("--database", choices=DATABASES, help="only this database; both without it")


def pytest_generate_tests(metafunc):
    if "database" in metafunc.fixturenames:
        chosen = metafunc.config.getoption("--database")
        only = metafunc.definition.get_closest_marker("only_on")
        meant = only.args if only else DATABASES
        metafunc.parametrize("database", [one for one in meant if chosen in (one, None)], scope="session")


@pytest.fixture(scope="session")
def postgres():
    from tests.postgres import Postgres

    server = Postgres().start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def playwright():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def browser(playwright):
    """One for all whose browser need not be their own: what they keep is apart."""
    from tests.chromium import ARGUMENTS, find_chromium

    browser = playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS, headless=True)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def quick_folder(tmp_path_factory):
    """In memory, where there is much of it: SQLite waits for the disk at every commit, and no test here pulls a plug."""
    in_memory = Path("/dev/shm")
    if not os.access(in_memory, os.W_OK) or shutil.disk_usage(in_memory).free < ENOUGH:
        yield tmp_path_factory.mktemp("quick")
        return
    with tempfile.TemporaryDirectory(prefix="sbt-", dir=in_memory, ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def demo_data(tmp_path_factory) -> Path:
    """A data folder as `make run` prepares it: regions, keys, demo people, invented registrations. Made once, copied often."""
    from tests.faults.server import ServerProcess

    place = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        place = place.parent  # of all test processes: the first makes it, the others wait
    folder = place / "demo" / "data"
    with (place / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            server = ServerProcess(folder.with_name("half"))
            folder.parent.mkdir()
            server.start(within=300)
            server.stop()
            server.data_dir.rename(folder)
    return folder


@pytest.fixture(scope="session")
def house(database, request, quick_folder):
    """The app of this database with its template. Tests ask for `app`."""
    # Another place each time: work that is stolen among processes may bring a database back that was closed before.
    folder = Path(tempfile.mkdtemp(prefix=f"{database}-", dir=quick_folder))
    kind = SqliteHouse if database == "sqlite" else PostgresHouse
    house = kind(folder, request)
    house.build()
    yield house
    house.close()


@pytest.fixture
def app(house):
    house.reset()
    with house.app.app_context():
        yield house.app
    house.dispose()


@pytest.fixture
def new_visitor(app):
    return lambda: Visitor(app)


@pytest.fixture
def visitor(new_visitor):
    return new_visitor()


class House:
    def __init__(self, folder: Path, request):
        self.folder, self.request = folder, request
        self.app, self.furnished, self.template_files = None, set(), set()

    def build(self):
        from argon2 import PasswordHasher
        from flask_migrate import upgrade

        from sbt_pwa import create_app
        from sbt_pwa.kit.db import db
        from sbt_pwa.kit.vault import new_key_file, write_key_file
        from sbt_pwa.records import account
        from sbt_pwa.records.profile import load_profiles
        from sbt_pwa.records.rates import load_rates
        from sbt_pwa.records.region import load_regions

        write_key_file(self.folder / "keys.json", new_key_file())
        settings = {"SBT_DATA_DIR": self.folder, "SBT_DATABASE_URL": self.url(), "SBT_DEMO": True}
        self.app = create_app(settings)
        self.app.testing = True
        self.app.test_client_class = FreshClient
        with self.app.app_context():
            upgrade()
            load_regions("81.05")
            load_rates()
            load_profiles()
            # Signing in is not what most tests are about: the template's passwords cost next to nothing to check.
            account.HASHER, careful = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1), account.HASHER
            for username, (name, role, region) in PEOPLE.items():
                account.create_account(username, name, role, region, PASSWORD, is_demo=True)
            account.HASHER = careful
            db.session.commit()
            for category in PROFILES:
                make_programme(category=category)
        self.dispose()
        self.template_files = {path.name for path in self.folder.iterdir()}
        self.keep("template")

    def dispose(self):
        """Close every connection; what the ORM still holds belongs to a test that is over."""
        from sbt_pwa.kit.db import db

        with self.app.app_context():
            db.session.remove()
            for engine in db.engines.values():
                engine.dispose()

    def close(self):
        self.dispose()

    def reset(self):
        self.dispose()
        self.restore("template")
        for path in self.folder.iterdir():
            if path.name not in self.template_files:
                shutil.rmtree(path) if path.is_dir() else path.unlink()

    def furnish(self, name, build):
        """Let `build` put into the database what many tests want to find there: once, and from then on as a copy."""
        if name not in self.furnished:
            build()
            self.dispose()
            self.keep(name)
            self.furnished.add(name)
        else:
            self.dispose()
            self.restore(name)


class SqliteHouse(House):
    def url(self):
        return f"sqlite:///{self.folder / 'sbt.sqlite3'}"

    def keep(self, name):
        shutil.copy(self.folder / "sbt.sqlite3", self.folder / f"{name}.sqlite3")
        self.template_files.add(f"{name}.sqlite3")

    def restore(self, name):
        for path in self.folder.glob("sbt.sqlite3*"):
            path.unlink()
        shutil.copy(self.folder / f"{name}.sqlite3", self.folder / "sbt.sqlite3")


class PostgresHouse(House):
    NAME = "sbt"

    def url(self):
        self.server, self.shelf = self.request.getfixturevalue("postgres"), Shelf()
        self.say(f"CREATE DATABASE {self.NAME}")
        return self.server.url(self.NAME)

    def keep(self, name):
        if name == "template":
            self.say(f"CREATE DATABASE {self.NAME}_template TEMPLATE {self.NAME}")
            self.shelf.open(plain(self.server.url(self.NAME)))
        self.shelf.keep(name)

    def restore(self, name):
        try:
            self.shelf.restore(name)
        except SchemaChanged:
            self.make_anew()
            self.shelf.restore(name)

    def close(self):
        super().close()
        self.shelf.close()
        for name in (self.NAME, f"{self.NAME}_template"):  # the server stays, and stolen work may bring this house back
            self.say(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def make_anew(self):
        self.shelf.close()
        self.say(f"DROP DATABASE {self.NAME} WITH (FORCE)")
        self.say(f"CREATE DATABASE {self.NAME} TEMPLATE {self.NAME}_template")
        self.shelf.open(plain(self.server.url(self.NAME)))
        self.shelf.keep("template")

    def say(self, statement):
        with psycopg.connect(plain(self.server.url()), autocommit=True) as connection:
            connection.execute(statement)


def plain(url):
    return url.replace("+psycopg", "")
