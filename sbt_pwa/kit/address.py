"""The address that links and QR codes lead to."""

from __future__ import annotations

from flask import current_app, request


def own_address() -> str:
    """Return SBT_BASE_URL. A demo without one answers with the address that it was asked by: any port, any machine."""
    if current_app.config["FOLLOWS_HOST"]:
        return request.host_url.rstrip("/")
    return str(current_app.config["SBT_BASE_URL"])
