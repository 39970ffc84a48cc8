"""`place` in JavaScript passes the cases that `fineopt.scenes.scene.place` passes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Browser

from fineopt.widgets import live

CASES = Path(__file__).parents[1] / "scenes" / "place.json"
PAINTER = (Path(live.__file__).parent / "painter.js").read_text(encoding="utf-8")
# Neither JSON nor Playwright's arguments have NaN and Infinity, but words.
PLACE = """([painter, cases]) => {
    const placer = new Function(`${painter}; return placer;`)();
    return cases.map((each) => each.values.map((v) => String(placer(each.axis, each)(Number(v)))));
}"""


def test_the_page_places_values_as_python_does(browser: Browser) -> None:
    cases: list[dict[str, Any]] = json.loads(CASES.read_text(encoding="utf-8"))
    page = browser.new_page()
    found = page.evaluate(PLACE, [PAINTER, cases])
    page.close()
    for case, shares in zip(cases, found, strict=True):
        expected = [float(share) for share in case["shares"]]
        np.testing.assert_allclose([float(share) for share in shares], expected, atol=1e-12)
