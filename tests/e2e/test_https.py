"""`make run HTTPS=1` as a phone meets it: a secure page at this machine's own address."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser

from backend import certificates
from tests.e2e.conftest import CHROMIUM, FLAGS
from tests.live import FILL, ROOT, free_port


@dataclass
class Trial:
    """A running trial: where the local network finds it, what it printed, and its authority."""

    port: int
    printed: str
    authority: Path

    @property
    def public(self) -> str:
        return f"https://{certificates.local_address()}:{self.port}"

    @property
    def address(self) -> str:
        return f"https://127.0.0.1:{self.port}"


@pytest.fixture
def trial(tmp_path: Path) -> Iterator[Trial]:
    port, folder = free_port(), tmp_path / "var"
    environment = {**os.environ, "MINGCHA_DATA_DIR": str(folder)}
    environment.pop("MINGCHA_PUBLIC_URL", None)
    subprocess.run([sys.executable, "-c", FILL], env=environment, cwd=ROOT, check=True)
    log = tmp_path / "log"
    with log.open("wb") as out:
        line = [sys.executable, "-m", "backend.cli", "up", "--port", str(port), "--https"]
        process = subprocess.Popen(line, env=environment, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT)
    authority = folder / "tls" / "authority.crt"
    _wait_for(f"https://127.0.0.1:{port}", authority)
    yield Trial(port, log.read_text(), authority)
    process.terminate()
    process.wait(40)


def _wait_for(address: str, authority: Path) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            if requests.get(f"{address}/healthz", verify=str(authority), timeout=5).ok:
                return
        except (requests.ConnectionError, OSError):
            time.sleep(0.2)
    raise AssertionError("the trial did not start")


def test_a_phone_gets_a_secure_page_and_a_code_to_scan(trial: Trial, browser: Browser) -> None:
    assert f"trust {trial.public}/authority.crt" in trial.printed
    assert "\N{FULL BLOCK}" in trial.printed
    assert any(line.startswith(f"{trial.public}/m/?link=") for line in trial.printed.splitlines())
    given = requests.get(f"{trial.address}/authority.crt", verify=str(trial.authority), timeout=5)
    assert given.content == trial.authority.read_bytes()
    # As a phone that trusts the authority: a warning that was only clicked away would allow no service worker.
    trusting = browser.browser_type.launch(executable_path=CHROMIUM, args=[*FLAGS, "--ignore-certificate-errors"])
    page = trusting.new_page()
    page.goto(f"{trial.address}/m/")
    assert page.evaluate("isSecureContext && !!navigator.mediaDevices.getUserMedia && !!crypto.subtle")
    page.wait_for_function("navigator.serviceWorker.getRegistration().then((found) => !!found?.active)", timeout=20_000)
    trusting.close()
