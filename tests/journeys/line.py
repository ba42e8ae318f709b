"""A bad line between phones and a deployment: it passes bytes on, counts them, and is cut at random bytes."""

import contextlib
import random
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_PIECE = 16 * 1024


class Line:
    """Cuts whatever connection carries the byte at which a cut is due. The same seed cuts at the same bytes.

    `delivered` counts what phones sent and the server's machine was given; `shut` turns everybody away.
    """

    def __init__(self, port: int, *, cuts: int, every: int, seed: int) -> None:
        self.cuts_left, self.cuts, self.delivered = cuts, 0, 0
        self.shut = threading.Event()
        self._far, self._near = ("127.0.0.1", port), socket.create_server(("127.0.0.1", 0))
        self._every, self._luck, self._turn = every, random.Random(seed), threading.Lock()
        self._due = self._next()
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._near.getsockname()[1]}"

    def close(self) -> None:
        self._near.close()

    def _next(self) -> int:
        return self._luck.randrange(1, 2 * self._every)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                phone, _ = self._near.accept()
                threading.Thread(target=self._connect, args=(phone,), daemon=True).start()

    def _connect(self, phone: socket.socket) -> None:
        """A server that is dead, or a line that is shut, hangs up."""
        with contextlib.ExitStack() as stack, contextlib.suppress(OSError):
            stack.enter_context(phone)
            if self.shut.is_set():
                return
            server = stack.enter_context(socket.create_connection(self._far))
            back = threading.Thread(target=self._carry, args=(server, phone), kwargs={"counts": False}, daemon=True)
            back.start()
            self._carry(phone, server, counts=True)
            back.join()

    def _carry(self, source: socket.socket, target: socket.socket, *, counts: bool) -> None:
        with contextlib.suppress(OSError):
            while (piece := source.recv(_PIECE)) and not self.shut.is_set():
                passed = self._passed(len(piece)) if counts else len(piece)
                target.sendall(piece[:passed])
                if passed < len(piece):
                    break
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _passed(self, size: int) -> int:
        """How many of the bytes get through before the next cut."""
        with self._turn:
            passed = size if self._due >= size or not self.cuts_left else self._due
            self._due -= passed
            self.delivered += passed
            if passed < size:
                self.cuts_left, self.cuts, self._due = self.cuts_left - 1, self.cuts + 1, self._next()
            return passed


@contextmanager
def bad_line(port: int, *, cuts: int, every: int, seed: int = 1) -> Iterator[Line]:
    """A line to that port which is cut so often, about every so many bytes."""
    line = Line(port, cuts=cuts, every=every, seed=seed)
    try:
        yield line
    finally:
        line.close()
