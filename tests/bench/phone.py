"""What a phone must fetch before it shows anything: the scripts and styles its page names, as gzip."""

import gzip
from html.parser import HTMLParser
from pathlib import Path

from tests.bench.table import Row, judged
from tests.live import ROOT

DIST = ROOT / "frontend" / "dist"
PAGE = DIST / "m" / "index.html"
TARGET_KB = 150


def measure() -> list[Row]:
    what = "the phone's first load, gzip -9: module scripts, modulepreloads, stylesheets"
    target = f"under {TARGET_KB} kB"
    if not PAGE.exists():
        return [Row("8", what, "the front-end is not built", target=target)]
    files = _named_in(PAGE)
    plain, packed = (sum(map(size, files)) / 1000 for size in (_plain, _packed))
    measured = f"{packed:.1f} kB in {len(files)} files"
    return [
        Row("8", what, measured, f"unpacked {plain:.1f} kB", plain / packed, judged(target, met=packed < TARGET_KB))
    ]


class _Page(HTMLParser):
    """Collects the addresses that the browser fetches at once."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag == "script" and named.get("type") == "module":
            self.addresses.append(named.get("src") or "")
        if tag == "link" and named.get("rel") in {"modulepreload", "stylesheet"}:
            self.addresses.append(named.get("href") or "")


def _named_in(page: Path) -> list[Path]:
    found = _Page()
    found.feed(page.read_text(encoding="utf-8"))
    return [DIST / address.lstrip("/") for address in found.addresses if address]


def _plain(path: Path) -> int:
    return path.stat().st_size


def _packed(path: Path) -> int:
    return len(gzip.compress(path.read_bytes(), 9))
