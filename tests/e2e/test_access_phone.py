"""Every screen of the phone before axe, in both languages, light and dark: nothing that it calls serious or critical."""

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.e2e import tour
from tests.e2e.test_before_after import HISTORY, run
from tests.live import ROOT, Deployment

AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
LEVELS = ("wcag2a", "wcag2aa", "wcag21aa")
# A change of theme is seen one frame later.
LOOK = """async (levels) => {
  await new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn, 50)))
  const { violations } = await axe.run({ runOnly: levels, resultTypes: ['violations'] })
  return violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 160)} ${node.any.map((one) => one.message).join(' ')}`))
}"""


def findings(page: Page, stops: Iterable[tour.Stop]) -> list[str]:
    """What axe finds at each stop in both languages and themes, told with where it was."""
    found: list[str] = []
    axe = AXE.read_text(encoding="utf-8")
    page.emulate_media(reduced_motion="reduce")
    for locale in ("zh-CN", "en"):
        page.evaluate("locale => localStorage.setItem('mingcha.locale', locale)", locale)
        for name, come in stops:
            come(page)
            page.evaluate(f"window.axe || {axe}")
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                found += [f"{name} {locale} {scheme}: {each}" for each in page.evaluate(LOOK, list(LEVELS))]
    return found


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed")
def test_no_screen_of_a_shopper_shuts_anybody_out(
    page_of: Callable[..., Page], live: Deployment, tmp_path: Path
) -> None:
    tour.returned(live)
    page = page_of("chelsea", phone=True)
    tour.begin(page, tmp_path)
    found = findings(page, tour.SHOPPER)
    assert not found, "\n".join(found)


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed")
def test_no_screen_of_an_auditor_shuts_anybody_out(page_of: Callable[..., Page], live: Deployment) -> None:
    run(live, HISTORY)
    tour.accepted(live)
    page = page_of("dan", phone=True)
    found = findings(page, tour.AUDITOR)
    assert not found, "\n".join(found)
