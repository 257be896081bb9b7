"""What every page of ours has to be, whoever asks for it. Each rule says why it is there.

`check_page` is called by the strict visitor for every answer, so that single tests stay short.
"""

import re
from collections import Counter
from collections.abc import Iterator
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

import html5lib

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
    "manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; font-src 'none'"
)
# A page that the phone keeps for everybody can hold nobody's token; its forms are sent by the outbox, never posted.
FORMS_WITHOUT_TOKEN = {"/language"}
PAGES_WITHOUT_TOKEN = ("/offline/",)
LABELLED = {"input", "select", "textarea"}
UNLABELLED_INPUTS = {"hidden", "submit", "button", "reset", "image"}
REFERENCES = ("for", "aria-labelledby", "aria-describedby", "aria-controls", "aria-errormessage", "aria-owns", "list", "form")
LOADED = {"src", "srcset", "data", "poster", "action", "formaction", "hx-get", "hx-post", "hx-put", "hx-delete", "manifest"}
# A worker's receipt may be handed on by the officer's own apps; nothing is loaded from there.
LINKS_OUT = {"wa.me"}


class BadPage(AssertionError):
    pass


def parse(html: str) -> Element:
    """Well-formed to the letter: what a browser has to repair, two browsers repair differently."""
    parser = html5lib.HTMLParser(html5lib.treebuilders.getTreeBuilder("etree"), strict=False, namespaceHTMLElements=False)
    tree = parser.parse(html)
    if parser.errors:
        (line, column), code, details = parser.errors[0]
        near = html.splitlines()[line - 1][max(0, column - 60) : column + 20] if html else ""
        raise BadPage(f"not well-formed, line {line}: {code} {details or ''} near {near!r}")
    return tree


def parse_fragment(html: str) -> Element:
    parser = html5lib.HTMLParser(html5lib.treebuilders.getTreeBuilder("etree"), namespaceHTMLElements=False)
    tree = parser.parseFragment(html, container=container_of(html))
    if parser.errors:
        (line, _), code, details = parser.errors[0]
        raise BadPage(f"fragment not well-formed, line {line}: {code} {details or ''}")
    return tree


def container_of(html: str) -> str:
    """A row parses only inside a table body, and so on."""
    first = re.match(r"\s*<([a-z0-9-]+)", html)
    return {"tr": "tbody", "td": "tr", "th": "tr", "tbody": "table", "thead": "table", "option": "select"}.get(
        first[1] if first else "", "div"
    )


def check_page(html: str, path: str) -> Element:
    tree = parse(html)
    if not (tree.get("lang") or "").strip():
        raise BadPage("<html> has no lang: a screen reader would guess the voice")
    heading_count = len(tree.findall(".//h1"))
    if heading_count != 1:
        raise BadPage(f"{heading_count} <h1> instead of one")
    if not text_of(tree.find("head/title")):
        raise BadPage("no <title>")
    if tree.find("head/meta[@name='viewport']") is None:
        raise BadPage("no viewport: phones would show it tiny")
    check_part(tree, path)
    return tree


def check_fragment(html: str, path: str) -> Element:
    tree = parse_fragment(html)
    roots = list(tree)
    if len(roots) != 1 or not roots[0].get("id"):
        raise BadPage("a fragment has one root element with an id, so that htmx can put it where it belongs")
    check_part(tree, path, whole=False)
    return tree


def check_part(tree: Element, path: str, whole: bool = True) -> None:
    check_ids(tree, whole)
    check_names_of_controls(tree)
    check_forms(tree, path)
    check_no_inline(tree)
    check_origins(tree)


def check_ids(tree: Element, whole: bool) -> None:
    ids = Counter(element.get("id") for element in visible(tree) if element.get("id"))
    twice = [name for name, count in ids.items() if count > 1]
    if twice:
        raise BadPage(f"ids used twice: {twice}")
    if not whole:
        return  # what a fragment points to may stand in the page around it
    for element in visible(tree):
        for attribute in REFERENCES:
            for name in (element.get(attribute) or "").split():
                if name not in ids:
                    raise BadPage(f"{attribute}={name!r} on {tag(element)} points to nothing")
        target = element.get("href") or ""
        if target.startswith("#") and len(target) > 1 and target[1:] not in ids:
            raise BadPage(f"link {target} leads nowhere")


def check_names_of_controls(tree: Element) -> None:
    labels = {label.get("for") for label in tree.iter("label") if text_of(label)}
    wrapped = {id(control) for label in tree.iter("label") if text_of(label) for control in label.iter()}
    for element in visible(tree):
        if element.get("aria-label") or element.get("aria-labelledby"):
            continue
        if element.tag in LABELLED and element.get("type", "text") not in UNLABELLED_INPUTS:
            if element.get("id") not in labels and id(element) not in wrapped:
                raise BadPage(f"{tag(element)} has no label")
        elif element.tag == "button" or (element.tag == "a" and element.get("href") is not None):
            if not text_of(element) and not any(img.get("alt") for img in element.iter("img")):
                raise BadPage(f"{tag(element)} has no words")
        elif element.tag == "img" and element.get("alt") is None:
            raise BadPage(f"{tag(element)} has no alt")


def check_forms(tree: Element, path: str) -> None:
    for form in tree.iter("form"):
        if form.get("method", "get").lower() != "post":
            continue
        if form.get("action") in FORMS_WITHOUT_TOKEN or path.startswith(PAGES_WITHOUT_TOKEN):
            continue
        tokens = [field.get("value") for field in form.iter("input") if field.get("name") == "csrf_token"]
        if len(tokens) != 1 or not tokens[0]:
            raise BadPage(f"the form to {form.get('action')!r} carries {len(tokens)} csrf_token")


def check_no_inline(tree: Element) -> None:
    """The policy forbids it, so it would silently not work."""
    for element in tree.iter():
        if not isinstance(element.tag, str):
            continue
        if element.tag == "style" or element.get("style") is not None:
            raise BadPage(f"inline style on {tag(element)}")
        if element.tag == "script" and element.get("src") is None and element.get("type") != "application/json":
            raise BadPage("inline script")
        for name in element.keys():  # noqa: SIM118 (elements are no dicts)
            if name.startswith(("on", "hx-on")):
                raise BadPage(f"{name} on {tag(element)}")
            if re.match(r"\s*(javascript|vbscript):", element.get(name) or "", re.I):
                raise BadPage(f"script in {name} of {tag(element)}")


def check_origins(tree: Element) -> None:
    """Nothing comes from elsewhere: it would not load in the field and would tell others who works here."""
    for element in tree.iter():
        if not isinstance(element.tag, str):
            continue
        is_link = element.tag in {"a", "area"}
        for name in element.keys():  # noqa: SIM118 (elements are no dicts)
            if name in LOADED or (name == "href" and not is_link):
                for address in (element.get(name) or "").split(","):
                    if urlsplit(address.strip()).netloc:
                        raise BadPage(f"{tag(element)} loads from {address}")
        host = urlsplit(element.get("href") or "").netloc if is_link else ""
        if host and host not in LINKS_OUT:
            raise BadPage(f"link to another origin: {element.get('href')}")


def check_headers(headers, path: str) -> None:
    expected = {"Content-Security-Policy": CSP, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
    for name, value in expected.items():
        if headers.get(name) != value:
            raise BadPage(f"{path}: header {name} is {headers.get(name)!r}")
    if "Permissions-Policy" not in headers:
        raise BadPage(f"{path}: no Permissions-Policy")


def links_of(tree: Element) -> Iterator[tuple[str, str]]:
    """(method, address) of everything on the page that leads to an address of ours."""
    for element in visible(tree):
        if element.tag in {"a", "area"} and element.get("href"):
            yield "GET", element.get("href")
        if element.tag == "form":
            yield element.get("method", "get").upper(), element.get("action") or ""
        if element.get("formaction"):
            yield element.get("formmethod", "post").upper(), element.get("formaction")
        for method in ("get", "post"):
            if element.get(f"hx-{method}"):
                yield method.upper(), element.get(f"hx-{method}")


def visible(tree: Element) -> Iterator[Element]:
    """Elements that are on the page, in order: what lies in a <template> is not there yet."""
    ahead = [tree]
    while ahead:
        element = ahead.pop()
        if isinstance(element.tag, str):
            yield element
        if element.tag != "template":
            ahead += reversed(element)


def text_of(element: Element | None) -> str:
    if element is None:
        return ""
    return " ".join("".join(texts(element)).split())


BLOCKS = frozenset(
    "address article aside blockquote dd details div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr "
    "label legend li main nav ol option p pre section summary table tbody td th thead tr ul".split()
)


def texts(element: Element) -> Iterator[str]:
    if element.tag in {"script", "style", "template"} or not isinstance(element.tag, str):
        return
    if element.get("hidden") is not None:
        return
    edge = " " if element.tag in BLOCKS else ""
    yield edge + (element.text or "")
    for child in element:
        yield from texts(child)
        yield child.tail or ""
    yield edge


def tag(element: Element) -> str:
    shown = " ".join(f'{name}="{element.get(name)}"' for name in ("id", "name", "class", "href") if element.get(name))
    return f"<{element.tag} {shown}>".replace(" >", ">")
