"""Every setting: its name in the environment, its default and what it changes."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

VERSION = "1.0.0"
MINIMUM_CLIENT_VERSION = "1.0.0"
MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Setting:
    name: str
    default: str
    changes: str
    read: Callable[[str], Any] = str


def _flag(text: str) -> bool:
    return text.strip().lower() in {"1", "true", "yes", "on"}


def _words(text: str) -> list[str]:
    return [word for word in text.replace(",", " ").split() if word]


BASE_URL = "http://localhost:8000"
SETTINGS = [
    Setting("SBT_DATA_DIR", "instance", "folder of database, photos, keys and epoch", lambda t: Path(t).resolve()),
    Setting("SBT_DATABASE_URL", "", "SQLAlchemy address; empty means SQLite in the data folder"),
    Setting("SBT_KEY_FILE", "", "key file (mode 0600); empty means keys.json in the data folder"),
    Setting("SBT_KEYS", "", "the key file's JSON itself, for machines that keep secrets in the environment"),
    Setting("SBT_BASE_URL", BASE_URL, "address that people and QR codes use; https makes cookies Secure"),
    Setting("SBT_TRUSTED_HOSTS", "", "further host names that may be asked for, separated by spaces", _words),
    Setting("SBT_TRUSTED_PROXY_HOPS", "0", "how many reverse proxies in front may name the caller's address", int),
    Setting("SBT_DEMO", "0", "1 only for a try-out: demo people may sign in, keys are made by themselves", _flag),
    Setting("SBT_REGENCY", "81.05", "Kemendagri code of the regency that this instance serves"),
    Setting("SBT_TIME_ZONE", "Asia/Jayapura", "time zone of the screens (WIT)"),
    Setting("SBT_MINIMUM_AGE", "17", "age in years below which an entry carries a warning", int),
    Setting("SBT_UNDO_HOURS", "24", "hours in which a supervisor may take back the own decision", int),
    Setting("SBT_PHOTO_STORE", "folder", "where photos lie: folder or s3"),
    Setting("SBT_S3_BUCKET", "", "bucket of the photo store"),
    Setting("SBT_S3_ENDPOINT", "", "address of an S3-compatible service; empty means the provider's own"),
    Setting("SBT_S3_REGION", "us-east-1", "region name that the S3 service expects"),
    Setting("SBT_INSURER_BRANCH", "BPJS Ketenagakerjaan", "whom the letter of a batch is addressed to (the insurer's branch)"),
    Setting("SBT_FILE_PASSWORD", "", "password of the files for the insurer (AES-256); empty means files without one"),
    Setting("SBT_HELP_CONTACT", "", "whom a worker may ask, shown on /check (office, phone)"),
]


def read_settings(environ: Mapping[str, str] = os.environ, overrides: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the Flask configuration. `overrides` wins over `environ` (tests, benches)."""
    values = {setting.name: setting.read(environ.get(setting.name, setting.default)) for setting in SETTINGS}
    values.update(overrides or {})
    data_dir = Path(values["SBT_DATA_DIR"])
    values["SBT_DATA_DIR"] = data_dir
    values["SBT_DATABASE_URL"] = values["SBT_DATABASE_URL"] or f"sqlite:///{data_dir / 'sbt.sqlite3'}"
    values["SBT_KEY_FILE"] = Path(values["SBT_KEY_FILE"] or data_dir / "keys.json")
    return values | _flask_settings(values)


def _flask_settings(values: Mapping[str, Any]) -> dict[str, Any]:
    secure = values["SBT_BASE_URL"].startswith("https://")
    return {
        "FOLLOWS_HOST": values["SBT_DEMO"] and values["SBT_BASE_URL"] == BASE_URL,
        "MAX_CONTENT_LENGTH": 2 * MEGABYTE,
        "MAX_FORM_MEMORY_SIZE": MEGABYTE // 4,
        "MAX_FORM_PARTS": 100,
        "SESSION_COOKIE_NAME": "__Host-sbt" if secure else "sbt",
        "SESSION_COOKIE_SECURE": secure,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "TRUSTED_HOSTS": _trusted_hosts(values),
        "WTF_CSRF_TIME_LIMIT": None,
        "BABEL_DEFAULT_LOCALE": "id",
        "BABEL_DEFAULT_TIMEZONE": values["SBT_TIME_ZONE"],
        "SQLALCHEMY_DATABASE_URI": _with_driver(values["SBT_DATABASE_URL"]),
        "COMPRESS_MIMETYPES": COMPRESSED_TYPES,
        "COMPRESS_ALGORITHM": ["br", "gzip"],
        "COMPRESS_BR_LEVEL": 5,
    }


COMPRESSED_TYPES = [
    "text/html",
    "text/css",
    "text/javascript",
    "application/json",
    "application/manifest+json",
    "application/vnd.sbt.sync+json",
    "image/svg+xml",
]


def _trusted_hosts(values: Mapping[str, Any]) -> list[str] | None:
    if values["SBT_DEMO"]:
        return None  # a phone on the same network asks by the machine's address, which nobody knows beforehand
    own = urlsplit(values["SBT_BASE_URL"]).hostname or "localhost"
    return [own, "127.0.0.1", "localhost", *values["SBT_TRUSTED_HOSTS"]]


def _with_driver(url: str) -> str:
    """Name psycopg 3, the driver that we ship, in a plain PostgreSQL address."""
    for plain in ("postgresql://", "postgres://"):
        if url.startswith(plain):
            return "postgresql+psycopg://" + url[len(plain) :]
    return url
