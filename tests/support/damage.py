"""Randomly damaged files: reading one returns everything or raises a ValueError."""

from __future__ import annotations

import io
import random
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import fineopt
from fineopt import figures
from fineopt.data.dataset.idx import read_idx
from fineopt.recorder import Record

from ..data.mirror import idx


def a_save(path: Path) -> None:
    state = {"w": np.arange(30.0).reshape(5, 6), "flags": np.array([True, False])}
    fineopt.save({**state, "p": fineopt.Parameter([1.0]), "lr": [0.1, None, ("a", 3)]}, path)


def a_record(path: Path) -> None:
    values = {"w": np.ones((2, 3)), "b": np.zeros(2)}
    record = Record({"w": 0, "b": None}, ["all"], keep=4, samples=8)
    record.start(values)
    for step in range(1, 13):
        values = {name: value + 0.1 for name, value in values.items()}
        record.add_step(1 / step, [0.1], values, {"w": values["w"], "b": None})
        if step % 5 == 0:
            record.end_epoch(0.5, values, values)
    record.save(path)


def read_record(path: Path, draw: bool = False) -> None:
    """Load a record and call all of its queries."""
    record = Record.load(path)
    try:
        record.to_dict(), record.changes(), record.grad_sums(), record.grad_sum_errors("last")
        record.epochs_at([0, 1]), record.epoch_of_step, record.steps_per_epoch
        for name in record.parameters:
            if record.started:
                record.kept_indices(name), record.shape(name), record.update_ratio(name)
        if draw:
            figures.overview(record)
    except Exception as error:
        raise AssertionError(f"loaded, but not to be read: {error!r}") from error


KINDS: dict[str, tuple[Callable[[Path], Any], Callable[[Path], Any]]] = {
    "save": (a_save, fineopt.load),
    "record": (a_record, read_record),
    "idx": (
        lambda path: path.write_bytes(idx(np.arange(60).reshape(3, 4, 5))),
        lambda path: read_idx(path, 3),
    ),
}


def mutated(data: bytes, chance: random.Random) -> bytes:
    """Change, cut, insert, duplicate or zero some bytes, sometimes within a member of a zip."""
    if chance.random() < 0.5 and data[:2] == b"PK":
        return _within(data, chance)
    return _bytes(data, chance)


def _bytes(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 8))):
        at, span = chance.randrange(len(changed) + 1), chance.choice((1, 1, 4, 30))
        way = chance.randrange(5)
        if way == 0:
            changed[at : at + 1] = bytes([chance.randrange(256)])
        elif way == 1:
            del changed[at : at + span]
        elif way == 2:
            changed[at:at] = chance.randbytes(span)
        elif way == 3:
            changed[at:at] = changed[at : at + span]
        else:
            changed[at : at + span] = chance.choice((b"\xff", b"\0", b"9", b"[", b"-")) * span
    return bytes(changed)


def _within(data: bytes, chance: random.Random) -> bytes:
    """Damage one member and rewrite the zip with valid checksums."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    name, way = chance.choice(sorted(members)), chance.randrange(6)
    if way == 0:
        del members[name]
    elif way == 1:
        members[name] = members[chance.choice(sorted(members))]
    else:
        members[name] = _bytes(members[name], chance)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", chance.choice((0, 8))) as archive:
        for member, content in members.items():
            archive.writestr(member, content)
    return made.getvalue()


def try_damage(kind: str, path: Path, times: int, seed: int) -> tuple[Counter[str], list[str]]:
    """Return the number of reads by outcome, and the failures."""
    write, read = KINDS[kind]
    write(path)
    whole, chance = path.read_bytes(), random.Random(seed)
    counts: Counter[str] = Counter()
    wrong = []
    for time in range(times):
        path.write_bytes(mutated(whole, chance))
        try:
            read(path)
            counts["read"] += 1
        except ValueError as error:
            counts["refused"] += 1
            if str(path) not in str(error):
                wrong.append(f"{kind} {time}: names no file: {error}")
        except Exception as error:
            counts[type(error).__name__] += 1
            wrong.append(f"{kind} {time}: {error!r}")
    return counts, wrong
