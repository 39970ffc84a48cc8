"""The house's floors: imports only go down.

`ROOMS` is the table of what may import what. The test reads every module of fineopt, also what it
imports inside functions and under `if TYPE_CHECKING`, and names each import that the table does not
allow. A module in no room fails too: whoever adds one says where it lives.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping
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


ENGINE = "foundation parallel ops core functional module optimizer"
RUN = "files data recorder training landscape"
WIDGETS = "numpy matplotlib ipywidgets anywidget traitlets IPython zmq"

ROOMS = (
    room("foundation", 0, "errors checks types wording atomic nested"),
    room("random", 0, "random stream", "foundation"),
    room("files", 0, "files", "foundation"),
    room("language", 0, "language", "foundation", third_party=""),
    room("parallel", 0, "parallel", "foundation", "numpy threadpoolctl"),  # limits BLAS
    room("ops", 0, "ops", "foundation parallel"),
    room(
        "core",
        1,
        "core tensor autodiff serialization",  # the last three are its public doors
        "foundation random files parallel ops",
    ),
    room("functional", 2, "functional", "foundation random ops core"),
    room("module", 3, "module models", "foundation random ops core functional"),
    room("optimizer", 4, "optimizer", "foundation core language"),
    room("data", 5, "data", "foundation random files", "numpy tqdm"),
    room(
        "recorder", 6, "recorder", "foundation files", "numpy pandas"
    ),  # pandas only where it is asked for
    room("training", 6, "training", f"{ENGINE} random files data recorder language"),
    room("timeline", 6, "timeline", f"{ENGINE} files data recorder training language"),
    room("bridge", 6, "bridge", "foundation recorder language", "numpy torch megengine"),
    room("audit", 6, "audit", f"{ENGINE} random bridge language", "numpy torch megengine"),
    room("landscape", 6, "landscape", f"{ENGINE} random language"),
    # torch only inside the functions of lesson 06
    room("practice", 6, "practice", f"{ENGINE} random {RUN} language", "numpy torch"),
    # contourpy only where a landscape is drawn
    room("scenes", 6, "scenes", "foundation recorder landscape language", "numpy contourpy"),
    room(
        "control",
        7,
        "control",
        f"foundation parallel optimizer {RUN} audit timeline scenes language",
    ),
    room(
        "figures",
        7,
        "figures",
        f"foundation {RUN} timeline scenes language",
        "numpy matplotlib PIL",
    ),
    room(
        "widgets",
        8,
        "widgets",
        f"foundation {RUN} audit timeline optimizer control scenes figures language",
        WIDGETS,
    ),
    # the last four only where JupyterLab is opened or examined
    room(
        "command",
        8,
        "command __main__",
        "foundation files parallel",
        "numpy jupyter_core jupyter_server ipykernel",
    ),
    room(
        "watching",
        9,
        "watching",
        f"foundation {RUN} audit timeline bridge control scenes widgets figures language",
        "numpy lightning transformers",  # the last two only in adapters, for those who have them
    ),
)
ROOM_OF = {module: room for room in ROOMS for module in room.modules}

ROOMS_BY_NAME = {room.name: room for room in ROOMS}

# What only rooms that name it may load: a script on a server draws nothing.
HEAVY = ("matplotlib", "ipywidgets", "anywidget", "IPython", "tqdm", "pandas", "torch", "megengine")


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


# --- circles -----------------------------------------------------------------------------------


def graph() -> dict[str, set[str]]:
    """The modules that each module imports, also inside functions and for types alone."""
    known, edges = modules(), {}
    for module, path in known.items():
        source, is_package = path.read_text(encoding="utf-8"), path.name == "__init__.py"
        found = {_module_of(name, known) for _, name in imports(source, module, is_package)}
        edges[module] = found - {module, ""}
    return edges


def _module_of(name: str, known: Collection[str]) -> str:
    """`fineopt.ops.linear` of `fineopt.ops.linear.matmul`; "" for a module that is not ours."""
    while name and name not in known:
        name = name.rpartition(".")[0]
    return name


def circles(edges: Mapping[str, Collection[str]]) -> list[list[str]]:
    """Groups of modules that import each other, by whatever way round."""
    reached = {module: _reached(module, edges) for module in edges}
    groups = {
        frozenset(other for other in reached[module] if module in reached[other])
        for module in edges
        if module in reached[module]
    }
    return sorted(sorted(group) for group in groups)


def _reached(start: str, edges: Mapping[str, Collection[str]]) -> set[str]:
    found: set[str] = set()
    ahead = list(edges[start])
    while ahead:
        module = ahead.pop()
        if module not in found:
            found.add(module)
            ahead += edges[module]
    return found


# --- the tests ---------------------------------------------------------------------------------


def test_the_table_itself_only_goes_down() -> None:
    floors = {room.name: room.floor for room in ROOMS}
    for room in ROOMS:
        assert all(floors[name] <= room.floor for name in room.may_import), room.name
    assert len(ROOM_OF) == sum(len(room.modules) for room in ROOMS), "a module is in two rooms"
    assert circles({room.name: room.may_import for room in ROOMS}) == []


@pytest.mark.parametrize("module", modules())
def test_imports_only_go_down(module: str) -> None:
    path = modules()[module]
    found = violations(path.read_text(encoding="utf-8"), module, path.name == "__init__.py")
    assert not found, "\n".join(found)


def test_no_modules_import_each_other() -> None:
    assert circles(graph()) == []


def test_a_circle_is_found() -> None:
    assert circles({"a": ["b"], "b": ["c"], "c": ["a", "d"], "d": []}) == [["a", "b", "c"]]
    assert circles({"a": ["b", "c"], "b": ["c"], "c": []}) == []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("fineopt.ops.linear", "from fineopt.tensor import Tensor"),
        ("fineopt.ops.linear", "from ..tensor import Tensor"),
        ("fineopt.ops.linear", "from .. import tensor"),
        ("fineopt.ops.linear", "import fineopt.tensor as t"),
        ("fineopt.ops.linear", "from fineopt import Tensor"),
        ("fineopt.ops.linear", "import fineopt"),
        ("fineopt.core.tape", "def f():\n    from ..module import Module"),
        ("fineopt.core.tape", "if TYPE_CHECKING:\n    from ..module import Module"),
        ("fineopt.training", "import importlib\nimportlib.import_module('matplotlib.figure')"),
        ("fineopt.training", "__import__('fineopt.widgets')"),
        ("fineopt.errors", "from . import ops"),
        ("fineopt.optimizer.rules.sgd", "from ...functional import relu"),
        ("fineopt.data.mnist", "from ..tensor import Tensor"),
        ("fineopt.practice", "from . import figures"),
        ("fineopt.control.schedule", "from ..figures import style"),
        ("fineopt.control.schedule", "import ipywidgets"),
        ("fineopt.figures.charts.loss", "import ipywidgets"),
        ("fineopt.ops.linear", "import scipy.signal"),
    ],
)
def test_an_import_that_goes_up_is_found(module: str, source: str) -> None:
    assert len(violations(source, module)) == 1


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("fineopt.core.tape", "from __future__ import annotations\nimport numpy as np"),
        ("fineopt.core.tape", "from .. import ops, errors"),
        ("fineopt.optimizer.rules.sgd", "from ..base import Optimizer\nfrom ...core import x"),
        ("fineopt.data.mnist", "def fetch():\n    import tqdm"),
        ("fineopt.parallel.blas", "from threadpoolctl import threadpool_limits"),
        ("fineopt.widgets.panels.panel", "import ipywidgets\nfrom ...figures import loss"),
    ],
)
def test_an_import_that_goes_down_is_allowed(module: str, source: str) -> None:
    assert violations(source, module) == []


def test_a_package_s_own_imports_are_relative_to_it() -> None:
    assert violations("from .linear import matmul", "fineopt.ops", is_package=True) == []
    assert violations("from ..tensor import Tensor", "fineopt.ops", is_package=True)


def test_a_module_in_no_room_is_found() -> None:
    assert "is in no room" in violations("", "fineopt.attic")[0]


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_a_room_loads_only_what_it_may(room: Room) -> None:
    """Alone in a fresh interpreter; what is imported late, inside a function, is not loaded."""
    own = [name for name in modules() if _inner(name) in room.modules]
    loaded = loaded_by(*(name for name in own if not needs_torch(name)))
    assert "torch" not in loaded
    wanted = set(room.third_party).union(*(ROOMS_BY_NAME[n].third_party for n in room.may_import))
    assert not loaded & (set(HEAVY) - wanted)


def needs_torch(module: str) -> bool:
    """Whether a module is about PyTorch, as its name or its room says, and so is imported late.

    The one about MegEngine imports it inside its functions.
    """
    rooms = ("fineopt.watching", "fineopt.bridge.torch")
    return module.startswith(rooms) or module.rsplit(".", 1)[-1].startswith("torch")


@pytest.mark.parametrize(
    "module", ["fineopt", "fineopt.training", "fineopt.audit", "fineopt.bridge", "fineopt.control"]
)
def test_what_trains_on_a_server_loads_nothing_that_draws(module: str) -> None:
    assert not loaded_by(module) & set(HEAVY)


def test_what_a_module_loads_is_seen() -> None:
    assert "tqdm" in loaded_by("tqdm")


def loaded_by(*names: str) -> set[str]:
    """Top-level modules in sys.modules of a fresh interpreter that imported these."""
    code = "\n".join([*(f"import {name}" for name in names), "import sys; print(*sys.modules)"])
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return {name.split(".")[0] for name in done.stdout.split()}
