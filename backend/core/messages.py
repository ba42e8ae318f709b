"""Sentences for people, in their language: each package keeps its own in `messages.yaml`."""

import sys
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from flask import has_request_context, request

LOCALES = ("zh-CN", "en")


def locale() -> str:
    """The language the caller asked for; Chinese where none fits."""
    if not has_request_context():
        return LOCALES[0]
    wanted = request.accept_languages.best_match(["zh-CN", "zh", "en"], default=LOCALES[0])
    return "en" if wanted == "en" else LOCALES[0]


def say(package: str, key: str, params: dict[str, Any], language: str | None = None) -> str:
    """The sentence `key` of `package` with its parameters filled in; a missing key is a programming error."""
    sentence = catalogue(package)[language or locale()][key]
    return sentence.format_map({name: _plain(value) for name, value in params.items()})


@cache
def catalogue(package: str) -> dict[str, dict[str, str]]:
    """All sentences of a package: language -> key -> sentence."""
    origin = sys.modules[package].__file__
    if origin is None:
        raise LookupError(f"{package} has no folder")
    path = Path(origin).parent / "messages.yaml"
    loaded: dict[str, dict[str, str]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return loaded


def _plain(value: Any) -> str:
    if isinstance(value, (list, tuple, set, frozenset)):
        return ", ".join(_plain(each) for each in value)
    return str(value)
