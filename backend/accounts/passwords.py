"""Passwords as argon2id hashes (RFC 9106). Every comparison costs the same, also when there is nothing to compare with.

Hashing takes tens of milliseconds and 19 MiB on purpose: call it with no transaction open.
"""

from functools import cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# The second choice of the OWASP Password Storage Cheat Sheet: 19 MiB, two passes, one lane.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# A crowd at the door waits its turn instead of taking the memory of the whole process.
_TURNS = BoundedSemaphore(4)


def hashed(password: str) -> str:
    """The hash to keep, with its own salt and parameters."""
    with _TURNS:
        return _HASHER.hash(password)


def matches(kept: str | None, password: str) -> bool:
    """Whether `password` is the one behind the hash; never for None, which takes as long to find out."""
    stand_in = _nobody()
    with _TURNS:
        try:
            return _HASHER.verify(kept or stand_in, password) and kept is not None
        except (VerificationError, InvalidHashError):
            return False


@cache
def _nobody() -> str:
    return hashed("a password that nobody can have: see matches")
