"""Generated pictures for the demo: every one different, each saying what it stands for."""

import io
import random

from PIL import Image, ImageDraw, ImageFont

SIZE = (1280, 960)


def photo(seed: str, lines: tuple[str, ...]) -> bytes:
    """A JPEG like a snapshot of a hall: floor, wall, a car's outline, a placard with `lines` (ASCII)."""
    dice = random.Random(seed)  # noqa: S311 - a demo's scatter.
    picture = Image.new("RGB", SIZE, _tone(dice, 170, 225))
    draw = ImageDraw.Draw(picture)
    _room(draw, dice)
    _car(draw, dice)
    _placard(draw, lines)
    kept = io.BytesIO()
    picture.save(kept, "JPEG", quality=82)
    return kept.getvalue()


def _tone(dice: random.Random, low: int, high: int) -> tuple[int, int, int]:
    return dice.randint(low, high), dice.randint(low, high), dice.randint(low, high)


def _room(draw: ImageDraw.ImageDraw, dice: random.Random) -> None:
    horizon = dice.randint(380, 520)
    draw.rectangle((0, horizon, *SIZE), fill=_tone(dice, 95, 150))
    for _ in range(dice.randint(3, 7)):
        left, width = dice.randint(0, 1100), dice.randint(60, 220)
        draw.rectangle((left, dice.randint(40, 160), left + width, horizon - 10), fill=_tone(dice, 120, 235))
    for step in range(0, SIZE[0] * 2, dice.randint(110, 190)):
        draw.line((step - SIZE[0] // 2, SIZE[1], SIZE[0] // 2, horizon - 120), fill=_tone(dice, 90, 130), width=2)


def _car(draw: ImageDraw.ImageDraw, dice: random.Random) -> None:
    left, top, paint = dice.randint(120, 560), dice.randint(520, 640), _tone(dice, 30, 210)
    draw.rounded_rectangle((left, top, left + 560, top + 170), 60, fill=paint)
    draw.rounded_rectangle((left + 110, top - 90, left + 430, top + 40), 50, fill=paint)
    draw.rounded_rectangle((left + 140, top - 70, left + 400, top + 10), 30, fill=_tone(dice, 190, 240))
    for wheel in (left + 90, left + 390):
        draw.ellipse((wheel, top + 110, wheel + 110, top + 220), fill=(35, 35, 38))
        draw.ellipse((wheel + 32, top + 142, wheel + 78, top + 188), fill=(170, 172, 176))


def _placard(draw: ImageDraw.ImageDraw, lines: tuple[str, ...]) -> None:
    draw.rectangle((40, 40, 700, 70 + 56 * len(lines)), fill=(250, 250, 247))
    font = ImageFont.load_default(40)
    for number, line in enumerate(lines):
        draw.text((64, 56 + 56 * number), line, font=font, fill=(28, 40, 66))
