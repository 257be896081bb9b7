"""Paper: a small floor on fpdf2 for what is printed. Millimetres from the top left; the same drawing gives the same bytes."""

from __future__ import annotations

import datetime as dt
import unicodedata
from pathlib import Path
from typing import Any

from flask import Response

from .qr import qr_rows

FONTS = Path(__file__).parent / "vendor" / "dejavu@2.37"
SIZES = {"A4": (210.0, 297.0), "A6": (148.0, 105.0)}  # millimetres; A6 lies on its long side
POINT = 0.3528  # millimetres
SMALLEST = 0.6  # of the wished size: below it a line is cut instead
SEAM = 0.02  # millimetres by which modules of a QR overlap, so that no hairline shows between them
INK, QUIET, LINE, SEA = (20, 33, 61), (74, 86, 112), (204, 213, 223), (11, 92, 138)


class Paper:
    """A document that is drawn page by page. Its fonts are open files until the end of `with`."""

    def __init__(self, size: str, title: str):
        from fpdf import FPDF  # only where something is drawn: it costs half a second, and every start would wait for it

        self.width, self.height = SIZES[size]
        self._pdf = FPDF(unit="mm", format=(self.width, self.height))
        self._pdf.set_auto_page_break(False)
        self._pdf.set_margin(0)
        self._pdf.c_margin = 0
        self._pdf.set_title(title)
        self._pdf.set_lang("id")
        self._pdf.set_producer("SBT")
        self._pdf.add_font("paper", "", FONTS / "DejaVuSansCondensed.ttf")
        self._pdf.add_font("paper", "B", FONTS / "DejaVuSansCondensed-Bold.ttf")

    def __enter__(self) -> Paper:
        return self

    def __exit__(self, *_fault: object) -> None:
        from fpdf.fonts import TTFFont

        for font in self._pdf.fonts.values():
            if isinstance(font, TTFFont):
                font.ttfont.close()

    def add_page(self) -> None:
        self._pdf.add_page()

    def line(
        self,
        x: float,
        y: float,
        words: str,
        size: float,
        *,
        bold: bool = False,
        width: float = 0,
        align: str = "left",
        colour: tuple[int, int, int] = INK,
    ) -> None:
        """Write one line whose upper edge is `y`. What does not fit into `width` is set smaller, then cut with dots."""
        words = plain(words)
        size, words = self._fit(words, size, bold, width) if width else (size, words)
        self._use(size, bold, colour)
        missing = width - self._pdf.get_string_width(words)
        x += {"left": 0.0, "middle": missing / 2, "right": missing}[align]
        self._pdf.text(x, y + size * POINT * 0.93, words)

    def block(
        self,
        x: float,
        y: float,
        width: float,
        words: str,
        size: float,
        *,
        bold: bool = False,
        most: int = 0,
        colour: tuple[int, int, int] = INK,
    ) -> float:
        """Write lines as wide as `width`, at most `most` of them, and return where the next thing may begin."""
        self._use(size, bold, colour)
        lines: Any = self._pdf.multi_cell(width, text=plain(words), dry_run=True, output="LINES", align="L")
        if most and len(lines) > most:
            lines = [*lines[: most - 1], " ".join(lines[most - 1 :])]
        for words in lines:
            self.line(x, y, words, size, bold=bold, width=width, colour=colour)
            y += size * POINT * 1.25
        return y

    def rule(self, x: float, y: float, to_x: float, to_y: float, thick: float = 0.2, colour: tuple[int, int, int] = LINE) -> None:
        self._pdf.set_draw_color(*colour)
        self._pdf.set_line_width(thick)
        self._pdf.line(x, y, to_x, to_y)

    def frame(self, x: float, y: float, width: float, height: float, thick: float = 0.2) -> None:
        self._pdf.set_draw_color(*LINE)
        self._pdf.set_line_width(thick)
        self._pdf.rect(x, y, width, height)

    def qr(self, x: float, y: float, side: float, text: str) -> None:
        """Draw a QR as rectangles, sharp at any size. Its quiet zone is the caller's white space around it."""
        rows = qr_rows(text)
        module = side / len(rows)
        self._pdf.set_fill_color(0, 0, 0)
        for at, row in enumerate(rows):
            for start, length in runs(row):
                self._pdf.rect(x + start * module, y + at * module, length * module + SEAM, module + SEAM, style="F")

    def to_bytes(self, made_at: dt.datetime) -> bytes:
        """Return the file. Its date is the caller's and not the clock's, so that the same drawing is the same file."""
        self._pdf.set_creation_date(made_at)
        return bytes(self._pdf.output())

    def _use(self, size: float, bold: bool, colour: tuple[int, int, int]) -> None:
        self._pdf.set_font("paper", "B" if bold else "", size)
        self._pdf.set_text_color(*colour)

    def _fit(self, words: str, size: float, bold: bool, width: float) -> tuple[float, str]:
        self._use(size, bold, INK)
        wide = self._pdf.get_string_width(words)
        if wide <= width:
            return size, words
        size *= max(width / wide, SMALLEST)
        self._use(size, bold, INK)
        while words and self._pdf.get_string_width(words) > width:
            words = words.rstrip("…")[:-1].rstrip() + "…" if len(words) > 1 else ""
        return size, words


def plain(words: str) -> str:
    """One form for a letter and its mark, and no character that breaks or hides a line."""
    return " ".join("".join(c if c.isprintable() else " " for c in unicodedata.normalize("NFC", words)).split())


def runs(row: bytes | bytearray) -> list[tuple[int, int]]:
    """Return (start, length) of each run of dark modules: fewer rectangles than modules."""
    found: list[tuple[int, int]] = []
    for at, dark in enumerate(row):
        if not dark:
            continue
        if found and sum(found[-1]) == at:
            found[-1] = (found[-1][0], found[-1][1] + 1)
        else:
            found.append((at, 1))
    return found


def pdf_answer(data: bytes, file_name: str) -> Response:
    """Return the answer that saves `data` under a name; the name tells nobody's data, because it stays in a phone's list."""
    headers = {"Content-Disposition": f'attachment; filename="{file_name}"'}
    return Response(data, mimetype="application/pdf", headers=headers)
