"""The house's floors: imports only go down.

`ROOMS` is the table of what may import what. The test reads every module of fineopt, also what it
imports inside functions and under `if TYPE_CHECKING`, and names each import that the table does not
allow. A module in no room fails too: whoever adds one says where it lives.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "fineopt"


@dataclass(frozen=True)
class Room:
    """Modules of one floor, and what they may import beside each other and the standard library."""

    name: str
    floor: int
    modules: frozenset[str]
    may_import: frozenset[str]
    third_party: frozenset[str]


def room(
    name: str, floor: int, modules: str, may_import: str = "", third_party: str = "numpy"
) -> Room:
    def words(text: str) -> frozenset[str]:
        return frozenset(text.split())

    return Room(name, floor, words(modules), words(may_import), words(third_party))


ENGINE = "foundation ops tensor functional module optimizer"

ROOMS = (
    room("foundation", 0, "archives atomic dtype errors files random wording"),
    room("ops", 0, "ops", "foundation", "numpy threadpoolctl"),  # how many threads BLAS may use
    room(
        "tensor",
        1,
        "tensor naming arrays methods operators tape autodiff serialization",
        "foundation ops",
    ),
    room("functional", 2, "functional", "foundation ops tensor"),
    room("module", 3, "module models", "foundation ops tensor functional"),
    room("optimizer", 4, "optimizer", "foundation tensor"),
    room("data", 5, "data", "foundation", "numpy tqdm"),
    room(
        "training",
        6,
        "training agreement snapshot recorder audit timeline threads landscape",
        f"{ENGINE} data",
        "numpy threadpoolctl pandas",  # pandas only where it is asked for
    ),
    room("practice", 6, "practice", f"{ENGINE} data training"),
    room("figures", 7, "figures", "foundation training", "numpy matplotlib"),
    room(
        "widgets",
        8,
        "widgets",
        "foundation optimizer training figures",
        "numpy matplotlib ipywidgets anywidget traitlets IPython",
    ),
)
ROOM_OF = {module: room for room in ROOMS for module in room.modules}

# What floors 0-6, and `import fineopt`, must not load: a script on a server draws nothing.
HEAVY = ("matplotlib", "ipywidgets", "anywidget", "IPython", "tqdm", "pandas")


# --- reading imports ---------------------------------------------------------------------------


def imports(source: str, module: str, is_package: bool) -> Iterator[tuple[int, str]]:
    """Line and full dotted name of all that `module` imports; `from a import b` gives a.b."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _base(node, module, is_package)
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Call) and _is_dynamic_import(node.func) and node.args:
            name = node.args[0]
            if isinstance(name, ast.Constant) and isinstance(name.value, str):
                yield node.lineno, name.value


def _base(node: ast.ImportFrom, module: str, is_package: bool) -> str:
    if node.level == 0:
        return node.module or ""
    parts = module.split(".")
    kept = len(parts) - node.level + is_package
    return ".".join([*parts[:kept], *([node.module] if node.module else [])])


def _is_dynamic_import(function: ast.expr) -> bool:
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return name in ("import_module", "__import__")


# --- judging them ------------------------------------------------------------------------------


def violations(source: str, module: str, is_package: bool = False) -> list[str]:
    """Why `module`, with this source, breaks the rules of the house; empty if it does not."""
    here = ROOM_OF.get(_inner(module))
    if here is None:
        return [f"{module} is in no room of the house: add it to ROOMS in {Path(__file__).name}"]
    wrong = []
    for line, imported in imports(source, module, is_package):
        reason = _forbidden(here, imported)
        if reason:
            wrong.append(f"{module}, line {line}: imports {imported}, {reason}")
    return wrong


def _inner(module: str) -> str:
    """`ops` of `fineopt.ops.linear`."""
    return [*module.split("."), ""][1]


def _forbidden(here: Room, imported: str) -> str | None:
    top = imported.split(".")[0]
    if top == "fineopt":
        there = ROOM_OF.get(_inner(imported))
        if there is None:
            return "which is the whole package or no module: import from the module that defines it"
        if there is not here and there.name not in here.may_import:
            return f"from {there.name} (floor {there.floor}) into {here.name} (floor {here.floor})"
    elif top not in sys.stdlib_module_names and top not in here.third_party:
        return f"and {here.name} (floor {here.floor}) may only use {sorted(here.third_party)}"
    return None


def modules() -> dict[str, Path]:
    """Every module of fineopt but its front door, by dotted name."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        relative = path.relative_to(PACKAGE.parent).with_suffix("")
        parts = [part for part in relative.parts if part != "__init__"]
        if parts != ["fineopt"]:
            found[".".join(parts)] = path
    return found


# --- the tests ---------------------------------------------------------------------------------


def test_the_table_itself_only_goes_down() -> None:
    floors = {room.name: room.floor for room in ROOMS}
    for room in ROOMS:
        assert all(floors[name] <= room.floor for name in room.may_import), room.name
    assert len(ROOM_OF) == sum(len(room.modules) for room in ROOMS), "a module is in two rooms"


@pytest.mark.parametrize("module", modules())
def test_imports_only_go_down(module: str) -> None:
    path = modules()[module]
    found = violations(path.read_text(encoding="utf-8"), module, path.name == "__init__.py")
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("fineopt.ops.linear", "from fineopt.tensor import Tensor"),
        ("fineopt.ops.linear", "from ..tensor import Tensor"),
        ("fineopt.ops.linear", "from .. import tensor"),
        ("fineopt.ops.linear", "import fineopt.tensor as t"),
        ("fineopt.ops.linear", "from fineopt import Tensor"),
        ("fineopt.ops.linear", "import fineopt"),
        ("fineopt.tape", "def f():\n    from .module import Module"),
        ("fineopt.tape", "if TYPE_CHECKING:\n    from .module import Module"),
        ("fineopt.training", "import importlib\nimportlib.import_module('matplotlib.figure')"),
        ("fineopt.training", "__import__('fineopt.widgets')"),
        ("fineopt.errors", "from . import ops"),
        ("fineopt.optimizer.sgd", "from ..functional import relu"),
        ("fineopt.data.mnist", "from ..tensor import Tensor"),
        ("fineopt.practice", "from . import figures"),
        ("fineopt.figures.loss", "import ipywidgets"),
        ("fineopt.ops.linear", "import scipy.signal"),
    ],
)
def test_an_import_that_goes_up_is_found(module: str, source: str) -> None:
    assert len(violations(source, module)) == 1


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("fineopt.tape", "from __future__ import annotations\nimport math\nimport numpy as np"),
        ("fineopt.tape", "from . import ops, errors"),
        ("fineopt.optimizer.sgd", "from .base import Optimizer\nfrom ..tensor import Parameter"),
        ("fineopt.data.mnist", "def fetch():\n    import tqdm"),
        ("fineopt.training", "from threadpoolctl import threadpool_limits\nfrom .data import x"),
        ("fineopt.widgets.panel", "import ipywidgets\nfrom ..figures import loss"),
    ],
)
def test_an_import_that_goes_down_is_allowed(module: str, source: str) -> None:
    assert violations(source, module) == []


def test_a_package_s_own_imports_are_relative_to_it() -> None:
    assert violations("from .linear import matmul", "fineopt.ops", is_package=True) == []
    assert violations("from ..tensor import Tensor", "fineopt.ops", is_package=True)


def test_a_module_in_no_room_is_found() -> None:
    assert "is in no room" in violations("", "fineopt.attic")[0]


def test_the_lower_floors_load_nothing_that_draws() -> None:
    lower = [name for name in modules() if _is_lower(name)]
    assert lower
    loaded = loaded_by("fineopt", *lower)
    assert not loaded & set(HEAVY)


def test_what_a_module_loads_is_seen() -> None:
    assert "tqdm" in loaded_by("tqdm")


def _is_lower(module: str) -> bool:
    here = ROOM_OF.get(_inner(module))
    return here is not None and here.floor <= 6


def loaded_by(*names: str) -> set[str]:
    """Top-level modules in sys.modules of a fresh interpreter that imported these."""
    code = "\n".join([*(f"import {name}" for name in names), "import sys; print(*sys.modules)"])
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return {name.split(".")[0] for name in done.stdout.split()}
