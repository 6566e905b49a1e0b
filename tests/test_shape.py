"""The shape of the code: rules that no reviewer should have to repeat."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "consumption"
FILES = sorted(SOURCE.rglob("*.py"))
NAMES_THAT_SAY_NOTHING = {"utils", "util", "helpers", "helper", "common", "misc", "base", "manager"}
LONGEST_FILE = 250
LONGEST_FUNCTION = 50
LONGER_WITH_A_REASON = {
    "tables/lake.py": "the twelve tables of the data contract are read side by side",
}


def functions(file: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method in a file."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_importing_the_package_opens_nothing(tmp_path: Path) -> None:
    """An import reads no settings, opens no file of the user's, and starts no thread, process or connection."""
    modules = [
        ".".join(("consumption", *f.relative_to(SOURCE).with_suffix("").parts)).removesuffix(".__init__")
        for f in FILES
        if "migrations" not in f.parts and f.stem != "__main__"
    ]
    script = f"""
import sys
opened = []
def watch(event, args):
    if event == "open" and isinstance(args[0], str):
        mode, flags = args[1], args[2]
        writing = (mode and any(m in mode for m in "wax+")) or (isinstance(flags, int) and flags & 3)
        if writing and not args[0].endswith((".pyc", "/dev/null")) and "__pycache__" not in args[0]:
            opened.append(("open", args[0]))
    if event in ("socket.connect", "subprocess.Popen", "sqlite3.connect") and args[0] != "/bin/sh":
        opened.append((event, str(args[0])))
for name in ("mlflow", "lightgbm", "sklearn", "scipy", "altair", "alembic"):
    try:
        __import__(name)
    except ImportError:
        pass
sys.addaudithook(watch)
import importlib
for module in {modules!r}:
    importlib.import_module(module)
import os
assert not opened, opened
assert os.listdir(".") == [], os.listdir(".")
"""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("command", ["consumption.cli", "consumption.serving.app", "consumption.jobs.ingest"])
def test_mlflow_is_not_paid_for_by_those_who_do_not_train(command: str) -> None:
    """MLflow takes seconds to import: neither the command line, nor ingest, nor the service's start waits for it."""
    script = f"import sys, {command}; sys.exit('mlflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-W", "ignore", "-c", script], check=False).returncode == 0


def test_every_file_has_a_name_that_says_something() -> None:
    """A file is named for the one idea in it."""
    assert [f.name for f in FILES if f.stem in NAMES_THAT_SAY_NOTHING] == []


def test_files_and_functions_are_short() -> None:
    """A file over 250 lines, or a function over 50, needs a reason."""
    long_files = [
        (name, lines)
        for f in FILES
        if (lines := len(f.read_text("utf-8").splitlines())) > LONGEST_FILE
        and (name := str(f.relative_to(SOURCE))) not in LONGER_WITH_A_REASON
    ]
    long_functions = [
        (str(f.relative_to(SOURCE)), node.name)
        for f in FILES
        for node in functions(f)
        if (node.end_lineno or 0) - node.lineno + 1 > LONGEST_FUNCTION
    ]
    assert (long_files, long_functions) == ([], [])


def test_our_own_package_is_imported_at_the_top() -> None:
    """A deferred import of our own package hides a wrong direction; only the command line may wait for its jobs."""
    deferred = [
        (str(f.relative_to(SOURCE)), node.name)
        for f in FILES
        if f.parent.name != "cli"
        for node in functions(f)
        for inner in ast.walk(node)
        if isinstance(inner, ast.ImportFrom) and (inner.module or "").startswith("consumption")
    ]
    assert deferred == []


def test_every_test_states_its_rule() -> None:
    """A test's docstring is the rule it holds us to."""
    silent = [
        (str(f.relative_to(ROOT)), node.name)
        for f in sorted((ROOT / "tests").rglob("test_*.py"))
        for node in functions(f)
        if node.name.startswith("test_") and not ast.get_docstring(node)
    ]
    assert silent == []
