"""What a slow phone takes: the shell without network, save to receipt, a camera's photo made small."""

from __future__ import annotations

import statistics
from pathlib import Path

from tests.factories import invented
from tests.journeys.phone import Phone

from .browser import CPU, Stage, slow_down, stage
from .result import Figure

ROUNDS = 5
SAVE = """() => new Promise((done) => {
  const view = document.querySelector("#view");
  const begun = performance.now();
  const look = () => {
    const code = !view.hidden && view.querySelector("[data-slot=code]");
    if (code && code.textContent.trim()) done(performance.now() - begun); else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
  document.querySelector("#save").click();
})"""
SHRINK = """() => {
  const input = document.querySelector("[name=photo_id_card]");
  let begun = 0;
  input.addEventListener("change", () => { begun = performance.now(); }, {once: true, capture: true});
  window.shrunk = new Promise((done) => {
    const look = () => {
      if (begun && document.querySelector("#photo_frame img")) done(performance.now() - begun); else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
}"""


def figures() -> list[Figure]:
    with stage() as found, found.phone("officer") as phone:
        phone.get_ready("sari")
        slow_down(phone.page)
        return [shell_offline(found, phone), save_to_receipt(phone), photo(found, phone)]


def shell_offline(found: Stage, phone: Phone) -> Figure:
    """The line is cut at the server's side: the browser believes that it is online."""
    took = []
    phone.context.set_offline(True)
    for _ in range(ROUNDS):
        phone.page.goto(found.line.url + "/register/new", wait_until="commit")
        phone.wait("document.querySelector('.part .missing')?.textContent.trim().length > 0")
        took.append(phone.page.evaluate("() => performance.now()"))
    return figure("form usable without network", took, 1000)


def save_to_receipt(phone: Phone) -> Figure:
    took = []
    for number in range(ROUNDS):
        phone.open_form()
        phone.fill_form(invented(500 + number))
        took.append(phone.page.evaluate(SAVE))
    phone.context.set_offline(False)
    return figure("tap on save to receipt, no photo", took, 400)


def photo(found: Stage, phone: Phone) -> Figure:
    picture = found.folder / "camera.jpg"
    camera_picture(picture)
    took = []
    for _ in range(3):
        phone.open_form()
        phone.page.evaluate(SHRINK)
        phone.page.set_input_files("[name=photo_id_card]", picture)
        took.append(phone.page.evaluate("() => window.shrunk"))
    return figure("12 megapixel photo shrunk to 80 kB", took, 3000)


def figure(what: str, took: list[float], goal: float) -> Figure:
    median = statistics.median(took)
    return Figure(f"{what}, processor {CPU}x slower", median, "ms", f"within {goal:,.0f}", median <= goal)


def camera_picture(path: Path) -> None:
    """12 megapixels with noise, as a phone's camera makes them."""
    from PIL import Image

    Image.effect_noise((1000, 750), 60).resize((4000, 3000)).convert("RGB").save(path, quality=92)
