"""Megabytes per second of resumable upload, made durable and checked, against a plain copy and against nginx."""

import itertools
import os
import shutil
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench.files import File, declare, new_file, send
from tests.bench.machine import memory_of, reset_peaks
from tests.bench.nginx import serve_webdav
from tests.bench.sites import Site
from tests.bench.table import Row, judged
from tests.bench.wire import Wire, at_once, request

MB = 1_000_000
TARGET_NGINX = 0.25
_PIECE = 1024 * 1024
Put = Callable[[Any, File], None]


@dataclass(frozen=True, slots=True)
class Shape:
    """How many files of which size (bytes), and how many send them side by side."""

    files: int
    size: int
    kind: str
    clients: int

    def __str__(self) -> str:
        return f"{self.files} x {self.size // MB} MB, {self.clients} client{'s' * (self.clients > 1)}"


LARGE, MANY = Shape(1, 200 * MB, "video", 1), Shape(200, 3 * MB, "photo", 8)
QUICK_LARGE, QUICK_MANY = Shape(1, 100 * MB, "video", 1), Shape(48, 3 * MB, "photo", 8)


def measure(site: Site, folder: Path, *, quick: bool) -> list[Row]:
    reset_peaks(site.web_processes)
    before = memory_of(site.web_processes)
    rows = []
    with ExitStack() as stack:
        webdav = stack.enter_context(serve_webdav(folder))
        for shape in (QUICK_LARGE, QUICK_MANY) if quick else (LARGE, MANY):
            rows += _rows(site, folder, webdav, shape, rounds=1 if quick else 2)
    return [*rows, _memory_row(site, before.now)]


def _rows(site: Site, folder: Path, webdav: int | str, shape: Shape, rounds: int) -> list[Row]:
    (visit,) = site.add_visits(1)

    def connect() -> Wire:
        return Wire(site.port)

    def ours() -> float:
        files = [new_file(shape.size, shape.kind) for _ in range(shape.files)]
        wire = connect()
        for file in files:
            declare(wire, file, visit)
        return _speed(shape, files, connect, send)

    def written() -> float:
        return _speed(shape, _anything(shape), lambda: folder, _write)

    def copied() -> float:
        files = _anything(shape)
        (folder / "source").write_bytes(files[0].data)
        return _speed(shape, files, lambda: folder, _copy)

    def proxied() -> float:
        return _speed(shape, _anything(shape), lambda: Wire(int(webdav)), _put)

    speeds = [(ours(), written(), copied(), proxied() if isinstance(webdav, int) else 0.0) for _ in range(rounds)]
    return [
        _disk_row(shape, speeds, 1, "write and fsync"),
        _disk_row(shape, speeds, 2, "plain file copy, no fsync,"),
        _nginx_row(shape, speeds, webdav),
    ]


def _speed(shape: Shape, files: Sequence[File], connect: Callable[[], Any], put: Put) -> float:
    """MB per second over all clients, from the first byte of the first to the last answer of the last."""

    def client(share: Sequence[File]) -> tuple[float, float]:
        target = connect()
        began = time.perf_counter()
        for file in share:
            put(target, file)
        return began, time.perf_counter()

    told = at_once(client, [files[start :: shape.clients] for start in range(shape.clients)])
    elapsed = max(end for _, end in told) - min(began for began, _ in told)
    return shape.files * shape.size / MB / elapsed


def _anything(shape: Shape) -> list[File]:
    """Files that may share their bytes, for servers that do not look at them."""
    file = new_file(shape.size, shape.kind)
    return [File(new_file(64).id, file.kind, file.data, file.sha256) for _ in range(shape.files)]


def _copy(folder: Path, file: File) -> None:
    """One file copied to another on the same disk, left to the system to write."""
    path = folder / f"{file.id}.copy"
    shutil.copyfile(folder / "source", path)
    path.unlink()


def _write(folder: Path, file: File) -> None:
    """What nobody can beat who writes the bytes down and waits for the disk."""
    path = folder / f"{file.id}.copy"
    with path.open("wb", buffering=0) as target:
        for start in itertools.takewhile(lambda at: at < len(file.data), itertools.count(0, _PIECE)):
            target.write(memoryview(file.data)[start : start + _PIECE])
        os.fsync(target.fileno())
    path.unlink()


def _put(wire: Wire, file: File) -> None:
    wire.ask(request("PUT", f"/{file.id}", length=len(file.data)), memoryview(file.data), expected=201)


def _disk_row(shape: Shape, speeds: Sequence[tuple[float, ...]], column: int, baseline: str) -> Row:
    ours, theirs = (median(each[at] for each in speeds) for at in (0, column))
    ratio = median(each[0] / each[column] for each in speeds)
    return Row("3", f"tus upload, {shape}", f"{ours:.0f} MB/s", f"{baseline} {theirs:.0f} MB/s", ratio)


def _nginx_row(shape: Shape, speeds: Sequence[tuple[float, ...]], webdav: int | str) -> Row:
    ours, _, _, proxied = (median(column) for column in zip(*speeds, strict=True))
    what = f"tus upload, {shape}, beside nginx"
    if isinstance(webdav, str):
        return Row("3", what, f"{ours:.0f} MB/s", webdav, target=f"at least {TARGET_NGINX}")
    ratio = median(each[0] / each[3] for each in speeds)
    target = judged(f"at least {TARGET_NGINX}", met=ratio >= TARGET_NGINX)
    return Row("3", what, f"{ours:.0f} MB/s", f"WebDAV PUT, no fsync, {proxied:.0f} MB/s", ratio, target)


def _memory_row(site: Site, before: float) -> Row:
    used = memory_of(site.web_processes)
    what = f"{site.engine}: growth of the largest web process over these uploads"
    grown = f"{used.now - before:+.0f} MiB, at the peak {used.peak - before:+.0f} MiB"
    return Row("3", what, grown, f"{before:.0f} MiB before", target="flat")
