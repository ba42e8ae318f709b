"""Ranks: their order, the ties, who has none."""

from backend.core.db import transaction
from tests.scores import rows

ITEMS = {
    "A": {"stage": "S", "weight": 1},
    "B": {"stage": "S", "weight": 1},
    "C": {"stage": "S", "weight": 2, "critical": True},
    "D": {"stage": "S", "weight": 2, "critical": True, "allow_na": True},
    "E": {"stage": "S", "weight": 2, "allow_na": True},
}
CAPPED = {"scoring": {"critical": {"effect": "cap", "cap": 10}}}


def ranked(read, visits):
    """(code, rank, band) by rank of stores whose visits are given as letters for A to E."""
    with transaction(writes=True):
        wave = rows.wave(rows.programme(), 1, rows.publish(rows.document("RANKS", "1", ITEMS, **CAPPED)))
        for code, found in visits.items():
            store_id = rows.store(code)
            for letters in found:
                rows.scored(wave, store_id, dict(zip("ABCDE", letters, strict=True)))
    table = read("alice", f"/waves/{wave.id}/stores")
    return [(row["code"], row["rank"], row["band"]) for row in table["items"]], table


def test_ties_go_by_rate_then_critical_failures_then_code(app, read):
    found, _table = ranked(
        read,
        {
            "Z-BEST": ["PPPPP", "PPPPP"],
            "B-SAME": ["PFFPP", "PFFPP"],  # capped at 10, 3 of 5, one critical failure a visit
            "A-SAME": ["PFFPP", "PFFPP"],
            "TWICE": ["PPFFP", "PPFFP"],  # capped at 10, 3 of 5, two critical failures a visit
            "RATE": ["PPFPP", "PPFPP"],  # capped at 10, 4 of 5
        },
    )
    assert [code for code, _rank, _band in found] == ["Z-BEST", "RATE", "A-SAME", "B-SAME", "TWICE"]
    # Equal visits have intervals without width: the four at 10 cannot be told apart, the best can.
    assert [(rank, band) for _code, rank, band in found] == [(1, [1, 1]), *((rank, [2, 5]) for rank in (2, 3, 4, 5))]


def test_stores_with_one_visit_are_shown_and_not_ranked(app, read):
    found, table = ranked(read, {"ONCE": ["PPPPP"], "TWICE": ["PPPPF", "PFPPP"], "NONE": ["PNPNN", "FNPNN"]})
    assert found[-1] == ("ONCE", None, None)
    assert table["ranked"] == 2
    once = table["items"][-1]
    assert (once["sample_ok"], once["official_score"], once["score_interval"]) == (False, 100.0, None)


def test_a_visit_without_a_value_ranks_nobody(app, read):
    with transaction(writes=True):
        items = {code: {**item, "allow_na": True} for code, item in ITEMS.items()}
        wave = rows.wave(rows.programme(), 1, rows.publish(rows.document("RANKS", "1", items)))
        store_id = rows.store("EMPTY")
        rows.scored(wave, store_id, dict.fromkeys(items, "N"))
        rows.scored(wave, store_id, dict.fromkeys(items, "P"))
    (row,) = read("alice", f"/waves/{wave.id}/stores")["items"]
    assert (row["visits"], row["official_score"], row["rank"], row["sample_ok"]) == (2, 100.0, None, True)
