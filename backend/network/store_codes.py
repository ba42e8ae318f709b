"""The code that hangs in a store: a picture of an address of the phone app, with a signed token that names the store.

The token begins with the store's id, so that a phone without network knows whose code it read; that it was made here
only the server can tell. A new `MINGCHA_SECRET_KEY` makes printed codes worthless.
"""

import base64
import hashlib
import hmac
import io
from uuid import UUID

import segno

from backend import settings


def token_of(store_id: UUID) -> str:
    """What the store's code says: its id in hex, a dot, and the signature."""
    return f"{store_id.hex}.{_signature(store_id)}"


def store_of(token: str) -> UUID | None:
    """The store whose code it is; None for anything that was not made here."""
    name, _, signature = token.partition(".")
    try:
        store_id = UUID(hex=name)
    except ValueError:
        return None
    is_ours = hmac.compare_digest(signature.encode("utf-8", "replace"), _signature(store_id).encode())
    return store_id if is_ours else None


def address_of(store_id: UUID) -> str:
    """What the camera of a phone opens: the phone app, told where it is."""
    return f"{settings.current().public_url}/m/here?store={token_of(store_id)}"


def picture_of(store_id: UUID) -> bytes:
    """The code as SVG, with as much redundancy as there is: it hangs behind glass and gets scratched."""
    picture = io.BytesIO()
    segno.make(address_of(store_id), error="h", micro=False).save(picture, kind="svg", scale=8, border=4)
    return picture.getvalue()


def _signature(store_id: UUID) -> str:
    mac = hmac.new(settings.current().secret_key.encode(), b"store-code:" + store_id.bytes, hashlib.sha256)
    return base64.urlsafe_b64encode(mac.digest()[:18]).decode()
