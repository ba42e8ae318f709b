"""Every figure of the reports once more, straight from raw answers: slow, plain, and sharing no code with the product.

A `World` is plain data: what was asked, who stood where on which day, and how each approved visit answered.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from math import exp, lgamma, log, sqrt
from uuid import UUID


@dataclass
class Item:
    code: str
    lineage: str
    stage: str
    module: str | None
    dimension: str | None
    weight: Fraction
    critical: bool
    methods: tuple[str, ...] = ()
    title: dict[str, str] = field(default_factory=dict)


@dataclass
class Wave:
    id: str
    number: int
    version: str
    items: list[Item]
    opens_on: date
    method: str
    effect: str = "cap"
    cap: int = 59
    name: str = ""
    programme: str = ""
    target: float | None = None
    released: bool = True
    titles: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)


@dataclass
class Store:
    id: str
    code: str
    name: str
    city: str | None
    brand: str
    stays: list[tuple[date, date | None, str | None, str | None]]

    def parents(self, day):
        for starts, ends, region, group in sorted(self.stays, key=lambda stay: stay[0]):
            if (starts <= day or starts == min(stay[0] for stay in self.stays)) and (ends is None or ends > day):
                return region, group
        return None, None


@dataclass
class Visit:
    wave: str
    store: str
    method: str
    answers: dict[str, str]
    id: str = ""
    auditor: str | None = None
    unproven: int = 0


@dataclass
class World:
    waves: list[Wave]
    stores: list[Store]
    visits: list[Visit] = field(default_factory=list)
    areas: dict[str, tuple[str, str]] = field(default_factory=dict)
    people: dict[str, str] = field(default_factory=dict)

    def wave(self, wave_id):
        return next(wave for wave in self.waves if wave.id == wave_id)

    def before(self, wave):
        earlier = [each for each in self.waves if each.number < wave.number]
        return max(earlier, key=lambda each: each.number) if earlier else None


def plain(value):
    """The value as JSON carries it."""
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [plain(each) for each in value]
    return str(value) if isinstance(value, (UUID, date)) else value


def half_up(value, places=2):
    if value is None:
        return None
    with localcontext() as context:
        context.prec = 400
        exact = Decimal(value.numerator) / Decimal(value.denominator)
        return float(exact.quantize(Decimal(10) ** -places, ROUND_HALF_UP))


def share(answers, items=None):
    """(passed, passed + failed) of answers to some items."""
    chosen = [result for code, result in answers.items() if items is None or code in items]
    return chosen.count("pass"), chosen.count("pass") + chosen.count("fail")


def ratio(passed, applicable):
    return Fraction(100 * passed, applicable) if applicable else None


def average(values):
    known = [value for value in values if value is not None]
    return sum(known, Fraction(0)) / len(known) if known else None


def visit_score(wave, visit):
    """The official score of a visit."""
    judged = [item for item in wave.items if visit.answers.get(item.code) in ("pass", "fail")]
    whole = sum((item.weight for item in judged), Fraction(0))
    if not whole:
        return None
    raw = 100 * sum((item.weight for item in judged if visit.answers[item.code] == "pass"), Fraction(0)) / whole
    if not crossed(wave, visit) or wave.effect == "none":
        return raw
    return Fraction(0) if wave.effect == "zero" else min(raw, Fraction(wave.cap))


def crossed(wave, visit):
    return any(item.critical and visit.answers.get(item.code) == "fail" for item in wave.items)


def beta_fraction(a, b, x):
    """The continued fraction of the incomplete beta function, by Lentz's method."""
    tiny = 1e-300
    c, d = 1.0, 1 - (a + b) * x / (a + 1)
    d = 1 / (d if abs(d) > tiny else tiny)
    found = d
    for m in range(1, 2000):
        for numerator in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d, c = 1 + numerator * d, 1 + numerator / c
            d, c = 1 / (d if abs(d) > tiny else tiny), c if abs(c) > tiny else tiny
            found *= d * c
        if abs(d * c - 1) < 1e-15:
            break
    return found


def incomplete_beta(a, b, x):
    if x <= 0 or x >= 1:
        return float(x >= 1)
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log(1 - x))
    if x < (a + 1) / (a + b + 2):
        return front * beta_fraction(a, b, x) / a
    return 1 - front * beta_fraction(b, a, 1 - x) / b


QUANTILES = {}


def t_975(freedom):
    if freedom not in QUANTILES:
        low, high = 0.0, 20.0
        for _ in range(200):
            middle = (low + high) / 2
            above = incomplete_beta(freedom / 2, 0.5, freedom / (freedom + middle * middle)) / 2
            low, high = (middle, high) if above > 0.025 else (low, middle)
        QUANTILES[freedom] = low
    return QUANTILES[freedom]


def t_bounds(values):
    """(mean, half width) of values, None below two."""
    if len(values) < 2:
        return None
    mean = average(values)
    variance = sum(((value - mean) ** 2 for value in values), Fraction(0)) / (len(values) - 1)
    return mean, Fraction(t_975(len(values) - 1) * sqrt(variance / len(values)))


def interval(values):
    found = t_bounds(values)
    if found is None:
        return None
    mean, half = found
    return [half_up(max(Fraction(0), mean - half)), half_up(min(Fraction(100), mean + half))]


def wilson(passed, n):
    if not n:
        return None
    z = 1.959963984540054
    p = passed / n
    centre, half = p + z * z / (2 * n), z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    low = 0.0 if passed == 0 else 100 * (centre - half) / scale
    high = 100.0 if passed == n else 100 * (centre + half) / scale
    return [half_up(Fraction(low)), half_up(Fraction(high))]


def change(now, before):
    if now is None or before is None:
        return None
    return float((Decimal(str(now)) - Decimal(str(before))).quantize(Decimal("0.1"), ROUND_HALF_UP))


def since(was, now):
    """How a checkpoint's share moved: in pp, whether Newcombe's interval of the difference excludes 0, and from what."""
    value = half_up(ratio(*was)) if was else None
    moved = False
    if was and was[1] and now[1]:
        (low, high), (before_low, before_high) = wilson(*now), wilson(*was)
        share_now, share_was = 100 * now[0] / now[1], 100 * was[0] / was[1]
        down = sqrt((share_now - low) ** 2 + (before_high - share_was) ** 2)
        up = sqrt((high - share_now) ** 2 + (share_was - before_low) ** 2)
        moved = share_now - share_was > down or share_was - share_now > up
    return {"change_pp": change(half_up(ratio(*now)), value), "change_shown": moved, "earlier_rate": value,
            "earlier_applicable": was[1] if was else None}  # fmt: skip


def moves(was, now):
    """Whether the paired t-interval of the changes of the stores with a rate in both leaves out 0."""
    pairs = [now[s] - was[s] for s in now if s in was and now[s] is not None and was[s] is not None]
    bounds = t_bounds(pairs)
    return bounds is not None and abs(bounds[0]) > bounds[1]


class Slice:
    """One wave by one method over some stores, with everything anybody can ask of it."""

    def __init__(self, world, wave, method, may_see, region=None, group=None):
        self.world, self.wave, self.method = world, wave, method
        self.items = {item.code: item for item in wave.items}
        self.of_store = {}
        self.everyone = {}
        for store in world.stores:
            visits = [v for v in world.visits if (v.wave, v.store, v.method) == (wave.id, store.id, method)]
            if not visits:
                continue
            self.everyone[store.id] = visits
            where = store.parents(wave.opens_on)
            if may_see(wave, store) and region in (None, where[0]) and group in (None, where[1]):
                self.of_store[store.id] = visits
        self.store = {store.id: store for store in world.stores}

    def counts(self, store_id, codes=None, everyone=False):
        pairs = [share(visit.answers, codes) for visit in (self.everyone if everyone else self.of_store)[store_id]]
        return sum(pair[0] for pair in pairs), sum(pair[1] for pair in pairs)

    def rates(self, codes=None, stores=None):
        return {store: ratio(*self.counts(store, codes)) for store in (self.of_store if stores is None else stores)}

    def score(self, store_id, everyone=False):
        return average(visit_score(self.wave, v) for v in (self.everyone if everyone else self.of_store)[store_id])

    def rate_of(self, codes=None, stores=None):
        stores = list(self.of_store if stores is None else stores)
        known = [value for value in self.rates(codes, stores).values() if value is not None]
        pairs = [self.counts(store, codes) for store in stores]
        whole = ratio(sum(pair[0] for pair in pairs), sum(pair[1] for pair in pairs))
        return {
            "mean_of_stores": half_up(average(known)),
            "pooled": half_up(whole),
            "interval": interval(known),
            "n": len(known),
        }

    def summary(self, stores=None):
        stores = list(self.of_store if stores is None else stores)
        pairs = [self.counts(store) for store in stores]
        return {
            "stores": len(stores),
            "visits": sum(len(self.of_store[store]) for store in stores),
            "passed": sum(pair[0] for pair in pairs),
            "applicable": sum(pair[1] for pair in pairs),
            "rate": self.rate_of(stores=stores),
            "official_score": half_up(average(self.score(store) for store in stores)),
            "red_lines": sum(any(crossed(self.wave, v) for v in self.of_store[store]) for store in stores),
        }

    def headline(self, before):
        found = self.summary()
        earlier = before.rate_of()["mean_of_stores"] if before else None
        return self.frame() | found | {
            "change_pp": change(found["rate"]["mean_of_stores"], earlier),
            "change_shown": before is not None and moves(before.rates(), self.rates()),
            "previous_wave_id": before.wave.id if before else None, "break": self.breaks(before),
        }  # fmt: skip

    def breaks(self, before):
        return before is not None and before.wave.version != self.wave.version

    def frame(self):
        return {"wave_id": self.wave.id, "method": self.method, "rule_version": "1"}

    def table(self, rows, **more):
        return self.frame() | {"items": list(rows), "next": None, "total": len(rows)} | more

    def checkpoints(self, before):
        rows = []
        for item in self.asked():
            results = [v.answers.get(item.code) for visits in self.of_store.values() for v in visits]
            passed, failed, na = (results.count(kind) for kind in ("pass", "fail", "na"))
            value = half_up(ratio(passed, passed + failed))
            rows.append({
                "checkpoint": item.code, "passed": passed, "failed": failed, "na": na, "applicable": passed + failed,
                "lineage": item.lineage, "title": item.title, "stage": item.stage, "module": item.module,
                "dimension": item.dimension, "weight": float(item.weight), "critical": item.critical,
                "visits": passed + failed + na, "na_rate": half_up(ratio(na, passed + failed + na)),
                "na_interval": wilson(na, passed + failed + na),
                "rate": value, "interval": wilson(passed, passed + failed),
                **since(before.lineage_share(item.lineage) if before else None, (passed, passed + failed)),
            })  # fmt: skip
        return rows

    def fails(self, code):
        """The visits that failed an item, each with its store and where that stood."""
        return [
            [visit.id, self.store[store].code, self.store[store].name, *self.store[store].parents(self.wave.opens_on)]
            for store, visits in self.of_store.items()
            for visit in visits
            if visit.answers.get(code) == "fail"
        ]

    def asked(self):
        return [item for item in self.wave.items if self.method in (item.methods or (self.method,))]

    def lineage_share(self, lineage):
        """(passed, applicable) of the items of a lineage; nothing where the version has none."""
        codes = [item.code for item in self.wave.items if item.lineage == lineage]
        pairs = [self.counts(store, codes) for store in self.of_store]
        return (sum(pair[0] for pair in pairs), sum(pair[1] for pair in pairs)) if codes else None

    def pooled(self, codes, stores=None):
        pairs = [self.counts(store, codes) for store in (self.of_store if stores is None else stores)]
        return ratio(sum(pair[0] for pair in pairs), sum(pair[1] for pair in pairs))

    def groups(self, kind):
        found = {}
        for item in self.asked():
            if getattr(item, kind) is not None:
                found.setdefault(getattr(item, kind), []).append(item.code)
        listed = list(self.wave.titles[kind])
        return dict(sorted(found.items(), key=lambda each: listed.index(each[0])))

    def parts(self, kind, before):
        was = (
            {code: before.rate_of(codes)["mean_of_stores"] for code, codes in before.groups(kind).items()}
            if before
            else {}
        )
        rows = []
        for code, codes in self.groups(kind).items():
            pairs = [self.counts(store, codes) for store in self.of_store]
            rate = self.rate_of(codes)
            rows.append({
                kind: code, "passed": sum(p for p, _ in pairs), "applicable": sum(n for _, n in pairs), "rate": rate,
                "title": self.wave.titles[kind][code], "checkpoints": len(codes), "stores": rate["n"],
                "visits": sum(len(visits) for visits in self.of_store.values()),
                "score": half_up(average(self.part_score(store, codes) for store in self.of_store)),
                "change_pp": change(rate["mean_of_stores"], was.get(code)),
                "change_shown": code in was and moves(before.rates(before.groups(kind)[code]), self.rates(codes)),
                "break": self.breaks(before),
            })  # fmt: skip
        return rows

    def part_score(self, store_id, codes, everyone=False):
        earned = possible = Fraction(0)
        for visit in (self.everyone if everyone else self.of_store)[store_id]:
            for code in codes:
                weight = self.items[code].weight
                earned += weight * (visit.answers.get(code) == "pass")
                possible += weight * (visit.answers.get(code) in ("pass", "fail"))
        return 100 * earned / possible if possible else None

    def by_parent(self, place):
        found = {}
        for store in self.of_store:
            found.setdefault(self.store[store].parents(self.wave.opens_on)[place], []).append(store)
        return found

    def parents(self, key, place, before):
        was = (
            {p: before.rate_of(stores=s)["mean_of_stores"] for p, s in before.by_parent(place).items()}
            if before
            else {}
        )
        rows = []
        for parent, stores in self.by_code(self.by_parent(place)):
            row = self.summary(stores)
            moved = change(row["rate"]["mean_of_stores"], was.get(parent))
            code, name = self.world.areas.get(parent, (None, None))
            stayed = before.by_parent(place).get(parent, []) if before else []
            rows.append({key: parent, "code": code, "name": name, **row, "change_pp": moved,
                         "change_shown": bool(stayed) and moves(before.rates(stores=stayed), self.rates(stores=stores)),
                         "break": self.breaks(before), "sample_ok": len(stores) >= 5})  # fmt: skip
        return rows

    def by_code(self, members):
        """Regions or groups by code, those without one last."""
        return sorted(members.items(), key=lambda each: (each[0] is None, self.world.areas.get(each[0], ("", ""))))

    def people(self):
        """Everybody who visited, the highest share of "not applicable" first; all of them beside it."""
        visits = [visit for each in self.of_store.values() for visit in each]
        codes = {item.code for item in self.asked()}
        everyone = self.answered(visits, codes)
        rows = []
        for person in {visit.auditor for visit in visits}:
            row = self.answered([visit for visit in visits if visit.auditor == person], codes)
            bounds = row["na_interval"]
            apart = bounds is not None and not bounds[0] <= everyone["na_rate"] <= bounds[1]
            rows.append({"person_id": person, "name": self.world.people.get(person), **row, "na_apart": apart,
                         "sample_ok": row["visits"] >= 5})  # fmt: skip
        rows.sort(key=lambda row: (-(row["na_rate"] or 0), row["name"] or "", str(row["person_id"])))
        return self.table(rows, everyone=everyone)

    def answered(self, visits, codes):
        given = [[result for code, result in visit.answers.items() if code in codes] for visit in visits]
        passed, failed, na = (sum(each.count(kind) for each in given) for kind in ("pass", "fail", "na"))
        shares = [ratio(each.count("na"), len(each)) for each in given if each]
        rates = [value for each in given if (value := ratio(*share(dict(enumerate(each))))) is not None]
        return {
            "visits": len(visits), "answers": passed + failed + na, "na": na, "na_rate": half_up(average(shares)),
            "na_interval": interval(shares), "passed": passed, "applicable": passed + failed,
            "rate": half_up(average(rates)), "rate_interval": interval(rates), "failed": failed,
            "unproven": sum(visit.unproven for visit in visits),
        }  # fmt: skip

    def ranking(self):
        """store -> (rank, [first, last] of the stores that cannot be told apart), among everyone."""
        intervals, keys = {}, {}
        for store, visits in self.everyone.items():
            scores = [score for v in visits if (score := visit_score(self.wave, v)) is not None]
            if len(scores) < 2:
                continue
            intervals[store] = interval(scores)
            critical = sum(v.answers.get(i.code) == "fail" for v in visits for i in self.wave.items if i.critical)
            rate = half_up(ratio(*self.counts(store, everyone=True)))
            keys[store] = (-half_up(average(scores)), -rate, critical, self.store[store].code)
        order = sorted(keys, key=keys.__getitem__)
        found = {}
        for store in order:
            low, high = intervals[store]
            meets = [
                n for n, other in enumerate(order, 1) if intervals[other][0] <= high and intervals[other][1] >= low
            ]
            found[store] = (order.index(store) + 1, [meets[0], meets[-1]], intervals[store])
        return found

    def stores(self, before):
        places = self.ranking()
        was = {store: half_up(value) for store, value in before.rates().items()} if before else {}
        rows = {}
        for store, visits in self.of_store.items():
            region, group = self.store[store].parents(self.wave.opens_on)
            passed, applicable = self.counts(store)
            rank, band, bounds = places.get(store, (None, None, None))
            rate = half_up(ratio(passed, applicable))
            rows[store] = {
                "store_id": store, "code": self.store[store].code, "name": self.store[store].name, "region_id": region,
                "group_id": group, "visits": len(visits), "passed": passed, "applicable": applicable, "rate": rate,
                "official_score": half_up(self.score(store)), "red_line": any(crossed(self.wave, v) for v in visits),
                "rank": rank, "band": band, "score_interval": bounds, "sample_ok": len(visits) >= 2,
                "change_pp": change(rate, was.get(store)),
            }  # fmt: skip
        return rows

    def store_table(self, before):
        """Ranked stores first, then the others by score and code."""
        rows = sorted(self.stores(before).values(), key=lambda row: row["code"])
        rows.sort(key=lambda row: -1 if row["official_score"] is None else row["official_score"], reverse=True)
        rows.sort(key=lambda row: row["rank"] or len(self.everyone) + 1)
        return self.table(rows, ranked=len(self.ranking()))

    def matrix(self, down, across):
        groups = {i.code: [i.code] for i in self.asked()} if across == "checkpoints" else self.groups(across[:-1])
        place = {"stores": None, "regions": 0, "groups": 1}[down]
        ordered = sorted(self.of_store, key=lambda store: self.store[store].code)
        members = [(store, [store]) for store in ordered] if place is None else self.by_code(self.by_parent(place))
        rows = []
        for key, stores in members:
            cells = []
            for codes in groups.values():
                pairs = [self.counts(store, codes) for store in stores]
                passed, applicable = sum(p for p, _ in pairs), sum(n for _, n in pairs)
                known = [value for value in self.rates(codes, stores).values() if value is not None]
                if place is None or across == "checkpoints":
                    cells.append((half_up(ratio(passed, applicable)), applicable, passed, applicable))
                else:
                    cells.append((half_up(average(known)), len(known), passed, applicable))
            lists = map(list, zip(*cells, strict=True)) if cells else ([], [], [], [])
            code, name = self.world.areas.get(key, (None, None))
            if place is None:
                code, name = self.store[key].code, self.store[key].name
            rows.append({"id": key, "code": code, "name": name}
                        | dict(zip(("rates", "n", "passed", "applicable"), lists, strict=True)))  # fmt: skip
        known = self.wave.titles.get(across[:-1]) or {item.code: item.title for item in self.wave.items}
        return self.table(rows, columns=[{"code": code, "title": known[code]} for code in groups])


def codes_of(found, level, target):
    """The codes a trend of this level follows in one slice."""
    if level == "checkpoint":
        return [item.code for item in found.asked() if item.lineage == target]
    if level in ("stage", "module", "dimension"):
        return [item.code for item in found.asked() if getattr(item, level) == target]
    return [item.code for item in found.asked()]


def figure(found, level, codes, stores):
    if level in ("checkpoint", "store"):
        return found.pooled(codes, stores)
    return average(found.rates(codes, stores).values())


def head(found):
    """What a point or a row says of its wave."""
    wave = found.wave
    return {"wave_id": wave.id, "programme": wave.programme, "number": wave.number, "name": wave.name,
            "opens_on": wave.opens_on, "version": wave.version, "method": found.method}  # fmt: skip


def store_report(slices, store):
    """One store over the slices in which it was visited, all of one checklist."""
    rows, before = [], None
    for found in slices:
        row = {key: value for key, value in found.stores(None)[store.id].items()
               if key not in ("store_id", "code", "name", "region_id", "group_id")}  # fmt: skip
        among = {"stores": len(found.everyone), "ranked": len(found.ranking())} | beside(found, store)
        rows.append(head(found) | row | among | {"change_pp": change(row["rate"], before)})
        before = row["rate"]
    kinds = ("stage", "module", "dimension")
    parts = {f"{kind}s": store_parts(slices[-1], kind, store) if slices else [] for kind in kinds}
    return {"waves": rows, **parts, "repeat_fails": repeat_fails(slices, store)}


def beside(found, store, codes=None):
    """The means of the stores of its region and of all stores, hidden below five."""
    day = found.wave.opens_on
    region = store.parents(day)[0]
    near = [s for s in found.everyone if region and found.store[s].parents(day)[0] == region]
    told = {}
    for name, stores in (("region", near), ("network", found.everyone)):
        mean = found.rate_of(codes, stores)
        told[f"{name}_stores"] = mean["n"]
        told[f"{name}_rate"] = mean["mean_of_stores"] if mean["n"] >= 5 else None
    return told


def store_parts(latest, kind, store):
    rows = []
    for code, codes in latest.groups(kind).items():
        own = latest.rate_of(codes, [store.id])
        passed, applicable = latest.counts(store.id, codes)
        rows.append({
            kind: code, "title": latest.wave.titles[kind][code], "passed": passed, "applicable": applicable,
            "rate": own["pooled"], "score": half_up(latest.part_score(store.id, codes)),
            **beside(latest, store, codes),
        })  # fmt: skip
    return rows


def repeat_fails(slices, store):
    rows = []
    for item in slices[-1].asked() if slices else []:
        numbers = []
        for each in reversed(slices):
            codes = [other.code for other in each.wave.items if other.lineage == item.lineage]
            if not any(v.answers.get(code) == "fail" for v in each.of_store[store.id] for code in codes):
                break
            numbers.insert(0, each.wave.number)
        results = [v.answers.get(item.code) for v in slices[-1].of_store[store.id]]
        if len(numbers) >= 2:
            failed = results.count("fail")
            rows.append({"checkpoint": item.code, "title": item.title, "critical": item.critical, "waves": numbers,
                         "failed": failed, "applicable": failed + results.count("pass")})  # fmt: skip
    return sorted(rows, key=lambda row: -len(row["waves"]))


def store_visits(slices, store):
    """All visits of the waves, by whatever method, the latest first."""
    rows = []
    for found in reversed(slices):
        there = [each for each in found.world.visits if (each.wave, each.store) == (found.wave.id, store.id)]
        for visit in sorted(there, key=lambda visit: str(visit.id), reverse=True):
            passed, applicable = share(visit.answers)
            rows.append({
                "visit_id": visit.id, "wave_id": visit.wave, "number": found.wave.number, "method": visit.method,
                "passed": passed, "applicable": applicable, "rate": half_up(ratio(passed, applicable)),
                "official_score": half_up(visit_score(found.wave, visit)), "red_line": crossed(found.wave, visit),
            })  # fmt: skip
    return rows


def trend(slices, level, target):
    """The points over slices in order of waves; `target` is a lineage or a code."""
    points, before = [], None
    for found in slices:
        codes, stores = codes_of(found, level, target), list(found.of_store)
        pairs = [found.counts(store, codes) for store in stores]
        passed, applicable = sum(p for p, _ in pairs), sum(n for _, n in pairs)
        rates = [value for value in found.rates(codes).values() if value is not None]
        visits = sum(len(each) for each in found.of_store.values())
        bounds, n = (wilson(passed, applicable), applicable) if level == "checkpoint" else (interval(rates), len(rates))
        if level == "store":
            bounds, n = None, visits
        point = {
            **head(found), "stores": len(stores), "target_rate": found.wave.target, "rate": half_up(figure(found, level, codes, stores)),
            "interval": bounds, "n": n, "visits": visits, "passed": passed, "applicable": applicable,
            "break": before is not None and (before.wave.version, before.method) != (found.wave.version, found.method),
            "like_for_like": None, "like_for_like_base": None, "change_pp": None, "change_shown": None,
        }  # fmt: skip
        if before is not None:
            point["change_pp"] = change(point["rate"], points[-1]["rate"])
            if level == "checkpoint":
                point["change_shown"] = since((points[-1]["passed"], points[-1]["applicable"]), (passed, applicable))[
                    "change_shown"
                ]
            elif level != "store":
                point["change_shown"] = moves(before.rates(codes_of(before, level, target)), found.rates(codes))
            base, now = alike(before, found, level, target)
            point["like_for_like_base"], point["like_for_like"] = half_up(base), half_up(now)
        points.append(point)
        before = found
    return points


def alike(before, now, level, target):
    """(earlier, later) on common lineages over stores in both; nothing below 70 % of the older weight."""
    older = {before.items[code].lineage: code for code in codes_of(before, level, target)}
    newer = {now.items[code].lineage: code for code in codes_of(now, level, target)}
    common = [lineage for lineage in older if lineage in newer]
    covered = sum((before.items[older[lineage]].weight for lineage in common), Fraction(0))
    whole = sum((before.items[code].weight for code in older.values()), Fraction(0))
    stores = [store for store in before.of_store if store in now.of_store]
    if before.method != now.method or not common or covered < Fraction(7, 10) * whole or not stores:
        return None, None
    return (
        figure(before, level, [older[lineage] for lineage in common], stores),
        figure(now, level, [newer[lineage] for lineage in common], stores),
    )
