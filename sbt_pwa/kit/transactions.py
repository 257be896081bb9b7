"""One request, one transaction: kept when the answer is good news, undone otherwise."""

from __future__ import annotations

from flask import Flask, Response, g
from sqlalchemy.exc import SQLAlchemyError

from .db import db


def keep_despite_refusal() -> None:
    """Keep what this request wrote even though its answer is a refusal (a counted wrong password)."""
    g.keep_writes = True


def init_app(app: Flask) -> None:
    @app.after_request
    def end_transaction(response: Response) -> Response:
        if response.status_code >= 400 and not g.pop("keep_writes", False):
            db.session.rollback()
            return response
        try:
            db.session.commit()
        except SQLAlchemyError as error:
            db.session.rollback()
            return app.make_response(app.handle_user_exception(error))
        return response
