"""Operations: `flask --app app COMMAND`. Each says what it did; each may be run again."""

from __future__ import annotations

import os
import secrets
import socket

import click
from flask import Flask, current_app
from flask.cli import AppGroup

from . import demo, readiness
from .kit.db import db, looking_first
from .kit.errors import AppError
from .kit.vault import KeyTrouble, new_key_file, write_key_file
from .records import recount, rotation
from .records.account import ROLES, create_account
from .records.profile import load_profiles
from .records.rates import load_rates
from .records.region import load_regions

keys = AppGroup("keys", help="Make and change the keys.")
account = AppGroup("account", help="Accounts.")
coverage = AppGroup("coverage", help="The counters behind the leaders' page.")


@keys.command("make")
def make_keys() -> None:
    """Make the key file, once. Keep a copy of it apart from the database: without it nothing can be read."""
    path = current_app.config["SBT_KEY_FILE"]
    if path.exists():
        raise click.ClickException(f"{path} exists already. Nothing was changed.")
    write_key_file(path, new_key_file())
    click.echo(f"Keys made: {path} (mode 0600). Keep a copy apart from the database.")


@keys.command("rotate")
def rotate_keys() -> None:
    """Give new keys and write every value anew under them. May be stopped and run again; it goes on."""
    try:
        for line in rotation.rotate(None if current_app.config["SBT_KEYS"] else current_app.config["SBT_KEY_FILE"]):
            click.echo(line)
    except KeyTrouble as trouble:
        raise click.ClickException(str(trouble)) from None


@account.command("create")
@click.argument("username")
@click.option("--name", required=True)
@click.option("--role", type=click.Choice(ROLES), required=True)
@click.option("--region", required=True, help="Code, for example 81.05.01")
def create(username: str, name: str, role: str, region: str) -> None:
    """Make an account; its one-time password is shown once and must be changed at the first sign-in."""
    password = secrets.token_urlsafe(12)
    try:
        create_account(username.strip().lower(), name, role, region, password, must_change_password=True)
    except AppError as error:
        raise click.ClickException(str(error.message)) from None
    db.session.commit()
    click.echo(f"Account {username} made. One-time password: {password}")


@coverage.command("check")
def check_coverage() -> None:
    """Hold the counters against registrations and events. Ends with 1 where they differ."""
    with looking_first():  # phones go on sending meanwhile
        wrong = recount.differences(current_app.config["SBT_TIME_ZONE"])
    if wrong:
        told = ", ".join(f"{table} ({count})" for table, count in wrong)
        raise click.ClickException(f"These differ: {told}. Put them right with: flask --app app coverage rebuild")
    click.echo("The counters agree with registrations and events.")


@coverage.command("rebuild")
def rebuild_coverage() -> None:
    """Count everything anew, in one transaction: stopped in between, nothing has changed. Writers wait meanwhile."""
    rows = recount.rebuild(current_app.config["SBT_TIME_ZONE"])
    db.session.commit()
    click.echo(f"Counted anew: {rows} rows.")


@click.command("load-regions")
@click.argument("code", required=False)
def load_regions_command(code: str | None) -> None:
    """Load a regency with its districts and villages (default: SBT_REGENCY), rates and file profiles where there are none."""
    code = code or current_app.config["SBT_REGENCY"]
    try:
        count = load_regions(code)
    except KeyError:
        raise click.ClickException(f"There is no regency {code} in the national list.") from None
    load_rates()
    load_profiles()
    db.session.commit()
    click.echo(f"{count} regions of {code} are here.")


@click.command("run-demo")
@click.option("--host", default="0.0.0.0", help="Address to listen on")  # noqa: S104 (a phone on the same network may try it)
def run_demo(host: str) -> None:
    """Prepare demo data where there are none and serve the app. Only with SBT_DEMO=1."""
    if not current_app.config["SBT_DEMO"]:
        raise click.ClickException("This is for a try-out. Set SBT_DEMO=1, or see the README for putting it into service.")
    port = int(os.environ.get("PORT", "8000"))
    demo.prepare()
    click.echo(demo.welcome(port, _network_address()))
    db.session.remove()  # the codes above were read in a transaction, and on SQLite it holds the one write lock
    serve(host, port)


def serve(host: str, port: int) -> None:
    """Serve with waitress: it keeps stalled phones apart from the threads that answer."""
    from waitress import serve as wait

    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    wait(app, host=host, port=port, threads=8, channel_timeout=120, ident=None)


@click.command("serve")
@click.option("--host", default="127.0.0.1")
@click.option("--port", default=8000)
def serve_command(host: str, port: int) -> None:
    """Serve the app behind a TLS server."""
    try:
        readiness.check()
    except readiness.NotReady as trouble:
        raise click.ClickException(str(trouble)) from None
    serve(host, port)


def _network_address() -> str | None:
    """Return this machine's address in the local network; nothing is sent to find it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        return str(probe.getsockname()[0])


def init_app(app: Flask) -> None:
    for command in (keys, account, coverage, load_regions_command, run_demo, serve_command):
        app.cli.add_command(command)
