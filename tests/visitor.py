"""A visitor without JavaScript: asks for pages, fills forms, follows links, and trusts no page unseen.

Every answer is checked by `page_check`, so a test says only what a person does and sees:

    visitor.sign_in("budi")
    page = visitor.get("/approve").see("12 menunggu")
    page.submit("/approve/…/approve").see("Disetujui")
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from functools import lru_cache
from hashlib import sha256
from urllib.parse import parse_qsl, urljoin, urlsplit
from xml.etree.ElementTree import Element

from flask import Flask, has_app_context
from flask.testing import FlaskClient
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import RequestRedirect
from werkzeug.test import TestResponse

from sbt_pwa.kit.db import db
from tests import page_check

PASSWORD = "rahasia-demo-2026"
HTMX = {"HX-Request": "true"}
REDIRECTS = {301, 302, 303, 307, 308}
# Pages that were looked at and found good, each by its hash. Many tests meet the same one, but for its token.
GOOD: set[bytes] = set()
TOKEN = re.compile(r'(?<=name="csrf_token" value=")[^"]+')


@lru_cache(maxsize=50)
def read_once(read: Callable[[str], Element], html: str) -> Element:
    """Pages met again and again, without their token: the door's, and those that a test walks back to."""
    return read(html)


class Page:
    """What came back, as a person sees it."""

    def __init__(self, visitor: Visitor, response: TestResponse, path: str):
        self.visitor, self.response, self.path = visitor, response, path
        self.status, self.headers = response.status_code, response.headers
        self.html = response.get_data(as_text=True) if response.mimetype.startswith("text/") else ""
        self._tree: Element | None = None
        self.read: Callable[[str], Element] | None = None  # how, where there is something to read

    @property
    def tree(self) -> Element | None:
        if self._tree is None and self.read:
            self._tree = copy.deepcopy(read_once(self.read, TOKEN.sub("", self.html)))
            tokens = iter(TOKEN.findall(self.html))
            for element in self._tree.iter("input"):
                if element.get("name") == "csrf_token":
                    element.set("value", next(tokens))
        return self._tree

    def __repr__(self) -> str:
        return f"<{self.status} {self.path}: {self.text[:300]}>"

    @property
    def text(self) -> str:
        body = self.tree.find("body") if self.tree is not None and self.tree.tag == "html" else self.tree
        return page_check.text_of(body) if body is not None else self.html

    @property
    def heading(self) -> str:
        return page_check.text_of(self.tree.find(".//h1")) if self.tree is not None else ""

    def see(self, *words: str) -> Page:
        for word in words:
            assert " ".join(word.split()) in self.text, f"{word!r} is not on {self.path}:\n{self.text[:2000]}"
        return self

    def not_see(self, *words: str) -> Page:
        for word in words:
            assert word not in self.html, f"{word!r} is on {self.path}"
        return self

    def find(self, tag: str, **attributes: str) -> list[Element]:
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
        return [e for e in self.tree.iter(tag) if all(e.get(name) == value for name, value in wanted.items())]

    def links(self) -> dict[str, str]:
        """Address by words."""
        return {page_check.text_of(a): a.get("href") for a in self.tree.iter("a") if a.get("href")}

    def follow(self, words: str) -> Page:
        addresses = [href for text, href in self.links().items() if words in text]
        assert addresses, f"no link with {words!r} on {self.path}: {list(self.links())}"
        return self.visitor.get(urljoin(self.path, addresses[0]))

    def form(self, action: str = "") -> Element:
        """The one form that goes to `action` (its end is enough)."""
        forms = [f for f in self.tree.iter("form") if f.get("action") not in page_check.FORMS_WITHOUT_TOKEN]
        found = [f for f in forms if not action or (f.get("action") or self.path).split("?")[0].endswith(action)]
        assert len(found) == 1, f"{len(found)} forms for {action!r} on {self.path}: {[f.get('action') for f in forms]}"
        return found[0]

    def values(self, action: str = "") -> dict[str, list[str]]:
        """What the browser would send if the form were sent as it stands."""
        values: dict[str, list[str]] = {}
        for element in self.form(action).iter():
            name = element.get("name")
            if name and element.get("disabled") is None:
                for value in sent_by(element):
                    values.setdefault(name, []).append(value)
        return values

    def submit(self, action: str = "", *, status: int | None = None, press: str | None = None, **typed) -> Page:
        """Fill in and send. `None` clears a field; a list ticks several boxes. Names that the form lacks are an error."""
        form = self.form(action)
        values, names = self.values(action), {e.get("name") for e in form.iter() if e.get("name")}
        for name, value in typed.items():
            assert name in names, f"the form on {self.path} has no field {name!r}: {sorted(names)}"
            values[name] = [] if value is None else value if isinstance(value, list) else [value]
        if press:
            name, _, value = press.partition("=")
            values[name] = [value]
        address = urljoin(self.path, form.get("action") or self.path)
        if form.get("method", "get").lower() == "get":
            return self.visitor.get(address, query=values, status=status or 200)
        return self.visitor.post(address, values, status=status, csrf=False)


def sent_by(element: Element) -> list[str]:
    if element.tag == "select":
        options = list(element.iter("option"))
        chosen = [o for o in options if o.get("selected") is not None] or (
            [] if element.get("multiple") is not None else options[:1]
        )
        return [o.get("value") if o.get("value") is not None else page_check.text_of(o) for o in chosen]
    if element.tag == "textarea":
        return [(element.text or "").removeprefix("\n")]
    kind = element.get("type", "text")
    if element.tag != "input" or kind in {"submit", "button", "reset", "image", "file"}:
        return []
    if kind in {"checkbox", "radio"}:
        return [element.get("value", "on")] if element.get("checked") is not None else []
    return [element.get("value", "")]


class FreshClient(FlaskClient):
    """Each request has a context of its own, as in service. Within the test's own one, Flask would go on using that:
    the person of the last request would still be signed in, and the test's database session would be the request's."""

    def open(self, *args, **kwargs) -> TestResponse:
        if has_app_context():
            db.session.commit()  # a test's own open transaction would hold SQLite's write lock while the app wants it
        with self.application.app_context():
            return super().open(*args, **kwargs)


class Visitor:
    def __init__(self, app: Flask):
        self.app = app
        self.client: FlaskClient = app.test_client()
        self.page: Page | None = None

    def sign_in(self, username: str, password: str = PASSWORD) -> Page:
        """Through the door by its form. The answer leads to the own start page; who wants to see that goes there by `start`."""
        answer = self.get("/sign-in").submit("/sign-in", status=303, username=username, password=password)
        self.start_path = answer.headers["Location"]
        return answer

    def start(self) -> Page:
        """The page where the sign-in led to."""
        return self.get(self.start_path)

    def sign_out(self) -> Page:
        return self.post("/sign-out", {})

    def get(self, path: str, *, status: int = 200, query=None, headers=None, follow: bool = True) -> Page:
        response = self.client.get(path, query_string=query, headers=headers)
        return self._arrive(response, path, status, follow, headers)

    def post(
        self, path: str, data=None, *, status: int | None = None, csrf: bool = True, headers=None, follow: bool = True
    ) -> Page:
        """Send `data`; with `csrf` a token is taken from the last page seen, as htmx and our forms do."""
        data = dict(data or {})
        if csrf and "csrf_token" not in data:
            data["csrf_token"] = self.csrf_token()
        response = self.client.post(path, data=data, headers=headers)
        if status is None:
            assert response.status_code in {200, 303}, f"POST {path} answers {response.status_code}: {Page(self, response, path)}"
        return self._arrive(response, path, status, follow, headers)

    def csrf_token(self) -> str:
        """The token of the page at hand, else of a page that everybody has."""
        for path in (None, "/sign-out", "/sign-in"):
            page = self.get(path) if path else self.page
            tokens = page.find("input", name="csrf_token") if page and page.tree is not None else []
            if tokens:
                return tokens[0].get("value")
        raise AssertionError("no page with a token was seen")

    def _arrive(self, response: TestResponse, path: str, status: int | None, follow: bool, headers) -> Page:
        hops = 0
        while follow and response.status_code in REDIRECTS and status not in REDIRECTS:
            hops += 1
            assert hops < 8, f"{path} goes round in circles"
            assert response.status_code != 302, f"{path} answers 302: say 303, so that no client posts again"
            self._check(response, path, headers)
            address = urlsplit(urljoin(path, response.headers["Location"]))
            assert not address.netloc or address.netloc == "localhost", f"{path} leads away to {address.netloc}"
            path = address.path
            response = self.client.get(path, query_string=dict(parse_qsl(address.query)))
        page = Page(self, response, path.split("?")[0])
        self._check(response, path, headers, page)
        if status is not None:
            assert response.status_code == status, f"{path} answers {response.status_code}, not {status}: {page}"
        self.page = page
        return page

    def _check(self, response: TestResponse, path: str, headers=None, page: Page | None = None) -> None:
        page_check.check_headers(response.headers, path)
        if page is None or response.mimetype != "text/html" or not page.html or response.status_code in REDIRECTS:
            return  # what a redirect says besides its address is read by nobody
        is_fragment = bool((headers or {}).get("HX-Request") and "<html" not in page.html)
        page.read = page_check.parse_fragment if is_fragment else page_check.parse
        told = sha256(f"{is_fragment} {path} {page.path} {TOKEN.sub('', page.html)}".encode()).digest()
        if told in GOOD:
            return
        try:
            page._tree = (page_check.check_fragment if is_fragment else page_check.check_page)(page.html, path)
            self._check_links(page)
        except page_check.BadPage as trouble:
            raise page_check.BadPage(f"{response.request.method} {path}: {trouble}") from None
        GOOD.add(told)

    def _check_links(self, page: Page) -> None:
        """Every link and form leads to an address that is there and takes that method."""
        addresses = self.app.url_map.bind("localhost")
        for method, address in page_check.links_of(page.tree):
            parts = urlsplit(urljoin(page.path, address))
            if parts.netloc or parts.scheme or parts.path.startswith("/static/") or address.startswith("#"):
                continue
            try:
                addresses.match(parts.path, method=method)
            except (NotFound, MethodNotAllowed):
                raise page_check.BadPage(f"{method} {address} leads nowhere") from None
            except RequestRedirect:
                raise page_check.BadPage(f"{method} {address} is only a redirect to the right address") from None
