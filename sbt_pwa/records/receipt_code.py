"""Receipt codes: `K7QM-3F8T-9XW1`, eleven random characters of Crockford base32 (55 bits) and a check character.

check = sum over i of value_i * (2 i + 1), modulo 32. The weights are odd, so any single wrong character is caught.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from operator import mul

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_VALUE = {character: value for value, character in enumerate(ALPHABET)}
_WEIGHTS = tuple(2 * i + 1 for i in range(11))
_AS_MADE = re.compile(f"[{ALPHABET}]{{12}}")
_MEANT = str.maketrans("OIL", "011")
_BETWEEN = re.compile(  # spaces, dashes and what a copied text carries unseen
    "[\u0000-\u0020\u007f-\u00a0\u00ad\u200b-\u200f\u2010-\u2015\u2028-\u202e\u2060-\u2064\u2066-\u2069\u2212\ufeff-]"
)


class CodeSlip(ValueError):
    """A slip of the pen: `problem` is `length`, `characters` or `check`."""

    def __init__(self, problem: str):
        super().__init__(problem)
        self.problem = problem


def make_receipt_code() -> str:
    body = "".join(secrets.choice(ALPHABET) for _ in range(11))
    return body + check_character(body)


def check_character(body: str) -> str:
    return ALPHABET[sum(map(mul, map(_VALUE.__getitem__, body), _WEIGHTS)) % 32]


def read_receipt_code(typed: str) -> str:
    """Return the twelve characters that were meant. Raise CodeSlip."""
    text = typed
    if not _AS_MADE.fullmatch(text):  # nearly all come from a phone, as it made them
        text = unicodedata.normalize("NFKC", typed).upper()
        text = _BETWEEN.sub("", text).translate(_MEANT)
    if any(character not in _VALUE for character in text):
        raise CodeSlip("characters")
    if len(text) != 12:
        raise CodeSlip("length")
    if check_character(text[:11]) != text[11]:
        raise CodeSlip("check")
    return text


def show_receipt_code(code: str) -> str:
    return "-".join((code[:4], code[4:8], code[8:]))
