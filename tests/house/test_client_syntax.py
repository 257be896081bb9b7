"""The client runs as it is written, without a bundler, on Chrome 80 and the WebView of a phone of 2020."""

import json
import re

import pytest

from tests.house.tree import ROOT, files, name
from tests.node import run_node

# Where a later feature is asked for first and there is another way: (file, what) -> why.
ALLOWED = {
    ("static/vendor/hpke@1.1.7/hpke.js", ".toBase64 (Chrome 140)"): "asked for first, else btoa",
    ("static/vendor/hpke@1.1.7/hpke.js", ".fromBase64 (Chrome 140)"): "asked for first, else atob",
    ("static/vendor/htmx@2.0.11/htmx.min.js", ".startViewTransition (Chrome 111)"): "asked for first, and we do not use it",
}
# Selectors and properties that Chrome 80 does not know. One unknown selector in a list drops the whole rule.
LATER_CSS = {
    ":is(": 88,
    ":where(": 88,
    ":has(": 105,
    "@layer": 99,
    "@container": 105,
    "@starting-style": 117,
    "inset:": 87,
    "aspect-ratio:": 88,
    "color-mix(": 111,
    "text-wrap:": 114,
    "overflow: clip": 90,
    "translate:": 104,
    "dvh": 108,
}


def read(*paths) -> list[dict]:
    done = run_node("tests/house/client_syntax.mjs", *map(str, paths))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_every_module_is_understood_by_chrome_80():
    modules = files("static/", ".js", ".mjs")
    assert modules
    found = [(name(ROOT / one["file"]), one["line"], one["what"]) for one in read(*modules)]
    assert [one for one in found if (one[0], one[2]) not in ALLOWED] == []


@pytest.mark.parametrize(
    "code",
    [
        "a ??= b",
        "await go()",
        "for await (const x of y) go(x)",
        "class A { #go() {} }",
        "class A { static { go() } }",
        "class A { #x; is(o) { return #x in o } }",
        'import data from "./x.json" with { type: "json" }',
        'import { openDB } from "idb"',
        "list.at(-1)",
        "text.replaceAll('a', 'b')",
        "structuredClone(a)",
        "Object.hasOwn(a, 'b')",
        "crypto.randomUUID()",
        "fetch('/', { signal: AbortSignal.timeout(8) })",
        "Promise.any([])",
        "box.replaceChildren()",
        "form.onsubmit = (event) => event.submitter.name",
        "const r = /a/v",
        "list.findLast(x => x)",
        "form.inert = true",
        "syntax error here",
    ],
)
def test_the_guard_sees(code, tmp_path):
    (tmp_path / "a.js").write_text(code)
    assert read(tmp_path / "a.js")


CHROME_80 = """
import { x } from "./b.js";
export * as all from "./c.js";
class A { #n = 1; static s = 2; get n() { return this.#n ?? x?.y; } }
async function go() { for await (const part of x) await part; try { go() } catch { return 1_000n } }
const m = import.meta.url, p = import("./d.js");
const s = { at: 1, timeout: 2, any: 3 }; s.at; s.timeout; [...m].flat();
"""


def test_the_guard_lets_chrome_80_pass(tmp_path):
    (tmp_path / "a.js").write_text(CHROME_80)
    assert read(tmp_path / "a.js") == []


@pytest.mark.parametrize("path", files("static/css/", ".css"), ids=name)
def test_every_style_is_understood_by_chrome_80(path):
    text = re.sub(r"/\*.*?\*/", lambda m: "\n" * m[0].count("\n"), path.read_text(), flags=re.S)
    text = re.sub(r"@supports[^{]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}", "", text)  # asked for first
    found = [f"{what} (Chrome {since})" for what, since in LATER_CSS.items() if re.search(rf"(?<![\w-]){re.escape(what)}", text)]
    # `:focus-visible` came with 86: fine alone, but in a list it takes the whole rule with it.
    found += [m[0] for m in re.finditer(r"[^{}]*:focus-visible[^{}]*(?=\{)", text) if "," in m[0] and not all_focus_visible(m[0])]
    found += flex_gaps(text)
    assert found == []


def all_focus_visible(selectors: str) -> bool:
    return all(":focus-visible" in one for one in selectors.split(","))


def flex_gaps(text: str) -> list[str]:
    """`gap` between flex items came with Chrome 84: without it things touch."""
    rules = re.findall(r"([^{}]+)\{([^{}]*)\}", text)
    return [
        s.strip() for s, body in rules if re.search(r"display:\s*(inline-)?flex", body) and re.search(r"(?<![\w-])gap:", body)
    ]
