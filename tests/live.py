"""A whole deployment in processes of its own: gunicorn and a worker over a fresh data folder, as in production."""

import atexit
import contextlib
import functools
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import requests
from flask import Flask

from backend import settings
from backend.accounts import queries, service
from backend.app import create_app
from backend.core.actor import SYSTEM
from backend.core.db import db, transaction

ROOT = Path(__file__).resolve().parents[1]
FILL = (
    "from backend.app import create_app; from backend.core import schema; from backend.core.db import transaction;"
    "from tests import world; app = create_app(); app.app_context().push(); schema.upgrade();\n"
    "with transaction(writes=True): world.build()"
)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass
class Deployment:
    """Running processes and how to reach them. `kill_web` and `kill_worker` end them as a power cut would."""

    address: str
    port: int
    environment: dict[str, str]
    processes: dict[str, subprocess.Popen] = field(default_factory=dict)

    def start_web(self, workers: int = 2) -> None:
        self._start("web", "serve", "--port", str(self.port), "--workers", str(workers))
        until = time.monotonic() + 60
        while time.monotonic() < until:
            with contextlib.suppress(requests.ConnectionError, requests.Timeout):
                if requests.get(f"{self.address}/healthz", timeout=5).ok:
                    return
            time.sleep(0.05)
        raise AssertionError("the web processes did not start")

    def start_worker(self) -> None:
        self._start("worker", "worker")

    def kill_web(self) -> None:
        self._kill("web")

    def kill_worker(self) -> None:
        self._kill("worker")

    def run(self, *command: str) -> str:
        """What the command line prints."""
        line = [sys.executable, "-m", "backend.cli", *command]
        return subprocess.run(line, env=self.environment, cwd=ROOT, check=True, capture_output=True, text=True).stdout

    def invite(self, login: str) -> str:
        """A sign-in link, as `mingcha invite` prints it, without the second or two that a process of its own takes."""
        with self._app.app_context(), transaction(writes=True):
            person = queries.person_by_login(login)
            return service.link_for(person, service.invite(SYSTEM, person))

    @functools.cached_property
    def _app(self) -> Flask:
        return create_app(settings.read(self.environment))

    def end(self) -> None:
        if "_app" in self.__dict__:
            with self._app.app_context():
                db.engine.dispose()
        for process in self.processes.values():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
        for process in self.processes.values():
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def _start(self, name: str, *command: str) -> None:
        line = [sys.executable, "-m", "backend.cli", *command]
        self.processes[name] = subprocess.Popen(line, env=self.environment, cwd=ROOT, start_new_session=True)

    def _kill(self, name: str) -> None:
        process = self.processes.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _fill(environment: dict[str, str]) -> None:
    subprocess.run([sys.executable, "-c", FILL], env=environment, cwd=ROOT, check=True)


@functools.cache
def _filled() -> Path:
    """A data folder with the small world in it, made once for the process, to be copied."""
    folder = Path(tempfile.mkdtemp(prefix="mingcha-filled-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    _fill({**os.environ, "MINGCHA_DATA_DIR": str(folder)})
    return folder


@contextlib.contextmanager
def deployment(
    folder: Path, *, database_url: str | None = None, demo: bool = False, worker: bool = True, **more: str
) -> Iterator[Deployment]:
    """Migrates, fills (the small world of tests/world.py, or the demo), serves; ends everything afterwards."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    environment = {**os.environ, "MINGCHA_DATA_DIR": str(folder), "MINGCHA_PUBLIC_URL": address, **more}
    if database_url:
        environment["MINGCHA_DATABASE_URL"] = database_url
    running = Deployment(address, port, environment)
    if demo:
        running.run("migrate")
        running.run("demo")
    elif database_url:
        _fill(environment)
    else:
        shutil.copytree(_filled(), folder, dirs_exist_ok=True)
    try:
        running.start_web()
        if worker:
            running.start_worker()
        yield running
    finally:
        running.end()
