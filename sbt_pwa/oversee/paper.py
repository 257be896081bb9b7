"""The report on one sheet of A4."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

from flask_babel import gettext as _

from ..kit.pdf import QUIET, SEA, Paper

if TYPE_CHECKING:
    from .report import Report

LEFT, RIGHT = 18.0, 192.0  # millimetres
WIDTH = RIGHT - LEFT
TILE = WIDTH / 4
STARTS = (18.0, 84.0, 108.0, 130.0, 148.0, 170.0)  # of the columns of places; numbers end where the next begins
STAGE_STARTS = (18.0, 110.0, 144.0, 170.0)
CHANGE_STARTS = (18.0, 110.0, 160.0)
SMALL, PLAIN = 8.5, 9.5


def report_pdf(report: Report, made_at: dt.datetime) -> bytes:
    with Paper("A4", report.title) as paper:
        paper.add_page()
        paper.line(LEFT, 14, report.title, 17, bold=True, width=WIDTH)
        paper.line(LEFT, 22, _("Workers with cover, as of %(day)s", day=report.day), PLAIN, width=120, colour=QUIET)
        paper.line(LEFT + 100, 22, report.about, PLAIN, width=WIDTH - 100, align="right", colour=QUIET)
        paper.rule(LEFT, 28, RIGHT, 28, 0.6, SEA)
        y = paper.block(LEFT, 31.5, WIDTH, report.finding, 11.5, bold=True, most=2)
        if report.beside:
            y = paper.block(LEFT, y + 0.5, WIDTH, " ".join(report.beside), SMALL, most=3, colour=QUIET)
        y = _tiles(paper, y + 1.5, report.tiles)
        y = _table(paper, y, CHANGE_STARTS, report.change_heads, report.changes)
        y = paper.block(LEFT, y - 2, WIDTH, report.meaning, SMALL, most=2, colour=QUIET) + 2
        if report.places:
            y = _table(paper, y, STARTS, report.place_heads, report.places)
        if report.more_places:
            paper.line(LEFT, y - 2.5, report.more_places, SMALL, width=WIDTH, colour=QUIET)
            y += 3.5
        if report.stages:
            heads = [_("Where entries stand"), _("Acts next"), _("Now"), report.place_heads[-1]]
            y = _table(paper, y, STAGE_STARTS, heads, report.stages, words=2)
        for head, said in report.to_do:
            paper.line(LEFT, y, head, PLAIN, bold=True, width=WIDTH)
            y = paper.block(LEFT, y + 4.6, WIDTH, said, PLAIN, most=2) + 1.6
        return paper.to_bytes(made_at)


def _tiles(paper: Paper, y: float, tiles: Sequence[tuple[str, str]]) -> float:
    for at, (word, value) in enumerate(tiles):
        paper.frame(LEFT + at * TILE, y, TILE, 15)
        paper.line(LEFT + at * TILE + 3, y + 2, word, SMALL, width=TILE - 6, colour=QUIET)
        paper.line(LEFT + at * TILE + 3, y + 6.5, value, 15, bold=True, width=TILE - 6)
    return y + 19


def _table(
    paper: Paper, y: float, starts: Sequence[float], heads: Sequence[str], rows: Sequence[Sequence[str]], words: int = 1
) -> float:
    """Draw a table; the first `words` columns are words, the others numbers that stand below each other."""
    for line, cells in enumerate([heads, *rows]):
        for at, cell in enumerate(cells):
            end = starts[at + 1] - 2 if at + 1 < len(starts) else RIGHT
            align = "left" if at < words else "right"
            paper.line(starts[at], y, cell, SMALL if line == 0 else PLAIN, bold=line == 0, width=end - starts[at], align=align)
        paper.rule(LEFT, y + 4.6, RIGHT, y + 4.6)
        y += 5.4
    return y + 3
