"""The sources of the site: only files with the pinned hashes are used."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import nbformat
import pytest

from tools.site import __main__ as building
from tools.site import sources
from tools.site.sources import provide, read_pins, sha256


@pytest.fixture
def pins() -> dict[str, object]:
    wheel = "numpy-2-cp314-wasm32.whl"
    package = {"name": "numpy", "version": "2", "file_name": wheel, "sha256": sha256(b"numpy")}
    return {"core": {"pyodide.mjs": sha256(b"core")}, "packages": {"numpy": package}}


@pytest.fixture
def release(tmp_path: Path) -> Path:
    folder = tmp_path / "release"
    folder.mkdir()
    (folder / "pyodide.mjs").write_bytes(b"core")
    (folder / "numpy-2-cp314-wasm32.whl").write_bytes(b"numpy")
    return folder


def test_files_of_a_release_are_cached(
    pins: dict[str, object], release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "download_pure", lambda *_: pytest.fail("a download"))
    cache = tmp_path / "cache"
    provide(pins, cache, str(release))
    assert sorted(path.name for path in cache.iterdir()) == sorted(
        path.name for path in release.iterdir()
    )
    provide(pins, cache)  # needs no source any more
    (cache / "pyodide.mjs").write_bytes(b"damaged")
    provide(pins, cache, release.as_uri())
    assert (cache / "pyodide.mjs").read_bytes() == b"core"


def test_another_file_than_the_pinned_one_is_refused(
    pins: dict[str, object], release: Path, tmp_path: Path
) -> None:
    (release / "pyodide.mjs").write_bytes(b"tampered")
    with pytest.raises(RuntimeError, match=r"pyodide\.mjs: sha256 .*, pinned"):
        provide(pins, tmp_path / "cache", str(release))
    assert not (tmp_path / "cache" / "pyodide.mjs").exists()


def test_the_pins_have_what_the_lessons_import() -> None:
    packages = read_pins()["packages"]
    assert {"numpy", "matplotlib", "ipywidgets", "anywidget", "tqdm", "micropip"} <= set(packages)
    for entry in packages.values():
        assert {name.replace("_", "-").lower() for name in entry["depends"]} <= set(packages)
        assert len(entry["sha256"]) == 64


def test_the_digest_of_the_inputs_follows_what_the_site_is_made_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(building, "TOOLS", ("pytest",))  # those of the extra `docs` may be absent
    for name in building.INPUTS:
        path = tmp_path / name
        path = path if path.suffix or name == "LICENSE" else path / "inner" / "file.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    seen = [building.inputs(tmp_path)]
    for name, counts in [
        ("fineopt/inner/file.py", True),
        ("lessons/en.ipynb", True),
        ("pyproject.toml", True),
        ("fineopt/__pycache__/file.pyc", False),
        ("lessons/.ipynb_checkpoints/en.ipynb", False),
        ("build/site/index.html", False),
    ]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("changed")
        assert (building.inputs(tmp_path) != seen[-1]) == counts, name
        seen.append(building.inputs(tmp_path))


def test_texts_of_the_site_s_notebooks_are_single_strings(tmp_path: Path) -> None:
    original = building.ROOT / "lessons" / "en" / "04-freezing-parameters.ipynb"
    path = Path(shutil.copy(original, tmp_path))
    building.join_lines(path)
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        assert isinstance(cell["source"], str)
        for one in cell.get("outputs", ()):
            texts = [one.get("text", ""), *one.get("data", {}).values()]
            assert not any(isinstance(text, list) for text in texts)
    read = [nbformat.read(one, as_version=4) for one in (original, path)]
    assert read[0] == read[1]
