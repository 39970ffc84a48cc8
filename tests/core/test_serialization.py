"""save and load: objects round-trip, and an untrusted file cannot execute code."""

from __future__ import annotations

import io
import json
import math
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import fineopt
import fineopt.module as M
from fineopt import Parameter, Tensor

KEYS = st.one_of(st.text(), st.integers(), st.booleans(), st.none())
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(),
    hnp.arrays(
        st.sampled_from(["<f4", ">f8", "<i2", "u1", "bool", "<f2"]), hnp.array_shapes(min_dims=0)
    ),
)
NESTED = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner),
        st.tuples(inner, inner),
        st.dictionaries(KEYS, inner),
    ),
    max_leaves=8,
)


def through_a_file(obj: Any) -> Any:
    file = io.BytesIO()
    fineopt.save(obj, file)
    file.seek(0)
    return fineopt.load(file)


def same(a: Any, b: Any) -> bool:
    if type(a) is not type(b):
        return False
    if isinstance(a, Tensor):
        return same(a.numpy(), b.numpy())
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, dict):
        return len(a) == len(b) and all(
            same(k, n) and same(v, w) for (k, v), (n, w) in zip(a.items(), b.items(), strict=True)
        )
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    return bool(a == b) or a is b


@settings(max_examples=60)
@given(NESTED)
def test_objects_round_trip(obj: Any) -> None:
    assert same(through_a_file(obj), obj)


def test_tensors_scalars_and_special_floats_round_trip() -> None:
    obj = {
        "tensor": Tensor([1, 2]),
        "parameter": Parameter([[0.1]], "float64"),
        "single": Tensor(0.5),
        "numpy": [np.float32(0.1), np.int64(3), np.bool_(True)],
        "floats": (math.inf, -math.inf, 0.1, 1e-320, -0.0),
        "transposed": np.arange(6.0).reshape(2, 3).T,
    }
    got = through_a_file(obj)
    assert same(got, obj)
    assert math.isnan(through_a_file(math.nan))
    assert math.copysign(1, got["floats"][-1]) == -1
    assert got["transposed"].flags.writeable


def test_a_network_is_restored_bit_for_bit(tmp_path: Path) -> None:
    net, other = M.Sequential(M.Linear(3, 2), M.BatchNorm1d(2)), None
    fineopt.save(net.state_dict(), tmp_path / "net.fineopt")
    other = M.Sequential(M.Linear(3, 2), M.BatchNorm1d(2))
    other.load_state_dict(fineopt.load(str(tmp_path / "net.fineopt")))
    assert same(other.state_dict(), net.state_dict())
    assert [path.name for path in tmp_path.iterdir()] == ["net.fineopt"]


def test_saving_is_deterministic() -> None:
    files = [io.BytesIO(), io.BytesIO()]
    for file in files:
        fineopt.save({"a": np.ones(3), "b": [1, None]}, file)
    assert files[0].getvalue() == files[1].getvalue()


class Anything:
    pass


ring: list[Any] = []
ring.append([ring])


@pytest.mark.parametrize(
    ("obj", "kind", "words"),
    [
        ({"a": [1, {2}]}, TypeError, ["the object['a'][1]", "set"]),
        (Anything(), TypeError, ["Anything", "state_dict"]),
        ({"net": M.ReLU()}, TypeError, ["['net']", "ReLU"]),
        ({1.5: 2}, TypeError, ["key 1.5"]),
        (np.array(["text"]), TypeError, ["<U4"]),
        (np.array([object()]), TypeError, ["object"]),
        (ring, ValueError, ["contains itself"]),
    ],
)
def test_unsupported_objects_raise_and_keep_the_existing_file(
    obj: Any, kind: type[Exception], words: list[str], tmp_path: Path
) -> None:
    path = tmp_path / "state"
    fineopt.save("old", path)
    with pytest.raises(kind) as caught:
        fineopt.save(obj, path)
    for word in words:
        assert word in str(caught.value)
    assert fineopt.load(path) == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["state"]


def test_a_failed_write_keeps_the_existing_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "state"
    fineopt.save("old", path)

    def full(*args: Any, **options: Any) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(np.lib.format, "write_array", full)
    with pytest.raises(OSError, match="no space"):
        fineopt.save(np.zeros(3), path)
    assert fineopt.load(path) == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["state"]


# ---- untrusted files ----


class Trap:
    """An object that records being unpickled."""

    sprung = False

    @classmethod
    def spring(cls) -> None:
        cls.sprung = True

    def __reduce__(self) -> Any:
        return Trap.spring, ()


def zipped(members: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


def with_root(root: Any, **arrays: bytes) -> bytes:
    structure = json.dumps({"format": "fineopt 1", "root": root}).encode()
    members = {f"{name[1:]}.npy": data for name, data in arrays.items()}
    return zipped({"structure.json": structure, **members})


def npy(array: np.ndarray, pickled: bool = False) -> bytes:
    file = io.BytesIO()
    np.lib.format.write_array(file, array, allow_pickle=pickled)
    return file.getvalue()


def npz(**arrays: Any) -> bytes:
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


HUGE = npy(np.zeros(4)).replace(b"(4,)", b"(9999999999,)").replace(b" " * 9 + b"\n", b"\n")
OBJECTS = npy(np.array([Trap()], object), pickled=True)
STRANGERS: dict[str, tuple[bytes, str]] = {
    "a pickle": (pickle.dumps(Trap()), "not pickle"),
    "nothing": (b"", "not a zip"),
    "text": (b"{}", "not a zip"),
    "numpy's own": (npz(a=np.zeros(3)), "missing member structure"),
    "pickled objects in numpy's own": (
        npz(a=np.array([Trap()], object)),
        "missing member structure",
    ),
    "pickled objects in an array": (with_root(["array", 0], a0=OBJECTS), "of object"),
    "a pickle as array": (
        with_root(["array", 0], a0=pickle.dumps(Trap())),
        "not in the npy",
    ),
    "an array that is larger than its file": (
        with_root(["array", 0], a0=HUGE),
        "(9999999999,) of float64 in 32 bytes",
    ),
    "an array that is cut": (with_root(["array", 0], a0=npy(np.zeros(4))[:-8]), "in 24 bytes"),
    "an array that is missing": (with_root(["array", 3]), "3.npy"),
    "a path instead of an array": (with_root(["array", "../0"]), "invalid literal"),
    "an array that is named twice": (
        with_root(["list", ["array", 0], ["array", 0]], a0=npy(np.zeros(4))),
        "referenced twice",
    ),
    "an unknown kind": (with_root(["module", 0], a0=npy(np.zeros(4))), "'module'"),
    "a bare object": (with_root({"__class__": "os.system"}), "JSON objects"),
    "an empty container": (with_root([]), ""),
    "a list as key": (with_root(["dict", [["list"], 1]]), "key"),
    "a nest without end": (zipped({"structure.json": b'{"root": ' + b"[" * 99999}), "recursion"),
    "another format": (zipped({"structure.json": b'{"format": "fineopt 9", "root": 1}'}), "format"),
    "broken JSON": (zipped({"structure.json": b'{"format'}), ""),
    "a bomb": (zipped({"structure.json": b" " * 10**6}, zipfile.ZIP_DEFLATED), "compressed"),
}


@pytest.mark.parametrize("what", STRANGERS)
def test_an_untrusted_file_executes_nothing_and_is_named_in_the_error(
    what: str, tmp_path: Path
) -> None:
    path = tmp_path / "stranger"
    data, why = STRANGERS[what]
    path.write_bytes(data)
    with pytest.raises(ValueError, match=r"cannot load .*stranger'") as caught:
        fineopt.load(path)
    assert why in str(caught.value)
    assert not Trap.sprung


def test_the_trap_works() -> None:
    pickle.loads(pickle.dumps(Trap()))
    assert Trap.sprung
    Trap.sprung = False


def test_any_damaged_file_raises(tmp_path: Path) -> None:
    path = tmp_path / "state"
    fineopt.save({"w": np.arange(50.0), "lr": [0.1]}, path)
    whole = path.read_bytes()
    for cut in range(0, len(whole), 23):
        path.write_bytes(whole[:cut])
        with pytest.raises(ValueError, match=r"cannot load .*state'"):
            fineopt.load(path)
    at = whole.index(np.arange(50.0).tobytes()) + 100
    path.write_bytes(whole[:at] + b"\xff" + whole[at + 1 :])
    with pytest.raises(ValueError, match="CRC"):
        fineopt.load(path)


def test_a_missing_file_raises(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        fineopt.load(tmp_path / "none")
