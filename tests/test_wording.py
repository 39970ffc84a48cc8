"""Numbers, names and lists, as they are written everywhere."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fineopt.optimizer.labels import group_labels
from fineopt.scenes.scales import decade, labels
from fineopt.scenes.text import elide, format_number, shorten
from fineopt.wording import join_names, one_line, short_number


@pytest.mark.parametrize(("value", "text"), [
    (38.0, "38"), (0.05, "0.05"), (-0.0, "0"), (1.7e308, "1.7e+308"), (5e-324, "5e-324"),
    (-5e-324, "-5e-324"), (1e-300, "1e-300"), (1e30, "1e+30"), (-2.5, "-2.5"),
    (math.nan, "nan"), (math.inf, "inf"),
])  # fmt: skip
def test_a_number_has_no_more_digits_than_it_needs(value: float, text: str) -> None:
    assert short_number(value) == text
    assert format_number(value) == text.replace("-", "−")


@given(st.floats(-1.7e308, 1.7e308))
def test_what_is_written_is_the_number_to_four_digits(value: float) -> None:
    assert math.isclose(float(short_number(value)), value, rel_tol=5.1e-4, abs_tol=5e-324)


@pytest.mark.parametrize(("digit", "power", "text"), [
    (1, -2, "0.01"), (2, 0, "2"), (5, 3, "5000"), (1, 4, "1e+04"), (1, 309, "1e+309"),
    (1, -323, "1e−323"), (1, -324, "1e−324"),
])  # fmt: skip
def test_ticks_of_log_axes_reach_beyond_floats(digit: int, power: int, text: str) -> None:
    assert decade(digit, power) == text


def test_no_tick_is_called_minus_0() -> None:
    assert labels([-1.0, -0.0, 1.0]) == ["−1", "0", "1"]


@pytest.mark.parametrize(("name", "text"), [
    ("fc1.weight", "fc1.weight"), ("$a_b^c$", "$a_b^c$"), ("a\nb", "a\\nb"), ("a\tb", "a\\tb"),
    ("", "''"), (" ", "' '"), ("卷积", "卷积"), ("👩\u200d🔬", "👩\u200d🔬"),
    ("a\u202eb", "a\\u202eb"), ("\ud800", "\\ud800"), ("_x", "_x"),
])  # fmt: skip
def test_a_name_is_one_line_that_can_be_seen(name: str, text: str) -> None:
    assert one_line(name) == text


@given(st.text(), st.integers(1, 40))
def test_a_name_fits_its_room(name: str, room: int) -> None:
    cut = elide(name, room)
    assert 1 <= len(cut) <= max(room, 1)
    assert "\n" not in cut


@given(st.lists(st.text(min_size=1, max_size=40), min_size=1, max_size=12, unique=True))
def test_shortened_names_still_differ_as_the_names_do(names: list[str]) -> None:
    short = shorten(names, 14)
    assert len(set(short)) == len(short)
    assert max(map(len, short)) <= 14


def test_long_lists_end_in_a_count() -> None:
    names = [f"group {i}" for i in range(500)]
    assert join_names(names).endswith("group 19 and 480 more")
    assert join_names(names[:20]) == ", ".join(names[:20])
    assert join_names(names, length=20) == "group 0, group 1 and 498 more"
    assert join_names([]) == ""


class Name(str):
    """A string that counts how often it is looked into."""

    looked = 0

    def startswith(self, *args: object) -> bool:  # type: ignore[override]
        Name.looked += 1
        return super().startswith(*args)  # type: ignore[arg-type]

    def __getitem__(self, key: object) -> str:  # type: ignore[override]
        Name.looked += 1
        return super().__getitem__(key)  # type: ignore[index]

    def __lt__(self, other: object) -> bool:  # type: ignore[override]
        Name.looked += 1
        return super().__lt__(other)  # type: ignore[operator]


class Named:
    def __init__(self, name: str) -> None:
        self.name = Name(name)


def test_labels_of_many_groups_compare_few_names() -> None:
    work = {}
    for count in (100, 400):
        groups = [{"params": [Named(f"layer{i:03}.{j}") for j in range(4)]} for i in range(count)]
        Name.looked = 0
        assert len(set(group_labels(groups))) == count
        work[count] = Name.looked
    assert 0 < work[400] < 6 * work[100]  # a square would be 16 times as much


def test_no_two_groups_have_one_label() -> None:
    names = ["a", "a", "a [1]", "a [1]", "", None, "a"]
    assert len(set(group_labels([{"params": [], "name": name} for name in names]))) == len(names)
