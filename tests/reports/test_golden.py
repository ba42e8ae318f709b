"""The golden numbers of the worked example, through the functions that reports use, without a database."""

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import yaml

from backend.checklists.definition import parse
from backend.checklists.rules import compile_version
from backend.checklists.scoring import score_visit, shown
from backend.reports import figures
from tests.scores import rows

EXAMPLE = yaml.safe_load(
    (Path(__file__).parents[2] / "checklists" / "scoring-example.yaml").read_text(encoding="utf-8")
)
EXPECTED = EXAMPLE["expected"]


@pytest.fixture(scope="module")
def cards():
    """The example's scorecards by store."""
    version = compile_version(parse(json.dumps(rows.document("GOLD", "1.0.0", rows.GOLDEN)).encode()).document)
    by_store = {}
    for visit in EXAMPLE["visits"]:
        results = {code: rows.LETTERS[letter] for code, letter in visit["answers"].items()}
        by_store.setdefault(visit["store"], []).append(score_visit(version, results))
    return by_store


@pytest.fixture
def counts(cards):
    """(passed, applicable) by store, each pooling its visits."""
    return tuple(
        np.array([sum(getattr(card, side) for card in each) for each in cards.values()])
        for side in ("passed", "applicable")
    )


def mean_of(values):
    return figures.mean_of([value.as_integer_ratio() for value in values])


def test_the_stores(cards, counts):
    rates = figures.percentages(figures.hundredths(*counts))
    for (store, visits), rate in zip(cards.items(), rates, strict=True):
        golden = EXPECTED["stores"][store]
        total = sum((card.official_score for card in visits), Fraction(0))
        score = figures.mean_in_hundredths(len(visits), (total.numerator, total.denominator))
        assert (len(visits), rate, score / 100) == (golden["visits"], golden["rate"], golden["official_score"])


def test_the_region(cards, counts):
    golden = EXPECTED["region"]
    assert figures.spread(*counts).value == golden["mean_of_stores_rate"]
    assert figures.pooled(*counts) == golden["pooled_rate"]
    for kind, score in (("official_score", golden["official_score"]), ("raw_score", golden["score_without_cap"])):
        of_stores = [mean_of([getattr(card, kind) for card in visits]) for visits in cards.values()]
        assert shown(mean_of(of_stores)) == score


def test_three_stores_prove_nothing(counts):
    # 82.58 ± 4.303 x 9.49 / √3 = ± 23.6, and a rate ends at 100.
    assert figures.spread(*counts).interval == (59.0, 100.0)
