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
from tests.journeys import camera, figures, sums, work
from tests.journeys.phone import Phone
from tests.journeys.work import Paper, desk
from tests.live import Deployment

NUMBER = 9
STAGES, CHECKPOINTS = 10, 78
NA, FAILED, EMPTY = "EO-02-06", "EO-04-01", "EO-06-02"
RETURNED = ("EO-03-01", "EO-06-03")
CHANGED = "EO-03-08"
ITEMS = figures.ITEMS


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
    shopper = Phone(place.address, link=place.invite("chelsea"), seed=7)
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
    changed = [others["ONE"][code] for code in (CHANGED, RETURNED[1], EMPTY)]
    assert changed == ["fail", "fail", "fail"]
    figures.add_up(desk(place, "alice"), day.wave_id, day.visit_id, others)
    publish_and_lock(day, shopper)
    assert shopper.lost > 0
    assert place.run("doctor").strip().endswith("all well")


def plan(day: Day) -> None:
    """alice makes a wave of the published version and sends chelsea to store ONE."""
    alice, today = desk(day.place, "alice"), datetime.now(UTC).date()
    wave = {
        "programme": world.PROGRAMME_CODE,
        "number": NUMBER,
        "name": "第九期",
        "checklist": "EO",
        "version": "1.0.0",
        "opens_on": str(today - timedelta(days=1)),
        "closes_on": str(today + timedelta(days=30)),
    }
    made = alice.put_twice(f"waves/{day.wave_id}", wave)
    assert (made["state"], made["headline_method"], made["number"]) == ("open", "covert", NUMBER)
    visit = {
        "wave_id": day.wave_id,
        "store_id": str(world.ONE),
        "method": "covert",
        "fee": 300,
        "auditor_id": str(world.person_id("chelsea")),
        "due_on": str(today + timedelta(days=7)),
    }
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
    assert (visit["files"]["expected"], visit["files"]["stored"]) == (len(day.shots), 1)
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
    assert (visit["files"]["expected"], visit["files"]["stored"]) == (len(day.shots), len(day.shots))
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
    (line,) = visit["ledger"]
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
    visit = {
        "wave_id": day.wave_id,
        "store_id": str(world.THREE),
        "method": "covert",
        "auditor_id": str(world.person_id("grace")),
    }
    assert alice.put(f"visits/{other}", visit).status_code == 201
    failed = dict.fromkeys(("EO-01-02", "EO-05-02", "EO-05-04", "EO-07-01", "EO-08-01", "EO-09-01"), "fail")
    work.short_visit(day.place, "grace", other, results=failed, number=200)
    before = str(world.VISITS["chelsea-eo"])
    work.short_visit(day.place, "chelsea", before, results={**failed, "EO-09-09": "fail", NA: "na"}, number=300)
    return {
        key: sums.results_of(alice.get(f"visits/{id_}")["answers"])
        for key, id_ in (("ONE", day.visit_id), ("THREE", other), ("before", before))
    }


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
