"""What answers are written with: exactly what went in, also where the fast way ends."""

from datetime import UTC, datetime
from fractions import Fraction
from uuid import UUID

import pytest
from flask import Flask

ID = UUID("0192f0c0-0000-7000-8000-000000000001")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"b": 1, "a": "落实率"}, '{"b":1,"a":"落实率"}'),
        ({1: None, "id": ID}, f'{{"1":null,"id":"{ID}"}}'),
        ([83.5, 100.0, 0.1, 1e-7], "[83.5,100.0,0.1,1e-7]"),
    ],
)
def test_an_answer_is_written_as_it_stands(app: Flask, value: object, text: str) -> None:
    assert app.json.response(value).get_data(as_text=True) == text


def test_a_number_beyond_64_bits_is_written_too(app: Flask) -> None:
    answer = app.json.response({"b": 10**30, "a": "落实率"})
    assert answer.get_json() == {"b": 10**30, "a": "落实率"}
    assert answer.get_data(as_text=True).index('"b"') < answer.get_data(as_text=True).index("落实率")


def test_what_is_no_json_is_refused(app: Flask) -> None:
    assert app.json.response(datetime(2026, 11, 27, tzinfo=UTC)).get_json() == "2026-11-27T00:00:00+00:00"
    with pytest.raises(TypeError):
        app.json.response(Fraction(1, 3))
