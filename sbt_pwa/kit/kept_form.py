"""What a refused form carried, so that nobody types it twice: the refusal's page holds it and sends it again."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request, session

SECRET = ("password", "current")


@dataclass(frozen=True)
class KeptForm:
    """Where it was sent, its (name, value) pairs, and the names of fields whose file has to be chosen again."""

    action: str
    fields: list[tuple[str, str]]
    files: list[str]


def kept_form() -> KeptForm | None:
    """Return the form of this request. None where it holds a password, or where another site's page sent it.

    The session's cookie is `SameSite=Lax`: a browser that brings it along comes from a page of ours.
    """
    if request.method != "POST" or not session:
        return None
    fields = [(name, value) for name, value in request.form.items(multi=True) if name != "csrf_token"]
    if not fields or any(secret in name for name, _value in fields for secret in SECRET):
        return None
    return KeptForm(request.full_path.rstrip("?"), fields, list(request.files))
