"""What a message says: its facts as a title and lines, in the reader's language, each line with the page that proves it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from backend.core.messages import say
from backend.exports.written import interval, percent, points, score
from backend.subscriptions import rules
from backend.visits.rules import STATES

PACKAGE: Final = "backend.subscriptions"
SUBSCRIPTIONS_PAGE: Final = "/subscriptions"

Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """Words, and the console's page they lead to. `heads` says that what follows is about them."""

    words: str
    page: str | None = None
    heads: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """A message as it is read. `page` is its proof, or where to go on."""

    title: str
    lines: tuple[Line, ...]
    page: str | None


def told(kind: str, facts: Facts, locale: str) -> Told:
    """The message's words."""
    return _TELLERS[kind](_Voice(locale), facts)


def withheld(locale: str) -> Told:
    """What is left of a message whose reader lost the right to its content."""
    voice = _Voice(locale)
    return Told(voice("title-withheld"), (Line(voice("line-withheld")),), None)


def fault(code: str, locale: str | None = None) -> str:
    """Why something was not sent, as a sentence."""
    return say(PACKAGE, f"fault-{code}", {}, locale)


def say_to(locale: str, key: str, **params: Any) -> str:
    """A sentence of this package in that language."""
    return say(PACKAGE, key, params, locale)


@dataclass(frozen=True, slots=True)
class _Voice:
    locale: str

    def __call__(self, key: str, **params: Any) -> str:
        return say_to(self.locale, key, **params)

    def listed(self, words: Iterator[str]) -> str:
        return self("mark-list").join(words)

    def title(self, titles: Mapping[str, str]) -> str:
        return titles.get(self.locale) or next(iter(titles.values()), "")


def _weekly(voice: _Voice, facts: Facts) -> Told:
    waves = facts["waves"]
    is_one = len(waves) == 1
    title = voice("title-weekly-one", wave=_named(voice, waves[0])) if is_one else voice("title-weekly", n=len(waves))
    lines = tuple(line for wave in waves for line in _wave(voice, wave, facts["since_day"]))
    return Told(title, lines, f"/waves/{waves[0]['id']}" if is_one else None)


def _named(voice: _Voice, wave: Facts) -> str:
    """A wave's name alone may be that of many: every programme has a first one."""
    return voice("line-wave", wave=wave["name"], programme=wave["programme_name"])


def _wave(voice: _Voice, wave: Facts, since: str) -> Iterator[Line]:
    yield Line(_named(voice, wave), f"/waves/{wave['id']}", heads=True)
    yield from map(Line, _figures(voice, wave["figures"]))
    if wave["progress"] is not None:
        yield from _progress(voice, wave)
    if wave["crossed"]:
        yield Line(voice("line-crossed", n=wave["crossed"], day=since))
        yield from (_store(voice, visit) for visit in wave["crossings"])
        if more := wave["crossed"] - len(wave["crossings"]):
            yield Line(voice("line-more", n=more), f"/waves/{wave['id']}/stores")


def _figures(voice: _Voice, figures: Facts) -> Iterator[str]:
    if not figures["visits"]:
        yield voice("line-no-figures")
        return
    rate, n = percent(figures["rate"]["mean_of_stores"]) or "–", figures["rate"]["n"]
    bounds = interval(figures["rate"]["interval"])
    yield voice("line-rate", rate=rate, interval=bounds, n=n) if bounds else voice("line-rate-plain", rate=rate, n=n)
    if figures["change_pp"] is not None:
        key = "line-change-break" if figures["break"] else "line-change"
        known = voice("word-shown" if figures["change_shown"] else "word-not-shown")
        yield voice(key, change=points(figures["change_pp"]), known=known)
    official = score(figures["official_score"]) or "–"
    yield voice("line-score", score=official, visits=figures["visits"], red_lines=figures["red_lines"])


def _progress(voice: _Voice, wave: Facts) -> Iterator[Line]:
    found = wave["progress"]
    if found["visits"]:
        by_state = found["by_state"]
        states = voice.listed(f"{voice(f'state-{each}')} {by_state[each]}" for each in STATES if by_state.get(each))
        yield Line(voice("line-progress", n=found["visits"], states=states), f"/waves/{wave['id']}/progress")
    if found["stores_without"]:
        yield Line(voice("line-without", n=found["stores_without"]), f"/waves/{wave['id']}/progress")
    if found["visits_missing"]:
        words = voice("line-files", visits=found["visits_missing"], files=found["files_missing"])
        yield Line(words, f"/visits?wave={wave['id']}&files=missing")


def _red_line(voice: _Voice, facts: Facts) -> Told:
    wave, visits = facts["wave"], facts["visits"]
    if facts["total"] > 1:
        more = facts["total"] - len(visits)
        lines = [_store(voice, visit) for visit in visits]
        lines += [Line(voice("line-more", n=more), f"/waves/{wave['id']}/stores")] if more else []
        title = voice("title-red-lines", wave=_named(voice, wave), n=facts["total"])
        return Told(title, tuple(lines), f"/waves/{wave['id']}/stores")
    visit = visits[0]
    lines = [
        Line(voice("line-red-line", code=each["code"], title=voice.title(each["title"])))
        for each in visit["checkpoints"]
    ]
    if visit["score"] is not None:
        lines.append(Line(voice("line-red-score", score=score(visit["score"]))))
    lines.append(Line(voice("line-open-visit"), f"/visits/{visit['id']}"))
    title = voice("title-red-line", store=visit["store"]["name"], wave=_named(voice, wave))
    return Told(title, tuple(lines), f"/visits/{visit['id']}")


def _store(voice: _Voice, visit: Facts) -> Line:
    checkpoints = voice.listed(f"{each['code']} {voice.title(each['title'])}" for each in visit["checkpoints"])
    store = visit["store"]
    words = voice("line-store", code=store["code"], store=store["name"], checkpoints=checkpoints)
    return Line(words, f"/visits/{visit['id']}")


def _test(voice: _Voice, _facts: Facts) -> Told:
    lines = (Line(voice("line-test")), Line(voice("line-open-subscriptions"), SUBSCRIPTIONS_PAGE))
    return Told(voice("title-test"), lines, SUBSCRIPTIONS_PAGE)


def _channel_off(voice: _Voice, facts: Facts) -> Told:
    key = "line-off" if facts["tries"] > 1 else "line-off-refused"
    why = fault(facts["fault"], voice.locale)
    words = voice(key, fault=why.rstrip("。") if voice.locale == "zh-CN" else why)
    lines = (Line(words), Line(voice("line-open-subscriptions"), SUBSCRIPTIONS_PAGE))
    return Told(voice(f"title-channel_off-{facts['channel']}"), lines, SUBSCRIPTIONS_PAGE)


_TELLERS: Final = {
    rules.WEEKLY: _weekly,
    rules.RED_LINE: _red_line,
    rules.TEST: _test,
    rules.CHANNEL_OFF: _channel_off,
}
