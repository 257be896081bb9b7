"""What is on paper or on a screen, read back by a library that did not make it: words, pictures of pages, what a QR says."""

import io

import pypdfium2
import zxingcpp
from PIL import Image

QR = zxingcpp.BarcodeFormat.QRCode  # among the lines of a sheet of cards a reader finds codes that are none


def words_on(data: bytes) -> list[str]:
    """The words of each page."""
    with pypdfium2.PdfDocument(data) as document:
        return [" ".join(page.get_textpage().get_text_bounded().split()) for page in document]


def sizes_of(data: bytes) -> list[tuple[int, int]]:
    """Width and height of each page in millimetres."""
    with pypdfium2.PdfDocument(data) as document:
        return [(round(page.get_width() / 72 * 25.4), round(page.get_height() / 72 * 25.4)) for page in document]


def date_of(data: bytes) -> str:
    """The date in the file, as `20261203`."""
    with pypdfium2.PdfDocument(data) as document:
        return document.get_metadata_dict()["CreationDate"].removeprefix("D:")[:8]


def pictures_of(data: bytes, dots_per_inch: int = 150) -> list:
    with pypdfium2.PdfDocument(data) as document:
        return [page.render(scale=dots_per_inch / 72).to_pil() for page in document]


def codes_on(data: bytes) -> list[str]:
    """What a phone's camera reads from each page, page after page."""
    return [code for picture in pictures_of(data) for code in _codes_in(picture)]


def codes_in(screenshot: bytes) -> list[str]:
    return _codes_in(Image.open(io.BytesIO(screenshot)))


def _codes_in(picture: Image.Image) -> list[str]:
    return [code.text for code in zxingcpp.read_barcodes(picture, formats=QR)]
