"""Clients that others have made, unchanged, over a line that is cut: tus-js-client and Uppy (tuspy is in test_tus)."""

import hashlib
import subprocess
import sysconfig
from pathlib import Path

import pytest

from backend.core.ids import new_id
from tests import world
from tests.journeys import work
from tests.journeys.line import bad_line
from tests.live import ROOT, Deployment

NODE = Path(sysconfig.get_path("scripts")) / "node"
PACKAGES = ROOT / "frontend" / "package.json"
PROGRAM = Path(__file__).with_name("tus_client.mjs")
FILM = b"\x00\x00\x00\x18ftypmp42" + bytes(range(256)) * 8_000
CUTS = 6


@pytest.mark.timeout(200)
@pytest.mark.parametrize("client", ["tus-js-client", "uppy"])
def test_a_client_gets_through_a_line_that_is_cut(place: Deployment, tmp_path: Path, client: str) -> None:
    chelsea, id_ = work.phone(place, "chelsea"), str(new_id())
    body = {"visit_id": str(world.VISITS["chelsea-eo"]), "kind": "video", "media_type": "video/mp4", "size": len(FILM),
            "sha256": hashlib.sha256(FILM).hexdigest(), "captured_at": "2026-05-01T09:30:00+08:00", "source": "camera"}  # fmt: skip
    assert chelsea.put(f"evidence/{id_}", body).status_code == 201
    (tmp_path / "film.mp4").write_bytes(FILM)
    with bad_line(place.port, cuts=CUTS, every=len(FILM) // 2 // CUTS) as line:
        endpoint, token = f"{line.address}/api/v1/uploads", world.token_of("chelsea")
        command = [NODE, PROGRAM, PACKAGES, client, endpoint, token, id_, tmp_path / "film.mp4"]
        ended = subprocess.run(command, check=False, capture_output=True, text=True, timeout=100)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert line.cuts == CUTS
    assert chelsea.stands_at(id_) == len(FILM)
    assert chelsea.ask("GET", f"evidence/{id_}/original").content == FILM
