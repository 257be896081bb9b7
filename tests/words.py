"""What a person reads: the Indonesian for a msgid, so that tests assert on the words on the screen."""

from functools import cache
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

PO = Path(__file__).resolve().parents[1] / "sbt_pwa" / "translations" / "id" / "LC_MESSAGES" / "messages.po"


@cache
def catalogue() -> Catalog:
    with PO.open("rb") as file:
        return read_po(file, locale="id")


def words(msgid: str, **values) -> str:
    message = catalogue().get(msgid)
    text = message.string if message and message.string else msgid
    text = text[0] if isinstance(text, tuple) else text
    return text.format(**values) if values else text
