"""What a phone must fetch before it shows anything, as gzip; and Lighthouse on its throttled mid-range phone."""

import gzip
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from tests.bench.sites import ENGINES, site
from tests.bench.table import Row, judged
from tests.journeys.phone import Desk
from tests.live import ROOT, Deployment

DIST = ROOT / "frontend" / "dist"
PAGE = DIST / "m" / "index.html"
LIGHTHOUSE = ROOT / "frontend" / "node_modules" / "lighthouse" / "cli" / "index.js"
TARGET_KB = 150
RUNS = 3
SCORE, INTERACTIVE_SECONDS = 90, 2.0
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# The phone speaks the language of the person who signs in on it.
LANGUAGE = "zh-CN"
_FLAGS = f"--headless=new --no-sandbox --disable-gpu --lang={LANGUAGE} --accept-lang={LANGUAGE}"
_OPTIONS = ("--output=json", "--quiet", "--only-categories=performance", f"--chrome-flags={_FLAGS}")


def measure(folder: Path, *, quick: bool) -> list[Row]:
    if not PAGE.exists():
        return [Row("8", "the phone", "the front-end is not built")]
    return [_first_load(), *_by_lighthouse(folder, 1 if quick else RUNS)]


def _first_load() -> Row:
    what = "the phone's first load, gzip -9: module scripts, modulepreloads, stylesheets, the texts of one language"
    files = [*_named_in(PAGE), *_texts()]
    plain, packed = (sum(map(size, files)) / 1000 for size in (_plain, _packed))
    measured = f"{packed:.1f} kB in {len(files)} files"
    target = judged(f"under {TARGET_KB} kB", met=packed < TARGET_KB)
    return Row("8", what, measured, f"unpacked {plain:.1f} kB", plain / packed, target)


def _by_lighthouse(folder: Path, runs: int) -> Iterator[Row]:
    """The sign-in page as a stranger's phone opens it, and the home of a shopper; both without a service worker yet."""
    node, browser = shutil.which("node"), next(filter(None, map(shutil.which, _BROWSERS)), None)
    if not (node and browser and LIGHTHOUSE.exists()):
        yield Row("8", "Lighthouse on /m/", "node, lighthouse or a browser is missing here")
        return
    command = [node, str(LIGHTHOUSE), *_OPTIONS]
    with site(ENGINES[0], folder, name="phone") as running:
        for who, headers in (("a stranger", []), ("a shopper signed in", _cookie(running.live))):
            found = [_audited([*command, *headers, f"{running.live.address}/m/"], browser) for _ in range(runs)]
            yield _told(who, sorted(found, key=lambda one: one["score"])[runs // 2], runs)


def _cookie(live: Deployment) -> list[str]:
    signed_in = Desk(live.address, link=live.invite("chelsea")).session.cookies
    cookies = "; ".join(f"{name}={value}" for name, value in signed_in.items())
    return [f"--extra-headers={json.dumps({'Cookie': cookies})}"]


def _audited(command: list[str], browser: str) -> dict[str, float]:
    """Score of 100 and the moments of one run, in seconds."""
    env = {**os.environ, "CHROME_PATH": browser}
    report: Any = json.loads(subprocess.run(command, env=env, check=True, capture_output=True, timeout=300).stdout)
    moments = ("first-contentful-paint", "largest-contentful-paint", "interactive", "total-blocking-time")
    found = {name: report["audits"][name]["numericValue"] / 1000 for name in moments}
    return {"score": report["categories"]["performance"]["score"] * 100, **found}


def _told(who: str, found: dict[str, float], runs: int) -> Row:
    what = f"Lighthouse on /m/, {who}: mobile, slow 4G and a processor four times slower, median of {runs}"
    measured = (
        f"performance {found['score']:.0f}; first paint {found['first-contentful-paint']:.2f} s, largest "
        f"{found['largest-contentful-paint']:.2f} s, interactive {found['interactive']:.2f} s, "
        f"blocked {found['total-blocking-time'] * 1000:.0f} ms"
    )
    met = found["score"] >= SCORE and found["interactive"] < INTERACTIVE_SECONDS
    target = judged(f"at least {SCORE}, interactive under {INTERACTIVE_SECONDS:.0f} s", met=met)
    return Row("8", what, measured, target=target)


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


def _texts() -> list[Path]:
    """The server names them with the page."""
    languages = json.loads((DIST / "m" / "languages.json").read_text(encoding="utf-8"))
    return [DIST / address.lstrip("/") for address in languages[LANGUAGE]]


def _plain(path: Path) -> int:
    return path.stat().st_size


def _packed(path: Path) -> int:
    return len(gzip.compress(path.read_bytes(), 9))
