"""Names folded for likeness: what is found by word although it is spelled in another way."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

TITLES = {"H", "HJ", "HI", "HAJI", "HAJJAH", "DRS", "DRA", "IR", "DR", "SE", "SH", "SPD", "SPI", "SKM", "SSOS", "AMD"}
SAME_NAME = {
    **dict.fromkeys(
        ["MUH", "MUHAMAD", "MUHAMMAD", "MOH", "MOHAMAD", "MOHAMMAD", "MOCH", "MOCHAMAD", "MHD", "MUHAMMED"], "MUHAMAD"
    ),
    **dict.fromkeys(["ABD", "ABDUL", "ABDOEL", "ABDL"], "ABDUL"),
    **dict.fromkeys(["ST", "SITI", "SITTI"], "SITI"),
}
# Old and new Indonesian spelling, and sounds that are written in more than one way (Kwamor/Kwawor, Yusuf/Jusup).
SOUNDS = [("OE", "U"), ("DJ", "J"), ("TJ", "C"), ("SJ", "SY"), ("NJ", "NY"), ("CH", "H"), ("KH", "H"), ("PH", "P"), ("TH", "T")]
LETTERS = str.maketrans({"F": "P", "V": "P", "W": "M", "Z": "S", "J": "Y", "Q": "K", "X": "S", "E": "I", "O": "U"})


def plain_words(name: str) -> list[str]:
    """Return the words in capitals without accents, dots, apostrophes and titles."""
    text = unicodedata.normalize("NFKD", name).upper()
    text = re.sub(r"[’'`.\u0300-\u036f]", "", text)
    words = re.findall(r"[A-Z0-9]+", text) or [w for w in text.split() if w]
    return [w for w in words if w not in TITLES] or words


@lru_cache(maxsize=20_000)
def fold_word(word: str) -> str:
    """Return the word as it sounds."""
    word = SAME_NAME.get(word, word)
    for written, meant in SOUNDS:
        word = word.replace(written, meant)
    return re.sub(r"(.)\1+", r"\1", word.translate(LETTERS))


@lru_cache(maxsize=2_000)
def name_words(name: str) -> frozenset[str]:
    """Return the folded words of a name, for word search."""
    return frozenset(fold_word(word) for word in plain_words(name))


def name_key(name: str) -> str:
    """Return one text that is equal for likely equal names."""
    return " ".join(sorted(name_words(name)))


def mask_name(name: str) -> str:
    """`L. R.`: enough to recognise, too little to know."""
    return " ".join(f"{word[0].upper()}." for word in name.split()[:4] if word)
