"""The style table: plain data, readable on its ground, and a sign has hues that no group has."""

from __future__ import annotations

import colorsys
import json
import re

import pytest

from fineopt.scenes.style import COLOURS, DASHES, colour, dash, style_table

GROUNDS = {"light": "#ffffff", "dark": "#111111"}  # as JupyterLab's


def channels(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return red, green, blue


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2.1."""

    def luminance(colour: str) -> float:
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
                  for c in channels(colour)]  # fmt: skip
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_it_is_json() -> None:
    table = style_table()
    assert json.loads(json.dumps(table, allow_nan=False)) == table
    assert table["light"].keys() == table["dark"].keys()
    for theme in ("light", "dark"):
        for value in table[theme].values():
            for one in [value] if isinstance(value, str) else value:
                assert re.fullmatch("#[0-9a-f]{6}", one)
    assert table["size"] >= 11, "text is never smaller"


@pytest.mark.parametrize("theme", GROUNDS)
def test_lines_and_text_are_seen_on_their_ground(theme: str) -> None:
    colours, ground = style_table()[theme], GROUNDS[theme]
    for one in colours["groups"]:
        assert contrast(one, ground) >= (4.5 if theme == "dark" else 2.2)
    for name in ("ink", "grey", "alert", "plus", "minus"):
        assert contrast(colours[name], ground) >= 4.5, name
    assert contrast(colours["faint"], ground) < contrast(colours["grey"], ground)


@pytest.mark.parametrize("theme", GROUNDS)
def test_no_group_has_the_hue_of_a_sign(theme: str) -> None:
    colours = style_table()[theme]
    distances = {}
    for sign in ("plus", "minus"):
        for group in colours["groups"]:
            pair = channels(colours[sign]), channels(group)
            hues = [colorsys.rgb_to_hsv(*one)[0] for one in pair]
            apart = abs(hues[0] - hues[1])
            distances[sign, group] = 360 * min(apart, 1 - apart)
    assert min(distances.values()) > 15, distances


def test_groups_differ_by_colour_or_dash() -> None:
    looks = [(colour(group), dash(group)) for group in range(len(COLOURS) * len(DASHES))]
    assert len(set(looks)) == len(looks)
    assert colour(None) not in COLOURS
    assert [len(dashes) for dashes in style_table()["dashes"]] == [0, 2, 4, 2, 6]
