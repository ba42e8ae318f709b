"""One content has one hash, whatever the order and spacing in which it was sent."""

from uuid import uuid4

from backend.reviews.decision import read_decision

FILE = uuid4()
BODY = {
    "verdict": "approved", "reason": None, "deadline": None, "returned": [], "round": None,
    "changes": [{"checkpoint": "A", "result": "fail", "reason": "no", "value": None},
                {"checkpoint": "B", "result": "pass", "reason": "yes", "value": 3}],
    "waived": [{"checkpoint": "C", "reason": "seen"}, {"evidence": FILE, "reason": "lost"}],
}  # fmt: skip


def test_order_round_and_blanks_say_nothing():
    other = BODY | {
        "changes": [{**BODY["changes"][1]}, {**BODY["changes"][0], "reason": " no "}],
        "waived": BODY["waived"][::-1], "round": 1, "reason": "  ",
    }  # fmt: skip
    assert read_decision(BODY).sha256 == read_decision(other).sha256
    assert read_decision(BODY).document == read_decision(other).document


def test_every_word_counts():
    others = [
        BODY | {"verdict": "void"}, BODY | {"reason": "x"}, BODY | {"changes": []}, BODY | {"waived": BODY["waived"][:1]},
        BODY | {"returned": [{"checkpoint": "A", "note": "n"}]},
        BODY | {"changes": [BODY["changes"][0], BODY["changes"][1] | {"value": 4}]},
        BODY | {"waived": [{"checkpoint": "C", "reason": "heard"}, BODY["waived"][1]]},
    ]  # fmt: skip
    hashes = {read_decision(each).sha256 for each in (BODY, *others)}
    assert len(hashes) == len(others) + 1


def test_the_document_is_plain_json():
    document = read_decision(BODY).document
    assert document["waived"] == [{"checkpoint": "C", "reason": "seen"}, {"evidence": str(FILE), "reason": "lost"}]
    assert document["changes"][0] == {"checkpoint": "A", "result": "fail", "reason": "no"}
