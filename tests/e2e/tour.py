"""A walk over every screen of the phone, in whatever language: each stop is a name and how to come there from anywhere.

What the screens show is laid out first: a begun visit with proof and troubles in line, a returned one, an open audit at
a store with a history. The walk changes none of it, so it can be made again in another language.
"""

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests import world
from tests.e2e import phone
from tests.journeys import work
from tests.journeys.camera import clip, photo
from tests.live import Deployment

BEGUN, RETURNED = world.VISITS["chelsea-eo"], world.VISITS["chelsea-tiny"]
AUDIT, OFFERED = world.VISITS["dan-tiny"], world.VISITS["dan-rf"]
FILL = f"visits/{BEGUN}/fill?at=EO-04-03"
ITEM = "#item-EO-04-03"
LONG = "照片里看不清前台的接待人员，也看不清时间；请站在入口处重拍一张，把整个前台拍进去，谢谢您的耐心。" * 2
TROUBLES = """async (visit) => {
  const named = (await indexedDB.databases()).map(({ name }) => name).find((name) => name.startsWith('mingcha-'))
  const held = await new Promise((done) => { const asked = indexedDB.open(named); asked.onsuccess = () => done(asked.result) })
  const outbox = held.transaction('outbox', 'readwrite').objectStore('outbox')
  const now = new Date().toISOString()
  const put = (id, over) => outbox.put({
    id, visit_id: visit, draft_id: visit, kind: 'file', media: 'video', any_network: false, size: 184_000_000, state: 'attention', attempts: 9,
    not_before: Date.now() + 9e8, reason: null, document: null, created_at: now, ...over })
  put('a-words', { kind: 'words', media: null, size: 0, reason: { status: 422, code: 'answers-missing', text: '', errors: [
    { checkpoint: 'EO-01-01', message: '这个检查点需要一张照片。' }] } })
  put('b-damaged', { media: 'photo', size: 3_000_000, reason: { status: 0, code: 'copy_damaged', text: '', errors: [] } })
  put('c-missing', { reason: { status: 0, code: 'bytes_missing', text: '', errors: [] } })
  put('d-waits', { state: 'waiting' })
  put('e-differs', { kind: 'words', media: null, state: 'refresh', size: 0 })
  await new Promise((done) => { outbox.transaction.oncomplete = done })
  held.close()
}"""
REFUSE = """name => { navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', name)) }"""

Stop = tuple[str, Callable[[Page], None]]


def returned(place: Deployment) -> None:
    """chelsea hands in a visit, and bob sends two checkpoints of it back with long words."""
    made, sender = work.paper({"photo": [photo(1), photo(2)]}, work.TINY), work.phone(place, "chelsea")
    answer = sender.put(f"visits/{RETURNED}/submission", made.body)
    assert answer.status_code == 201, answer.text
    for evidence_id, shot in made.shots.items():
        sender.deliver(evidence_id, shot.content)
    notes = [{"checkpoint": code, "note": LONG} for code in ("T-1-01", "T-1-04")]
    body = {"verdict": "returned", "reason": LONG, "returned": notes, "round": 1}
    answer = work.desk(place, "bob").put(f"visits/{RETURNED}/review", body)
    assert answer.status_code in {200, 201}, answer.text


def begin(page: Page, folder: Path) -> None:
    """The shopper begins the long visit, with one photo, a fail and a few troubles in line."""
    phone.take(page, BEGUN)
    film = folder / "film.mp4"
    film.write_bytes(clip(1).content)
    page.evaluate("localStorage.setItem('mingcha.movesOn', '0')")
    _go(page, FILL, ".evidence")
    row = page.locator(ITEM)
    row.locator("input[data-kind=video]").set_input_files(film)
    expect(row.locator(".thumbs > .thumb")).to_have_count(1, timeout=15_000)
    row.locator(".result-button-fail").click()
    expect(row.locator(".result-button-fail")).to_have_attribute("aria-checked", "true")
    _go(page, f"visits/{RETURNED}", ".return")
    page.locator(".bottom-bar .button-primary").click()
    page.wait_for_url("**/fill*")
    page.evaluate(TROUBLES, str(BEGUN))


def accepted(place: Deployment) -> None:
    """The auditor takes the open audit."""
    answer = work.phone(place, "dan").put(f"visits/{AUDIT}/acceptance", {"accepted": True})
    assert answer.ok, answer.text


def _go(page: Page, path: str, seen: str = "main, .fill-head") -> None:
    page.goto("/".join(page.url.split("/")[:3]) + f"/m/{path}")
    expect(page.locator(seen).first).to_be_visible()


def _at(path: str, seen: str = "main") -> Callable[[Page], None]:
    return lambda page: _go(page, path, seen)


def _pressed(path: str, button: str, seen: str) -> Callable[[Page], None]:
    """The screen of this address, and what a button of it opens."""

    def opened(page: Page) -> None:
        _go(page, path, button)
        page.locator(button).first.click()
        expect(page.locator(seen).first).to_be_visible()

    return opened


def _button_of(kind: str) -> str:
    return f"{ITEM} div:has(> input[data-kind={kind}]) > button"


def _camera(page: Page) -> None:
    _pressed(FILL, _button_of("video"), ".shutter:enabled")(page)


def _recording(page: Page) -> None:
    _camera(page)
    page.locator(".shutter").click()
    page.wait_for_timeout(1_200)
    page.locator(".camera [data-mark]").first.click()


def _recording_below(page: Page) -> None:
    """The camera is left while it records: a bar says so above the list."""
    page.locator(".camera-top .camera-round").click()
    expect(page.locator(".recording-bar")).to_be_visible()


def _stopped(page: Page) -> None:
    page.locator(".recording-bar button").click()
    expect(page.locator(".recording-bar")).to_have_count(0)


def _refused(name: str) -> Callable[[Page], None]:
    def opened(page: Page) -> None:
        _go(page, FILL, _button_of("video"))
        page.evaluate(REFUSE, name)
        page.locator(_button_of("video")).click()
        expect(page.locator(".refused")).to_be_visible()

    return opened


def _little_room(page: Page) -> None:
    page.add_init_script("navigator.storage.estimate = async () => ({ usage: 9e9, quota: 9.2e9 })")
    _go(page, FILL, ".evidence")


def _note(page: Page) -> None:
    _go(page, f"visits/{BEGUN}/times", ".times-quiet")
    page.locator(".times-quiet").click()
    page.locator(".times-cover").click()
    expect(page.locator(".note-text")).to_be_visible()


def _discreet(page: Page) -> None:
    page.locator(".note-back").click()
    _go(page, FILL)


def _loud(page: Page) -> None:
    page.evaluate("localStorage.setItem('mingcha.discreet', '0')")
    _go(page, "")


SHOPPER: tuple[Stop, ...] = (
    ("sign-in", _at("signin")),
    ("home", _at("", ".card")),
    ("visit", _at(f"visits/{BEGUN}", ".facts")),
    ("abort", _pressed(f"visits/{BEGUN}", ".end", "[role=dialog] textarea")),
    ("device", _at(f"visits/{BEGUN}/device", ".parts")),
    ("checkpoint", _at(FILL, ".evidence")),
    ("search", _pressed(FILL, ".fill-tool", ".search")),
    ("file", _pressed(FILL, ".thumb", ".large")),
    ("camera-photo", _pressed(f"visits/{RETURNED}/fill?at=T-1-01", "div:has(> input[data-kind=photo]) > button", ".shutter:enabled")),
    ("camera-video", _camera),
    ("recording", _recording),
    ("recording-bar", _recording_below),
    ("stopped", _stopped),
    ("camera-refused", _refused("NotAllowedError")),
    ("camera-missing", _refused("NotFoundError")),
    ("camera-failed", _refused("NotReadableError")),
    ("times", _at(f"visits/{BEGUN}/times")),
    ("submit", _at(f"visits/{BEGUN}/submit", ".missing")),
    ("outbox", _at("outbox", ".trouble")),
    ("say-lost", _pressed("outbox", ".ways .button-plain", "[role=dialog] textarea")),
    ("discard", _pressed("outbox", ".button-danger", ".van-dialog")),
    ("files", _at(f"visits/{RETURNED}/files", ".ledger-row")),
    ("history", _at("history")),
    ("settings", _at("settings", ".storage")),
    ("consent", _pressed("settings", ".consent-acts .button", ".consent-text")),
    ("password", _pressed("settings", ".settings-button", "[role=dialog] input")),
    ("returned", _at(f"visits/{RETURNED}", ".return")),
    ("returned-fill", _at(f"visits/{RETURNED}/fill", ".item-open")),
    ("note", _note),
    ("discreet", _discreet),
    ("loud", _loud),
    ("little-room", _little_room),
)  # fmt: skip
AUDITOR: tuple[Stop, ...] = (
    ("offered", _at(f"visits/{OFFERED}", ".facts")),
    ("audit", _at(f"visits/{AUDIT}", ".facts")),
    ("audit-sheet", _at(f"visits/{AUDIT}/sheet", ".repeat")),
    ("store-code", _pressed(f"visits/{AUDIT}", "section.stack > .button:last-of-type", ".letters")),
    ("here", _at("here?store=nothing", ".here")),
    ("sign-off", _at(f"visits/{AUDIT}/sign-off")),
)
