"""The report of an audit: one row for each parameter, and what is worth knowing."""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from ..errors import BadKeyError, suggestion
from ..wording import join_names
from .causes import FINDINGS
from .subject import Entry, Subject

__all__ = ["Finding", "Report", "Row"]

HEADS = ("parameter", "shape", "group", "lr", "gradient", "moves", "distance", "ratio", "why")


@dataclass(frozen=True)
class Row:
    """What the next step does to one parameter.

    Args:
        name: the first of its names.
        names: all of them; a tied parameter has more than one.
        shape: of the parameter.
        size: how many numbers it has.
        dtype: of its numbers.
        optimizer: the class that moves it; None if there is none.
        group: the label of its group; None if there is none.
        lr: its group's learning rate; None if there is none.
        settings: the group's other hyperparameters.
        attached: whether gradients are computed for it.
        gradient: ``'None'``, ``'zero'``, ``'finite'``, ``'nan'`` or ``'inf'``.
        gradient_norm: the L2 norm; None without a gradient.
        age: how many steps its optimizer has taken with it.
        moves: whether any bit of it changes; None if that is unknown.
        moved: how many of its numbers change; None if that is unknown.
        rounded: how many of its numbers stay the same although their update is not 0: it is lost
            to rounding.
        distance: the L2 norm of the change, computed in float64; None if that is unknown.
        ratio: distance / norm of the parameter; None if that is unknown or the norm is 0.
        why: a key of `CAUSES`.
        words: the same as a sentence.
    """

    name: str
    names: tuple[str, ...]
    shape: tuple[int, ...]
    size: int
    dtype: str
    optimizer: str | None
    group: str | None
    lr: float | None
    settings: Mapping[str, Any]
    attached: bool
    gradient: str
    gradient_norm: float | None
    age: int
    moves: bool | None
    moved: int | None
    rounded: int
    distance: float | None
    ratio: float | None
    why: str
    words: str


@dataclass(frozen=True)
class Finding:
    """Something that may not be intended.

    Args:
        code: a key of `FINDINGS`.
        names: of the parameters, groups or layers concerned.
        detail: what is known beyond the sentence of the code.
    """

    code: str
    names: tuple[str, ...]
    detail: str = ""

    @property
    def words(self) -> str:
        """What is the case, and where."""
        where = f": {join_names(self.names)}" if self.names else ""
        detail = f" ({self.detail})" if self.detail else ""
        return f"{FINDINGS[self.code].sentence}{where}{detail}"

    @property
    def remedy(self) -> str:
        """What to do if it is not intended."""
        return FINDINGS[self.code].remedy


@dataclass
class Report:
    """Which parameters will move at the next step, by how much, and why not the others.

    It prints as a table, in a notebook as HTML; ``report["fc1.weight"]`` is a parameter's row.
    """

    rows: list[Row]
    findings: list[Finding]
    _subject: Subject = field(repr=False)
    _entries: list[Entry] = field(repr=False)
    _expected: list[int] = field(repr=False)  # the fingerprint of each parameter after the step

    def __getitem__(self, name: str) -> Row:
        for row in self.rows:
            if name in row.names:
                return row
        known = [name for row in self.rows for name in row.names]
        raise BadKeyError(f"the report has no parameter {name!r}, {suggestion(name, known)}")

    def __len__(self) -> int:
        return len(self.rows)

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain dicts, lists, numbers and strings, for JSON."""
        return {
            "rows": [_plain(asdict(row)) for row in self.rows],
            "findings": [
                {**_plain(asdict(one)), "words": one.words, "remedy": one.remedy}
                for one in self.findings
            ],
        }

    def verify(self) -> list[str]:
        """Compare what has moved since with what was said; return what did not come true.

        Call it after the step that the report is about, and before the next.
        """
        wrong = []
        for row, entry, expected in zip(self.rows, self._entries, self._expected, strict=True):
            if row.moves is None or self._subject.fingerprint(entry.parameter) == expected:
                continue
            if row.moves:
                wrong.append(f"{row.name} is not at the value that was predicted ({row.why})")
            else:
                wrong.append(f"{row.name} has moved; the prediction was that it stays ({row.why})")
        return wrong

    # ---- as a table ----

    def __repr__(self) -> str:
        cells = [HEADS, *(_cells(row) for row in self.rows)]
        widths = [max(len(line[i]) for line in cells) for i in range(len(HEADS) - 1)]
        lines = [
            "  ".join(
                [c.ljust(w) for c, w in zip(line, widths, strict=False)] + [line[-1]]
            ).rstrip()
            for line in cells
        ]
        for finding in self.findings:
            lines.append(f"- {finding.words}")
            if finding.remedy:
                lines.append(f"  → {finding.remedy}")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        head = "".join(f'<th scope="col">{cell}</th>' for cell in HEADS)
        body = "".join(_line(row) for row in self.rows)
        found = "".join(
            f"<li>{html.escape(one.words)}"
            + (f"<br>→ {html.escape(one.remedy)}" if one.remedy else "")
            + "</li>"
            for one in self.findings
        )
        table = (
            f'<div style="overflow-x:auto"><table class="fineopt-audit"><thead><tr>{head}</tr>'
            f"</thead><tbody>{body}</tbody></table></div>"
        )
        return table + (f"<ul>{found}</ul>" if found else "")


def _cells(row: Row) -> tuple[str, ...]:
    shape = "×".join(map(str, row.shape)) or "one number"
    name = row.name if len(row.names) == 1 else f"{row.name} (= {', '.join(row.names[1:])})"
    gradient = row.gradient if row.gradient != "finite" else f"{row.gradient_norm:.3g}"
    return (
        name,
        shape,
        row.group or "none",
        "" if row.lr is None else f"{row.lr:g}",
        gradient,
        _moves(row),
        "" if row.distance is None else f"{row.distance:.3g}",
        "" if row.ratio is None or math.isnan(row.ratio) else f"{row.ratio:.2g}",
        row.words,
    )


def _moves(row: Row) -> str:
    if row.moves is None:
        return "unknown"
    if not row.moves:
        return "no"
    return "yes" if row.moved == row.size else f"{row.moved:,} of {row.size:,}"


def _line(row: Row) -> str:
    # in words and in weight, so that it does not depend on colour
    weight = "bold" if row.moves else "normal"
    cells = "".join(f"<td>{html.escape(cell)}</td>" for cell in _cells(row)[1:])
    name = html.escape(_cells(row)[0])
    return (
        f'<tr><th scope="row" style="font-weight:{weight};text-align:left">{name}</th>{cells}</tr>'
    )


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _plain_value(value) for key, value in values.items()}


def _plain_value(value: Any) -> Any:
    if isinstance(value, Mapping):
        return _plain({str(key): one for key, one in value.items()})
    if isinstance(value, str | bool | int | float | None):
        return value
    if isinstance(value, Iterable):
        return [_plain_value(one) for one in value]
    return str(value)
