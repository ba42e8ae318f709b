"""One covert visit from the plan to the published report, with everything a bad network and a hasty hand do to it.

Told once over SQLite and files, once over PostgreSQL and S3; every figure at the end is added up again by hand.
"""

import hashlib
import io
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from PIL import Image

from backend.core.ids import new_id
from tests import world
from tests.journeys import camera, sums, work
from tests.journeys.phone import Phone
from tests.journeys.work import Paper, desk
from tests.live import Deployment

NUMBER = 9
STAGES, CHECKPOINTS = 10, 78
NA, FAILED, EMPTY = "EO-02-06", "EO-04-01", "EO-06-02"
RETURNED = ("EO-03-01", "EO-06-03")
CHANGED = "EO-03-08"
ITEMS = sums.items_of(world.FILES["EO"])


@dataclass
class Day:
    """What the story is about."""

    place: Deployment
    wave_id: str = field(default_factory=lambda: str(new_id()))
    visit_id: str = field(default_factory=lambda: str(new_id()))
    shots: dict[str, camera.Shot] = field(default_factory=dict)
    sent: Paper = field(default_factory=lambda: Paper({}))

    @property
    def visit(self) -> str:
        return f"visits/{self.visit_id}"

    def report(self, part: str = "", login: str = "alice") -> Any:
        return desk(self.place, login).get(f"reports/waves/{self.wave_id}{part}")


@pytest.mark.timeout(240)
def test_a_shoppers_day(place: Deployment) -> None:
    day = Day(place)
    plan(day)
    shopper = Phone(place.address, link=place.run("invite", "chelsea"), seed=7)
    accept_and_read(day, shopper)
    declare_early(day, shopper)
    submit_words_first(day, shopper)
    too_early(day, "evidence")
    upload_the_rest(day, shopper)
    follow_up(day, shopper)
    everything_is_here(day)
    too_early(day, "checkpoint", EMPTY)
    send_back(day)
    answer_the_return(day, shopper)
    approve(day)
    originals_are_untouched(day, shopper)
    pictures_are_upright_and_tell_nothing(day)
    others = the_other_visits(day)
    figures_add_up(day, others)
    publish_and_lock(day, shopper)
    assert shopper.lost > 0
    assert place.run("doctor").strip().endswith("all well")


def plan(day: Day) -> None:
    """alice makes a wave of the published version and sends chelsea to store ONE."""
    alice, today = desk(day.place, "alice"), datetime.now(UTC).date()
    wave = {"programme": world.PROGRAMME_CODE, "number": NUMBER, "name": "第九期", "checklist": "EO", "version": "1.0.0",
            "opens_on": str(today - timedelta(days=1)), "closes_on": str(today + timedelta(days=30))}
    made = alice.put_twice(f"waves/{day.wave_id}", wave)
    assert (made["state"], made["headline_method"], made["number"]) == ("open", "covert", NUMBER)
    visit = {"wave_id": day.wave_id, "store_id": str(world.ONE), "method": "covert", "fee": 300,
             "auditor_id": str(world.person_id("chelsea")), "due_on": str(today + timedelta(days=7))}
    assert alice.put_twice(day.visit, visit)["state"] == "planned"


def accept_and_read(day: Day, shopper: Phone) -> None:
    """chelsea finds her assignment, takes it, and reads what she must look at."""
    mine = {visit["id"] for visit in shopper.get("visits", auditor="me")["items"]}
    assert day.visit_id in mine
    assert shopper.tell(f"{day.visit}/acceptance", {"accepted": True})["state"] == "taken"
    version = shopper.get("checklists/EO/versions/1.0.0")
    assert len(version["stages"]) == STAGES
    assert sum(len(stage["checkpoints"]) for stage in version["stages"]) == CHECKPOINTS


def declare_early(day: Day, shopper: Phone) -> None:
    """Fills in the draft; half of the files are declared as they are taken, and one is already on its way."""
    photos = [*camera.photos(), *(camera.photo(number) for number in range(20, 25))]
    day.sent = work.paper({"photo": photos, "video": list(camera.clips())}, results={NA: "na", FAILED: "fail"})
    work.hole(day.sent, EMPTY)
    day.shots |= day.sent.shots
    body = {"device_id": "phone-1", "revision": 0, "document": {"answers": day.sent.body["answers"][:10]}}
    shopper.tell(f"{day.visit}/draft", body)
    early = list(day.shots)[: len(day.shots) // 2]
    for evidence_id in shuffled(early):
        told = shopper.tell(f"evidence/{evidence_id}", _declaration(day, evidence_id))
        assert told["upload_url"] == f"/api/v1/uploads/{evidence_id}"
    shopper.deliver(early[0], day.shots[early[0]].content)


def submit_words_first(day: Day, shopper: Phone) -> None:
    """The submission before the bytes: it counts as submitted, and says how many files are still on the phone."""
    visit = shopper.tell(f"{day.visit}/submission", day.sent.body)
    assert visit["state"] == "submitted"
    assert visit["files"] == {"expected": len(day.shots), "stored": 1}
    assert len(visit["answers"]) + len(visit["open_items"]) == CHECKPOINTS
    assert EMPTY in visit["holes"]
    other = {**day.sent.body, "answers": day.sent.body["answers"][1:]}
    assert shopper.put(f"{day.visit}/submission", other).status_code in {409, 422}


def upload_the_rest(day: Day, shopper: Phone) -> None:
    """In any order; the large ones break off in the middle and go on from where the server stands."""
    awaited = [file["id"] for file in shopper.get(day.visit)["evidence"] if file["state"] == "expected"]
    assert awaited
    largest = sorted(awaited, key=lambda id_: len(day.shots[id_].content))[-3:]
    for evidence_id in shuffled(awaited):
        content = day.shots[evidence_id].content
        if evidence_id in largest:
            assert shopper.break_off(evidence_id, content) < len(content)
        shopper.deliver(evidence_id, content)
        assert shopper.stands_at(evidence_id) == len(content)
        shopper.tell(f"evidence/{evidence_id}", _declaration(day, evidence_id))


def follow_up(day: Day, shopper: Phone) -> None:
    """What can only be known days later: its files first, this time."""
    open_items = shopper.get(day.visit)["open_items"]
    assert len(open_items) == 3
    made = work.paper({"photo": [camera.photo(30)], "video": [camera.clip(30)]}, only=open_items)
    for evidence_id, shot in made.shots.items():
        declared = {key: value for key, value in made.entry(evidence_id).items() if key != "id"}
        shopper.tell(f"evidence/{evidence_id}", declared | {"visit_id": day.visit_id})
        shopper.deliver(evidence_id, shot.content)
    day.shots |= made.shots
    assert shopper.tell(f"{day.visit}/follow-up", made.body)["open_items"] == []


def too_early(day: Day, place: str, name: str | None = None) -> None:
    """bob cannot approve what is not complete; the answer names every place."""
    answer = desk(day.place, "bob").put(f"{day.visit}/review", {"verdict": "approved"})
    assert answer.status_code == 422, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    errors = answer.json()["errors"]
    named = {error[place] for error in errors if place in error}
    assert all(error["message"] for error in errors)
    assert name in named if name else named & set(day.shots)


def everything_is_here(day: Day) -> None:
    """bob sees every file, each with its picture."""
    bob = desk(day.place, "bob")
    visit = work.until_ready(bob, day.visit_id)
    assert visit["files"] == {"expected": len(day.shots), "stored": len(day.shots)}
    assert {file["state"] for file in visit["evidence"]} == {"ready"}
    assert {file["id"] for file in visit["evidence"]} == set(day.shots)
    assert {answer["checkpoint"] for answer in visit["answers"]} == {item.code for item in ITEMS}
    bob.put_twice(f"{day.visit}/claim", {})


def send_back(day: Day) -> None:
    notes = [{"checkpoint": code, "note": f"The picture does not show {code}."} for code in RETURNED]
    body = {"verdict": "returned", "reason": "Two pictures are of something else.", "returned": notes, "round": 1}
    visit = desk(day.place, "bob").put_twice(f"{day.visit}/review", body)
    assert visit["state"] == "in_progress"
    assert visit["return"]["checkpoints"] == notes


def answer_the_return(day: Day, shopper: Phone) -> None:
    """chelsea answers what was returned and nothing else; her first submission again is still no news."""
    asked = [each["checkpoint"] for each in shopper.get(day.visit)["return"]["checkpoints"]]
    assert asked == list(RETURNED)
    assert shopper.put(f"{day.visit}/submission", day.sent.body).status_code == 200
    shots = {"photo": [camera.photo(40), camera.photo(41)], "video": [camera.clip(40)]}
    made = work.paper(shots, results={RETURNED[1]: "fail"}, only=asked)
    visit = shopper.tell(f"{day.visit}/submission", made.body)
    assert (visit["state"], visit["round"], visit["return"]) == ("submitted", 2, None)
    for evidence_id, shot in made.shots.items():
        shopper.deliver(evidence_id, shot.content)
    day.shots |= made.shots


def approve(day: Day) -> None:
    """bob lets the empty fail pass, changes one answer with a reason, and approves; saying it again changes nothing."""
    bob = desk(day.place, "bob")
    work.until_ready(bob, day.visit_id)
    change = {"checkpoint": CHANGED, "result": "fail", "reason": "The clip shows it was not done."}
    waiver = {"checkpoint": EMPTY, "reason": "Nothing there to photograph."}
    body = {"verdict": "approved", "changes": [change], "waived": [waiver]}
    visit = bob.put_twice(f"{day.visit}/review", body)
    assert visit["state"] == "approved"
    line, = visit["ledger"]
    assert (line["checkpoint"], line["old_result"], line["new_result"]) == (CHANGED, "pass", "fail")
    assert (line["reason"], line["person"]["name"]) == (change["reason"], "Bob")
    assert [(each["checkpoint"], each["reason"]) for each in visit["waivers"]] == [(EMPTY, waiver["reason"])]
    assert bob.put(f"{day.visit}/review", {**body, "reason": "another"}).status_code == 409


def originals_are_untouched(day: Day, shopper: Phone) -> None:
    """Byte by byte what the camera wrote, for the shopper and for the reviewer; alice gets pictures only."""
    bob = desk(day.place, "bob")
    for evidence_id, shot in day.shots.items():
        for reader in (shopper, bob):
            answer = reader.ask("GET", f"evidence/{evidence_id}/original")
            assert answer.status_code == 200, answer.text
            assert hashlib.sha256(answer.content).hexdigest() == shot.sha256
    assert desk(day.place, "alice").ask("GET", f"evidence/{evidence_id}/original").status_code == 403


def pictures_are_upright_and_tell_nothing(day: Day) -> None:
    alice = desk(day.place, "alice")
    for evidence_id, shot in day.shots.items():
        for name in ("thumb", "screen") if shot.kind == "photo" else ("thumb", "poster"):
            answer = alice.ask("GET", f"evidence/{evidence_id}/renditions/{name}")
            assert answer.status_code == 200, (shot.name, name, answer.text)
            picture = Image.open(io.BytesIO(answer.content))
            assert not dict(picture.getexif()) and not {"exif", "xmp", "comment"} & set(picture.info), (shot.name, name)
            assert max(picture.size) <= (320 if name == "thumb" else 1600)
            if shot.name.startswith("photo-"):
                assert _looks_upright(picture), (shot.name, name)


def the_other_visits(day: Day) -> dict[str, dict[str, str]]:
    """Another store in this wave, and store ONE in the wave before, so that there is something to compare with."""
    alice, other = desk(day.place, "alice"), str(new_id())
    visit = {"wave_id": day.wave_id, "store_id": str(world.THREE), "method": "covert",
             "auditor_id": str(world.person_id("grace"))}
    assert alice.put(f"visits/{other}", visit).status_code == 201
    failed = dict.fromkeys(("EO-01-02", "EO-05-02", "EO-05-04", "EO-07-01", "EO-08-01", "EO-09-01"), "fail")
    work.short_visit(day.place, "grace", other, results=failed, number=200)
    before = str(world.VISITS["chelsea-eo"])
    work.short_visit(day.place, "chelsea", before, results={**failed, "EO-09-09": "fail", NA: "na"}, number=300)
    return {key: sums.results_of(alice.get(f"visits/{id_}")["answers"])
            for key, id_ in (("ONE", day.visit_id), ("THREE", other), ("before", before))}


def figures_add_up(day: Day, others: dict[str, dict[str, str]]) -> None:
    """Every report against sums made from the answers alone."""
    now = {code: others[code] for code in ("ONE", "THREE")}
    assert (now["ONE"][CHANGED], now["ONE"][RETURNED[1]], now["ONE"][EMPTY]) == ("fail", "fail", "fail")
    assert len(now["ONE"]) == len(now["THREE"]) == CHECKPOINTS
    stores = {code: sums.added(ITEMS, results) for code, results in now.items()}
    _scorecard(day, stores["ONE"], now["ONE"])
    _headline(day.report(), list(stores.values()), sums.added(ITEMS, others["before"]))
    _checkpoints(day, now, others["before"])
    _stores(day, stores)
    _parts(day, "stages", "stage", now)
    _parts(day, "modules", "module", now)
    _parents(day, stores)
    _trend(day, [sums.added(ITEMS, others["before"])], list(stores.values()))


def publish_and_lock(day: Day, shopper: Phone) -> None:
    """Only now the store reads it, without the shopper and the proof; its neighbour never does. Locked, nothing moves."""
    alice, erin, steve = (desk(day.place, login) for login in ("alice", "erin", "steve"))
    assert erin.ask("GET", day.visit).status_code == 404
    assert erin.ask("GET", f"reports/waves/{day.wave_id}").status_code == 404
    assert alice.put_twice(f"waves/{day.wave_id}/publish", {})["published_at"]
    seen = erin.get(day.visit)
    assert seen["state"] == "published"
    assert (seen["auditor"], seen["auditor_id"], seen["evidence"], seen["marks"]) == (None, None, [], [])
    assert {answer["checkpoint"] for answer in seen["answers"]} == {item.code for item in ITEMS}
    assert not any(answer["evidence"] for answer in seen["answers"])
    assert "Chelsea" not in str(seen) and str(world.person_id("chelsea")) not in str(seen)
    assert steve.ask("GET", day.visit).status_code == 404
    some = next(iter(day.shots))
    assert {each.ask("GET", f"evidence/{some}/renditions/thumb").status_code for each in (erin, steve)} == {403}
    kept = day.report()
    assert alice.put_twice(f"waves/{day.wave_id}/lock", {})["state"] == "locked"
    _nothing_moves(day, shopper)
    assert day.report() == kept
    assert erin.get(day.visit)["state"] == "locked"


def _nothing_moves(day: Day, shopper: Phone) -> None:
    bob, alice = desk(day.place, "bob"), desk(day.place, "alice")
    assert bob.put(f"{day.visit}/review", {"verdict": "void", "reason": "too late"}).status_code == 409
    assert shopper.put(f"{day.visit}/submission", day.sent.body).status_code == 200
    other = {**day.sent.body, "finished_at": datetime.now(UTC).isoformat()}
    assert shopper.put(f"{day.visit}/submission", other).status_code == 409
    change = {"wave_id": day.wave_id, "store_id": str(world.TWO), "method": "covert"}
    assert alice.put(day.visit, change).status_code == 409


def _declaration(day: Day, evidence_id: str) -> dict[str, Any]:
    entry = {key: value for key, value in day.sent.entry(evidence_id).items() if key != "id"}
    return entry | {"visit_id": day.visit_id}


def shuffled(ids: list[str]) -> list[str]:
    return random.Random(3).sample(ids, len(ids))


def _looks_upright(picture: Image.Image) -> bool:
    """The upper half is red, the lower half blue, and it stands."""
    width, height = picture.size
    pixels = picture.convert("RGB")
    above, below = pixels.getpixel((width // 2, height // 4)), pixels.getpixel((width // 2, 3 * height // 4))
    return width < height and above[0] > 150 > above[2] and below[2] > 150 > below[0]


def _near(value: float | None, exact: Any) -> bool:
    return value is not None and abs(value - float(exact)) < 0.0051


def _scorecard(day: Day, expected: sums.Sum, results: dict[str, str]) -> None:
    card = desk(day.place, "alice").get(day.visit)["scorecard"]
    assert (card["passed"], card["applicable"], card["red_line"]) == (expected.passed, expected.applicable, True)
    assert card["rate"] == sums.shown(expected.rate)
    assert card["raw_score"] == sums.shown(expected.score) > 59
    assert card["official_score"] == 59
    for stage, told in card["stages"].items():
        part = sums.added([item for item in ITEMS if item.stage == stage], results)
        assert (told["passed"], told["applicable"], told["rate"]) == (part.passed, part.applicable, sums.shown(part.rate))
        assert told["score"] == sums.shown(part.score)


def _headline(told: dict[str, Any], stores: list[sums.Sum], before: sums.Sum) -> None:
    rate = sums.shown(sums.mean([store.rate for store in stores]))
    passed, applicable = sum(store.passed for store in stores), sum(store.applicable for store in stores)
    assert (told["stores"], told["visits"], told["passed"], told["applicable"]) == (2, 2, passed, applicable)
    assert told["rate"]["mean_of_stores"] == rate
    assert _near(told["rate"]["pooled"], 100 * passed / applicable)
    low, high = sums.interval([store.rate for store in stores]) or (0, 0)
    assert _near(told["rate"]["interval"][0], low) and _near(told["rate"]["interval"][1], high)
    assert told["official_score"] == sums.shown(sums.mean([store.official for store in stores]))
    assert told["red_lines"] == 1
    assert abs(told["change_pp"] - round(rate - sums.shown(before.rate), 2)) <= 0.0501
    assert told["change_shown"] is False


def _checkpoints(day: Day, now: dict[str, dict[str, str]], before: dict[str, str]) -> None:
    rows = {row["checkpoint"]: row for row in day.report("/checkpoints")["items"]}
    assert list(rows) == [item.code for item in ITEMS]
    for code, row in rows.items():
        results = [store[code] for store in now.values()]
        passed, failed = results.count("pass"), results.count("fail")
        assert (row["passed"], row["failed"], row["na"]) == (passed, failed, results.count("na")), code
        assert row["applicable"] == passed + failed
        assert _near(row["rate"], 100 * passed / (passed + failed)), code
        assert all(_near(*pair) for pair in zip(row["interval"], sums.wilson(passed, passed + failed) or (), strict=True))
        was = {"pass": 100.0, "fail": 0.0, "na": None}[before[code]]
        change = None if was is None else round(row["rate"] - was, 1)
        assert row["change_pp"] == change, code


def _stores(day: Day, stores: dict[str, sums.Sum]) -> None:
    rows = {row["code"]: row for row in day.report("/stores")["items"]}
    assert set(rows) == set(stores)
    for code, store in stores.items():
        row = rows[code]
        assert (row["visits"], row["passed"], row["applicable"]) == (1, store.passed, store.applicable)
        assert (row["rate"], row["official_score"]) == (sums.shown(store.rate), sums.shown(store.official))
        assert (row["red_line"], row["sample_ok"], row["rank"]) == (store.red_line, False, None)


def _parts(day: Day, table: str, name: str, now: dict[str, dict[str, str]]) -> None:
    rows = {row[name]: row for row in day.report(f"/{table}")["items"]}
    assert set(rows) == {getattr(item, name) for item in ITEMS}
    for code, row in rows.items():
        items = [item for item in ITEMS if getattr(item, name) == code]
        parts = [sums.added(items, results) for results in now.values()]
        passed, applicable = sum(part.passed for part in parts), sum(part.applicable for part in parts)
        assert (row["passed"], row["applicable"]) == (passed, applicable), code
        assert row["rate"]["mean_of_stores"] == sums.shown(sums.mean([part.rate for part in parts]))
        assert _near(row["rate"]["pooled"], 100 * passed / applicable)
        assert row["score"] == sums.shown(sums.mean([part.score for part in parts]))


def _parents(day: Day, stores: dict[str, sums.Sum]) -> None:
    regions = {row["code"]: row for row in day.report("/regions")["items"]}
    for region, code in (("EAST", "ONE"), ("WEST", "THREE")):
        assert regions[region]["stores"] == 1
        assert regions[region]["rate"]["mean_of_stores"] == sums.shown(stores[code].rate)
        assert regions[region]["official_score"] == sums.shown(stores[code].official)
    group = next(row for row in day.report("/groups")["items"] if row["code"] == "SUN")
    assert group["rate"]["mean_of_stores"] == sums.shown(sums.mean([store.rate for store in stores.values()]))


def _trend(day: Day, before: list[sums.Sum], now: list[sums.Sum]) -> None:
    points = desk(day.place, "alice").get("reports/trend", checklist="EO")["points"]
    told = {point["number"]: (point["rate"], point["n"]) for point in points if point["rate"] is not None}
    earlier = sums.shown(sums.mean([store.rate for store in before]))
    later = sums.shown(sums.mean([store.rate for store in now]))
    assert told == {2: (earlier, 1), NUMBER: (later, 2)}
