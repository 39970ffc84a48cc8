"""What a page knows of a scene, and what it should know."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

from fineopt.scenes.watched_run import WatchedRun


def known(page: Page) -> dict[str, Any]:
    """What the page knows: the tables of each chart, as lists."""
    found: dict[str, Any] = page.evaluate(
        """() => {
            const { scene } = document.querySelector('.fineopt-charts').fineoptView;
            const tables = chart => Object.fromEntries(Object.entries(chart.tables).map(
                ([key, t]) => [key, [...t.data.subarray(0, t.rows * t.cols)].map(String)]));
            return Object.fromEntries(Object.entries(scene).map(([name, chart]) =>
                [name, { title: chart.title, tables: tables(chart) }]));
        }"""
    )
    return found


def expected(run: WatchedRun) -> dict[str, Any]:
    words = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}

    def text(value: float) -> float | str:
        return words.get(str(value), value)

    return {
        name: {
            "title": chart["title"],
            "tables": {
                k: [text(v) for v in t.ravel().tolist()] for k, t in chart["tables"].items()
            },
        }
        for name, chart in run.scene().items()
    }


def assert_known(page: Page, run: WatchedRun) -> None:
    found = known(page)
    for name, chart in expected(run).items():
        assert found[name]["title"] == chart["title"]
        assert found[name]["tables"].keys() == chart["tables"].keys()
        for key, values in chart["tables"].items():
            told = found[name]["tables"][key]
            assert len(told) == len(values)
            for here, there in zip(told, values, strict=True):
                assert here == there or float(here) == there
