"""Made-up shots of what visits bring, and what happens to pictures on their way: for fingerprints and their figures."""

import io
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont

from backend.demo.pictures import photo

Picture = Image.Image
THUMB = 320


@dataclass(frozen=True)
class Change:
    """What is done to a picture, and whether the outcome still holds nearly all of it."""

    apply: Callable[[Picture, random.Random], Picture]
    keeps_whole: bool


def hall(seed: int) -> Picture:
    """A hall with a car, as in the demo."""
    return Image.open(io.BytesIO(photo(f"scene-{seed}", ("DEMO", f"RF-{seed:03}")))).convert("RGB")


def clutter(seed: int) -> Picture:
    """Coarse shapes over a slope of light: a reception desk, shelves, people."""
    dice = np.random.default_rng(seed)
    made = Image.fromarray(dice.integers(0, 255, (6, 8, 3), np.uint8)).resize((1200, 900), Image.Resampling.BICUBIC)
    draw = ImageDraw.Draw(made)
    for _ in range(40):
        x, y = dice.integers(0, 1150, 2)
        w, h = dice.integers(20, 260, 2)
        colour = tuple(int(each) for each in dice.integers(0, 255, 3))
        (draw.ellipse if dice.random() < 0.5 else draw.rectangle)((x, y, x + w, y + h), fill=colour)
    return made.filter(ImageFilter.GaussianBlur(1.5))


def work_order(seed: int) -> Picture:
    """One of many papers on the same printed form: other names, numbers and ticks."""
    dice = random.Random(seed)
    sheet = Image.new("RGB", (900, 1200), (247, 246, 240))
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(26)
    draw.text((280, 40), "SERVICE ORDER", font=ImageFont.load_default(44), fill=(20, 20, 30))
    for line in range(14):
        top = 140 + 70 * line
        draw.line((60, top + 56, 840, top + 56), fill=(90, 90, 100), width=2)
        draw.text((64, top + 12), f"{line + 1:02}  ITEM", font=font, fill=(60, 60, 70))
        words = " ".join(
            "".join(dice.choices("ABCDEFGHKLMNPRSTUVWXYZ0123456789", k=dice.randint(3, 8))) for _ in range(3)
        )
        draw.text((260 + dice.randint(-20, 20), top + 8), words, font=ImageFont.load_default(32), fill=(25, 30, 90))
    draw.rectangle((60, 130, 840, 1130), outline=(60, 60, 70), width=3)
    return sheet


def dark_room(seed: int) -> Picture:
    """A workshop corner without light: noise, and a faint lamp somewhere."""
    dice = np.random.default_rng(seed)
    y, x = np.mgrid[0:600, 0:800]
    lamp = 60 * np.exp(-((x - dice.integers(0, 800)) ** 2 + (y - dice.integers(0, 600)) ** 2) / 20_000)
    levels = np.clip(14 + lamp + dice.normal(0, 4, (600, 800)), 0, 255).astype(np.uint8)
    return Image.fromarray(levels).convert("RGB")


def wall(seed: int) -> Picture:
    """A plain wall under a slope of light."""
    dice = np.random.default_rng(seed)
    slope = np.linspace(0, dice.integers(10, 50), 800)[None, :] + np.linspace(0, dice.integers(-30, 30), 600)[:, None]
    levels = np.clip(190 + slope + dice.normal(0, 2, (600, 800)), 0, 255).astype(np.uint8)
    return Image.fromarray(levels).convert("RGB")


def second_shot(picture: Picture, dice: random.Random) -> Picture:
    """The same place another day: somebody stands elsewhere, things were moved, the camera was held otherwise."""
    width, height = picture.size
    turned = picture.rotate(dice.uniform(2, 5) * dice.choice((-1, 1)), Image.Resampling.BICUBIC)
    left, top = dice.uniform(0.04, 0.1) * width, dice.uniform(0.04, 0.1) * height
    again = turned.crop((int(left), int(top), int(left + 0.88 * width), int(top + 0.88 * height)))
    draw = ImageDraw.Draw(again)
    for _ in range(5):
        x, y = dice.randint(0, width), dice.randint(0, height)
        colour = (dice.randint(0, 255), dice.randint(0, 255), dice.randint(0, 255))
        draw.rectangle((x, y, x + dice.randint(60, 260), y + dice.randint(60, 260)), fill=colour)
    return again


def encoded(picture: Picture, quality: int) -> Picture:
    kept = io.BytesIO()
    picture.convert("RGB").save(kept, "JPEG", quality=quality)
    return Image.open(kept).convert("RGB")


def cropped(picture: Picture, share: float, dice: random.Random) -> Picture:
    """A share of the area cut away, the rest anywhere."""
    width, height = (round(each * (1 - share) ** 0.5) for each in picture.size)
    left, top = dice.randint(0, picture.width - width), dice.randint(0, picture.height - height)
    return picture.crop((left, top, left + width, top + height))


def screenshot(picture: Picture, dice: random.Random, *, dark: bool) -> Picture:
    """The picture in a phone's gallery: clock and battery above, buttons below."""
    width, height = 1080, 2340
    paper, ink = ((0, 0, 0), (255, 255, 255)) if dark else ((245, 245, 245), (20, 20, 20))
    screen = Image.new("RGB", (width, height), paper)
    scale = min(width / picture.width, (height - 300) / picture.height)
    shown = picture.resize((round(picture.width * scale), round(picture.height * scale)))
    screen.paste(shown, ((width - shown.width) // 2, (height - shown.height) // 2 + dice.randint(-60, 60)))
    draw = ImageDraw.Draw(screen)
    draw.text((60, 30), f"{dice.randint(8, 20)}:{dice.randint(10, 59)}", font=ImageFont.load_default(40), fill=ink)
    draw.rectangle((920, 35, 1010, 70), outline=ink, width=4)
    for x in (150, 400, 650, 900):
        draw.ellipse((x, height - 160, x + 70, height - 90), outline=ink, width=6)
    return screen


def _cut(share: float) -> Change:
    return Change(lambda picture, dice: cropped(picture, share, dice), keeps_whole=False)


CHANGES: Mapping[str, Change] = {
    "encoded again at quality 40": Change(lambda picture, _: encoded(picture, 40), keeps_whole=True),
    "a quarter of the size": Change(
        lambda picture, _: picture.resize((picture.width // 4, picture.height // 4)), keeps_whole=True
    ),
    "brighter by 15 %": Change(lambda picture, _: ImageEnhance.Brightness(picture).enhance(1.15), keeps_whole=True),
    "darker by 40 %": Change(lambda picture, _: ImageEnhance.Brightness(picture).enhance(0.6), keeps_whole=True),
    "without colour": Change(lambda picture, _: picture.convert("L").convert("RGB"), keeps_whole=True),
    "5 % cut away": _cut(0.05),
    "10 % cut away": _cut(0.10),
    "20 % cut away": _cut(0.20),
    "30 % cut away": _cut(0.30),
    "40 % cut away": _cut(0.40),
    "screenshot, dark": Change(lambda picture, dice: screenshot(picture, dice, dark=True), keeps_whole=False),
    "screenshot, light": Change(lambda picture, dice: screenshot(picture, dice, dark=False), keeps_whole=False),
    "screenshot, 10 % cut away, quality 50": Change(
        lambda picture, dice: encoded(screenshot(cropped(picture, 0.1, dice), dice, dark=True), 50), keeps_whole=False
    ),
}


def thumb(picture: Picture) -> bytes:
    """The bytes of its thumbnail, as the studio would make it."""
    small = picture.convert("RGB")
    small.thumbnail((THUMB, THUMB))
    kept = io.BytesIO()
    small.save(kept, "JPEG", quality=80)
    return kept.getvalue()
