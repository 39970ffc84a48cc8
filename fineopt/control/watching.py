"""Chooses which parameters a live figure shows, and searches among all parameters."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple, Protocol

from ..language import list_names, say
from ..recorder import Record
from ..scenes.views import VIEW_LABELS
from ..wording import one_line

__all__ = ["Found", "Watchable", "Watching"]


class Watchable(Protocol):
    """What watches parameters, such as a `fineopt.scenes.watched_run.WatchedRun`."""

    watch: Any  # the name of a parameter, or several names; set to change what is watched
    view: Any  # one of `VIEW_LABELS`
    marks: Any  # whether changes of a learning rate are marked

    @property
    def record(self) -> Record:
        """The record, which names the parameters and their groups."""

    @property
    def watched(self) -> tuple[str, ...]:
        """The names of the watched parameters."""


class Found(NamedTuple):
    """The parameters of a group that match a search; group None holds those in no group."""

    group: int | None
    label: str
    names: list[str]


class Watching:
    """Chooses what a live figure watches.

    Args:
        figure: the figure; its record names the parameters and their groups.

    ``search`` holds the words to search for.

    >>> from fineopt.scenes.watched_run import WatchedRun
    >>> parameters = {"conv.bias": 0, "conv.weight": 0, "fc.bias": 1, "fc.weight": 1}
    >>> figure = WatchedRun(Record(parameters, ["conv", "fc"]))
    >>> watching = Watching(figure)
    >>> watching.search = "W FC"
    >>> watching.found()
    [Found(group=1, label='fc', names=['fc.weight'])]
    >>> watching.choose_first()
    >>> watching.summary_text()
    'Watching: fc.weight'
    >>> watching.set_watched("conv.bias", True)
    >>> figure.watch
    ('fc.weight', 'conv.bias')
    """

    def __init__(self, figure: Watchable) -> None:
        self.figure = figure
        self.search = ""

    # ---- searching ----

    def all(self) -> list[Found]:
        """Return all parameters by group; those in no group come last."""
        record = self.figure.record
        groups = [Found(i, label, []) for i, label in enumerate(record.groups)]
        rest = Found(None, say("in no group"), [])
        for name, group in record.parameters.items():
            (rest if group is None else groups[group]).names.append(name)
        return [one for one in (*groups, rest) if one.names]

    def found(self) -> list[Found]:
        """Return the parameters whose own or group's name contains every word of the search."""
        words = self.search.casefold().split()
        kept = [
            one._replace(names=[name for name in one.names if _has(f"{name} {one.label}", words)])
            for one in self.all()
        ]
        return [one for one in kept if one.names]

    def search_message(self) -> str:
        """Describe the number of matches; return an empty string without a search."""
        if not self.search.strip():
            return ""
        count = sum(len(one.names) for one in self.found())
        if not count:
            return say(
                "no parameter matches {search}; still watching {names}",
                search=repr(self.search.strip()),
                names=list_names(self.figure.watched),
            )
        total = len(self.figure.record.parameters)
        return say("{count} of {total}; Enter watches the first", count=count, total=total)

    # ---- choosing ----

    def set_watched(self, name: str, watched: bool) -> None:
        """Watch a parameter beside the others, or no longer.

        Raises:
            KeyError: if there is no such parameter.
            ValueError: if too many are watched, or none would be; then nothing is changed.
        """
        now = self.figure.watched
        others = [other for other in now if other != name]
        if watched:
            self.figure.watch = now if name in now else [*now, name]
        elif others:
            self.figure.watch = others
        else:
            raise ValueError(say("one parameter is always watched: check another one first"))

    def choose_first(self) -> None:
        """Watch the first match of the search alone, if any."""
        for found in self.found()[:1]:
            self.figure.watch = found.names[0]

    # ---- descriptions ----

    def summary_text(self) -> str:
        """Describe briefly which parameters are watched."""
        first, *more = map(one_line, self.figure.watched)
        if not more:
            return say("Watching: {first}", first=first)
        if len(more) == 1:
            return say("Watching: {first} and {second}", first=first, second=more[0])
        return say("Watching: {first} and {count} more", first=first, count=len(more))

    def note(self) -> str:
        """Describe what the view leaves out; return an empty string if it shows everything."""
        names, view = self.figure.watched, self.figure.view
        if len(names) == 1 or view == "lines":
            return ""
        return say(
            "{view}: only {name}, the first of {count}",
            view=say(VIEW_LABELS[view]),
            name=one_line(names[0]),
            count=len(names),
        )


def _has(name: str, words: Iterable[str]) -> bool:
    return all(word in name.casefold() for word in words)
