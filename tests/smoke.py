"""Waits for a freshly started deployment, signs in by a printed link, and reads one figure: for .ci/run."""

import re
import sys
import time
from pathlib import Path

import requests


def wait_until_ready(address: str, seconds: float = 240) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            if requests.get(f"{address}/readyz", timeout=5).status_code == 200:
                return
        except requests.ConnectionError:
            pass
        time.sleep(0.5)
    raise SystemExit(f"{address}/readyz was not green within {seconds} s")


def sign_in(address: str, log: Path) -> requests.Session:
    link = re.search(r"alice.*?link=(\S+)", log.read_text())
    if link is None:
        raise SystemExit("no sign-in link for alice was printed")
    session = requests.Session()
    session.post(f"{address}/api/v1/session", json={"link": link[1]}, timeout=10).raise_for_status()
    return session


def read_headline(session: requests.Session, address: str) -> dict:
    waves = session.get(f"{address}/api/v1/waves", timeout=10).json()["items"]
    ninth = next(wave for wave in waves if wave["number"] == 9)
    return session.get(f"{address}/api/v1/reports/waves/{ninth['id']}", timeout=10).json()


def has_ended(address: str, seconds: float = 40) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            requests.get(f"{address}/healthz", timeout=2)
        except requests.ConnectionError:
            return
        time.sleep(0.5)
    raise SystemExit(f"{address} still answers after SIGTERM")


if __name__ == "__main__":
    if sys.argv[1] == "--ended":
        has_ended(sys.argv[2])
        print("smoke: ended on SIGTERM")
    else:
        wait_until_ready(sys.argv[1])
        headline = read_headline(sign_in(sys.argv[1], Path(sys.argv[2])), sys.argv[1])
        assert headline["rate"]["mean_of_stores"] == 83.5, headline
        print(f"smoke: wave 9 reads {headline['rate']['mean_of_stores']} % over {headline['stores']} stores")
