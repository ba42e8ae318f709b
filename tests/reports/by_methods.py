"""The comparison of methods once more, from raw answers: plain loops, sharing no code with the product."""

from fractions import Fraction

from tests.reports.recount import average, change, half_up, plain, ratio, share, t_bounds

ORDER = ("covert", "unannounced", "announced", "remote", "self")


class Sight:
    """One wave over some stores, each store by every method that visited it."""

    def __init__(self, world, wave, may_see, region=None, group=None):
        self.wave, self.stores = wave, {}
        for store in world.stores:
            where = store.parents(wave.opens_on)
            if not may_see(wave, store) or region not in (None, where[0]) or group not in (None, where[1]):
                continue
            by_method = {}
            for visit in world.visits:
                if (visit.wave, visit.store) == (wave.id, store.id):
                    by_method.setdefault(visit.method, []).append(visit)
            if by_method:
                self.stores[store.id] = (store, by_method)
        used = {method for _store, found in self.stores.values() for method in found}
        self.methods = [method for method in ORDER if method in used]
        self.base = wave.method if wave.method in used or not used else self.methods[0]

    def counts(self, visits, codes):
        pairs = [share(visit.answers, codes) for visit in visits]
        return sum(pair[0] for pair in pairs), sum(pair[1] for pair in pairs)

    def common(self, found):
        """Codes that every method of a store passed or failed; none with one method only."""
        if len(found) < 2:
            return []
        codes = [item.code for item in self.wave.items]
        return [code for code in codes if all(self.counts(visits, [code])[1] for visits in found.values())]

    def base_of(self, found):
        return self.base if self.base in found else next((method for method in ORDER if method in found), None)

    def cells(self, found, codes):
        """By method: passed, applicable, rate, gap to the base; and the widest of the gaps."""
        base, cells = self.base_of(found), []
        rates = {method: half_up(ratio(*self.counts(visits, codes))) for method, visits in found.items()}
        for method in (method for method in ORDER if method in found):
            passed, applicable = self.counts(found[method], codes)
            gap = None if method == base else change(rates[method], rates[base])
            cells.append(
                {"method": method, "passed": passed, "applicable": applicable, "rate": rates[method], "gap_pp": gap}
            )
        gaps = [cell["gap_pp"] for cell in cells if cell["gap_pp"] is not None]
        return {"cells": cells, "gap_pp": max(gaps, key=abs) if gaps else None}

    def store(self, store_id):
        found = self.stores[store_id][1] if store_id in self.stores else {}
        codes = self.common(found)
        about = self.cells(found, codes)
        for cell in about["cells"]:
            cell["visits"] = len(found[cell["method"]])
        return about | {"common": len(codes)}

    def checkpoints(self, store_id):
        found = self.stores[store_id][1]
        rows = {code: self.cells(found, [code]) for code in self.common(found)}
        return dict(sorted(rows.items(), key=lambda row: -abs(row[1]["gap_pp"] or 0)))

    def compared(self):
        return [store_id for store_id, (_store, found) in self.stores.items() if self.common(found)]

    def regions(self):
        rows = {}
        for store_id in self.compared():
            rows.setdefault(self.stores[store_id][0].parents(self.wave.opens_on)[0], []).append(store_id)
        return rows

    def means(self, store_ids):
        return [self.mean(method, store_ids) for method in self.methods]

    def mean(self, method, store_ids):
        own, base = [], []
        for store_id in store_ids:
            found = self.stores[store_id][1]
            if method in found and self.base in found:
                codes = self.common(found)
                own.append(ratio(*self.counts(found[method], codes)))
                base.append(ratio(*self.counts(found[self.base], codes)))
        bounds = t_bounds([later - earlier for later, earlier in zip(own, base, strict=True)])
        is_base, rate, base_rate = method == self.base, half_up(average(own)), half_up(average(base))
        return {
            "method": method, "stores": len(own), "rate": rate, "base_rate": base_rate,
            "gap_pp": None if is_base else change(rate, base_rate),
            "interval": None if is_base or bounds is None else [
                half_up(bounds[0] + Fraction(sign) * bounds[1], 1) for sign in (-1, 1)
            ],
        }  # fmt: skip


def _same(found, expected):
    assert {key: found[key] for key in expected} == {key: plain(value) for key, value in expected.items()}


def _same_cells(found, expected):
    assert (found["gap_pp"], len(found["cells"])) == (expected["gap_pp"], len(expected["cells"]))
    for cell, right in zip(found["cells"], expected["cells"], strict=True):
        _same(cell, right)


def _same_means(found, expected):
    assert len(found) == len(expected)
    for mean, right in zip(found, expected, strict=True):
        _same(mean, right)
        assert mean["sample_ok"] == (right["stores"] >= 5)


def check_wave(answer, sight):
    assert (answer["methods"], answer["base"]) == (sight.methods, sight.base)
    assert {row["store_id"] for row in answer["items"]} == {str(store_id) for store_id in sight.compared()}
    for row in answer["items"]:
        right = sight.store(next(store_id for store_id in sight.stores if str(store_id) == row["store_id"]))
        _same_cells(row, right)
        assert row["common"] == right["common"]
    widths = [abs(row["gap_pp"]) for row in answer["items"]]
    assert widths == sorted(widths, reverse=True)
    _same_means(answer["means"], sight.means(sight.compared()))
    regions = sight.regions()
    assert {row["region_id"] for row in answer["regions"]} == {plain(each) if each else None for each in regions}
    for row in answer["regions"]:
        key = next(each for each in regions if (plain(each) if each else None) == row["region_id"])
        _same_means(row["means"], sight.means(regions[key]))


def check_store(answer, sight, store_id):
    right = sight.store(store_id)
    _same_cells(answer, right)
    assert answer["common"] == right["common"]
    if store_id in sight.stores:
        expected = sight.checkpoints(store_id)
        assert [row["checkpoint"] for row in answer["checkpoints"]] == list(expected)
        for row in answer["checkpoints"]:
            _same_cells(row, expected[row["checkpoint"]])
