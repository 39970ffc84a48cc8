"""save and load without pickle: a file from a stranger can run nothing.

A file is a zip that holds ``structure.json`` (dicts, lists, numbers, text, and where each array
goes) and one ``.npy`` per array, uncompressed; so ``numpy.load`` reads the arrays too. Reading it
parses JSON and array headers, and neither can name code.
"""

from __future__ import annotations

import json
import math
import os
import zipfile
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO, TypeAlias

import numpy as np

from ..files import Archive, as_value_error, read_file, write_file
from ..ops import Array
from .tensor import Parameter, Tensor

__all__ = ["load", "save"]

File: TypeAlias = "str | os.PathLike[str] | BinaryIO"

_FORMAT = "fineopt 1"
_STRUCTURE = "structure.json"
_DEPTH = 100  # of containers in each other: Python's own limit depends on who calls


def save(obj: Any, file: File) -> None:
    """Write nested dicts, lists and tuples of numbers, text, None, arrays and Tensors to a file.

    A path is written whole or not at all: what was there stays until the new file is complete.

    Args:
        obj: such as ``net.state_dict()``, or a dict of several states.
        file: a path, or a binary file that is open for writing.

    Raises:
        TypeError: for what can't be saved, saying where in obj it is.
        ValueError: for a list or dict that holds itself, or is nested more than 100 deep.

    >>> import io
    >>> save({"epoch": 3, "lr": [0.05, 0.01]}, (file := io.BytesIO()))
    >>> load(io.BytesIO(file.getvalue()))
    {'epoch': 3, 'lr': [0.05, 0.01]}

    Source: MegEngine's save, which pickles.
    """
    arrays: list[Array] = []
    structure = {"format": _FORMAT, "root": _encode(obj, "the object", arrays, ())}
    if isinstance(file, str | bytes | os.PathLike):
        write_file(file, lambda opened: _write(opened, structure, arrays))
    else:
        _write(file, structure, arrays)


def load(file: File) -> Any:
    """Read what :func:`save` wrote; a file from a stranger can run nothing.

    Args:
        file: a path, or a binary file that is open for reading.

    Returns:
        What was saved: arrays as arrays, Tensors as Tensors, Parameters as Parameters.

    Raises:
        ValueError: for a file that save did not write, or that is damaged.

    Source: MegEngine's load, which unpickles.
    """
    name = repr(os.fspath(file)) if isinstance(file, str | bytes | os.PathLike) else "the file"
    with as_value_error(f"{name} can't be loaded"):
        archive = _open(file)
        structure = json.loads(archive.read(_STRUCTURE), parse_constant=_refuse)
        if not isinstance(structure, dict) or structure.get("format") != _FORMAT:
            raise ValueError(f"its format is not {_FORMAT!r}")
        return _decode(structure["root"], lambda i: archive.array(f"{int(i)}.npy"))


def _open(file: File) -> Archive:
    try:
        return Archive(read_file(file), unpacked=0)  # save compresses nothing: no zip bombs
    except zipfile.BadZipFile as error:
        raise ValueError(
            f"{error}. fineopt.load reads what fineopt.save wrote, and no pickle, which could run "
            "code"
        ) from None


def _refuse(constant: str) -> None:
    raise ValueError(f"its structure holds {constant}, which save does not write")


# ---- objects to JSON and back ----


def _encode(value: Any, where: str, arrays: list[Array], above: tuple[int, ...]) -> Any:
    """Turn a value into JSON; a container or array becomes a list that begins with its kind."""
    if value is None or type(value) in (bool, int, str):
        return value
    if type(value) is float:
        return value if math.isfinite(value) else ["float", repr(value)]
    if isinstance(value, Tensor | np.ndarray | np.generic):
        return [_kind(value), _store(value, where, arrays)]
    if id(value) in above:
        raise ValueError(f"{where} holds itself: it can't be saved")
    if len(above) == _DEPTH:
        raise ValueError(f"{where} is nested more than {_DEPTH} deep: it can't be saved")
    above = (*above, id(value))
    if isinstance(value, Mapping):
        return ["dict"] + [
            [_encode_key(k, where), _encode(v, f"{where}[{k!r}]", arrays, above)]
            for k, v in value.items()
        ]
    if type(value) in (list, tuple):
        items = [_encode(v, f"{where}[{i}]", arrays, above) for i, v in enumerate(value)]
        return [type(value).__name__, *items]
    raise TypeError(
        f"{where} is a {type(value).__name__}, which can't be saved: only dicts, lists, tuples, "
        "numbers, text, None, arrays and Tensors can (of a module or optimizer, its state_dict())"
    )


def _encode_key(key: Any, where: str) -> Any:
    if key is not None and type(key) not in (bool, int, str):
        raise TypeError(f"{where} has the key {key!r}: keys are text, integers, booleans or None")
    return key


def _kind(value: Any) -> str:
    if isinstance(value, Tensor):
        return "parameter" if isinstance(value, Parameter) else "tensor"
    return "array" if isinstance(value, np.ndarray) else "number"


def _store(value: Any, where: str, arrays: list[Array]) -> int:
    array = np.asarray(value)
    if array.dtype.kind not in "bifu":
        raise TypeError(f"{where} is an array of {array.dtype}: only numbers can be saved")
    arrays.append(array)
    return len(arrays) - 1


def _decode(value: Any, read: Callable[[int], Array], depth: int = 0) -> Any:
    if not isinstance(value, list):
        if isinstance(value, dict):
            raise ValueError("its structure is none that save writes")
        return value
    if depth > _DEPTH:
        raise ValueError(f"it is nested more than {_DEPTH} deep")
    kind, *rest = value
    if kind == "dict":
        decoded = {_decode_key(k): _decode(v, read, depth + 1) for k, v in rest}
        if len(decoded) < len(rest):
            raise ValueError("its structure has a key twice")
        return decoded
    if kind in ("list", "tuple"):
        items = [_decode(v, read, depth + 1) for v in rest]
        return items if kind == "list" else tuple(items)
    (content,) = rest
    if kind == "float":
        return float(content)
    array = read(content)
    if kind == "number":
        if array.ndim:
            raise ValueError(f"its structure takes an array of shape {array.shape} for a number")
        return array[()]
    if kind == "array":
        return array
    if kind in ("tensor", "parameter"):
        return (Parameter if kind == "parameter" else Tensor)(array, array.dtype)
    raise ValueError(f"its structure holds a {kind!r}, which save does not write")


def _decode_key(key: Any) -> Any:
    if isinstance(key, list | dict | float):
        raise ValueError(f"its structure has the key {key!r}, which save does not write")
    return key


# ---- the zip ----


def _write(file: BinaryIO, structure: Any, arrays: list[Array]) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        # a ZipInfo has a fixed date: the same object gives the same bytes
        archive.writestr(zipfile.ZipInfo(_STRUCTURE), json.dumps(structure, allow_nan=False))
        for i, array in enumerate(arrays):
            with archive.open(zipfile.ZipInfo(f"{i}.npy"), "w", force_zip64=True) as member:
                np.lib.format.write_array(member, array, allow_pickle=False)  # type: ignore[no-untyped-call]
