"""Drives the phone pages as a shopper's thumb does: one checkpoint after another, by what each asks for."""

import contextlib
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from backend.checklists.rules import Checkpoint, Choice, Number, plain


class Files:
    """Where proof comes from: real camera files while they last, then generated ones."""

    def __init__(self, photos: list[Path], clip: Path, sound: Path) -> None:
        self.photos, self.clip, self.sound, self.used = photos, clip, sound, 0

    def next_for(self, kind: str) -> Path:
        if kind != "photo":
            return self.clip if kind == "video" else self.sound
        self.used += 1
        return self.photos[(self.used - 1) % len(self.photos)]


def take(page: Page, visit: object) -> None:
    """Accepts the visit and opens its sheet; waits until the app is on the phone and works without network."""
    page.locator(f'a[href$="/visits/{visit}"]').first.click()
    page.get_by_role("button", name="接受").click()
    page.get_by_role("button", name="开始探访").click()
    agree(page)
    page.wait_for_url("**/fill*")
    page.wait_for_function("() => navigator.serviceWorker?.controller")


def agree(page: Page) -> None:
    """Agrees to be recorded, without the position."""
    page.get_by_role("button", name="同意，不记录位置").click()


def submit(page: Page) -> None:
    """From the sheet to the last look, and hands it in."""
    page.locator(".fill-nav a").click()
    page.get_by_role("button", name="提交", exact=True).click()


def fill(page: Page, checkpoints: list[Checkpoint], files: Files, among: list[Checkpoint] | None = None) -> None:
    """Answers every checkpoint with a pass and the proof it needs, on the open fill page.

    `among` are all that the page asks for, where only some of them are to be answered.
    """
    stage = None
    for checkpoint in checkpoints:
        if checkpoint.stage != stage and page.get_by_role("tab").count():
            page.get_by_role("tab").nth(_place_of_stage(among or checkpoints, checkpoint.stage)).click()
        stage = checkpoint.stage
        row = page.locator(f"#item-{checkpoint.code}")
        _open(row)
        _prove(row, checkpoint, files)
        _answer(row, checkpoint)


def _open(row: Locator) -> None:
    """The app opens the next checkpoint by itself; where it does not, a tap does.

    On a slow machine the tap may come just after the app's own opening and close it again: then another one is needed.
    """
    head = row.locator(".item-head")
    for patience in (1_200, 2_400):
        with contextlib.suppress(AssertionError):
            expect(head).to_have_attribute("aria-expanded", "true", timeout=patience)
            return
        head.click()
    expect(head).to_have_attribute("aria-expanded", "true")


def _place_of_stage(checkpoints: list[Checkpoint], stage: str) -> int:
    return list(dict.fromkeys(each.stage for each in checkpoints)).index(stage)


def _prove(row: Locator, checkpoint: Checkpoint, files: Files) -> None:
    needs = [need for need in checkpoint.evidence if need.required is True]
    for need in needs[:1] if checkpoint.evidence_mode == "any" else needs:
        for place in range(need.minimum):
            kept = row.locator(".thumbs > :not(.keeping)")
            row.locator(f'input[type=file][data-kind="{need.kind}"]').first.set_input_files(files.next_for(need.kind))
            expect(kept).to_have_count(place + 1, timeout=15_000)


def _answer(row: Locator, checkpoint: Checkpoint) -> None:
    if isinstance(checkpoint.answer, Number):
        row.locator(".number input").fill(str(plain(checkpoint.answer.high)))
    elif isinstance(checkpoint.answer, Choice):
        row.locator(".choice-pass").first.click()
    else:
        row.locator(".result-button-pass").click()
