"""What a worker types: the code. A slip of the pen is found here, before anything is asked of the database."""

from __future__ import annotations

import re
from dataclasses import dataclass

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from ..records.receipt_code import CodeSlip, read_receipt_code

LONGEST_KEPT = 40
SLIPS: dict[str, LazyString] = {
    "characters": _l(
        "This code has a character that codes do not use. Codes have only numbers and letters, and never the letter U."
    ),
    "check": _l("One character does not fit. Compare the code with your receipt, one by one."),
}


@dataclass(frozen=True)
class CodeTyped:
    """`code` is what was meant, or empty when there is a `slip`; `typed` goes back into the field."""

    typed: str
    code: str = ""
    slip: str = ""


def read_code(typed: str) -> CodeTyped:
    kept = typed[:LONGEST_KEPT]
    if not typed.strip():
        return CodeTyped(kept, slip=_("Type the code from your receipt."))
    try:
        return CodeTyped(kept, code=read_receipt_code(typed))
    except CodeSlip as slip:
        return CodeTyped(kept, slip=_sentence(slip.problem, typed))


def _sentence(problem: str, typed: str) -> str:
    if problem == "length":
        return _("The code has 12 characters. There are %(count)d now.", count=len(re.findall(r"[^\W_]", typed)))
    return str(SLIPS[problem])
