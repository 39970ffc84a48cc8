"""A report as a table, in text and in HTML."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from ..language import say, translatable, translated
from ..wording import one_line, pad, width
from .row import Finding, Row

__all__ = ["as_html", "as_text"]

HEADS = (
    translatable("parameter"),
    translatable("shape"),
    translatable("group"),
    "lr",
    translatable("gradient"),
    translatable("moves"),
    translatable("distance"),
    translatable("ratio"),
    translatable("why"),
)
GRADIENTS = {"zero": translatable("zero"), "nan": "NaN", "inf": "∞"}


CELL = "text-align:left;vertical-align:top;padding:2px 10px 2px 0"


def as_text(rows: Sequence[Row], findings: Sequence[Finding]) -> str:
    """Return a table with a line for each parameter, and the findings below it."""
    cells = [tuple(map(translated, HEADS)), *map(_cells, rows)]
    widths = [max(width(line[i]) for line in cells) for i in range(len(HEADS) - 1)]
    lines = [
        "  ".join([pad(c, w) for c, w in zip(line, widths, strict=False)] + [line[-1]]).rstrip()
        for line in cells
    ]
    for finding in findings:
        lines.append(f"- {finding.words}")
        if finding.remedy:
            lines.append(f"  → {finding.remedy}")
    return "\n".join(lines)


def as_html(rows: Sequence[Row], findings: Sequence[Finding]) -> str:
    """Return the same in HTML, escaped, in the colours of the page."""
    head = "".join(
        f'<th scope="col" style="{CELL}">{escape(translated(cell))}</th>' for cell in HEADS
    )
    body = "".join(map(_line, rows))
    found = "".join(
        f"<li>{escape(one.words)}" + (f"<br>→ {escape(one.remedy)}" if one.remedy else "") + "</li>"
        for one in findings
    )
    table = (
        '<div style="overflow-x:auto" tabindex="0" role="region" '
        f'aria-label="{escape(say("audit"))}">'
        '<table class="fineopt-audit" style="border-collapse:collapse">'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )
    return table + (f'<ul style="overflow-wrap:anywhere">{found}</ul>' if found else "")


def _cells(row: Row) -> tuple[str, ...]:
    name, *aliases = map(one_line, row.names)
    return (
        f"{name} (= {', '.join(aliases)})" if aliases else name,
        "×".join(map(str, row.shape)) or say("scalar"),
        say("none") if row.group is None else one_line(row.group),
        "" if row.lr is None else f"{row.lr:g}",
        translated(GRADIENTS.get(row.gradient, row.gradient))
        if row.gradient_norm is None or row.gradient != "finite"
        else _short(row.gradient_norm),
        _moves(row),
        _short(row.distance),
        _short(row.ratio),
        row.words,
    )


def _short(value: float | None) -> str:
    return "" if value is None or math.isnan(value) else f"{value:.3g}"


def _moves(row: Row) -> str:
    if row.moves is None:
        return say("unknown")
    if not row.moves:
        return say("no")
    if row.moved == row.size:
        return say("yes")
    return say("{moved:,} of {size:,}", moved=row.moved, size=row.size)


def _line(row: Row) -> str:
    name, *cells = map(escape, _cells(row))
    weight = "bold" if row.moves else "normal"  # beside the words, so it does not need colour
    *short, why = cells
    others = "".join(f'<td style="{CELL};white-space:nowrap">{cell}</td>' for cell in short)
    return (
        f'<tr><th scope="row" style="{CELL};font-weight:{weight};white-space:nowrap">{name}</th>'
        f'{others}<td style="{CELL};min-width:16em;white-space:normal">{why}</td></tr>'
    )
