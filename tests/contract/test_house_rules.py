"""House rules, held against the syntax tree of every file."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = sorted(
    path
    for folder in ("backend", "media_store")
    for path in (ROOT / folder).rglob("*.py")
    if "versions" not in path.parts
)
TESTS = sorted((ROOT / "tests").rglob("test_*.py"))


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def calls(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func)


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


@pytest.mark.parametrize("path", PRODUCT, ids=relative)
def test_only_the_database_layer_commits(path: Path) -> None:
    if relative(path) != "backend/core/db.py":
        assert not [call for call in calls(path) if call.endswith(("session.commit", "session.rollback"))]


@pytest.mark.parametrize("path", PRODUCT, ids=relative)
def test_only_the_clock_reads_the_time(path: Path) -> None:
    if relative(path) == "backend/core/clock.py" or relative(path).startswith("media_store/"):
        return
    forbidden = {"datetime.now", "datetime.utcnow", "date.today", "time.time", "datetime.datetime.now"}
    assert not forbidden & set(calls(path))


@pytest.mark.parametrize(
    ("package", "home"),
    [
        ("PIL", ("backend/evidence/imaging.py", "backend/demo/pictures.py")),
        ("pillow_heif", "backend/evidence/imaging.py"),
        ("av", tuple(f"backend/evidence/{name}.py" for name in ("video", "preview", "waveform"))),
        ("cryptography", ("backend/core/signing.py", "backend/certificates.py")),
        ("xlsxwriter", "backend/exports/sheets.py"),
        ("pyarrow", "backend/exports/columnar.py"),
        ("typst", "backend/exports/typesetting.py"),
        ("boto3", "media_store/s3.py"),
        ("botocore", "media_store/"),
    ],
)
def test_a_library_has_one_home(package: str, home: str | tuple[str, ...]) -> None:
    found = {relative(path) for path in PRODUCT if any(name.split(".")[0] == package for name in imports(path))}
    assert all(path.startswith(home) for path in found), found


@pytest.mark.parametrize("path", [path for path in PRODUCT if path.name == "rules.py"], ids=relative)
def test_rules_import_the_standard_library_only(path: Path) -> None:
    outside = {"flask", "sqlalchemy", "marshmallow", "numpy", "yaml", "backend.core.db", "flask_smorest"}
    assert not {name for name in imports(path) if name.split(".")[0] in outside or name in outside}


@pytest.mark.parametrize("path", PRODUCT, ids=relative)
def test_every_module_says_what_lives_there(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", PRODUCT, ids=relative)
def test_no_file_is_longer_than_400_lines(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


@pytest.mark.parametrize("path", PRODUCT, ids=relative)
def test_services_do_not_know_the_web(path: Path) -> None:
    if path.name in {"service.py", "queries.py", "rules.py", "jobs.py"}:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module == "flask":
                assert {name.name for name in node.names} <= {"current_app"}, relative(path)


@pytest.mark.parametrize("path", TESTS, ids=relative)
def test_no_test_is_left_uncollected(path: Path) -> None:
    """A function that asserts, takes no fixture decorator and is called by nobody is a test that never runs."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    names |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("test_") and not node.decorator_list:
            assert node.name in names, f"{relative(path)}: {node.name} is never called"


@pytest.mark.parametrize("path", sorted((ROOT / "backend").rglob("messages.yaml")), ids=relative)
def test_both_languages_say_the_same_things(path: Path) -> None:
    sentences = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert set(sentences) == {"zh-CN", "en"}
    chinese, english = sentences["zh-CN"], sentences["en"]
    assert set(chinese) == set(english)
    for key in chinese:
        assert set(re.findall(r"{(\w+)}", chinese[key])) == set(re.findall(r"{(\w+)}", english[key])), key
        assert not re.search(r"[\u3400-\u9fff]", english[key]), key


def test_every_problem_has_its_sentence() -> None:
    from backend.core.problems import Problem
    from tests.contract import everything  # noqa: F401 - imports every module of the product.

    def all_of(kind: type) -> Iterator[type]:
        for child in kind.__subclasses__():
            yield child
            yield from all_of(child)

    for problem in (found for found in all_of(Problem) if not found.__name__.startswith("_")):
        folder = ROOT / problem.package().replace(".", "/")
        sentences = yaml.safe_load((folder / "messages.yaml").read_text(encoding="utf-8"))
        assert problem.code in sentences["en"], problem
        assert 400 <= problem.status < 600, problem


def test_no_chinese_sentence_stands_in_code() -> None:
    for path in PRODUCT:
        if relative(path).startswith("backend/demo"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                assert not re.search(r"[\u3400-\u9fff]{4,}[，。]", node.value), f"{relative(path)}: {node.value[:40]}"
