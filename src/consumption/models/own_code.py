"""The files of this package that a module needs: what is logged beside a model so that it runs without us."""

from __future__ import annotations

import ast
import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

PACKAGE = "consumption"


def copy_what_is_needed(module: str, folder: Path) -> Path:
    """Copies `module` and all of this package that it imports to FOLDER/consumption; returns that path."""
    for name, file in sorted(needed(module).items()):
        place = folder.joinpath(*name.split("."))
        target = place / "__init__.py" if file.name == "__init__.py" else place.with_suffix(".py")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)
    return folder / PACKAGE


def needed(module: str) -> dict[str, Path]:
    """Module to file, of a module, of what it imports from this package, and of the packages they lie in."""
    found: dict[str, Path] = {}
    asked = [module]
    while asked:
        name = asked.pop()
        if name in found:
            continue
        spec = find_spec(name)
        if spec is None or spec.origin is None:
            raise ModuleNotFoundError(name)
        found[name] = Path(spec.origin)
        parent = name.rpartition(".")[0]
        asked += [*_imported(found[name]), *([parent] if parent else [])]
    return found


def _imported(file: Path) -> Iterator[str]:
    """Modules of this package that a file imports."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == PACKAGE:
            module = str(node.module)
            yield module
            yield from (f"{module}.{a.name}" for a in node.names if _is_module(f"{module}.{a.name}"))
        elif isinstance(node, ast.Import):
            yield from (a.name for a in node.names if a.name.split(".")[0] == PACKAGE)


def _is_module(name: str) -> bool:
    """Whether `from package import name` names a file; a name within a file has none."""
    parent = find_spec(name.rpartition(".")[0])
    return parent is not None and parent.submodule_search_locations is not None and find_spec(name) is not None
