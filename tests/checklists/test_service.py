"""Publishing checklist versions: once, for good."""

import pytest
import yaml

from backend.checklists import queries, service
from backend.checklists.models import ChecklistVersion
from backend.checklists.problems import AddressDiffers, DefinitionInvalid, VersionPublished
from backend.core.actor import SYSTEM
from backend.core.db import db
from backend.core.outbox import Event
from backend.core.problems import NotFound
from tests import world

TINY = world.FILES["TINY"].read_bytes()


def changed(**changes: object) -> bytes:
    return yaml.safe_dump(yaml.safe_load(TINY) | changes, allow_unicode=True).encode()


def published_events() -> int:
    return db.session.query(Event).filter_by(name="checklist.published").count()


def test_a_new_version_is_published_once(writing: None) -> None:
    row, created = service.publish(SYSTEM, changed(version="2.0.0"))
    again, created_again = service.publish(SYSTEM, changed(version="2.0.0"))
    assert (created, created_again) == (True, False)
    assert again is row
    assert published_events() == 1
    assert queries.compiled(row.id).version == "2.0.0"


def test_the_same_content_in_json_is_the_same_version(writing: None) -> None:
    import json

    source = json.dumps(yaml.safe_load(TINY)).encode()
    row, created = service.publish(SYSTEM, source, "json")
    assert (row.id, created) == (world.VERSIONS["TINY"], False)


def test_other_content_under_a_published_version_names_where_it_differs(writing: None) -> None:
    other = changed(title={"zh-CN": "另一份", "en": "Another"}, description={"zh-CN": "新", "en": "New"})
    with pytest.raises(VersionPublished) as refused:
        service.publish(SYSTEM, other)
    assert refused.value.params["paths"] == ["title.zh-CN", "title.en", "description"]


def test_a_changed_number_of_checkpoints_is_named_as_one_difference(writing: None) -> None:
    document = yaml.safe_load(TINY)
    document["stages"][0]["checkpoints"].pop()
    with pytest.raises(VersionPublished) as refused:
        service.publish(SYSTEM, yaml.safe_dump(document).encode())
    assert refused.value.params["paths"] == ["stages[0].checkpoints"]


def test_every_fault_of_a_file_is_told_at_once(writing: None) -> None:
    document = yaml.safe_load(TINY) | {"version": 2, "surprise": 1}
    with pytest.raises(DefinitionInvalid) as refused:
        service.publish(SYSTEM, yaml.safe_dump(document).encode())
    assert {fault.where["field"] for fault in refused.value.faults} == {"version", "surprise"}


def test_a_file_published_at_another_address_is_refused(writing: None) -> None:
    with pytest.raises(AddressDiffers) as refused:
        service.publish_at(SYSTEM, "TINY", "1.0.1", TINY, "yaml")
    assert [fault.where for fault in refused.value.faults] == [{"field": "version"}]


def test_a_version_that_is_not_there_is_not_found(writing: None) -> None:
    with pytest.raises(NotFound):
        queries.version_visible(SYSTEM, "TINY", "9.9.9")


def test_both_real_checklists_stand_published(writing: None) -> None:
    rows = {row.code: row for row in db.session.query(ChecklistVersion)}
    assert {code: len(queries.compiled(row.id).checkpoints) for code, row in rows.items()} == {
        "TINY": 8,
        "EO": 78,
        "RF": 68,
    }
