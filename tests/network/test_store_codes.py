"""The code in the store: planners print it, and nobody else can make one."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from flask import Flask

from backend.network import store_codes
from tests import world


def test_a_code_names_its_store_and_no_other(app: Flask) -> None:
    assert store_codes.store_of(store_codes.token_of(world.ONE)) == world.ONE
    moved = store_codes.token_of(world.ONE).replace(world.ONE.hex, world.TWO.hex)
    assert store_codes.store_of(moved) is None


@pytest.mark.parametrize("text", ["", ".", "x.y", "\x00", "\ud800", "一.二", "=" * 200, f"{world.ONE}", "." * 9])
def test_nothing_else_is_a_code(app: Flask, text: str) -> None:
    assert store_codes.store_of(text) is None
    assert store_codes.store_of(f"{world.ONE.hex}.{text}") is None


def test_the_letters_below_it_speak_for_their_store_however_they_are_typed(app: Flask) -> None:
    letters = store_codes.short_of(world.ONE)
    for typed in (letters, letters.lower(), f" {letters[:4]} {letters[4:]} ", f"{letters[:4]}-{letters[4:]}"):
        assert store_codes.speaks_for(typed, world.ONE)
        assert not store_codes.speaks_for(typed, world.TWO)
    assert store_codes.speaks_for(store_codes.token_of(world.ONE), world.ONE)


@pytest.mark.parametrize("text", ["", "        ", "AAAAAAAA", "\x00", "\ud800", "一二三四五六七八"])
def test_no_other_letters_do(app: Flask, text: str) -> None:
    assert not store_codes.speaks_for(text, world.ONE)


def test_the_planner_gets_the_code_as_a_picture(client_of: Callable) -> None:
    answer = client_of("alice").get(f"/api/v1/stores/{world.ONE}/qr")
    assert (answer.status_code, answer.mimetype) == (200, "image/svg+xml")
    assert b"<svg" in answer.data
    letters = store_codes.short_of(world.ONE)
    assert f"{letters[:4]} {letters[4:]}" in answer.text
    assert "ONE 店" in answer.text
    assert store_codes.address_of(world.ONE).endswith(f"/m/here?store={store_codes.token_of(world.ONE)}")


def test_a_stores_name_is_text_and_nothing_else(app: Flask) -> None:
    assert b"<script" not in store_codes.picture_of(world.ONE, "<script>alert(1)</script>")


@pytest.mark.parametrize("login", ["bob", "chelsea", "dan", "erin", "frank", "gina"])
def test_nobody_else_gets_it(client_of: Callable, login: str) -> None:
    assert client_of(login).get(f"/api/v1/stores/{world.ONE}/qr").status_code == 403


def test_a_store_that_is_not_there_has_no_code(client_of: Callable) -> None:
    assert client_of("alice").get(f"/api/v1/stores/{uuid4()}/qr").status_code == 404
