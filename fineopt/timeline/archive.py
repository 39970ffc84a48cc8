"""The file of a timeline: written by `fineopt.save`, so without pickle, and whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from ..checks import nonempty_string, positive, positive_integer, validate
from ..core.serialization import load, save
from ..files import as_value_error
from ..training import Run
from ..types import Array
from .moment import Moment
from .places import Line, Place
from .pool import digest, packed, unpacked

__all__ = ["read_timeline", "write_timeline"]

FORMAT = "fineopt timeline 1"
KINDS = ("start", "epoch", "asked", "left")


def write_timeline(
    path: str | os.PathLike[str], trainer: Run, place: Place, settings: Mapping[str, Any]
) -> None:
    """Write the snapshots of all branches, and where the run stands.

    Raises:
        TypeError: if something cannot be saved, such as a schedule made of functions.
        OSError: if the file cannot be written; the former one is then unchanged.
    """
    moments = list(place.moments())
    numbers = {moment: i for i, moment in enumerate(moments)}
    pool: list[Array] = []
    content = {
        "settings": dict(settings),
        "moments": [
            {
                "kind": moment.kind,
                "line": moment.line,
                "before": [numbers[other] for other in moment.before if other in numbers],
                "threads": moment.threads,
                "limits": list(moment.limits),
                "state": packed(moment.snapshot.state_dict(trainer.start), pool),
            }
            for moment in moments
        ],
        "lines": [
            {
                "key": line.key,
                "name": line.name,
                "moments": [numbers[moment] for moment in line.moments],
                "parent": line.parent,
            }
            for line in place.lines.values()
        ],
        "current": place.current,
        "position": numbers[place.position],
    }
    content["arrays"] = pool
    save({"format": FORMAT, "digest": digest(content), "content": content}, path)


def read_timeline(path: str | os.PathLike[str], trainer: Run) -> tuple[dict[str, Any], Place]:
    """Return the settings and the branches of a file, as snapshots of the trainer's run.

    Raises:
        ValueError: if the file is no timeline, is damaged, or is of another run; nothing of the run
            is changed.
        OSError: if it cannot be read.
    """
    with as_value_error(f"cannot load the timeline {os.fspath(path)!r}"):
        saved = load(path)
        if not isinstance(saved, Mapping) or saved.get("format") != FORMAT:
            raise ValueError(f"it is not a file of the format {FORMAT!r}")
        content = saved["content"]
        if digest(content) != saved["digest"]:
            raise ValueError("it was altered after it was saved")
        settings, pool = dict(content["settings"]), content["arrays"]
        validate(settings["every"], positive_integer, "every")
        validate(settings["keep"], positive_integer, "keep")
        validate(settings["limit"], positive, "limit")
        if settings.keys() != {"every", "keep", "limit"}:
            raise ValueError(f"its settings are {sorted(settings)}")
        rebuilding, moments = trainer.rebuilding(), list[Moment]()
        for one in content["moments"]:
            validate(one["threads"], positive_integer, "threads")
            if one["kind"] not in KINDS:
                raise ValueError(f"a snapshot is of the kind {one['kind']!r}")
            snapshot = rebuilding.snapshot(unpacked(one["state"], pool))
            before = [moments[i] for i in one["before"]]
            limits = list(map(str, one.get("limits", ())))
            moments.append(
                Moment(snapshot, one["kind"], one["line"], before, one["threads"], limits)
            )
        return settings, _place(content, moments)


def _place(content: Mapping[str, Any], moments: list[Moment]) -> Place:
    lines: dict[int, Line] = {}
    for one in content["lines"]:
        key, name, parent = one["key"], one["name"], one["parent"]
        validate(name, nonempty_string, "the name of a branch")
        if name in [line.name for line in lines.values()] or key in lines:
            raise ValueError(f"there are two branches {name!r}")
        if parent is not None and parent not in lines:
            raise ValueError(f"the parent of {name!r} is unknown")
        own = tuple(moments[i] for i in one["moments"])
        if not own or any(a.steps > b.steps for a, b in pairwise(own)):
            raise ValueError(f"the snapshots of {name!r} are out of order")
        lines[key] = Line(key, name, own, parent)
    position = moments[content["position"]]
    if position not in lines[content["current"]].moments:
        raise ValueError("the run stands on a branch without its snapshot")
    return Place(lines, content["current"], position, 0)
