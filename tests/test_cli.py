"""The command line, as the owner of a deployment types it."""

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import func, select, update

from backend import demo
from backend.cli import main
from backend.core import clock
from backend.core.db import db, transaction
from backend.core.ids import new_id
from backend.core.outbox import Event, OutboxRow
from backend.scores import service as scores
from backend.scores.models import Tally
from backend.visits.models import Visit
from tests import world

Run = Callable[..., Result]


def runner(folder: Path, database_url: str) -> Run:
    environment = {
        "MINGCHA_DATA_DIR": str(folder),
        "MINGCHA_DATABASE_URL": database_url,
        "MINGCHA_SECRET_KEY": "a secret for tests only",
        "MINGCHA_PUBLIC_URL": "https://mingcha.example",
    }

    def run(*line: str) -> Result:
        result = CliRunner(env=environment).invoke(main, line)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    return run


@pytest.fixture
def run(app: Flask, database_url: str, tmp_path: Path) -> Run:
    """The command over the small world, whose application stands beside it."""
    return runner(tmp_path / "var", database_url)


@pytest.fixture
def empty(tmp_path: Path) -> Run:
    """The command over a database that does not exist yet."""
    return runner(tmp_path / "var", f"sqlite:///{tmp_path / 'new.db'}")


def test_migrate_makes_the_tables_and_again_changes_nothing(empty: Run) -> None:
    before = empty("doctor")
    assert before.exit_code == 1
    assert "mingcha migrate" in before.output
    assert empty("migrate").exit_code == 0
    assert empty("migrate").exit_code == 0
    assert empty("doctor").output.strip() == "all well"


def test_a_token_is_printed_alone_and_lets_its_person_in(run: Run, client_of: Callable) -> None:
    token = run("token", "alice").output.removesuffix("\n")
    assert token.split() == [token]
    answer = client_of(None).get("/api/v1/session", headers={"Authorization": f"Bearer {token}"})
    assert answer.json["person"]["login"] == "alice"


def test_an_invitation_is_printed_alone_and_works_once(run: Run, client_of: Callable) -> None:
    link = run("invite", "chelsea").output.strip()
    assert link.startswith("https://mingcha.example/m/?link=")
    secret = link.rpartition("=")[2]
    statuses = [client_of(None).post("/api/v1/session", json={"link": secret}).status_code for _ in range(2)]
    assert statuses[0] in {200, 201}
    assert statuses[1] == 410
    assert run("invite", "alice").output.startswith("https://mingcha.example/?link=")


@pytest.mark.parametrize("command", ["token", "invite"])
def test_a_login_that_nobody_has_is_told(run: Run, command: str) -> None:
    result = run(command, "nobody")
    assert result.exit_code == 1
    assert "nobody has the login nobody" in result.output


def test_a_first_person_can_be_made(run: Run, client_of: Callable) -> None:
    assert run("person", "olga", "Olga", "--role", "planner", "--role", "analyst").exit_code == 0
    token = run("token", "olga").output.strip()
    told = client_of(None).get("/api/v1/session", headers={"Authorization": f"Bearer {token}"}).json
    assert {(each["role"], each["scope_kind"]) for each in told["roles"]} == {("planner", "all"), ("analyst", "all")}


def test_a_login_is_not_given_twice(run: Run) -> None:
    result = run("person", "alice", "Another", "--role", "planner")
    assert result.exit_code == 1
    assert result.output.startswith("Error: ")


def test_a_role_that_is_none_is_refused(run: Run) -> None:
    result = run("person", "olga", "Olga", "--role", "emperor")
    assert result.exit_code == 2
    assert "emperor" in result.output


def test_a_checklist_is_published_once_and_never_otherwise(run: Run, app: Flask, tmp_path: Path) -> None:
    document = yaml.safe_load(world.FILES["TINY"].read_text())
    file = tmp_path / "next.yaml"
    file.write_text(yaml.safe_dump(document | {"version": "2.0.0"}, allow_unicode=True))
    assert run("checklist", "publish", str(file)).output == "TINY 2.0.0: published\n"
    assert run("checklist", "publish", str(file)).output == "TINY 2.0.0: already published, the same\n"
    document["stages"][0]["checkpoints"][1]["weight"] = 5
    file.write_text(yaml.safe_dump(document | {"version": "2.0.0"}, allow_unicode=True))
    refused = run("checklist", "publish", str(file))
    assert refused.exit_code == 1
    assert "stages[0].checkpoints[1].weight" in refused.output.replace(".0.", "[0].").replace(".1.", "[1].")
    with transaction(writes=False):
        assert db.session.scalar(select(func.count()).where(Event.name == "checklist.published")) == 1


def test_a_broken_checklist_is_refused_with_its_place(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "broken.yaml"
    file.write_text("code: TINY\nstages: [unclosed\n")
    result = run("checklist", "publish", str(file))
    assert result.exit_code == 1
    assert "3" in result.output


def test_the_demo_is_loaded_into_an_empty_database_once(empty: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The loading itself is tests/demo's; here it puts no more there than its stores."""
    loads = []

    def load(say: Callable[[str], None]) -> None:
        loads.append(say("stores alone"))
        with transaction(writes=True):
            demo.network.build()

    monkeypatch.setattr(demo, "load", load)
    empty("migrate")
    first, second = empty("demo"), empty("demo")
    assert first.output == "Loading demo data ...\n  stores alone\n"
    assert (second.exit_code, second.output) == (0, "")
    assert len(loads) == 1


def test_doctor_names_a_job_that_waits_for_a_person(run: Run) -> None:
    subject = new_id()
    with transaction(writes=True):
        now = clock.now()
        db.session.add(
            OutboxRow(
                id=new_id(),
                job="evidence.develop",
                subject_id=subject,
                due_at=now,
                attempts=5,
                failed_at=now,
                fault="ValueError: no",
            )
        )
    result = run("doctor")
    assert result.exit_code == 1
    assert str(subject) in result.output
    assert "ValueError: no" in result.output


def test_doctor_names_a_tally_that_is_wrong(run: Run) -> None:
    with transaction(writes=True):
        visit = db.session.get_one(Visit, world.VISITS["chelsea-tiny"])
        results = {checkpoint.code: "pass" for checkpoint in world.COMPILED["TINY"].checkpoints}
        _score(visit, results)
    assert run("doctor").output.strip() == "all well"
    with transaction(writes=True):
        db.session.execute(update(Tally).values(visits=7))
    result = run("doctor")
    assert result.exit_code == 1
    assert "differs" in result.output


def _score(visit: Visit, results: dict[str, str]) -> None:
    from backend.checklists.rules import Result as Outcome
    from backend.core.actor import SYSTEM

    scores.write_scorecard(
        SYSTEM,
        visit_id=visit.id,
        wave_id=visit.wave_id,
        store_id=visit.store_id,
        method=visit.method,
        reason="test",
        checklist_version_id=visit.checklist_version_id,
        results={code: Outcome(each) for code, each in results.items()},
    )


def test_a_setting_that_makes_no_sense_is_told(tmp_path: Path) -> None:
    result = runner(tmp_path / "var", "mysql://localhost")("migrate")
    assert result.exit_code == 1
    assert "MINGCHA_DATABASE_URL" in result.output


def test_the_signing_key_is_made_once_and_published(run: Run, client_of: Callable, tmp_path: Path) -> None:
    told = run("signing-key").output
    published = client_of(None).get("/api/v1/signing-key").json
    assert published["hex"] in told
    assert published["pem"] in told + "\n"
    assert (tmp_path / "var" / "signing.key").stat().st_mode & 0o777 == 0o600
    assert run("signing-key").output == told


def test_a_signing_key_that_is_given_is_taken(tmp_path: Path) -> None:
    def told(key: str) -> Result:
        environment = {"MINGCHA_DATA_DIR": str(tmp_path / "given"), "MINGCHA_SIGNING_KEY": key}
        return CliRunner(env=environment).invoke(main, ["signing-key"])

    # RFC 8032, section 7.1, test 1.
    public = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    assert public in told("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60").output
    assert not (tmp_path / "given" / "signing.key").exists()
    for wrong in ("short", "zz" * 32, "-----BEGIN PRIVATE KEY-----"):
        refused = told(wrong)
        assert refused.exit_code == 1
        assert "MINGCHA_SIGNING_KEY" in refused.output


def test_verify_needs_no_deployment(tmp_path: Path) -> None:
    from tests.test_verifying import KEY, packed

    file = tmp_path / "visit.zip"
    file.write_bytes(packed())
    environment = {"MINGCHA_DATA_DIR": str(tmp_path / "none"), "MINGCHA_DATABASE_URL": "nonsense"}

    def verify(*line: str) -> Result:
        return CliRunner(env=environment).invoke(main, ["verify", str(file), *line])

    assert verify("--key", KEY.public.hex).exit_code == 0
    assert "WARNING" in verify().output
    file.write_bytes(packed()[:-30])
    refused = verify()
    assert (refused.exit_code, refused.output[:9]) == (1, "REFUSED: ")
    assert not (tmp_path / "none").exists()
    assert CliRunner().invoke(main, ["verify", str(tmp_path / "nothing.zip")]).exit_code == 2
