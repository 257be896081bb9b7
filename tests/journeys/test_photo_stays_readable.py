"""A KTP held far away, by a 12 Mpx camera: what arrives weighs at most 80 kB and its sixteen digits are still told apart."""

import io

from PIL import Image, ImageDraw, ImageFont

from tests.factories import invented
from tests.journeys.phone import until

NIK = "8105013546729809"  # each digit is there
FONT = ImageFont.load_default(62)  # 3.3 mm of a card that fills two fifths of the picture's width
LEFT, TOP, BOX = 1300, 1350, (0, 8, 44, 72)
STEP = 46
CLEAR = 0.65  # a person reads it at once; in a picture of 540 px it is below 0.6, and digits are mistaken


def far_card(path):
    """The picture of a camera: sand all around, and on the card the pattern that a KTP has."""
    picture = Image.effect_noise((500, 375), 60).resize((4000, 3000)).convert("RGB")
    card = Image.effect_noise((400, 252), 30).resize((1600, 1010)).convert("RGB")
    picture.paste(Image.blend(card, Image.new("RGB", card.size, (170, 205, 235)), 0.7), (1200, 1000))
    pen = ImageDraw.Draw(picture)
    for at, digit in enumerate(NIK):
        pen.text((LEFT + at * STEP, TOP), digit, fill=(40, 40, 60), font=FONT)
    picture.save(path, quality=90)
    return path


def likeness(one: list[float], other: list[float]) -> float:
    """Correlation of two crops of the same size."""
    pairs = list(zip(one, other, strict=True))
    mean_one, mean_other = (sum(side) / len(pairs) for side in zip(*pairs, strict=True))
    shared = sum((a - mean_one) * (b - mean_other) for a, b in pairs)
    spread = sum((a - mean_one) ** 2 for a, _ in pairs) * sum((b - mean_other) ** 2 for _, b in pairs)
    return shared / (spread or 1) ** 0.5


def grey(picture: Image.Image) -> list[float]:
    return list(picture.convert("L").resize((22, 32), Image.Resampling.BILINEAR).tobytes())


def template(digit: str) -> list[float]:
    plate = Image.new("L", (BOX[2], BOX[3]), 200)
    ImageDraw.Draw(plate).text((0, 0), digit, fill=45, font=FONT)
    return grey(plate.crop(BOX))


def read_digits(picture: Image.Image) -> str:
    templates = {digit: template(digit) for digit in "0123456789"}
    scale, read = picture.width / 4000, ""
    for at in range(16):
        x = LEFT + at * STEP
        box = tuple(round(side * scale) for side in (x + BOX[0], TOP + BOX[1], x + BOX[2], TOP + BOX[3]))
        crop = grey(picture.crop(box))
        best = max(templates, key=lambda digit: likeness(crop, templates[digit]))
        read += best if likeness(crop, templates[best]) > CLEAR else "?"
    return read


def test_the_sixteen_digits_of_a_far_card_stay_readable(phone, stored, tmp_path):
    card = far_card(tmp_path / "IMG_0002.jpg")
    assert read_digits(Image.open(card)) == NIK
    phone.get_ready("sari")
    phone.open_form()
    phone.fill_form(invented(431))
    phone.take_photo(card)
    phone.save()
    code = phone.receipt()
    phone.day()
    until(lambda: stored.has_photo(code), "the photo did not arrive", 60, phone.page)
    data = stored.photo(code)
    assert len(data) <= 80_000
    assert read_digits(Image.open(io.BytesIO(data))) == NIK
