"""Which parameters are watched, how, and which of all a search finds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ..figures import LiveFigure
from ..wording import join_names, one_line

__all__ = ["VIEWS", "Found", "Watching"]

VIEWS = {
    "lines": "as lines",
    "path": "as a path",
    "ratio": "as update / weight",
    "histogram": "as a histogram",
}


class Found(NamedTuple):
    """A group's parameters, as far as a search finds them; group None holds what is in none."""

    group: int | None
    label: str
    names: list[str]


class Watching:
    """Chooses what a live figure looks at.

    Args:
        figure: the figure; its record tells which parameters there are, and their groups.

    ``search`` holds the words that are sought. With ``together`` a choice in one group leaves those
    of the other groups as they are.

    >>> from fineopt.recorder import Record
    >>> parameters = {"conv.bias": 0, "conv.weight": 0, "fc.bias": 1, "fc.weight": 1}
    >>> figure = LiveFigure(Record(parameters, ["conv", "fc"]))
    >>> watching = Watching(figure)
    >>> watching.search = "W FC"
    >>> watching.found()
    [Found(group=1, label='fc', names=['fc.weight'])]
    >>> watching.choose_first()
    >>> watching.words()
    'Watching: fc.weight'
    >>> watching.together = True
    >>> watching.choose(0, ["conv.bias"])
    >>> figure.watch
    ('fc.weight', 'conv.bias')
    """

    def __init__(self, figure: LiveFigure) -> None:
        self.figure = figure
        self.search = ""
        self.together = False

    # ---- what there is ----

    def all(self) -> list[Found]:
        """Return all parameters by group, those in no group at the end."""
        record = self.figure.record
        groups = [Found(i, label, []) for i, label in enumerate(record.groups)]
        rest = Found(None, "in no group", [])
        for name, group in record.parameters.items():
            (rest if group is None else groups[group]).names.append(name)
        return [one for one in (*groups, rest) if one.names]

    def found(self) -> list[Found]:
        """Return those in whose name, or their group's, each word of the search is found."""
        words = self.search.casefold().split()
        kept = [
            one._replace(names=[name for name in one.names if _has(f"{name} {one.label}", words)])
            for one in self.all()
        ]
        return [one for one in kept if one.names]

    def news(self) -> str:
        """Say how many parameters the search finds; nothing without a search."""
        if not self.search.strip():
            return ""
        count = sum(len(one.names) for one in self.found())
        if not count:
            kept = join_names(self.figure.watched)
            return f"no parameter matches {self.search.strip()!r}; still watching {kept}"
        return f"{count} of {len(self.figure.record.parameters)}; Enter watches the first"

    # ---- choosing ----

    def choose(self, group: int | None, names: Iterable[str]) -> None:
        """Watch parameters of a group, and no others, unless ``together`` is set.

        Those of the group that the search does not find now are let go too. To choose none
        changes nothing.

        Raises:
            KeyError: for an unknown name.
            ValueError: for more than can be watched at a time; then nothing is changed.
        """
        wanted, parameters = list(names), self.figure.record.parameters
        others = [
            name for name in self.figure.watched if self.together and parameters[name] != group
        ]
        if wanted:
            self.figure.watch = [*others, *wanted]

    def choose_first(self) -> None:
        """Watch the first parameter that the search finds; nothing changes if it finds none."""
        for group, _, names in self.found()[:1]:
            self.choose(group, names[:1])

    # ---- in words ----

    def words(self) -> str:
        """Say which parameters are watched, shortly."""
        first, *more = map(one_line, self.figure.watched)
        rest = f" and {more[0]}" if len(more) == 1 else f" and {len(more)} more" if more else ""
        return f"Watching: {first}{rest}"

    def note(self) -> str:
        """Say what a view does not show of several parameters; nothing if it shows all."""
        names, view = self.figure.watched, self.figure.view
        if len(names) == 1 or view == "lines":
            return ""
        return f"{VIEWS[view]}: {one_line(names[0])} alone, the first of {len(names)}"


def _has(name: str, words: Iterable[str]) -> bool:
    return all(word in name.casefold() for word in words)
