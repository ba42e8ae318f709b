"""How bytes go out: ranges, caching, and headers under which nothing can run."""

from uuid import UUID

import pytest
from flask import Flask

from backend.core import outbox
from backend.evidence import jobs, receiving
from tests.evidence.films import make
from tests.evidence.phone import declare, photo, read, upload

DATA = photo((3, 60, 90), (700, 500))
PAGE = b"<html><script>alert(1)</script></html>"


@pytest.fixture
def chelsea(app: Flask, client_of):
    app.extensions["mingcha.jobs"] = {"evidence.develop": jobs.develop}
    return client_of("chelsea")


@pytest.fixture
def original(chelsea) -> str:
    return f"{_served(chelsea, DATA)}/original"


def _served(client, data: bytes, **claims) -> str:
    id_ = declare(data, **claims)
    upload(client, id_, data)
    outbox.drain()
    return f"/api/v1/evidence/{id_}"


def test_an_original_comes_back_byte_for_byte(chelsea, original: str) -> None:
    answer = chelsea.get(original)
    assert (answer.status_code, answer.data, answer.content_type) == (200, DATA, "image/jpeg")
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_one_range(chelsea, original: str) -> None:
    ranges = {"0-0": (0, 1), "0-99": (0, 100), "100-": (100, None), "-50": (-50, None), "10-999999999": (10, None)}
    for asked, (start, end) in ranges.items():
        answer = chelsea.get(original, headers={"Range": f"bytes={asked}"})
        wanted = DATA[start:end]
        first = start % len(DATA)
        assert (answer.status_code, answer.data) == (206, wanted)
        assert answer.headers["Content-Range"] == f"bytes {first}-{first + len(wanted) - 1}/{len(DATA)}"
        assert answer.content_length == len(wanted)


def test_other_ranges_are_answered_with_everything(chelsea, original: str) -> None:
    for asked in ("bytes=0-1,5-6", "lines=1-2", "bytes=x", "bytes=5-2", "nonsense"):
        answer = chelsea.get(original, headers={"Range": asked})
        assert (answer.status_code, answer.data) == (200, DATA), asked


def test_a_range_past_the_end(chelsea, original: str) -> None:
    answer = chelsea.get(original, headers={"Range": f"bytes={len(DATA)}-"})
    assert (answer.status_code, answer.json["code"]) == (416, "range-unsatisfiable")
    assert answer.headers["Content-Range"] == f"bytes */{len(DATA)}"


def test_a_range_of_what_was_seen_before_only(chelsea, original: str) -> None:
    tag = chelsea.get(original).headers["ETag"]
    assert chelsea.get(original, headers={"Range": "bytes=0-9", "If-Range": tag}).status_code == 206
    assert chelsea.get(original, headers={"Range": "bytes=0-9", "If-Range": '"other"'}).status_code == 200


def test_renditions_are_kept_by_the_callers_browser(chelsea) -> None:
    path = f"{_served(chelsea, DATA)}/renditions/thumb"
    answer = chelsea.get(path)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "private, max-age=604800, immutable"
    assert set(answer.headers["Vary"].split(", ")) >= {"Authorization", "Cookie"}
    again = chelsea.get(path, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == answer.headers["ETag"]
    assert again.headers["Cache-Control"] == answer.headers["Cache-Control"]


def test_a_clip_that_is_a_rendition_is_played_by_range(chelsea) -> None:
    """Some browsers play no video whose server answers no ranges."""
    path = f"{_served(chelsea, DATA)}/renditions/screen"
    whole = chelsea.get(path)
    assert whole.headers["Accept-Ranges"] == "bytes"
    part = chelsea.get(path, headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.data) == (206, whole.data[10:20])
    assert part.headers["Content-Range"] == f"bytes 10-19/{len(whole.data)}"
    past = chelsea.get(path, headers={"Range": f"bytes={len(whole.data)}-"})
    assert (past.status_code, past.headers["Content-Range"]) == (416, f"bytes */{len(whole.data)}")


def test_head_tells_what_get_would_without_reading_a_byte(chelsea, original: str, monkeypatch) -> None:
    for path in (original, original.replace("original", "renditions/thumb")):
        answer = chelsea.get(path)
        with monkeypatch.context() as patch:
            patch.setattr(receiving.store(), "open", None)
            head = chelsea.head(path)
            ranged = chelsea.head(path, headers={"Range": "bytes=0-9"})
        for told in (head, ranged):
            assert (told.status_code, told.data, told.content_length) == (200, b"", len(answer.data))
            for name in ("Content-Type", "ETag", "Cache-Control", "Accept-Ranges", "Content-Disposition"):
                assert told.headers[name] == answer.headers[name]
        assert chelsea.head(path, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


def test_a_preview_comes_in_ranges_and_is_kept(chelsea, tmp_path) -> None:
    clip = make(tmp_path / "clip").read_bytes()
    path = f"{_served(chelsea, clip, kind='video', media_type='video/mp4')}/renditions/preview"
    whole = chelsea.get(path)
    assert (whole.status_code, whole.content_type) == (200, "video/mp4")
    assert whole.headers["Accept-Ranges"] == "bytes"
    # What Safari asks first, before it plays anything.
    first = chelsea.get(path, headers={"Range": "bytes=0-1"})
    assert (first.status_code, first.data) == (206, whole.data[:2])
    assert first.headers["Content-Range"] == f"bytes 0-1/{len(whole.data)}"
    assert first.headers["Cache-Control"] == "private, max-age=604800, immutable"
    past = chelsea.get(path, headers={"Range": f"bytes={len(whole.data)}-"})
    assert past.status_code == 416
    kept = chelsea.get(path, headers={"Range": "bytes=0-1", "If-None-Match": whole.headers["ETag"]})
    assert (kept.status_code, kept.data) == (304, b"")
    assert "Content-Range" not in kept.headers


def test_headers_under_which_nothing_runs(chelsea, original: str) -> None:
    for path in (original, original.replace("original", "renditions/screen")):
        headers = chelsea.get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert headers["Content-Disposition"].startswith("inline; filename=")
        assert headers["Content-Disposition"].endswith('.jpg"')


def test_what_is_no_picture_is_only_saved(chelsea) -> None:
    for media_type in ("text/html", "image/jpeg", "image/svg+xml"):
        data = PAGE + media_type.encode()
        answer = chelsea.get(f"{_served(chelsea, data, media_type=media_type)}/original")
        assert (answer.status_code, answer.data) == (200, data)
        assert answer.content_type == "application/octet-stream"
        assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
        assert answer.headers["Content-Disposition"].endswith('.bin"')


def test_bytes_that_are_lost_are_not_the_callers_fault(chelsea, original: str) -> None:
    receiving.store().delete(read(UUID(original.split("/")[4]), lambda row: row.key))
    assert chelsea.get(original).status_code == 503
    assert chelsea.head(original).status_code == 503
