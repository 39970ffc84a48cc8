"""Watching, as plain Python: searching and choosing parameters."""

from __future__ import annotations

from typing import Any

import pytest

from fineopt.control.watching import Watching
from fineopt.recorder import Record
from fineopt.scenes.watched_run import WatchedRun

NAMES = ("conv1.bias", "conv1.weight", "conv2.bias", "conv2.weight", "fc.bias", "fc.weight", "ema")


GROUPS = {name: {"c": 0, "f": 1, "e": None}[name[0]] for name in NAMES}


def watching(watch: Any = None) -> Watching:
    return Watching(WatchedRun(Record(GROUPS, ["Features", "head"]), watch))


def test_parameters_are_grouped_and_those_in_no_group_come_last() -> None:
    assert [(one.group, one.label, len(one.names)) for one in watching().all()] == [
        (0, "Features", 4), (1, "head", 2), (None, "in no group", 1),
    ]  # fmt: skip


@pytest.mark.parametrize(("search", "names"), [
    ("", NAMES),
    ("  ", NAMES),
    ("WEIGHT", ("conv1.weight", "conv2.weight", "fc.weight")),
    ("weight 2", ("conv2.weight",)),
    ("2 weight", ("conv2.weight",)),
    ("head", ("fc.bias", "fc.weight")),
    ("feat bias", ("conv1.bias", "conv2.bias")),
    ("no group", ("ema",)),
    ("conv fc", ()),
])  # fmt: skip
def test_each_word_must_be_in_the_name_or_the_groups(search: str, names: tuple[str, ...]) -> None:
    one = watching()
    one.search = search
    assert tuple(name for found in one.found() for name in found.names) == names


def test_a_search_without_a_match_keeps_the_watched_parameter() -> None:
    one = watching("fc.bias")
    one.search = "conv9 "
    assert one.search_message() == "no parameter matches 'conv9'; still watching fc.bias"
    one.choose_first()
    assert one.figure.watch == "fc.bias"
    one.search = "bias"
    assert one.search_message() == "3 of 7; Enter watches the first"
    one.choose_first()
    assert one.figure.watch == "conv1.bias"


def test_parameters_are_watched_beside_each_other_or_no_longer() -> None:
    one = watching("fc.bias")
    one.set_watched("conv1.bias", True)
    assert one.figure.watch == ("fc.bias", "conv1.bias")
    one.set_watched("conv1.bias", True)
    one.set_watched("ema", False)
    assert one.figure.watch == ("fc.bias", "conv1.bias")
    one.set_watched("fc.bias", False)
    assert one.figure.watch == "conv1.bias"


def test_an_invalid_choice_changes_nothing() -> None:
    one = watching("fc.bias")
    with pytest.raises(ValueError, match="one parameter is always watched"):
        one.set_watched("fc.bias", False)
    with pytest.raises(KeyError, match="nobody"):
        one.set_watched("nobody", True)
    for name in NAMES[:3]:
        one.set_watched(name, True)
    with pytest.raises(ValueError, match=r"expected 1 to 4 parameters to watch, got 5"):
        one.set_watched("ema", True)
    assert one.figure.watch == ("fc.bias", *NAMES[:3])


def test_the_note_describes_what_a_view_leaves_out() -> None:
    one = watching(["fc.bias", "ema"])
    assert (one.summary_text(), one.note()) == ("Watching: fc.bias and ema", "")
    one.figure.view = "path"
    assert one.note() == "as a path: only fc.bias, the first of 2"
    one.figure.watch = ["fc.bias", "ema", "fc.weight"]
    assert one.summary_text() == "Watching: fc.bias and 2 more"
    one.figure.watch = "ema"
    assert (one.summary_text(), one.note()) == ("Watching: ema", "")
