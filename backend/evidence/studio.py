"""Develops one piece of evidence in a process of its own, so that hostile or broken bytes can do no harm to the caller.

What stands here loads neither Pillow nor PyAV; `python -m backend.evidence.studio` is the other side, where `darkroom` does.
They speak one line of JSON each way per piece. The process stays warm for the next piece, one for each thread that asks
at the same time. It is held to a limit of memory, size of files and time, sees none of our settings and secrets, and is
killed and replaced when it fails. Reading rows, storing renditions and deciding what happens next is the service's.
"""

import atexit
import json
import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, BinaryIO, TypeVar

from backend.evidence import rules
from backend.evidence.resemblance import PART, SAME, Terms
from backend.evidence.sniffing import Kind, MediaType, Reason, Unreadable

# Mapped at most, measured at the limits of imaging: WebP 1.1 GB, PNG, HEIC and AVIF 0.7, baseline JPEG 0.2; the decoders
# themselves, PyAV included, 0.25; a clip of 4K HEVC at ten bits with its preview 0.5.
MEMORY_BYTES = 2 << 30
# Far above any rendition of ours.
FILE_BYTES = 64 << 20
# Decoders leak a little; a fresh process now and then costs 0.3 seconds.
PIECES_PER_PROCESS = 500
REPLY_BYTES = 64 * 1024

# What leaves the process in doubt: what ran out of memory once may be left with too little of it.
FAILURES_OF_THE_PROCESS = (Reason.OUT_OF_MEMORY, Reason.CRASHED, Reason.TIMEOUT)

FILE_NAMES = rules.RENDITIONS
MEDIA_TYPES = {".jpg": MediaType.JPEG, ".mp4": MediaType.MP4, ".png": MediaType.PNG}

Answer = TypeVar("Answer")

COMMAND = [sys.executable, "-P", "-m", "backend.evidence.studio"]


@dataclass(frozen=True, slots=True)
class Rendition:
    """A derived file on disk; `name` is one of `rules.RENDITIONS`, `size` is in bytes."""

    name: str
    path: Path
    media_type: str
    width: int
    height: int
    size: int


@dataclass(frozen=True, slots=True)
class Development:
    """What became of a piece of evidence. Facts are the file's own claims.

    `media_type` is judged by content. Width and height are those of the original seen upright. `taken_at` is ISO 8601,
    with an offset only if the camera gave one; `lat` and `lon` are WGS-84 degrees. Sound has no `phash`. Where PyAV is
    not installed, clips and sound have no renditions, no `phash` and no facts.
    """

    media_type: str
    kind: str
    renditions: tuple[Rendition, ...] = ()
    width: int | None = None
    height: int | None = None
    duration_ms: int | None = None
    video_codec: str | None = None
    audio_codec: str | None = None
    taken_at: str | None = None
    make: str | None = None
    model: str | None = None
    orientation: int | None = None
    lat: float | None = None
    lon: float | None = None
    fingerprint: str | None = None


def develop(
    source: Path, media_type: str | None, declared_kind: str, out: Path, *, timeout_seconds: float
) -> Development:
    """Facts, fingerprint and renditions of the file at `source`, the pictures written into the folder `out`.

    The type is judged by content; `media_type` is what the phone claimed and is only told in the reason of a failure.
    Raises Unreadable when the file is at fault, and OSError when the machine is: a file that is gone, a full disk. It
    returns or raises within `timeout_seconds` and a moment, whatever the bytes do to the process that reads them.
    """
    if source.stat().st_size == 0:
        raise Unreadable(Reason.EMPTY)
    out.mkdir(parents=True, exist_ok=True)
    piece = {"source": str(source.resolve()), "kind": Kind(declared_kind), "out": str(out.resolve())}
    try:
        return _ask("development", piece, timeout_seconds, lambda answer: _developed(answer, out))
    except Unreadable as unreadable:
        raise Unreadable(unreadable.code, {**unreadable.params, "declared": media_type or ""}) from None


def terms(picture: Path, *, timeout_seconds: float) -> Terms:
    """What an index of fingerprints is asked to find copies of the thumbnail at `picture`. Raises as `develop` does."""
    return _ask("terms", {"picture": str(picture)}, timeout_seconds, _asked_for)


def compare(picture: Path, others: Sequence[Path], *, timeout_seconds: float) -> list[str | None]:
    """For each of the other thumbnails: `same-picture` or `part` if it shows the shot at `picture`, else None."""
    piece = {"picture": str(picture), "others": [str(each) for each in others]}
    return _ask("comparison", piece, timeout_seconds, lambda answer: _verdicts(answer, len(others)))


def close() -> None:
    """Ends the idle processes; the next piece starts a new one."""
    while _idle:
        _idle.pop().end()


# Processes waiting for work, the most recently used last. list.append and list.pop are atomic.
_idle: list["_Process"] = []
atexit.register(close)


def _forget() -> None:
    """After a fork: the processes belong to the parent, and a pipe may have one writer only."""
    for process in _idle:
        process.abandon()
    _idle.clear()


os.register_at_fork(after_in_child=_forget)


def _ask(task: str, piece: dict[str, Any], timeout_seconds: float, read: Callable[[Any], Answer]) -> Answer:
    """The answer to one task as `read` understands it. A process that failed in whatever way is never used again."""
    process, is_sound = _ready_process(), False
    try:
        reply = process.ask({"task": task, "piece": piece}, timeout_seconds)
        is_sound = not process.expired and process.asked < PIECES_PER_PROCESS
        return read(_understood(task, reply))
    except Unreadable as unreadable:
        is_sound = is_sound and unreadable.code not in FAILURES_OF_THE_PROCESS
        raise
    finally:
        _idle.append(process) if is_sound else process.end()


def _ready_process() -> "_Process":
    """An idle process that still lives, or a new one."""
    while True:
        try:
            process = _idle.pop()
        except IndexError:
            return _Process()
        if process.lives():
            return process
        process.end()


def _understood(task: str, reply: Any) -> Any:
    """A reply turned into a result or an error; it may be nonsense, if the process was taken over by what it read."""
    match reply:
        case {"unreadable": [str(code), dict(params)]} if code in set(Reason):
            raise Unreadable(code, params)
        case {"failed": str(message)}:
            raise OSError(message)
        case dict() if task in reply:
            return reply[task]
    raise Unreadable(Reason.CRASHED, {"detail": "nonsense"})


def _developed(answer: Any, out: Path) -> Development:
    with suppress(KeyError, TypeError):
        made: dict[str, Any] = dict(answer)
        made["renditions"] = tuple(_on_disk(out, each) for each in made["renditions"])
        return Development(**made)
    raise Unreadable(Reason.CRASHED, {"detail": "nonsense"})


def _asked_for(answer: Any) -> Terms:
    match answer:
        case {"wholes": [*wholes], "parts": [*parts]} if all(isinstance(each, int) for each in [*wholes, *parts]):
            return Terms(wholes, parts)
    raise Unreadable(Reason.CRASHED, {"detail": "nonsense"})


def _verdicts(answer: Any, count: int) -> list[str | None]:
    match answer:
        case [*found] if len(found) == count and all(each in (SAME, PART, None) for each in found):
            return found
    raise Unreadable(Reason.CRASHED, {"detail": "nonsense"})


def _on_disk(out: Path, reply: dict[str, Any]) -> Rendition:
    path = out / FILE_NAMES[reply["name"]]
    return Rendition(path=path, media_type=MEDIA_TYPES[path.suffix], size=path.stat().st_size, **reply)


class _Process:
    """One child and the pipes to it."""

    def __init__(self) -> None:
        self.asked = 0
        self.expired = False
        self._child = subprocess.Popen(  # noqa: S603 - our own interpreter and module, no shell.
            [*COMMAND, str(MEMORY_BYTES)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            start_new_session=True,
        )

    def lives(self) -> bool:
        return self._child.poll() is None

    def ask(self, piece: dict[str, Any], timeout_seconds: float) -> Any:
        """The reply to one piece; raises Unreadable when the child fails over it."""
        self.asked += 1
        self.expired = False
        # Killing the child closes its end of the pipe, which ends the wait for its reply.
        timer = threading.Timer(timeout_seconds, self._expire)
        timer.daemon = True
        timer.start()
        try:
            line = self._exchange(json.dumps({**piece, "timeout": timeout_seconds}).encode())
        finally:
            timer.cancel()
        if not line.endswith(b"\n"):
            raise self._fault(timeout_seconds)
        with suppress(ValueError, RecursionError):
            return json.loads(line)
        return None

    def _exchange(self, request: bytes) -> bytes:
        requests, replies = self._pipes()
        try:
            requests.write(request + b"\n")
            requests.flush()
            return replies.readline(REPLY_BYTES)
        except BrokenPipeError:
            return b""

    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        assert self._child.stdin, "opened as a pipe"
        assert self._child.stdout, "opened as a pipe"
        return self._child.stdin, self._child.stdout

    def _expire(self) -> None:
        self.expired = True
        self._child.kill()

    def _fault(self, timeout_seconds: float) -> Exception:
        """Why there is no reply: the file's fault, unless the machine killed the child (short of memory, say)."""
        # A dying child closes its pipe a moment before its status can be read; one that talks nonsense lives on.
        with suppress(subprocess.TimeoutExpired):
            self._child.wait(timeout=1)
        status = self._child.returncode
        if self.expired or status == -signal.SIGALRM:
            return Unreadable(Reason.TIMEOUT, {"seconds": round(timeout_seconds)})
        if status == -signal.SIGKILL:
            return ChildProcessError("the decoding process was killed from outside")
        return Unreadable(Reason.CRASHED, {"status": status or 0})

    def end(self) -> None:
        """Kills the child, whatever it does, and lets its pipes go."""
        self._child.kill()
        self.abandon()
        self._child.wait()

    def abandon(self) -> None:
        """Closes our ends of the pipes; a child that waits for work ends by itself then."""
        for pipe in self._pipes():
            # What was not flushed was meant for a child that is gone.
            with suppress(OSError):
                pipe.close()


def _environment() -> dict[str, str]:
    """Enough to find Python and its libraries; our settings and secrets are not for a process that may be taken over.

    Arithmetic on one thread: each further one would map memory that counts against the limit.
    """
    inherited = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT") if name in os.environ}
    root = str(Path(__file__).parents[2])
    return {**inherited, "PYTHONPATH": root, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "LC_ALL": "C.UTF-8"}


def main() -> None:
    """The other side: answers pieces from standard input until it is closed."""
    replies = _confine(int(sys.argv[1]))
    for line in sys.stdin.buffer:
        piece = json.loads(line)
        # Should the caller be gone by then, the kernel still ends a decoder that hangs.
        signal.setitimer(signal.ITIMER_REAL, piece.pop("timeout") + 1)
        answer = _answer(piece["task"], piece["piece"])
        signal.setitimer(signal.ITIMER_REAL, 0)
        replies.write(json.dumps(answer).encode() + b"\n")
        replies.flush()


def _confine(memory_bytes: int) -> BinaryIO:
    """Sets this process's limits and gives the pipe for replies, which nothing but replies may reach."""
    for limit, value in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_FSIZE, FILE_BYTES),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (value, value))
    # The end of our work is the end of standard input; a signal to the whole group must not spoil a piece.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return replies


def _answer(task: str, piece: dict[str, Any]) -> dict[str, Any]:
    # The decoders are loaded on this side of the pipe only: the caller shall never have them.
    from backend.evidence import darkroom  # noqa: PLC0415

    try:
        return {task: darkroom.TASKS[task](**piece)}
    except Unreadable as unreadable:
        return {"unreadable": [unreadable.code, unreadable.params]}
    except MemoryError:
        return {"unreadable": [Reason.OUT_OF_MEMORY, {}]}
    except OSError as error:
        return {"failed": f"{type(error).__name__}: {error}"}
    except Exception as error:  # noqa: BLE001 - a mistake of ours, since decoders answer for theirs: it must not hang.
        return {"unreadable": [Reason.CRASHED, {"detail": f"{type(error).__name__}: {error}"[:200]}]}


if __name__ == "__main__":
    main()
