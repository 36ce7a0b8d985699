"""Rules that hold for the whole repository, as tests."""

import ast
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("protocol", "node", "grassroots", "regional", "national")
TOP_LEVEL = {
    "pyproject.toml", "node", "protocol", "national", "regional", "grassroots", "configs", "tests",
    "docker-compose.yml", "README.md", "LICENSE", "CHANGELOG.md", "uv.lock",
}  # fmt: skip
MODULE_LINES_MAX = 350
FUNCTION_LINES_MAX = 60


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    return [ROOT / name for name in listed.splitlines() if (ROOT / name).is_file()]


def sources() -> list[Path]:
    return [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


def test_the_top_level_holds_the_rooms_and_nothing_else() -> None:
    names = {path.relative_to(ROOT).parts[0] for path in tracked()}
    assert {name for name in names if not name.startswith(".")} <= TOP_LEVEL


def test_no_module_and_no_function_outgrows_its_room() -> None:
    too_long = []
    for path in sources():
        text = path.read_text(encoding="utf-8")
        name = path.relative_to(ROOT)
        if text.count("\n") > MODULE_LINES_MAX:
            too_long.append(f"{name}: {text.count(chr(10))} lines")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or 0) - node.lineno + 1
                if lines > FUNCTION_LINES_MAX:
                    too_long.append(f"{name}: {node.name} has {lines} lines")
    assert too_long == []


def test_no_module_is_named_for_nothing() -> None:
    empty_words = {"utils", "helpers", "manager", "common", "misc"}
    assert [path for path in sources() if path.stem in empty_words] == []


def test_every_module_says_what_it_is_for() -> None:
    silent = []
    for path in sources():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if tree.body and ast.get_docstring(tree) is None:
            silent.append(str(path.relative_to(ROOT)))
    assert silent == []


def test_public_functions_and_classes_have_docstrings() -> None:
    silent = []
    for path in sources():
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if (
                isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
                and not node.name.startswith("_")
                and ast.get_docstring(node) is None
            ):
                silent.append(f"{path.relative_to(ROOT)}: {node.name}")
    assert silent == []


def test_nothing_speaks_of_how_it_is_being_developed() -> None:
    words = re.compile(r"/work/|\bsub-?agents?\b|\bTODO\b|\bFIXME\b|\bBLUEPRINT\b|\bClaude\b", re.I)
    said = []
    for path in tracked():
        if path == Path(__file__) or path.suffix in {".lock", ".csv", ".jsonl", ".png"}:
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if words.search(line):
                said.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}")
    assert said == []


def test_exceptions_are_caught_by_class_outside_the_two_places_that_may_not() -> None:
    allowed = {"node/scheduler.py", "node/web/errors.py"}
    broad = []
    for path in sources():
        name = str(path.relative_to(ROOT))
        if name in allowed:
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if re.search(r"except( BaseException| Exception)?:", line):
                broad.append(f"{name}:{number}")
    assert broad == []


def test_nothing_but_the_composition_root_compares_the_mode() -> None:
    compared = []
    for path in sources():
        name = str(path.relative_to(ROOT))
        if name == "node/modes.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Compare):
                sides = [ast.unparse(side) for side in (node.left, *node.comparators)]
                if any(re.search(r"\bmode(\.name)?$", side) for side in sides):
                    compared.append(f"{name}:{node.lineno}: {ast.unparse(node)}")
    assert compared == []


def test_every_test_name_is_a_sentence() -> None:
    short = []
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
                and node.name.startswith("test_")
                and node.name.count("_") < 3
            ):
                short.append(f"{path.relative_to(ROOT)}: {node.name}")
    assert short == []


def test_no_test_sleeps_to_synchronise() -> None:
    sleeping = []
    for path in sorted((ROOT / "tests").rglob("*.py")):
        if path == Path(__file__):
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if re.search(r"\btime\.sleep\(", line):
                sleeping.append(f"{path.relative_to(ROOT)}:{number}")
    assert sleeping == []


def test_the_wheel_holds_the_five_packages() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert tuple(project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]) == (
        "protocol", "node", "grassroots", "regional", "national",
    )  # fmt: skip
    assert project["project"]["scripts"] == {"yizhan": "node.cli:main"}


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_says_what_it_is_for(package: str) -> None:
    tree = ast.parse((ROOT / package / "__init__.py").read_text(encoding="utf-8"))
    assert ast.get_docstring(tree)
