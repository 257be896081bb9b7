"""Security headers of every answer, a request id, and who may cache what."""

from __future__ import annotations

import uuid

from flask import Flask, Response, abort, g, request

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' blob: data:",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "worker-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
    "font-src": "'none'",
}
CSP = "; ".join(f"{name} {value}" for name, value in POLICY.items())
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(self), geolocation=(self), microphone=(), payment=()",
    "Cross-Origin-Resource-Policy": "same-origin",
}
READING = {"GET", "HEAD", "OPTIONS"}
ONE_YEAR = 31_536_000


def init_app(app: Flask) -> None:
    secure = app.config["SESSION_COOKIE_SECURE"]

    @app.before_request
    def name_request() -> None:
        g.request_id = uuid.uuid4().hex[:12]
        if request.headers.get("Service-Worker") == "script" and request.path != "/service-worker.js":
            abort(403)  # an uploaded or injected script must never become a service worker
        if request.method not in READING and request.headers.get("Sec-Fetch-Site") == "cross-site":
            abort(403)  # another site's page makes this browser write here; its token would not fit either

    @app.after_request
    def add_headers(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        response.headers["X-Request-Id"] = g.get("request_id", "-")
        if secure:  # over plain http browsers heed neither, and complain of the first
            response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
            response.headers["Strict-Transport-Security"] = f"max-age={ONE_YEAR}"
        if "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "private, no-store"
        if response.mimetype == "text/html":
            response.vary.update({"Cookie", "HX-Request"})
        return response
