"""The code that hangs in a store: a picture of an address of the phone app, with a signed token that names the store.

The token begins with the store's id, so that a phone without network knows whose code it read; that it was made here
only the server can tell. Below the picture stand eight letters for phones that cannot read it. A new
`MINGCHA_SECRET_KEY` makes printed codes worthless.
"""

import base64
import hashlib
import hmac
import io
from typing import Final
from uuid import UUID
from xml.sax.saxutils import escape

import segno

from backend import settings

# Without letters that look like others: nobody types an O for a 0.
_LETTERS: Final = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_SHORT: Final = 8
_MODULE, _QUIET, _FOOT = 8, 4, 96


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


def short_of(store_id: UUID) -> str:
    """What is typed where the picture cannot be read: eight letters and digits."""
    return bytes(_LETTERS[byte % len(_LETTERS)] for byte in _mac(b"store-letters:", store_id)[:_SHORT]).decode()


def speaks_for(said: str, store_id: UUID) -> bool:
    """Whether what a phone read or its person typed is the code of this store."""
    typed = "".join(said.split()).replace("-", "").upper()
    is_typed = hmac.compare_digest(typed.encode("utf-8", "replace"), short_of(store_id).encode())
    return is_typed or store_of(said) == store_id


def address_of(store_id: UUID) -> str:
    """What the camera of a phone opens: the phone app, told where it is."""
    return f"{settings.current().public_url}/m/here?store={token_of(store_id)}"


def picture_of(store_id: UUID, name: str) -> bytes:
    """The code as SVG, with as much redundancy as there is: it hangs behind glass and gets scratched.

    Below it stand the store's name and the letters to type.
    """
    code = segno.make(address_of(store_id), error="h", micro=False)
    inner = io.BytesIO()
    code.save(inner, kind="svg", scale=_MODULE, border=_QUIET, xmldecl=False)
    side = code.symbol_size(_MODULE, _QUIET)[0]
    letters = short_of(store_id)
    lines = ((side + 24, 24, name), (side + 68, 36, f"{letters[:4]} {letters[4:]}"))
    words = "".join(
        f'<text x="{side // 2}" y="{y}" font-size="{size}" text-anchor="middle">{escape(text)}</text>'
        for y, size, text in lines
    )
    frame = f'<svg xmlns="http://www.w3.org/2000/svg" width="{side}" height="{side + _FOOT}" font-family="sans-serif">'
    paper = '<rect width="100%" height="100%" fill="#fff"/>'
    return f"{frame}{paper}{inner.getvalue().decode()}{words}</svg>".encode()


def _signature(store_id: UUID) -> str:
    return base64.urlsafe_b64encode(_mac(b"store-code:", store_id)[:18]).decode()


def _mac(purpose: bytes, store_id: UUID) -> bytes:
    return hmac.new(settings.current().secret_key.encode(), purpose + store_id.bytes, hashlib.sha256).digest()
