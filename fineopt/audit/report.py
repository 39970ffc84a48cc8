"""The report of an audit: one row for each parameter, and what is worth knowing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from ..errors import BadKeyError, suggestion
from ..language import say
from .row import Finding, Row
from .subject import Entry, Subject
from .table import as_html, as_text

__all__ = ["Report"]


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
                wrong.append(
                    say(
                        "{name} is not at the value that was predicted ({why})",
                        name=row.name,
                        why=row.why,
                    )
                )
            else:
                wrong.append(
                    say(
                        "{name} has moved; the prediction was that it stays ({why})",
                        name=row.name,
                        why=row.why,
                    )
                )
        return wrong

    def __repr__(self) -> str:
        return as_text(self.rows, self.findings)

    def _repr_html_(self) -> str:
        return as_html(self.rows, self.findings)


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
