"""`fineopt lab` copies the lessons, and never replaces what a learner changed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fineopt.command import lessons
from fineopt.command.lessons import MANIFEST, copy_lessons, shipped, summarize

LESSON = "en/01-learning-rate-per-group.ipynb"


def edit(path: Path, text: str = "mine") -> None:
    path.write_text(text, encoding="utf-8")


@pytest.fixture
def newer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The lessons of a later version, which differ in one file."""
    folder = tmp_path / "newer"
    for name, source in shipped().items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(source.read_bytes())
    edit(folder / LESSON, "newer")
    monkeypatch.setattr(lessons, "PLACES", (folder,))
    return folder


def test_all_lessons_are_copied_and_a_second_call_does_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "课程 1"
    done = copy_lessons(folder)
    assert set(done.values()) == {"copied"}
    assert {LESSON, LESSON.replace("en/", "zh/"), "index.ipynb"} <= set(done)
    for name, source in shipped().items():
        assert (folder / name).read_bytes() == source.read_bytes()
    assert set(copy_lessons(folder).values()) == {"same"}


def test_a_changed_file_is_kept_and_a_missing_one_is_copied(tmp_path: Path) -> None:
    copy_lessons(tmp_path)
    edit(tmp_path / LESSON)
    (tmp_path / "index.ipynb").unlink()
    for expected in ({"kept", "copied", "same"}, {"kept", "same"}):
        done = copy_lessons(tmp_path)
        assert set(done.values()) == expected
        assert done[LESSON] == "kept"
        assert (tmp_path / LESSON).read_text() == "mine"
    assert f"kept, as you changed it: {LESSON}" in summarize(done, tmp_path)


@pytest.mark.parametrize(
    ("changed", "done", "text"), [(False, "updated", "newer"), (True, "kept", "mine")]
)
def test_a_later_version_replaces_only_unchanged_files(
    changed: bool, done: str, text: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    folder = tmp_path / "copy"
    copy_lessons(folder)
    if changed:
        edit(folder / LESSON)
    request.getfixturevalue("newer")
    for expected in (done, "kept" if changed else "same"):
        assert copy_lessons(folder)[LESSON] == expected
        assert (folder / LESSON).read_text() == text


@pytest.mark.parametrize("junk", ["", "{", "[1]", f'{{"{LESSON}": 3}}', "[" * 10_000, "\x00\xff"])
def test_a_damaged_manifest_replaces_nothing(junk: str, tmp_path: Path) -> None:
    copy_lessons(tmp_path)
    edit(tmp_path / LESSON)
    edit(tmp_path / MANIFEST, junk)
    assert copy_lessons(tmp_path)[LESSON] == "kept"
    assert "index.ipynb" in json.loads((tmp_path / MANIFEST).read_text())


def test_links_and_folders_in_place_of_a_file_are_kept(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    edit(elsewhere)
    folder = tmp_path / "copy"
    (folder / "index.ipynb").mkdir(parents=True)
    (folder / "README.md").symlink_to(elsewhere)
    done = copy_lessons(folder)
    assert (done["index.ipynb"], done["README.md"]) == ("kept", "kept")
    assert elsewhere.read_text() == "mine"


def test_a_file_in_place_of_a_folder_is_an_error(tmp_path: Path) -> None:
    edit(tmp_path / "en")
    with pytest.raises(ValueError, match="a file is in the place of a folder"):
        copy_lessons(tmp_path)
    assert (tmp_path / "en").read_text() == "mine"


def test_an_installation_without_lessons_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lessons, "PLACES", (tmp_path,))
    with pytest.raises(RuntimeError, match="lacks the lessons"):
        shipped()
