"""QR codes: as a picture on a page, and as rows of modules for paper."""

from __future__ import annotations

from collections.abc import Sequence

import segno
from markupsafe import Markup

ANY_MASK = 3  # readers take every mask; looking for the most even one costs more than drawing the code


def qr_picture(text: str) -> Markup:
    """Return an inline SVG without style attributes."""
    drawing = segno.make(text, error="m", micro=False)
    return Markup(drawing.svg_inline(scale=6, border=2, omitsize=True, svgclass="qr", lineclass=None))  # noqa: S704 (our own drawing)


def qr_rows(text: str) -> Sequence[bytearray]:
    """Return the modules row by row, 1 for dark, without the white around them."""
    return segno.make(text, error="m", micro=False, mask=ANY_MASK).matrix
