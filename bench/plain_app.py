"""The yardstick for sync_batch: the same server, libraries and database, one plain row a request, nothing else."""

from __future__ import annotations

import os
from typing import Any

from flask import Flask, jsonify, request
from sqlalchemy.orm import Mapped

from sbt_pwa.kit.db import Base, Record, db, engine_options
from sbt_pwa.settings import read_settings

NAMES = ["nik", "name", "birth_date", "sex", "village", "occupation", "phone", "address", "mother_name", "heir_name"]


class PlainRow(Record):
    __tablename__ = "bench_plain_row"
    __table_args__ = {"extend_existing": True}
    nik: Mapped[str]
    name: Mapped[str]
    birth_date: Mapped[str]
    sex: Mapped[str]
    village: Mapped[str]
    occupation: Mapped[str]
    phone: Mapped[str | None]
    address: Mapped[str | None]
    mother_name: Mapped[str | None]
    heir_name: Mapped[str | None]


app = Flask(__name__)
app.config.update(read_settings(os.environ))
app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(app.config["SQLALCHEMY_DATABASE_URI"])
db.init_app(app)
with app.app_context(), db.engine.begin() as connection:
    Base.metadata.tables["bench_plain_row"].create(connection, checkfirst=True)


@app.get("/ping")
def ping() -> Any:
    return jsonify(sbt="pong")


@app.post("/row")
def take_row() -> Any:
    told = request.get_json()
    db.session.add(PlainRow(**{name: told.get(name) for name in NAMES}))
    db.session.commit()
    return jsonify(stored=True)
