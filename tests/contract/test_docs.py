"""Documents that cannot rot: what the README lists is what is there."""

import re
from pathlib import Path

from backend import cli

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_package_map_names_every_package_and_nothing_else() -> None:
    named = set(re.findall(r"^\| `([a-z_/]+)` \|", README, re.MULTILINE))
    packages = {f"backend/{path.name}" for path in (ROOT / "backend").iterdir() if (path / "__init__.py").exists()}
    assert {name for name in named if name.startswith("backend/")} == packages | {"backend/migrations"}
    assert all((ROOT / name).is_dir() for name in named)


def test_the_settings_table_names_every_setting() -> None:
    read = set(re.findall(r'"(MINGCHA_\w+)"', (ROOT / "backend" / "settings.py").read_text(encoding="utf-8")))
    assert set(re.findall(r"^\| `(MINGCHA_\w+)`", README, re.MULTILINE)) == read


def test_the_readme_names_every_command() -> None:
    line = README.split("## The command line")[1]
    for name, command in cli.main.commands.items():
        assert f"`{name}" in line, name
        assert command.help


def test_make_help_tells_what_make_offers() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    told = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert told
    for target in told[1].split():
        assert re.search(rf"^{target}:.*##", makefile, re.MULTILINE), target


def test_no_lock_holds_an_address() -> None:
    for lock in [*ROOT.glob("*.lock"), *(ROOT / "deploy").glob("*.lock"), ROOT / "frontend" / "package-lock.json"]:
        assert not re.search(
            r"\"resolved\"|https?://\S+\.(whl|tgz|tar\.gz)|--(extra-)?index-url", lock.read_text(encoding="utf-8")
        ), lock
