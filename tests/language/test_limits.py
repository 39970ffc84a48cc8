"""What cannot be restored, and what a watch notices, is said in the learner's language."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fineopt
from fineopt import models, optimizer
from fineopt.timeline import Timeline
from fineopt.training import Trainer, train_func
from fineopt.widgets import TrainingPanel
from tests.language.test_spoken import check, english, make_trainer, names_of, texts_of
from tests.language.test_table import SAYING

PACKAGE = Path(fineopt.__file__).parent
SENTENCE = re.compile(r"\w+ \w+ \w+")


@pytest.fixture(autouse=True)
def chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FINEOPT_LANG", "zh")


# --- read from the code --------------------------------------------------------------------------


def told(tree: ast.AST, whole: bool) -> Iterator[ast.AST]:
    """Yield the code that makes limits and notices: functions of that name, and arguments."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and (whole or node.name.endswith("limits")):
            yield from node.body
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "_notice":
            yield from node.args
        elif isinstance(node, ast.Assign):
            targets = [target.attr for target in node.targets if isinstance(target, ast.Attribute)]
            if targets == ["error"] and whole is False:
                yield node.value


def unsaid(node: ast.AST) -> Iterator[str]:
    """Yield the sentences in code that do not pass through `say`."""
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") in SAYING:
        return
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return  # a docstring
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        if SENTENCE.search(node.value):
            yield node.value
        return
    for child in ast.iter_child_nodes(node):
        yield from unsaid(child)


@pytest.mark.parametrize("folder", ["training", "timeline", "watching", "bridge"])
def test_every_limit_and_notice_is_said(folder: str) -> None:
    found = [
        (path.name, text)
        for path in sorted((PACKAGE / folder).rglob("*.py"))
        for node in told(ast.parse(path.read_text(encoding="utf-8")), path.name == "limits.py")
        for text in unsaid(node)
    ]
    assert not found


def test_what_is_not_said_is_found() -> None:
    code = """
class Loop:
    def limits(self):
        return [f"the order of {self.data} is not restored", say("this sentence is said")]

    def look(self):
        self._notice("the model has changed")
        self.error = f"recording stopped here: {self}"
"""
    assert sorted(
        {text.strip() for node in told(ast.parse(code), False) for text in unsaid(node)}
    ) == [
        "is not restored",
        "recording stopped here:",
        "the model has changed",
        "the order of",
    ]


# --- said by runs --------------------------------------------------------------------------------


class OwnLoader:
    """Has no state_dict."""

    def __init__(self, loader: Any) -> None:
        self.loader = loader

    def __iter__(self) -> Iterator[Any]:
        return iter(self.loader)

    def __len__(self) -> int:
        return len(self.loader)


class Endless(OwnLoader):
    """Has a state_dict, and no length."""

    __len__ = None  # type: ignore[assignment]

    def state_dict(self) -> dict[str, Any]:
        return {}

    def load_state_dict(self, state: Any) -> None:
        pass


class Noisy(models.LeNet):
    def __init__(self) -> None:
        super().__init__()
        self.noise = np.random.default_rng(0)


class Counting(optimizer.SGD):
    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.calls = [0]


def counting() -> Callable[..., Any]:
    seen: list[int] = []

    def train(*args: Any) -> Any:
        seen.append(1)
        return train_func(*args)

    return train


def limited(case: str) -> Trainer:
    """Return a run of which something is not restored."""
    common = make_trainer()
    net = Noisy() if case == "net" else common.net
    kind = Counting if case == "optimizer" else optimizer.SGD
    loader: Any = common.dataloader
    loader = {"loader": OwnLoader, "endless": Endless}.get(case, lambda one: one)(loader)
    train = counting() if case == "train_func" else train_func
    return Trainer(net, kind(net.parameters(), lr=0.05), loader, train_func=train)


@pytest.mark.parametrize("case", ["net", "optimizer", "loader", "endless", "train_func"])
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_limits_are_chinese(case: str) -> None:
    trainer = limited(case)
    limits = trainer.limits()
    code = {"state_dict", "load_state_dict", "train_func", "fineopt", "random", "generator"}
    code |= {
        "__len__",
        "len__",
        "OwnLoader",
        "Endless",
        "Noisy",
        "Counting",
        "noise",
        "calls",
        "seen",
    }
    code |= {"Timeline", "MB", "LeNet"}
    assert limits
    assert [limit for limit in limits if not re.search("[\u4e00-\u9fff]", limit)] == []
    timeline = Timeline(trainer)
    panel = TrainingPanel(trainer)
    try:
        check((("limit", limit) for limit in limits), code)
        check(iter([("repr", repr(timeline)), ("table", str(timeline.table()))]), code)
        check(texts_of(panel), names_of(trainer) | code)
        assert limits[0] in panel.strip.note
    finally:
        panel.close()


def test_the_warning_of_a_timeline_is_chinese() -> None:
    with pytest.warns(UserWarning) as warned:
        Timeline(limited("loader"))
    assert not english(str(warned[0].message), {"OwnLoader", "state_dict"})


def test_a_run_in_parts_is_described_in_chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    trainer = make_trainer()
    monkeypatch.setattr("fineopt.timeline.moment.thread_count", lambda: 2)
    timeline = Timeline(trainer)
    trainer.run(epochs=1)
    monkeypatch.setattr("fineopt.timeline.timeline.thread_count", lambda: 3)
    [limit] = timeline.limits()
    assert "2 和 3" in limit
    assert not english(limit, {"BLAS"})


# --- a watched model -----------------------------------------------------------------------------


def watched() -> tuple[Any, Any, Any]:
    torch = pytest.importorskip("torch")
    net = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.Dropout(0.1))
    opt = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
    return torch, net, opt


def take(torch: Any, net: Any, opt: Any) -> None:
    opt.zero_grad()
    net(torch.ones(2, 4)).sum().backward()
    opt.step()


CODE = {"load_state_dict", "assign", "True", "to_empty", "watch", "loader", "state_dict"}
CODE |= {"torchdata", "StatefulDataLoader", "WatchPanel", "Watch", "OSError", "broken", "dict"}


@pytest.mark.filterwarnings("ignore")
def test_what_a_watch_notices_is_chinese() -> None:
    torch, net, opt = watched()
    w = fineopt.watch(net, opt)
    panel = w.panel()
    take(torch, net, opt)
    net[0].weight = torch.nn.Parameter(torch.zeros(3, 4))
    net[0].extra = torch.nn.Parameter(torch.zeros(3))
    for _ in range(3):
        take(torch, net, opt)
    panel.show()
    assert w.notices
    names = set(w.engine.parameters) | {"weight", "bias", "extra"} | CODE
    check((("notice", notice) for notice in w.notices), names)
    check(texts_of(panel), names)
    check(iter([("repr", repr(w)), ("panel", repr(panel)), ("alt", panel.alt_text())]), names)
    check((("limit", limit) for limit in w.limits()), names)
    panel.close()
    w.detach()
    assert not english(repr(w), names)


@pytest.mark.filterwarnings("ignore")
def test_an_error_of_a_watch_is_introduced_in_chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    torch, net, opt = watched()
    with fineopt.watch(net, opt) as w:

        def broken() -> None:
            raise OSError("broken")

        monkeypatch.setattr(w.engine, "replaced", broken)
        take(torch, net, opt)
        panel = w.panel()
        panel.show()
        assert "OSError" in panel.message.value
        check(texts_of(panel), set(w.engine.parameters) | {"weight", "bias"} | CODE)
        panel.close()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("case", ["no loader", "loader", "scheduler", "generator"])
def test_the_limits_of_a_watch_are_chinese(case: str) -> None:
    torch, net, opt = watched()
    if case == "scheduler":
        torch.optim.lr_scheduler.LambdaLR(opt, lambda epoch: 1.0)
    if case == "generator":
        net.noise = torch.Generator()
    loader = [1, 2] if case != "no loader" else None
    with fineopt.watch(net, opt, loader=loader) as w:
        limits = w.limits()
        assert limits
        names = CODE | {"noise", "schedulers", "SGD"}
        check((("limit", limit) for limit in limits), names)
