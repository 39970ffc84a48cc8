"""The strip of a timeline, without a browser: what it shows, and what a page's wishes do."""

from __future__ import annotations

from typing import Any

import pytest

from fineopt.timeline import Timeline
from fineopt.widgets import TrainingPanel
from tests.support.panels import open_widgets, states_sent, tell
from tests.support.small import make_trainer


class Strip:
    """A panel after three epochs, and what its strip tells a page."""

    def __init__(self) -> None:
        self.panel = TrainingPanel(make_trainer())
        self.trainer, self.strip = self.panel.controller.trainer, self.panel.strip
        self.timeline = self.panel.controller.branches.timeline
        self.trainer.run(3)
        self.panel.show()
        self.told: list[Any] = []
        self.strip.send = lambda content, buffers=None: self.told.append(content)

    def wish(self, **wish: Any) -> Any:
        """Send a wish, and return the answer."""
        tell(self.strip, {"page": "a tab", **wish})
        return self.told[-1]

    def moment(self, row: int, index: int) -> int:
        return int(self.strip.rows[row]["moments"][index]["id"])


@pytest.fixture
def strip() -> Strip:
    return Strip()


def test_a_row_has_a_dot_for_each_snapshot(strip: Strip) -> None:
    (row,) = strip.strip.rows
    assert (row["name"], row["current"], row["shown"], row["dashes"]) == ("main", True, True, [])
    labels = [(moment["x"], moment["label"], moment["here"]) for moment in row["moments"]]
    assert labels == [
        (0, "start", False), (1, "end of epoch 1", False), (2, "end of epoch 2", False),
        (3, "end of epoch 3", True),
    ]  # fmt: skip
    strip.trainer.step()
    strip.panel.show()
    assert strip.strip.now == pytest.approx(3 + 1 / 3)
    strip.timeline.snapshot()
    strip.panel.show()
    assert strip.strip.rows[0]["moments"][-1]["label"] == "epoch 4, step 1"


def test_what_has_changed_is_one_message(strip: Strip, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = states_sent(strip.strip, monkeypatch)
    strip.trainer.run(1)
    strip.panel.show()
    strip.trainer.step()
    strip.panel.show()
    strip.panel.show()
    assert sent == [{"rows", "now"}, {"now"}]


def test_rewind_and_branch(strip: Strip) -> None:
    at = strip.moment(0, 1)
    strip.wish(do="rewind", key=0, moment=at)
    assert (strip.trainer.epoch, strip.strip.now) == (1, 1)
    assert [moment["here"] for moment in strip.strip.rows[0]["moments"]][:2] == [False, True]
    answer = strip.wish(do="branch", moment=strip.moment(0, 2))
    assert answer["made"] == strip.timeline.current.key
    assert (strip.trainer.epoch, strip.timeline.current.name) == (2, "run 2")
    own = strip.strip.rows[1]
    assert (own["current"], own["forks"], [m["x"] for m in own["moments"]]) == (True, True, [2])
    strip.wish(do="switch", key=0)
    assert (strip.trainer.epoch, strip.timeline.current.name) == (3, "main")
    strip.wish(do="branch", moment=None)  # where the run stands
    assert (strip.trainer.epoch, strip.timeline.current.name) == (3, "run 3")


@pytest.mark.parametrize("name, words", [("", "needs a name"), ("run 2", "of this name already")])
def test_a_refusal_is_told_to_the_page_beside_its_row(strip: Strip, name: str, words: str) -> None:
    strip.wish(do="branch")
    answer = strip.wish(do="rename", key=0, name=name)
    assert (answer["key"], answer["do"]) == (0, "rename")
    assert words in answer["refused"]
    assert strip.panel.message.value == ""  # no banner, which would move every row
    assert [row["name"] for row in strip.strip.rows] == ["main", "run 2"]
    assert "made" in strip.wish(do="rename", key=0, name="<b> $x$")
    assert strip.strip.rows[0]["name"] == "<b> $x$"


def test_hidden_branches_are_not_drawn(strip: Strip) -> None:
    strip.wish(do="branch", moment=strip.moment(0, 1))
    strip.trainer.run(1)
    strip.panel.show()
    figure = strip.panel.figure
    assert [track.name for track in figure.tracks] == ["main"]
    assert [key["text"] for key in figure.scene()["loss"]["legend"]] == [
        "each step",
        "run 2",
        "main",
    ]
    assert "Other branches behind it: main" in strip.panel.alt_text()
    assert strip.panel.picture()[:4] == b"\x89PNG"
    strip.wish(do="show", key=0, shown=False)
    assert (figure.tracks, strip.strip.rows[0]["shown"]) == ((), False)
    strip.wish(do="show", key=0, shown=True)
    assert len(figure.tracks) == 1
    strip.wish(do="remove", key=0)
    assert [row["name"] for row in strip.strip.rows] == ["run 2"]


@pytest.mark.parametrize("wish", [
    {"do": "rewind", "key": 0, "moment": 999}, {"do": "switch", "key": 99},
    {"do": "remove", "key": 0}, {"do": "show", "key": 0, "shown": False},
    {"do": "rename", "key": 9, "name": "x"}, {"do": "branch", "moment": -1},
])  # fmt: skip
def test_what_cannot_be_done_changes_nothing(strip: Strip, wish: dict[str, Any]) -> None:
    rows, steps = strip.strip.rows, strip.trainer.record.steps
    assert strip.wish(**wish)["refused"]
    assert (strip.strip.rows, strip.trainer.record.steps) == (rows, steps)


@pytest.mark.parametrize(
    "junk", [{}, {"page": 3}, {"page": "a", "do": "fly"}, {"page": "a", "key": "x"}]
)
def test_junk_is_ignored(strip: Strip, junk: dict[str, Any]) -> None:
    rows = strip.strip.rows
    tell(strip.strip, junk)
    assert strip.strip.rows == rows


def test_two_panels_show_the_same(strip: Strip) -> None:
    other = TrainingPanel(strip.trainer)
    strip.wish(do="branch", moment=strip.moment(0, 1))
    strip.wish(do="rename", key=1, name="mine")
    other.show()
    assert [(row["name"], row["current"]) for row in other.strip.rows] == [
        ("main", False), ("mine", True),
    ]  # fmt: skip
    other.close()


def test_a_given_timeline_is_shown_and_what_is_not_exact_is_said() -> None:
    class Own:
        def __iter__(self) -> Any:
            return iter([])

    trainer = make_trainer()
    timeline = Timeline(trainer)
    timeline.branch("from code")
    panel = TrainingPanel(trainer, timeline=timeline)
    assert [row["name"] for row in panel.strip.rows] == ["main", "from code"]
    assert panel.strip.note == ""
    trainer.dataloader = Own()
    timeline.rename("main", "first")
    panel.show()
    assert "Own, has no state_dict" in panel.strip.note
    before = open_widgets()
    panel.close()
    assert panel.strip.comm is None and len(open_widgets()) < len(before)
