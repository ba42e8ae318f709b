"""Reading tallies: those of a locked wave from its one row, those of any other a row a store, in either case as arrays.

Both hold the same numbers: `backend.scores.packing` makes the one of the other, and tests hold them together.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import Any, Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Select, and_, literal_column, or_, select, type_coerce, union_all

from backend.checklists.queries import compiled
from backend.core.db import PackedId, db
from backend.network import queries as network
from backend.network.models import Store, StoreMembership
from backend.reports.figures import Whole
from backend.reports.scope import leaves_all
from backend.reports.tallies import Key, Tallies, id_of
from backend.scores.counting import (
    CELL_TYPE,
    COUNT_TYPE,
    FIGURES,
    NUMBERED_TYPE,
    counts_array,
    in_cells,
    numbered,
    unpack_counts,
)
from backend.scores.models import Tally, WaveTally
from backend.waves import rules as wave_states
from backend.waves.models import Wave

_T, _W, _S, _M = (table.__table__.c for table in (Tally, WaveTally, Store, StoreMembership))
_OFFICIAL: Final = ("official_sum", "official_squares")
_FEW_STORES: Final = 100
NO_PARENTS: Final = (None, None)
ParentKind = Literal["region", "group"]
Head = tuple[int, str, str]
"""A store's place by code, its code and its name."""


class Request(NamedTuple):
    """What to load: a wave, the one method to read it by, and the condition on Store."""

    wave: Wave
    method: str
    where: ColumnElement[bool]


def load(
    requests: Sequence[Request], *, official: bool = True, named: bool = True, single: bool = False
) -> list[Tallies]:
    """The tallies of each request that hold a visit under the wave's version, by a handful of queries in all.

    Without `official` nothing is read of official scores, and without `named` neither codes nor names: stores are by
    code only where they have one. `single` says that the condition leaves one store, for which no whole wave is read.
    """
    found = {} if single else _from_waves(requests, official)
    rest = {number: each for number, each in enumerate(requests) if number not in found}
    found |= _from_stores(rest, official) if rest else {}
    loaded = [found[number] for number in range(len(requests))]
    return _named(loaded) if named else loaded


def load_people(request: Request) -> tuple[list[Key], NDArray[Any]]:
    """The request's visits in cells of `counting.CELL_TYPE`, and the people among whom their persons are."""
    row = _wave_rows([request], [_W.store_ids, _W.auditors, _W.by_person]).get(0)
    if row is None:
        auditors, visits = numbered(b"".join(db.session.scalars(_of_stores(request, [_T.by_visit]))))
        return _keys(auditors), in_cells(visits)
    rows = _allowed({0: request}, {0: _keys(row.store_ids)}).get(0)
    whole = np.frombuffer(row.by_person, dtype=CELL_TYPE)
    return _keys(row.auditors), whole if rows is None else in_cells(_visits_of(request, rows))


def _visits_of(request: Request, rows: Sequence[int]) -> NDArray[Any]:
    """The visits of some of the stores of a wave that is kept in one row."""
    row = _wave_rows([request], [_W.figures, _W.by_visit])[0]
    of_store = _figures(row.figures)[0]
    is_chosen = np.isin(np.arange(len(of_store)), rows)
    return np.frombuffer(row.by_visit, dtype=NUMBERED_TYPE)[np.repeat(is_chosen, of_store)]


def keys_where(where: ColumnElement[bool]) -> Sequence[Key]:
    """The keys of the stores that meet a condition on Store, visited or not."""
    return db.session.scalars(select(type_coerce(_S.id, PackedId)).where(where)).all()


def parents_by_key(day: date) -> dict[Key, tuple[Key | None, Key | None]]:
    """Key -> the keys of the region and the group on a day; stores that never had either are left out."""
    return {row[0]: (row[1], row[2]) for row in _held(day, _M.region_id, _M.group_id)}


def parent_by_key(day: date, kind: ParentKind) -> dict[Key, Key | None]:
    """As `parents_by_key`, of one kind."""
    return {row[0]: row[1] for row in _held(day, _M[f"{kind}_id"])}


def _held(day: date, *parents: ColumnElement[Any]) -> Sequence[Sequence[Any]]:
    columns: list[ColumnElement[Any]] = [type_coerce(column, PackedId) for column in (_M.store_id, *parents)]
    return db.session.execute(select(*columns).where(network.holds_on(day))).all()


def _from_waves(requests: Sequence[Request], official: bool) -> dict[int, Tallies]:
    """Number -> the tallies of those requests whose wave is kept in one row."""
    columns = [_W.store_ids, _W.figures, _W.counts, *((_W.official_sums, _W.official_squares) if official else ())]
    rows = _wave_rows(requests, columns)
    known: dict[bytes, list[Key]] = {}
    keys = {number: known.setdefault(row.store_ids, _keys(row.store_ids)) for number, row in rows.items()}
    allowed = _allowed({number: requests[number] for number in rows}, keys)
    found = {}
    for number, row in rows.items():
        whole = _unpacked(requests[number], keys[number], row, official)
        found[number] = whole.only(allowed[number]) if number in allowed else whole
    return found


def _wave_rows(requests: Sequence[Request], columns: Sequence[ColumnElement[Any]]) -> dict[int, Any]:
    """Number of a request -> its wave's row; those that have none are left out."""
    wanted = {
        (each.wave.id, each.wave.checklist_version_id, each.method): number
        for number, each in enumerate(requests)
        if each.wave.state == wave_states.LOCKED
    }
    if not wanted:
        return {}
    key = (_W.wave_id, _W.checklist_version_id, _W.method)
    conditions = [and_(*(column == value for column, value in zip(key, each, strict=True))) for each in wanted]
    rows = db.session.execute(select(*key, *columns).where(or_(*conditions)), execution_options={"binary": True})
    return {wanted[row.wave_id, row.checklist_version_id, row.method]: row for row in rows}


def _allowed(requests: Mapping[int, Request], keys: Mapping[int, Sequence[Key]]) -> dict[int, list[int]]:
    """Number -> rows of the stores that meet its condition; left out where all of them do."""
    narrowed = {number: each.where for number, each in requests.items() if not leaves_all(each.where)}
    if not narrowed:
        return {}
    # What is the same in every wave is asked once.
    distinct = {id(where): where for where in narrowed.values()}
    places = {which: at for at, which in enumerate(distinct)}
    asked = (
        select(_numbered(places[which]), type_coerce(_S.id, PackedId)).where(where) for which, where in distinct.items()
    )
    met: list[set[Key]] = [set() for _ in distinct]
    for at, key in db.session.execute(union_all(*asked)).all():
        met[at].add(key)
    held = {number: met[places[id(where)]] for number, where in narrowed.items()}
    rows = {number: [row for row, key in enumerate(keys[number]) if key in some] for number, some in held.items()}
    return {number: chosen for number, chosen in rows.items() if len(chosen) < len(keys[number])}


def _unpacked(request: Request, keys: Sequence[Key], row: Any, official: bool) -> Tallies:
    version = compiled(request.wave.checklist_version_id)
    visits, red_lines, scored = _figures(row.figures)
    counts = unpack_counts(row.counts, len(keys), len(version.checkpoints))
    texts = (row.official_sums.split("\n"), row.official_squares.split("\n")) if official else ((), ())
    return Tallies(request.wave, request.method, version, keys, (), (), visits, red_lines, counts, scored, *texts)


def _from_stores(requests: Mapping[int, Request], official: bool) -> dict[int, Tallies]:
    """Number -> the tallies read store by store."""
    columns = [type_coerce(_T.store_id, PackedId), _T.visits, _T.red_lines, _T.scored, _T.counts]
    columns += [_T[name] for name in _OFFICIAL] if official else []
    # A branch a wave, since SQLite takes twice as long for an OR of them; a small number tells their rows apart.
    asked = (_of_stores(each, [_numbered(number), *columns]) for number, each in requests.items())
    rows = sorted(db.session.execute(union_all(*asked)), key=itemgetter(0))
    by_number = {number: list(of_wave) for number, of_wave in groupby(rows, key=itemgetter(0))}
    return {number: _arrays(each, by_number.get(number, []), len(columns)) for number, each in requests.items()}


def _of_stores(request: Request, columns: Iterable[ColumnElement[Any]]) -> Select[Any]:
    wave = request.wave
    rows = select(*columns).where(
        _T.wave_id == wave.id,
        _T.checklist_version_id == wave.checklist_version_id,
        _T.method == request.method,
        _T.visits > 0,
    )
    return rows if leaves_all(request.where) else rows.where(_T.store_id.in_(select(_S.id).where(request.where)))


def _arrays(request: Request, rows: Sequence[Sequence[Any]], width: int) -> Tallies:
    version = compiled(request.wave.checklist_version_id)
    columns: list[Sequence[Any]] = list(zip(*rows, strict=True)) or [()] * (1 + width)
    _, keys, visits, red_lines, scored, counts, *texts = columns
    sums, squares = texts or ((), ())
    return Tallies(
        request.wave, request.method, version, keys, (), (), _whole(visits), _whole(red_lines),
        counts_array(counts, len(version.checkpoints)), _whole(scored), sums, squares,
    )  # fmt: skip


def _named(loaded: Sequence[Tallies]) -> list[Tallies]:
    """The same with codes and names, in the order of codes."""
    heads = _heads(loaded, {key for tallies in loaded for key in tallies.keys})
    # Most waves have the same stores, and then one list of them.
    distinct = {id(tallies.keys): tallies.keys for tallies in loaded}
    told = {which: _by_code(keys, heads) for which, keys in distinct.items()}
    return [_in_order(tallies, *told[id(tallies.keys)]) for tallies in loaded]


def _by_code(keys: Sequence[Key], heads: Mapping[Key, Head]) -> tuple[list[int], Mapping[str, Sequence[Any]]]:
    """The rows by code, and what they are called in that order."""
    told = sorted((*heads[key], row, key) for row, key in enumerate(keys))
    _, codes, names, rows, ordered = zip(*told, strict=True) if told else ((),) * 5
    return list(rows), {"codes": codes, "names": names, "keys": ordered}


def _in_order(tallies: Tallies, rows: Sequence[int], told: Mapping[str, Sequence[Any]]) -> Tallies:
    return replace(tallies.only(rows), **told)  # type: ignore[arg-type]


def _heads(loaded: Sequence[Tallies], keys: Collection[Key]) -> dict[Key, Head]:
    """Key -> (place by code, code, name) of these stores, or of all with a tally in the waves where they are many."""
    if not keys:
        return {}
    largest = max(loaded, key=lambda tallies: tallies.stores)
    tellers = [largest] if largest.stores == len(keys) else loaded
    tallied = select(_T.store_id).where(_T.wave_id.in_([tallies.wave.id for tallies in tellers]))
    where = _S.id.in_([id_of(key) for key in keys] if len(keys) <= _FEW_STORES else tallied)
    rows = db.session.execute(select(type_coerce(_S.id, PackedId), _S.code, _S.name).where(where)).all()
    found = sorted(rows, key=itemgetter(1, 0))
    return {key: (place, code, name) for place, (key, code, name) in enumerate(found)}


def _numbered(number: int) -> ColumnElement[Any]:
    return literal_column(str(number)).label("request")


def _keys(ids: bytes) -> list[Key]:
    return [ids[start : start + 16] for start in range(0, len(ids), 16)]


def _figures(blob: bytes) -> Whole:
    """(3, stores), in the order of `FIGURES`."""
    return np.frombuffer(blob, dtype=COUNT_TYPE).reshape(len(FIGURES), -1).astype(np.int64)


def _whole(values: Sequence[int]) -> Whole:
    return np.array(values, dtype=np.int64)
