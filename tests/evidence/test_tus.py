"""tus 1.0.0: every status of the protocol, breaks at every point, and a real client over a line that is cut."""

import hashlib
import io
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import requests
from flask import Flask
from sqlalchemy import select
from tusclient.client import TusClient
from werkzeug.serving import make_server

import media_store
from backend.core import clock, outbox
from backend.core.db import db, transaction
from backend.core.ids import new_id
from backend.core.outbox import Event, OutboxRow
from backend.evidence import arrivals, jobs, queries, receiving, tus
from backend.evidence.models import Upload
from tests import world
from tests.evidence import phone
from tests.evidence.phone import checksum, declare, head, patch, photo, post, read, state, upload, url
from tests.servers import run_folder, start_seaweedfs

DATA = photo()
LONG = DATA + bytes(range(256)) * 8192


@pytest.fixture
def chelsea(client_of):
    return client_of("chelsea")


@pytest.fixture
def line(app: Flask) -> Iterator[str]:
    """A server on a port of its own."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def bucket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a media store in a real bucket."""
    with start_seaweedfs(run_folder(tmp_path_factory.getbasetemp())) as server, pytest.MonkeyPatch.context() as patch_:
        for name, value in server.environment.items():
            patch_.setenv(name, value)
        yield f"s3://{server.bucket}/{new_id()}"


def offset(answer) -> int:
    return int(answer.headers["Upload-Offset"])


def kept(evidence_id) -> bytes:
    with receiving.store().open(read(evidence_id, lambda row: row.key)) as file:
        return file.read()


def upload_row(evidence_id) -> Upload | None:
    with transaction(writes=False):
        row = queries.upload_of(evidence_id)
        db.session.expunge_all()
        return row


def test_options_tell_what_is_spoken(client_of) -> None:
    for path in ("/api/v1/uploads", url(new_id())):
        answer = client_of(None).options(path)
        assert answer.status_code == 204
        assert answer.headers["Tus-Version"] == "1.0.0"
        assert answer.headers["Tus-Extension"] == "creation,creation-with-upload,checksum,termination,expiration"
        assert answer.headers["Tus-Checksum-Algorithm"] == "sha1,sha256"
        assert answer.headers["Tus-Max-Size"] == str(4 * 1024**3)


def test_an_upload_from_end_to_end(chelsea) -> None:
    id_ = declare(DATA)
    answer = head(chelsea, id_)
    assert (answer.status_code, offset(answer), answer.headers["Upload-Length"]) == (200, 0, str(len(DATA)))
    assert answer.headers["Cache-Control"] == "no-store"
    answer = patch(chelsea, id_, DATA[:1000])
    assert (answer.status_code, offset(answer), state(id_)) == (204, 1000, "uploading")
    assert "GMT" in answer.headers["Upload-Expires"]
    assert offset(head(chelsea, id_)) == 1000
    answer = patch(chelsea, id_, DATA[1000:], 1000)
    assert (answer.status_code, offset(answer), state(id_)) == (204, len(DATA), "stored")
    assert offset(head(chelsea, id_)) == len(DATA)
    assert kept(id_) == DATA
    sha256 = hashlib.sha256(DATA).hexdigest()
    assert read(id_, lambda row: row.key) == f"originals/{sha256[:2]}/{sha256[2:4]}/{sha256}.jpg"
    assert read(id_, lambda row: row.detected_type) == "image/jpeg"


def test_the_last_byte_tells_once_and_queues_the_work(chelsea) -> None:
    id_ = declare(DATA)
    upload(chelsea, id_, DATA)
    patch(chelsea, id_, b"", len(DATA))
    head(chelsea, id_)
    with transaction(writes=False):
        events = db.session.scalars(select(Event.name).where(Event.subject_id == id_)).all()
        jobs = db.session.scalars(select(OutboxRow.job).where(OutboxRow.subject_id == id_)).all()
    assert events == ["evidence.stored"]
    assert jobs == ["evidence.develop"]


def test_creation_finds_the_upload_that_is_there(chelsea) -> None:
    id_ = declare(DATA)
    patch(chelsea, id_, DATA[:100])
    answer = post(chelsea, id_, len(DATA))
    assert (answer.status_code, answer.headers["Location"], offset(answer)) == (201, url(id_), 100)
    assert head(chelsea, id_).headers["Upload-Metadata"] == phone.metadata(id_)


def test_creation_with_upload(chelsea) -> None:
    id_ = declare(DATA)
    answer = post(chelsea, id_, len(DATA), DATA[:300])
    assert (answer.status_code, offset(answer)) == (201, 300)
    assert offset(post(chelsea, id_, len(DATA), DATA)) == 300
    other = declare(LONG)
    assert offset(post(chelsea, other, len(LONG), LONG)) == len(LONG)
    assert state(other) == "stored"


def test_creation_for_what_is_stored_needs_no_bytes(chelsea) -> None:
    upload(chelsea, declare(DATA), DATA)
    twin = declare(DATA)
    assert state(twin) == "stored"
    assert head(chelsea, twin).status_code == 404
    assert post(chelsea, twin, len(DATA)).status_code == 201
    assert offset(head(chelsea, twin)) == len(DATA)
    assert patch(chelsea, twin, DATA).status_code == 409


BAD_CREATIONS = [
    ({"Tus-Resumable": "0.2.2"}, 412, "tus-version"),
    ({"Upload-Length": "x"}, 400, "upload-header"),
    ({"Upload-Length": "-1"}, 400, "upload-header"),
    ({"Upload-Length": "٣"}, 400, "upload-header"),
    ({"Upload-Length": "5"}, 422, "upload-length"),
    ({"Upload-Length": str(5 * 1024**3)}, 413, "file-too-large"),
    ({"Upload-Metadata": ""}, 400, "upload-header"),
    ({"Upload-Metadata": "evidence_id"}, 400, "upload-header"),
    ({"Upload-Metadata": "evidence_id !!"}, 400, "upload-header"),
    ({"Upload-Metadata": "evidence_id 5p2l"}, 400, "upload-header"),
    ({"Upload-Metadata": "evidence_id YQ==,evidence_id YQ=="}, 400, "upload-header"),
    ({"Upload-Metadata": phone.metadata("not a uuid")}, 400, "upload-header"),
    ({"Upload-Metadata": phone.metadata(new_id())}, 404, "not-found"),
    ({"Upload-Metadata": "x" * 5000}, 400, "upload-header"),
]


def test_bad_creations(chelsea) -> None:
    id_ = declare(DATA)
    for headers, status, code in BAD_CREATIONS:
        given = {name: value.encode().decode("latin-1") for name, value in headers.items()}
        answer = post(chelsea, id_, len(DATA), **given)
        assert (answer.status_code, answer.json["code"]) == (status, code), headers
        assert answer.content_type == "application/problem+json"
        assert answer.headers["Tus-Resumable"] == "1.0.0"


def test_an_unknown_version_is_told_which_is_known(chelsea) -> None:
    id_ = declare(DATA)
    for call in (chelsea.head, chelsea.patch, chelsea.delete):
        answer = call(url(id_))
        assert (answer.status_code, answer.headers["Tus-Version"]) == (412, "1.0.0")
    assert offset(head(chelsea, id_)) == 0


BAD_PATCHES = [
    ({"content_type": "application/json"}, 415),
    ({"Upload_Offset": "-1"}, 400),
    ({"Upload_Offset": ""}, 400),
    ({"Upload_Offset": "9" * 30}, 400),
    ({"Upload_Offset": "5"}, 409),
    ({"Upload_Offset": "999999999"}, 409),
    ({"Upload_Checksum": "md5 abcd"}, 400),
    ({"Upload_Checksum": "sha1 ???"}, 400),
    ({"Upload_Checksum": checksum(b"other")}, 460),
]


def test_bad_patches_leave_the_upload_alone(chelsea) -> None:
    id_ = declare(DATA)
    for headers, status in BAD_PATCHES:
        given = phone.tus(Upload_Offset="0") | {name.replace("_", "-"): value for name, value in headers.items()}
        content_type = given.pop("content-type", phone.OFFSET_STREAM)
        answer = chelsea.patch(url(id_), data=DATA, headers=given, content_type=content_type)
        assert answer.status_code == status, headers
        assert answer.content_type == "application/problem+json"
        assert offset(head(chelsea, id_)) == 0
        assert state(id_) == "expected"


def test_a_conflict_tells_the_offset(chelsea) -> None:
    id_ = declare(DATA)
    patch(chelsea, id_, DATA[:10])
    answer = patch(chelsea, id_, DATA)
    assert (answer.status_code, offset(answer), answer.json["code"]) == (409, 10, "upload-offset")


def test_checksums(chelsea) -> None:
    id_ = declare(DATA)
    assert patch(chelsea, id_, DATA[:50], Upload_Checksum=checksum(DATA[:50])).status_code == 204
    rest = DATA[50:]
    answer = patch(chelsea, id_, rest, 50, Upload_Checksum=checksum(b"!", "sha256"))
    assert (answer.status_code, answer.json["title"]) == (460, "Checksum Mismatch")
    assert offset(head(chelsea, id_)) == 50
    assert patch(chelsea, id_, rest, 50, Upload_Checksum=checksum(rest, "sha256")).status_code == 204
    assert kept(id_) == DATA


def test_past_the_end(chelsea) -> None:
    id_ = declare(DATA)
    assert patch(chelsea, id_, DATA + b"!").status_code == 413
    assert offset(head(chelsea, id_)) == 0
    upload(chelsea, id_, DATA)
    assert patch(chelsea, id_, b"!", len(DATA)).status_code == 413
    assert patch(chelsea, id_, b"", len(DATA)).status_code == 204


def test_a_body_may_be_larger_than_any_other(app: Flask, chelsea) -> None:
    app.config["MAX_CONTENT_LENGTH"] = 1000
    id_ = declare(LONG)
    upload(chelsea, id_, LONG)
    assert state(id_) == "stored"


def test_bytes_that_were_not_declared(chelsea) -> None:
    id_ = declare(DATA)
    wrong = bytes(len(DATA))
    patch(chelsea, id_, wrong[:100])
    answer = patch(chelsea, id_, wrong[100:], 100)
    assert (answer.status_code, answer.json["code"]) == (460, "wrong-bytes")
    assert answer.content_type == "application/problem+json"
    assert read(id_, lambda row: (row.state, row.problem, row.key)) == ("expected", "wrong-bytes", None)
    assert offset(head(chelsea, id_)) == 0
    assert list(receiving.store().staged()) == []
    assert list(receiving.store().keys()) == []
    upload(chelsea, id_, DATA)
    assert read(id_, lambda row: (row.state, row.problem)) == ("stored", None)


def test_termination(chelsea) -> None:
    id_ = declare(DATA)
    patch(chelsea, id_, DATA[:100])
    assert chelsea.delete(url(id_), headers=phone.tus()).status_code == 204
    assert head(chelsea, id_).status_code == 404
    assert patch(chelsea, id_, b"x").status_code == 404
    assert chelsea.delete(url(id_), headers=phone.tus()).status_code == 404
    assert list(receiving.store().staged()) == []
    assert state(id_) == "expected"
    assert offset(post(chelsea, id_, len(DATA))) == 0
    upload(chelsea, id_, DATA)
    assert chelsea.delete(url(id_), headers=phone.tus()).status_code == 204
    assert (state(id_), kept(id_)) == ("stored", DATA)


def test_expiration(chelsea) -> None:
    id_, finished = declare(DATA), declare(LONG)
    patch(chelsea, id_, DATA[:100])
    upload(chelsea, finished, LONG)
    with clock.set_to(clock.now() + timedelta(days=29)):
        patch(chelsea, id_, DATA[100:200], 100)
        assert offset(head(chelsea, finished)) == len(LONG)
    with clock.set_to(clock.now() + timedelta(days=31)):
        assert offset(head(chelsea, id_)) == 200
        assert head(chelsea, finished).status_code == 410
    with clock.set_to(clock.now() + timedelta(days=60)):
        assert head(chelsea, id_).status_code == 410
        assert patch(chelsea, id_, DATA[200:], 200).status_code == 410
        assert offset(post(chelsea, id_, len(DATA))) == 0
        assert offset(post(chelsea, finished, len(LONG))) == len(LONG)
        upload(chelsea, id_, DATA)


def test_methods_may_come_disguised(chelsea) -> None:
    id_ = declare(DATA)
    headers = phone.tus(Upload_Offset="0") | {"X-HTTP-Method-Override": "PATCH"}
    answer = chelsea.post(url(id_), data=DATA, headers=headers, content_type=phone.OFFSET_STREAM)
    assert (answer.status_code, state(id_)) == (204, "stored")
    assert chelsea.post(url(id_), headers=phone.tus()).status_code == 405


def tried(client, evidence_id, data: bytes) -> set[int]:
    """The statuses of everything one can do to an upload."""
    answers = [
        head(client, evidence_id),
        patch(client, evidence_id, data),
        post(client, evidence_id, len(data)),
        client.delete(url(evidence_id), headers=phone.tus()),
    ]
    return {answer.status_code for answer in answers}


def test_another_persons_upload_does_not_exist(client_of, chelsea) -> None:
    id_, stored = declare(DATA, submitted=True), declare(LONG)
    upload(chelsea, stored, LONG)
    for login in ("grace", "dan"):
        for each, data in ((id_, DATA), (stored, LONG), (new_id(), DATA)):
            assert tried(client_of(login), each, data) == {404}
    assert offset(head(chelsea, id_)) == 0


def test_who_never_uploads(client_of) -> None:
    id_ = declare(DATA)
    for login, status in ((None, 401), ("alice", 403), ("bob", 403), ("erin", 403)):
        assert tried(client_of(login), id_, DATA) == tried(client_of(login), new_id(), DATA) == {status}


class _Failing(Exception):
    """Stands for a process that is killed."""


@pytest.mark.parametrize("method", ["HEAD", "PATCH"])
def test_a_kill_between_the_move_and_the_row_is_made_good(chelsea, monkeypatch, method: str) -> None:
    id_ = declare(DATA)
    with monkeypatch.context() as killing:
        killing.setattr(arrivals, "conclude", _raise)
        with pytest.raises(_Failing):
            patch(chelsea, id_, DATA)
    assert state(id_) == "expected"
    assert len(list(receiving.store().keys())) == len(list(receiving.store().staged())) == 1
    answer = head(chelsea, id_) if method == "HEAD" else patch(chelsea, id_, b"", len(DATA))
    assert offset(answer) == len(DATA)
    assert (state(id_), kept(id_)) == ("stored", DATA)
    assert list(receiving.store().staged()) == []


@pytest.mark.parametrize("method", ["HEAD", "PATCH"])
def test_a_kill_before_the_move_is_made_good(chelsea, monkeypatch, method: str) -> None:
    id_ = declare(DATA)
    with monkeypatch.context() as killing:
        killing.setattr(receiving, "_complete", _raise)
        with pytest.raises(_Failing):
            patch(chelsea, id_, DATA)
    assert state(id_) == "expected"
    answer = head(chelsea, id_) if method == "HEAD" else patch(chelsea, id_, b"", len(DATA))
    assert (offset(answer), state(id_)) == (len(DATA), "stored")


def test_a_bucket_does_as_a_disk_does(app: Flask, chelsea, bucket: str, monkeypatch) -> None:
    app.extensions["mingcha.media"] = media_store.open_store(bucket)
    app.extensions["mingcha.jobs"] = {"evidence.develop": jobs.develop}
    id_, wrong = declare(DATA), declare(LONG)
    assert patch(chelsea, id_, DATA[100:], 100).status_code == 409
    patch(chelsea, id_, DATA[:100])
    assert offset(head(chelsea, id_)) == 100
    with monkeypatch.context() as killing:
        killing.setattr(arrivals, "conclude", _raise)
        with pytest.raises(_Failing):
            patch(chelsea, id_, DATA[100:], 100)
    assert offset(head(chelsea, id_)) == len(DATA)
    assert patch(chelsea, wrong, bytes(len(LONG))).status_code == 460
    upload(chelsea, wrong, LONG)
    outbox.drain()
    assert (state(id_), kept(id_), kept(wrong)) == ("ready", DATA, LONG)
    answer = chelsea.get(f"/api/v1/evidence/{id_}/original", headers={"Range": "bytes=5-9"})
    assert (answer.status_code, answer.data) == (206, DATA[5:10])


def test_bytes_the_database_never_heard_of_count(chelsea) -> None:
    id_ = declare(DATA)
    staged_as = str(upload_row(id_).id)
    receiving.store().create(staged_as)
    receiving.store().append(staged_as, 0, [DATA[:70]], limit=len(DATA))
    assert offset(head(chelsea, id_)) == 70
    assert patch(chelsea, id_, DATA[70:], 70).status_code == 204
    assert state(id_) == "stored"


def test_staged_bytes_that_are_lost_begin_again(chelsea) -> None:
    id_ = declare(DATA)
    patch(chelsea, id_, DATA[:100])
    receiving.store().discard(str(upload_row(id_).id))
    assert patch(chelsea, id_, DATA[100:], 100).status_code == 409
    assert offset(head(chelsea, id_)) == 0
    upload(chelsea, id_, DATA)


def test_wrong_bytes_are_found_by_head_too(chelsea) -> None:
    id_ = declare(DATA)
    staged_as = str(upload_row(id_).id)
    receiving.store().create(staged_as)
    receiving.store().append(staged_as, 0, [bytes(len(DATA))], limit=len(DATA))
    assert offset(head(chelsea, id_)) == 0
    assert read(id_, lambda row: (row.state, row.problem)) == ("expected", "wrong-bytes")


@pytest.mark.parametrize(
    ("fault", "status"),
    [(media_store.Unreachable("away"), 503), (media_store.NoSpace("full"), 507), (media_store.Locked("x"), 423)],
)
def test_a_store_in_trouble_is_told_not_broken(chelsea, monkeypatch, fault, status) -> None:
    id_ = declare(DATA)

    def refuse(*_args, **_options):
        raise fault

    monkeypatch.setattr(receiving.store(), "append", refuse)
    answer = patch(chelsea, id_, DATA)
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    assert offset(head(chelsea, id_)) == 0


def test_two_at_once_never_mix(app: Flask, line: str) -> None:
    id_ = declare(LONG)
    session, headers = _signed_in(), phone.tus(Upload_Offset="0")
    opened, answered = threading.Event(), threading.Event()

    def slowly() -> Iterator[bytes]:
        yield LONG[:300_000]
        opened.set()
        answered.wait(10)
        yield LONG[300_000:]

    first: list[int] = []
    slow = threading.Thread(
        target=lambda: first.append(session.patch(line + url(id_), data=slowly(), headers=headers).status_code)
    )
    slow.start()
    opened.wait(10)
    _until(lambda: _offset_over(line, id_) > 0)
    second = _signed_in().patch(line + url(id_), data=LONG, headers=headers)
    standing = _offset_over(line, id_)
    answered.set()
    slow.join()
    assert (second.status_code, first) == (423, [204])
    assert 0 < standing < len(LONG)
    assert (state(id_), kept(id_)) == ("stored", LONG)


def test_many_at_once_store_once(app: Flask, line: str) -> None:
    id_ = declare(DATA)
    statuses: list[int] = []

    def send() -> None:
        statuses.append(
            _signed_in().patch(line + url(id_), data=DATA, headers=phone.tus(Upload_Offset="0")).status_code
        )

    threads = [threading.Thread(target=send) for _ in range(8)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    # Whoever had looked before the first was done, and came to its staging after that was given up, sent all as well.
    assert 204 in statuses
    assert set(statuses) <= {204, 409, 423}
    assert upload_row(id_) is None or state(id_) == "stored"
    assert kept(id_) == DATA
    with transaction(writes=False):
        assert len(db.session.scalars(select(Event).where(Event.subject_id == id_)).all()) == 1


def test_what_came_before_a_break_is_kept(app: Flask, line: str) -> None:
    id_ = declare(LONG)
    with _raw(line) as wire:
        wire.sendall(_request(id_, len(LONG)) + LONG[:700_000])
    _until(lambda: _offset_over(line, id_) == 700_000)
    _until(lambda: upload_row(id_).offset == 700_000)
    rest = _signed_in().patch(line + url(id_), data=LONG[700_000:], headers=phone.tus(Upload_Offset="700000"))
    assert (rest.status_code, kept(id_)) == (204, LONG)


def test_a_phone_that_falls_silent_lets_go_of_the_lock(app: Flask, line: str, monkeypatch) -> None:
    monkeypatch.setattr(tus, "PATIENCE_SECONDS", 0.3)
    id_ = declare(LONG)
    with _raw(line) as wire:
        wire.sendall(_request(id_, len(LONG)) + LONG[:300_000])
        _until(lambda: upload_row(id_).offset > 0)
        standing = _offset_over(line, id_)
        headers = phone.tus(Upload_Offset=str(standing))
        rest = _signed_in().patch(line + url(id_), data=LONG[standing:], headers=headers)
    assert (rest.status_code, kept(id_)) == (204, LONG)


def test_chunked_bodies(app: Flask, line: str) -> None:
    id_ = declare(LONG)
    headers = phone.tus(Upload_Offset="0")
    long = _signed_in().patch(line + url(id_), data=iter([LONG, b"more"]), headers=headers)
    assert (long.status_code, state(id_)) == (413, "uploading")
    standing = _offset_over(line, id_)
    headers = phone.tus(Upload_Offset=str(standing))
    rest = _signed_in().patch(line + url(id_), data=iter([LONG[standing:]]), headers=headers)
    assert (rest.status_code, kept(id_)) == (204, LONG)


@pytest.mark.parametrize("checksums", [False, True])
def test_tuspy_gets_through_a_line_that_is_cut(app: Flask, line: str, checksums: bool) -> None:
    id_ = declare(LONG)
    with _cutting(line, every=600_000) as cut:
        uploader = TusClient(cut + "/api/v1/uploads", headers=_authorization()).uploader(
            file_stream=io.BytesIO(LONG),
            chunk_size=500_000,
            metadata={"evidence_id": str(id_)},
            retries=30,
            retry_delay=0,
            upload_checksum=checksums,
        )
        uploader.upload()
    assert (state(id_), kept(id_)) == ("stored", LONG)


def test_tuspy_goes_on_at_the_upload_url(app: Flask, line: str) -> None:
    id_ = declare(LONG)
    client = TusClient(line + "/api/v1/uploads", headers=_authorization())
    client.uploader(file_stream=io.BytesIO(LONG), chunk_size=500_000, url=line + url(id_)).upload_chunk()
    again = client.uploader(file_stream=io.BytesIO(LONG), chunk_size=500_000, url=line + url(id_))
    assert again.offset == 500_000
    again.upload()
    assert kept(id_) == LONG


def _raise(*_args, **_options):
    raise _Failing


def _authorization() -> dict[str, str]:
    return {"Authorization": f"Bearer {world.token_of('chelsea')}"}


def _signed_in() -> requests.Session:
    session = requests.Session()
    session.headers.update(_authorization() | {"Content-Type": phone.OFFSET_STREAM})
    return session


def _offset_over(line: str, evidence_id) -> int:
    return int(_signed_in().head(line + url(evidence_id), headers=phone.tus()).headers["Upload-Offset"])


def _until(question, seconds: float = 10) -> None:
    pause = threading.Event()
    for _ in range(int(seconds / 0.02)):
        if question():
            return
        pause.wait(0.02)
    raise AssertionError("it never came true")


@contextmanager
def _raw(line: str) -> Iterator[socket.socket]:
    with socket.create_connection((urlsplit(line).hostname, urlsplit(line).port)) as wire:
        yield wire


def _request(evidence_id, length: int) -> bytes:
    headers = (
        _authorization()
        | phone.tus(Upload_Offset="0")
        | {
            "Host": "x",
            "Content-Type": phone.OFFSET_STREAM,
            "Content-Length": str(length),
        }
    )
    lines = [f"PATCH {url(evidence_id)} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode()


@contextmanager
def _cutting(line: str, *, every: int) -> Iterator[str]:
    """A line that passes so many bytes from the phone and is then cut, again and again."""
    far, near = (urlsplit(line).hostname, urlsplit(line).port), socket.create_server(("127.0.0.1", 0))
    budget = [every]

    def carry(source: socket.socket, target: socket.socket, *, counts: bool) -> None:
        with suppress(OSError):
            while piece := source.recv(16384):
                budget[0] -= len(piece) if counts else 0
                if budget[0] < 0:
                    budget[0] = every
                    break
                target.sendall(piece)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def accept() -> None:
        with suppress(OSError):
            while True:
                phone_end, _ = near.accept()
                server_end = socket.create_connection(far)
                for pair, counts in (((phone_end, server_end), True), ((server_end, phone_end), False)):
                    threading.Thread(target=carry, args=pair, kwargs={"counts": counts}, daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    yield f"http://127.0.0.1:{near.getsockname()[1]}"
    near.close()
