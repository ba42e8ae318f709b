"""A three-gigabyte visit goes out as an archive through real web processes, and none of them grows by it."""

import hashlib
import io
import re
import shutil
import subprocess
from pathlib import Path

import requests
from sqlalchemy import select

import media_store
from backend import verifying
from backend.app import create_app
from backend.core.db import transaction
from backend.evidence.models import Evidence
from backend.settings import read
from tests import world
from tests.kept import keep_files
from tests.live import Deployment, deployment

SIZE = 3 * 1024**3
MOST_GROWTH = 32 * 1024**2
VISIT = world.VISITS["dan-tiny"]


def test_a_huge_archive_leaves_the_web_processes_as_they_were(tmp_path: Path) -> None:
    with deployment(tmp_path / "var", worker=False) as site:
        _submit(site)
        _make_one_huge(tmp_path / "var")
        _download(site, io.BytesIO(), 50 * 1024**2)
        before = max(_peaks(site))
        with (tmp_path / "visit.zip").open("wb") as file:
            _download(site, file, None)
        grown = max(_peaks(site)) - before
        key = site.run("signing-key").split()[4]
    assert grown < MOST_GROWTH, f"{grown / 1024**2:.0f} MiB"
    code, told = verifying.run(tmp_path / "visit.zip", key)
    assert code == 0, told
    (tmp_path / "visit.zip").unlink()


def _submit(site: Deployment) -> None:
    body = world.submission_for(world.COMPILED["TINY"], method="announced")
    address = f"{site.address}/api/v1/visits/{VISIT}/submission"
    answer = requests.put(address, json=body, headers=_as("dan"), timeout=60)
    assert answer.status_code == 201, answer.text


def _make_one_huge(folder: Path) -> None:
    """One of the visit's files becomes three gigabytes of nothing, which no disk has to hold."""
    app = create_app(read({"MINGCHA_DATA_DIR": str(folder)}))
    with app.app_context():
        keep_files(VISIT)
        with transaction(writes=True) as session:
            row = session.scalars(select(Evidence).where(Evidence.visit_id == VISIT)).first()
            assert row is not None
            source = app.extensions["mingcha.media"].local_path(row.key)
            huge = folder / "huge"
            with huge.open("wb") as file:
                file.truncate(SIZE)
            with huge.open("rb") as file:
                row.sha256, row.size = hashlib.file_digest(file, "sha256").hexdigest(), SIZE
            row.key = media_store.original_key(row.sha256, "mp4")
            root = Path(str(source).removesuffix(str(Path(*source.parts[-4:]))))
            target = root / row.key
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(huge, target)


def _download(site: Deployment, file: io.BufferedIOBase, most: int | None) -> None:
    """The archive as a browser takes it; after `most` bytes it goes away."""
    address = f"{site.address}/api/v1/visits/{VISIT}/archive"
    with requests.get(address, headers=_as("bob"), stream=True, timeout=120) as answer:
        assert answer.status_code == 200, answer.text
        came = 0
        for piece in answer.iter_content(1024 * 1024):
            came += len(piece)
            if most is not None and came > most:
                return
            if piece.strip(b"\0"):
                file.write(piece)
            else:
                file.seek(len(piece), 1)
    assert most is None


def _peaks(site: Deployment) -> list[int]:
    """The most memory that each web process ever held, in bytes."""
    leader = site.processes["web"].pid
    children = subprocess.run(["pgrep", "-P", str(leader)], capture_output=True, text=True, check=True).stdout.split()
    statuses = [Path(f"/proc/{pid}/status").read_text() for pid in (str(leader), *children)]
    return [int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) * 1024 for status in statuses]


def _as(login: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {world.token_of(login)}"}
