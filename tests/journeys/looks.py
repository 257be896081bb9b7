"""What is looked at on every page at every size: axe, sideways scroll, targets a thumb can hit."""

import json
from functools import cache
from pathlib import Path

from playwright.sync_api import Page

AXE = Path(__file__).resolve().parents[1] / "vendor" / "axe-core@4.14.1" / "axe.min.js"
SMALLEST = 44


@cache
def axe_source() -> str:
    return AXE.read_text()


def axe_violations(page: Page) -> list[str]:
    page.evaluate(axe_source())
    found = page.evaluate(
        "() => axe.run(document, {resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})"
    )
    return [
        f"{one['id']} ({one['impact']}): {one['help']}: {json.dumps([node['target'] for node in one['nodes']][:4])}"
        for one in found["violations"]
    ]


def sideways_scroll(page: Page) -> str | None:
    return page.evaluate(
        """() => {
          const wide = document.documentElement.clientWidth;
          if (document.documentElement.scrollWidth <= wide) return null;
          const outside = [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > wide + 1);
          return `${document.documentElement.scrollWidth} px wide: ` + outside.slice(-3).map((e) => e.outerHTML.slice(0, 120)).join(" | ");
        }"""
    )


def small_targets(page: Page, smallest: int = SMALLEST) -> list[str]:
    """Everything to tap that is under 44 px, but links within a sentence. A box is as large as the label around it."""
    return page.evaluate(
        """(smallest) => {
          const inSentence = (e) => {
            if (e.tagName !== "A" || getComputedStyle(e).display !== "inline") return false;
            const around = e.closest("p, li, dd, td, label, span:not(:only-child)");
            return Boolean(around) && around.textContent.trim().length > e.textContent.trim().length;
          };
          const size = (e) => {
            const boxes = [e, e.closest("label"), ...(e.labels || [])].filter(Boolean).map((b) => b.getBoundingClientRect());
            return [Math.max(...boxes.map((b) => b.width)), Math.max(...boxes.map((b) => b.height))];
          };
          return [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [role=button], [tabindex='0']")]
            .filter((e) => e.type !== "hidden" && e.getClientRects().length && getComputedStyle(e).visibility !== "hidden")
            .filter((e) => !(e.classList.contains("skip") && document.activeElement !== e))
            .filter((e) => !inSentence(e))
            .map((e) => [e, ...size(e)])
            .filter(([, w, h]) => w < smallest - 0.5 || h < smallest - 0.5)
            .map(([e, w, h]) => `${Math.round(w)}x${Math.round(h)}: ${e.outerHTML.slice(0, 140)}`);
        }""",
        smallest,
    )


def whole_page_violations(page: Page) -> list[str]:
    """With the whole page in sight: what lies under the bar at the bottom can be scrolled free, and axe does not scroll."""
    size = page.viewport_size
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": size["width"], "height": max(size["height"], height + 200)})
    try:
        return axe_violations(page)
    finally:
        page.set_viewport_size(size)


def troubles_on(page: Page, thumbs: bool = True) -> list[str]:
    troubles = [f"axe: {one}" for one in whole_page_violations(page)]
    if scroll := sideways_scroll(page):
        troubles.append(f"scrolls sideways: {scroll}")
    if thumbs:
        troubles += [f"small target {one}" for one in small_targets(page)]
    return troubles


def assert_looks_right(page: Page, thumbs: bool = True) -> None:
    troubles = troubles_on(page, thumbs)
    assert troubles == [], f"{page.url}:\n" + "\n".join(troubles)
