"""The PDF reports, read back: their figures are the report pages' own, pictures only for who may see them, no markup."""

import io
import re

import pypdf
import pytest
import typst
from sqlalchemy import select, update

from backend.core.db import db, transaction
from backend.demo.pictures import photo
from backend.evidence.models import Evidence, EvidenceView, Rendition
from backend.exports import rules, typesetting
from backend.exports.typesetting import Document, Lines, Table, Tile, typeset
from backend.network.models import Store
from backend.waves.models import Wave
from tests import world
from tests.exports.conftest import HOSTILE
from tests.kept import keep
from tests.submissions import submission_for


def pages(data):
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages]


def text(data):
    """The words of a PDF; line breaks fall where the page is narrow."""
    return re.sub(r"\s+", " ", " ".join(pages(data)))


def pictures_in(data):
    return sum(len(page.images) for page in pypdf.PdfReader(io.BytesIO(data)).pages)


def report(office, login, path):
    return office.client(login).get(f"/api/v1/reports/{path}").json


def test_the_report_of_a_wave_says_what_its_page_says(waves, office):
    found = text(office.whole("alice", "wave_pdf", waves.locked))
    told = report(office, "alice", f"waves/{waves.locked.id}")
    low, high = told["rate"]["interval"]
    assert f"{told['rate']['mean_of_stores']:.1f} %" in found
    assert f"[{low:.1f}, {high:.1f}] n = {told['rate']['n']}" in found
    assert f"{told['official_score']:.2f}" in found
    assert f"{told['passed']} / {told['applicable']}" in found
    for row in report(office, "alice", f"waves/{waves.locked.id}/stores")["items"]:
        assert f"{row['code']} {row['code']} 店 {row['official_score']:.2f}" in found
    for title in ("Trend over waves", "Weakest checkpoints", "Ranking", "How the figures are reckoned"):
        assert title in found
    assert "Pass rate = passed / (passed + failed)" in found


def test_the_weakest_checkpoint_comes_first(waves, office):
    found = text(office.whole("alice", "wave_pdf", waves.locked))
    listed = found[found.index("Weakest checkpoints") : found.index("Regions and groups")]
    told = report(office, "alice", f"waves/{waves.locked.id}/checkpoints")["items"]
    order = sorted(told, key=lambda row: (row["rate"], -row["failed"], row["checkpoint"]))
    places = [listed.index(f"{row['checkpoint']} Name {row['checkpoint']}") for row in order]
    assert places == sorted(places)


def test_the_report_of_a_store_says_what_its_page_says(waves, office):
    found = text(office.whole("alice", "store_pdf", filters={"store": str(world.ONE)}))
    told = report(office, "alice", f"stores/{world.ONE}")
    last = told["waves"][-1]
    assert f"Wave {last['number']}: pass rate {last['rate']:.1f} %, band" in found
    for row in told["waves"]:
        assert f"{row['number']} · {row['name']} {row['rate']:.1f} %" in found
    assert all(f"Name {row['checkpoint']}" in found for row in told["repeat_fails"])
    assert "What keeps failing" in found


def test_every_page_is_numbered_and_says_when_and_by_whom(waves, office):
    found = pages(office.whole("alice", "wave_pdf", waves.locked))
    assert len(found) >= 2
    for number, page in enumerate(found, start=1):
        assert f"{number} / {len(found)}" in page
        assert "(Asia/Shanghai) · Alice" in page


def test_the_chinese_report_is_chinese(waves, office):
    found = text(office.whole("alice", "wave_pdf", waves.locked, locale="zh-CN")).replace(" ", "")
    for words in ("第1期报告", "平均落实率", "最弱的检查点", "名称A1", "不单独作为处分个人的依据"):
        assert words in found
    assert "门店报告" in text(office.whole("alice", "store_pdf", filters={"store": str(world.ONE)}, locale="zh-CN"))


def test_managers_get_their_own_part_without_who_came_and_when(waves, office):
    found = text(office.whole("erin", "wave_pdf", waves.locked))
    assert "ONE ONE 店" in found
    assert not re.search(r"TWO|THREE|FOUR|Chelsea|2026-01-17", found)
    found = text(office.whole("erin", "store_pdf", filters={"store": str(world.ONE)}))
    assert "ONE ONE 店" in found
    assert "W2" not in found
    assert "Chelsea" not in found
    refused = office.ask("erin", "store_pdf", filters={"store": str(world.TWO)})
    assert refused.status_code == 404


def test_hostile_names_are_words_on_the_page(waves, office):
    name = '#image("/etc/passwd") $x$ *bold* <a> "' + HOSTILE
    with transaction(writes=True) as session:
        session.execute(update(Store).where(Store.id == world.ONE).values(name=name))
        session.execute(update(Wave).values(name="#panic()"))
    found = text(office.whole("alice", "wave_pdf", waves.locked)).replace(" ", "")
    assert name.replace(" ", "") in found
    assert "#panic()" in found


def test_a_wave_without_visits_and_a_store_without_visits_are_reports_too(waves, office, app):
    with transaction(writes=True):
        from tests.scores import rows

        empty = rows.wave(rows.programme("EMPTY"), 1, waves.open.checklist_version_id)
        lonely = rows.store("LONELY")
    assert "of 0 stores" in text(office.whole("alice", "wave_pdf", empty))
    found = text(office.whole("alice", "store_pdf", filters={"store": str(lonely)}))
    assert "No approved visit of this store" in found


def test_a_machine_without_a_chinese_font_says_so_and_how_to_get_one(waves, office, monkeypatch):
    monkeypatch.setattr(typesetting, "FONTS", ("No Such Font",))
    id_ = office.ask("alice", "wave_pdf", waves.locked).json["id"]
    office.make()
    told = office.look("alice", id_).json
    assert (told["state"], told["fault"]["code"]) == ("failed", "no-font")
    assert "apt-get install fonts-noto-cjk" in told["fault"]["message"]


@pytest.fixture
def failed(client_of):
    """Dan's visit at store ONE failed at T-1-05, with two pictures, and is released; answers the evidence of the fail."""
    body = submission_for(world.COMPILED["TINY"], {"T-1-05": "fail"}, method="announced")
    address = f"/api/v1/visits/{world.VISITS['dan-tiny']}"
    assert client_of("dan").put(f"{address}/submission", json=body).status_code == 201
    with transaction(writes=True) as session:
        for number, row in enumerate(session.scalars(select(Evidence))):
            data = photo(f"scene-{number}", ("T", str(number)))
            row.state, row.key = "ready", keep(f"originals/{row.sha256[:2]}/{row.sha256[2:4]}/{row.sha256}.jpg", data)
            key = keep(f"renditions/{row.sha256[:2]}/{row.sha256[2:4]}/{row.sha256}-thumb.jpg", data)
            session.add(
                Rendition(
                    evidence_id=row.id,
                    name="thumb",
                    key=key,
                    media_type="image/jpeg",
                    width=8,
                    height=8,
                    size=len(data),
                )
            )
    answer = client_of("bob").put(f"{address}/review", json={"verdict": "approved"})
    assert answer.status_code == 200, answer.json
    assert client_of("alice").put(f"/api/v1/waves/{world.WAVES['TINY']}/publish").status_code == 200
    return {each["id"] for one in body["answers"] if one["result"] == "fail" for each in one["evidence"]}


def views():
    with transaction(writes=False):
        rows = db.session.scalars(select(EvidenceView).where(EvidenceView.what == "thumb"))
        return [(str(row.evidence_id), row.person_id) for row in rows]


@pytest.mark.parametrize("kind", ["wave_pdf", "store_pdf"])
def test_pictures_of_fails_are_shown_to_who_may_see_them_and_logged(office, failed, kind):
    about = {"wave": str(world.WAVES["TINY"])} if kind == "wave_pdf" else {"store": str(world.ONE)}
    wave = about | {"method": "announced"}
    assert len(failed) == 2
    for login in ("alice", "bob"):
        data = office.whole(login, kind, filters=wave)
        assert pictures_in(data) == len(failed)
        assert "Proof of what failed" in text(data)
    people = {world.person_id("alice"), world.person_id("bob")}
    assert set(views()) == {(id_, person) for id_ in failed for person in people}
    data = office.whole("erin", kind, filters=wave)
    assert pictures_in(data) == 0
    assert "Proof of what failed" not in text(data)
    assert {person for _, person in views()} == people


def test_a_thumbnail_that_is_lost_or_no_picture_is_left_out(office, failed):
    with transaction(writes=False):
        keys = list(db.session.scalars(select(Rendition.key).where(Rendition.evidence_id.in_(select(Evidence.id)))))
    for key in keys:
        keep(key, b"no picture at all")
    filters = {"wave": str(world.WAVES["TINY"]), "method": "announced"}
    data = office.whole("alice", "wave_pdf", filters=filters)
    assert pictures_in(data) == 0


def test_what_is_typeset_is_what_was_given(tmp_path):
    table = Table("Table", ["Name", "Bar"], [["x", {"bar": 50.0}], [None, None]], [1, 1], "lr")
    document = Document(
        title="T", subtitle="S", author="A", locale="en", footer="F", sentence="", tiles=[Tile("L", "1 %", "n = 1")],
        parts=[table, Lines("Lines", ["one sentence"])],
    )  # fmt: skip
    typeset(document, tmp_path, tmp_path / "x.pdf")
    found = text((tmp_path / "x.pdf").read_bytes())
    assert document.rows == 2
    assert all(words in found for words in ("T", "S", "F", "1 %", "n = 1", "Name", "–", "one sentence"))


def test_the_font_that_is_taken_is_on_this_machine():
    assert typesetting.chinese_font() in typst.Fonts().families()
    assert rules.FORMATS[rules.WAVE_PDF] == (rules.PDF,)
