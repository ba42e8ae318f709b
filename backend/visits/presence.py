"""Being at the store, and the store's word on it: what a check-in proves, and who signed off.

A check-in is a claim like every other time and place of a phone: it is kept with what we make of it, told and flagged
where it does not fit, and refuses nothing.
"""

from collections.abc import Collection, Mapping
from typing import Any, Final
from uuid import UUID

from backend.network import store_codes
from backend.network.distance import Place, metres_between
from backend.visits.surroundings import Beside

FAR: Final = 1000.0
"""Metres between phone and store, accuracy taken off, from which on a check-in is flagged. Large sites and positions of
stores that were read off a map both stay below it."""


def judged(check_in: Mapping[str, Any], around: Beside) -> dict[str, Any]:
    """The check-in as it is kept: with the distance to the store, and whether it speaks for this store (or None).

    The position itself stays in the document that the phone sent: the distance says what readers need.
    """
    position = check_in["position"]
    distance = None if position is None else _metres_to_store(position, around)
    accuracy = None if position is None else position["accuracy"]
    is_here = _is_near(distance, accuracy) if check_in["how"] == "position" else _is_code_of(check_in, around.store_id)
    return {
        "at": check_in["at"].isoformat(),
        "how": check_in["how"],
        "distance": None if distance is None else round(distance),
        "accuracy": None if accuracy is None else round(accuracy),
        "is_here": is_here,
    }


def unplaced(check_in: Mapping[str, Any]) -> dict[str, Any]:
    """The kept check-in without what its position told; a code still speaks for its store."""
    is_here = None if check_in["how"] == "position" else check_in["is_here"]
    return {**check_in, "distance": None, "accuracy": None, "is_here": is_here}


def signed(sign_off: Mapping[str, Any], photos: Collection[UUID]) -> dict[str, Any]:
    """The sign-off as it is kept; a signature that is no photo of this visit is left out."""
    evidence = sign_off["evidence"] if sign_off["evidence"] in photos else None
    kept = {name: sign_off[name] for name in ("name", "role", "refused", "note")}
    return kept | {"at": sign_off["at"].isoformat(), "evidence": evidence and str(evidence)}


def _metres_to_store(position: Mapping[str, Any], around: Beside) -> float | None:
    if around.store_lat is None or around.store_lon is None:
        return None
    store = Place(around.store_lat, around.store_lon, around.store_datum or "WGS-84")
    return metres_between(store, Place(position["lat"], position["lon"], position["datum"]))


def _is_near(distance: float | None, accuracy: float | None) -> bool | None:
    return None if distance is None else distance - (accuracy or 0) <= FAR


def _is_code_of(check_in: Mapping[str, Any], store_id: UUID) -> bool:
    return store_codes.speaks_for(check_in["store_token"] or "", store_id)
