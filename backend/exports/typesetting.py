"""PDF by Typst: a document of plain words and figures goes in, pages come out. The only module that knows the library.

Pages are set in a process of their own: the library keeps what it has set for ever (70 MiB more after one report).
Chinese needs a font that the machine must bring; without one nothing is made, rather than pages of empty boxes.
"""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import typst

from backend.core.messages import LOCALES
from backend.exports.problems import Refused

FONTS: Final = (
    "Noto Sans CJK SC", "Source Han Sans SC", "Noto Sans SC", "PingFang SC", "Microsoft YaHei", "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei", "Noto Serif CJK SC", "Source Han Serif SC", "SimHei", "SimSun", "Droid Sans Fallback",
)  # fmt: skip
"""Families that hold simplified Chinese, the best first."""

MOST_SECONDS: Final = 120
_LAYOUT: Final = Path(__file__).with_name("report.typ")
_LANGUAGES: Final = dict(zip(LOCALES, (("zh", "cn"), ("en", "gb")), strict=True))

Cell = str | None | Mapping[str, float]
"""Text, nothing, or `{"bar": share}` for a bar of so many percent."""


class NotSet(Exception):
    """The pages could not be set; says why in the library's words."""


@dataclass(frozen=True, slots=True)
class Tile:
    """One large figure: its name, its value, and what must be known with it."""

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings; `widths` are shares of the line, 0 as wide as needed; `align` says l or r by column."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    widths: Sequence[int]
    align: str
    note: str = ""
    kind: str = "table"


@dataclass(frozen=True, slots=True)
class Pictures:
    """Small pictures, four in a row: `{"path", "caption"}`, the path within the folder of the document."""

    title: str
    pictures: Sequence[Mapping[str, str]]
    note: str = ""
    kind: str = "pictures"


@dataclass(frozen=True, slots=True)
class Lines:
    """Sentences, one below the other."""

    title: str
    lines: Sequence[str]
    note: str = ""
    kind: str = "lines"


Part = Table | Pictures | Lines


@dataclass(frozen=True, slots=True)
class Document:
    """A whole report."""

    title: str
    subtitle: str
    author: str
    locale: str
    footer: str
    sentence: str
    tiles: Sequence[Tile]
    parts: Sequence[Part] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """How many rows its tables have."""
        return sum(len(part.rows) for part in self.parts if isinstance(part, Table))


def chinese_font() -> str:
    """The best family for Chinese on this machine. Raises Refused when there is none."""
    known = set(typst.Fonts().families())
    for family in FONTS:
        if family in known:
            return family
    raise Refused("no-font")


def typeset(document: Document, folder: Path, path: Path) -> None:
    """Writes the document as PDF to `path`; its pictures lie in `folder`, where the layout's own files go too."""
    language, region = _LANGUAGES[document.locale]
    told: dict[str, Any] = asdict(document) | {"font": chinese_font(), "lang": language, "region": region}
    (folder / "data.json").write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
    layout = folder / _LAYOUT.name
    layout.write_bytes(_LAYOUT.read_bytes())
    line = [sys.executable, "-m", "backend.exports.typesetting", str(layout), str(path)]
    done = subprocess.run(line, capture_output=True, text=True, timeout=MOST_SECONDS, check=False)  # noqa: S603 - our own module.
    if done.returncode != 0:
        raise NotSet(done.stderr[-2000:])


if __name__ == "__main__":
    typst.compile(sys.argv[1], output=sys.argv[2], root=str(Path(sys.argv[1]).parent), format="pdf")
