"""Who a request comes from."""

from backend.core.actor import Actor


def authenticate() -> Actor | None:
    return None
