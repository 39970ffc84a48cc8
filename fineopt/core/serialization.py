"""save and load without pickle: an untrusted file cannot execute code.

A file is an uncompressed zip of ``structure.json`` (dicts, lists, numbers, strings, and references
to arrays) and one ``.npy`` per array, which ``numpy.load`` can read too. Loading parses JSON and
array headers, and neither can refer to code.
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
from .parameter import Parameter
from .tensor import Tensor

__all__ = ["load", "save"]

File: TypeAlias = "str | os.PathLike[str] | BinaryIO"

_FORMAT = "fineopt 1"
_STRUCTURE = "structure.json"
_DEPTH = 100  # of nested containers: the recursion limit of Python depends on the caller


def save(obj: Any, file: File) -> None:
    """Save nested dicts, lists and tuples of numbers, strings, None, arrays and Tensors.

    A path is written atomically: an existing file is kept until the new one is complete.

    Args:
        obj: the object, such as ``net.state_dict()`` or a dict of state dicts.
        file: a path, or a binary file opened for writing.

    Raises:
        TypeError: if a value cannot be saved, naming its position in obj.
        ValueError: if a container contains itself, or is nested more than 100 levels deep.

    >>> import io
    >>> save({"epoch": 3, "lr": [0.05, 0.01]}, (file := io.BytesIO()))
    >>> load(io.BytesIO(file.getvalue()))
    {'epoch': 3, 'lr': [0.05, 0.01]}

    Source: MegEngine's save, which uses pickle.
    """
    arrays: list[Array] = []
    structure = {"format": _FORMAT, "root": _encode(obj, "the object", arrays, ())}
    if isinstance(file, str | bytes | os.PathLike):
        write_file(file, lambda opened: _write(opened, structure, arrays))
    else:
        _write(file, structure, arrays)


def load(file: File) -> Any:
    """Load an object saved by :func:`save`; an untrusted file cannot execute code.

    Args:
        file: a path, or a binary file opened for reading.

    Returns:
        The saved object: arrays as arrays, Tensors as Tensors, Parameters as Parameters.

    Raises:
        ValueError: if the file is damaged, or was not written by save.

    Source: MegEngine's load, which uses pickle.
    """
    name = repr(os.fspath(file)) if isinstance(file, str | bytes | os.PathLike) else "the file"
    with as_value_error(f"cannot load {name}"):
        archive = _open(file)
        structure = json.loads(archive.read(_STRUCTURE), parse_constant=_refuse)
        if not isinstance(structure, dict) or structure.get("format") != _FORMAT:
            raise ValueError(f"the format is not {_FORMAT!r}")
        return _decode(structure["root"], lambda i: archive.array(f"{int(i)}.npy"))


def _open(file: File) -> Archive:
    try:
        return Archive(read_file(file), unpacked=0)  # save does not compress: no zip bombs
    except zipfile.BadZipFile as error:
        raise ValueError(
            f"{error}. fineopt.load reads files written by fineopt.save, not pickle files, which "
            "could execute code"
        ) from None


def _refuse(constant: str) -> None:
    raise ValueError(f"invalid structure: save does not write {constant}")


# ---- objects to JSON and back ----


def _encode(value: Any, where: str, arrays: list[Array], above: tuple[int, ...]) -> Any:
    """Convert a value to JSON; a container or array becomes a list that starts with its kind."""
    if value is None or type(value) in (bool, int, str):
        return value
    if type(value) is float:
        return value if math.isfinite(value) else ["float", repr(value)]
    if isinstance(value, Tensor | np.ndarray | np.generic):
        return [_kind(value), _store(value, where, arrays)]
    if id(value) in above:
        raise ValueError(f"cannot save {where}: it contains itself")
    if len(above) == _DEPTH:
        raise ValueError(f"cannot save {where}: it is nested more than {_DEPTH} levels deep")
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
        f"cannot save {where}, a {type(value).__name__}: save supports dicts, lists, tuples, "
        "numbers, strings, None, arrays and Tensors (pass state_dict() of a module or optimizer)"
    )


def _encode_key(key: Any, where: str) -> Any:
    if key is not None and type(key) not in (bool, int, str):
        raise TypeError(f"{where} has the key {key!r}: keys must be str, int, bool or None")
    return key


def _kind(value: Any) -> str:
    if isinstance(value, Tensor):
        return "parameter" if isinstance(value, Parameter) else "tensor"
    return "array" if isinstance(value, np.ndarray) else "number"


def _store(value: Any, where: str, arrays: list[Array]) -> int:
    array = np.asarray(value)
    if array.dtype.kind not in "bifu":
        raise TypeError(f"cannot save {where}, an array of {array.dtype}: arrays must be numeric")
    arrays.append(array)
    return len(arrays) - 1


def _decode(value: Any, read: Callable[[int], Array], depth: int = 0) -> Any:
    if not isinstance(value, list):
        if isinstance(value, dict):
            raise ValueError("invalid structure: save does not write JSON objects")
        return value
    if depth > _DEPTH:
        raise ValueError(f"it is nested more than {_DEPTH} levels deep")
    kind, *rest = value
    if kind == "dict":
        decoded = {_decode_key(k): _decode(v, read, depth + 1) for k, v in rest}
        if len(decoded) < len(rest):
            raise ValueError("invalid structure: duplicate key")
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
            raise ValueError(f"invalid structure: a number has shape {array.shape}")
        return array[()]
    if kind == "array":
        return array
    if kind in ("tensor", "parameter"):
        return (Parameter if kind == "parameter" else Tensor)(array, array.dtype)
    raise ValueError(f"invalid structure: unknown kind {kind!r}")


def _decode_key(key: Any) -> Any:
    if isinstance(key, list | dict | float):
        raise ValueError(f"invalid structure: unsupported key {key!r}")
    return key


# ---- the zip ----


def _write(file: BinaryIO, structure: Any, arrays: list[Array]) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        # a ZipInfo has a fixed date: equal objects give equal bytes
        archive.writestr(zipfile.ZipInfo(_STRUCTURE), json.dumps(structure, allow_nan=False))
        for i, array in enumerate(arrays):
            with archive.open(zipfile.ZipInfo(f"{i}.npy"), "w", force_zip64=True) as member:
                np.lib.format.write_array(member, array, allow_pickle=False)  # type: ignore[no-untyped-call]
