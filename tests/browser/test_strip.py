"""The timeline in the training panel: by pointer and keyboard, names, refusals, other pages."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.notebook import output, run_cell, run_python, set_theme
from tests.browser.test_around_the_charts import button, panel, wait_until
from tests.browser.waiting import wait_until_it_fits

__all__ = ["panel"]  # a fixture

RUN = (
    "timeline = panel.controller.branches.timeline\n"
    "trainer.run(4)\n"
    "timeline.branch('fc keeps learning', at=2); groups[0]['lr'] = 0.3\n"
    "trainer.run(2)"
)


def dot(panel: Locator, name: str) -> Locator:
    return panel.get_by_role("option", name=name, exact=True)


def test_by_keyboard(page: Page, panel: Locator) -> None:
    run_python(page, RUN)
    dot(panel, "fc keeps learning: end of epoch 4").focus()
    for key in ("ArrowLeft", "ArrowUp", "ArrowLeft"):
        page.keyboard.press(key)
    expect(dot(panel, "main: end of epoch 2")).to_be_focused()
    expect(panel.get_by_text("picked: main, end of epoch 2")).to_be_visible()
    page.keyboard.press("Enter")
    wait_until(page, "(timeline.current.name, trainer.epoch) == ('main', 2)")
    expect(dot(panel, "main: end of epoch 2")).to_be_focused()
    for key in ("End", "b", "d", "d"):  # no command of the notebook
        page.keyboard.press(key)
    expect(dot(panel, "main: end of epoch 4")).to_be_focused()
    expect(page.locator(".jp-Notebook .jp-Cell")).to_have_count(2)
    page.keyboard.press("Escape")
    expect(button(panel, "Rewind")).to_be_disabled()
    panel.get_by_role("radio", name="the run stands on fc keeps learning").press("Space")
    wait_until(page, "(timeline.current.name, groups[0]['lr']) == ('fc keeps learning', 0.3)")


def test_a_snapshot_that_is_added_leaves_the_others_alone(page: Page, panel: Locator) -> None:
    run_python(page, "trainer.run(2)")
    expect(dot(panel, "main: end of epoch 2")).to_have_attribute("aria-current", "true")
    page.evaluate(
        """() => {
            const strip = document.querySelector('.fineopt-strip');
            window.written = [];
            new MutationObserver(all => {
                for (const { target, attributeName } of all)
                    if (target.matches?.('.fineopt-strip button, .fineopt-strip input'))
                        written.push([target.getAttribute('aria-label'), attributeName]);
            }).observe(strip, { subtree: true, attributes: true });
        }"""
    )
    run_python(page, "trainer.run(1)")
    expect(dot(panel, "main: end of epoch 3")).to_have_attribute("aria-current", "true")
    written = {tuple(one) for one in page.evaluate("() => written")}
    earlier = {one for one in written if one[0] != "main: end of epoch 3"}
    assert earlier == {("main: end of epoch 2", what) for what in ("aria-current", "tabindex")}


def test_branch_names_and_refusals(page: Page, panel: Locator) -> None:
    run_python(page, RUN)
    dot(panel, "main: end of epoch 1").click()
    button(panel, "Branch").click()
    name = panel.get_by_role("textbox", name="name of the branch: run 3")
    expect(name).to_be_focused()  # selected, to type over
    page.keyboard.type("main")
    page.keyboard.press("Enter")
    expect(panel.get_by_text("there is a branch of this name already")).to_be_visible()
    expect(name).to_have_attribute("aria-invalid", "true")
    name.fill("   ")
    name.press("Enter")
    expect(panel.get_by_text("a branch needs a name")).to_be_visible()
    name.fill("slower <b> $x$")
    name.press("Enter")
    wait_until(page, "timeline.current.name == 'slower <b> $x$' and trainer.epoch == 1")
    expect(panel.get_by_text("a branch needs a name")).to_be_hidden()
    panel.get_by_role("checkbox", name="show in the charts: main").uncheck()
    wait_until(page, "[t.name for t in panel.figure.tracks] == ['fc keeps learning']")
    remove = button(panel, "Remove fc keeps learning")
    remove.click()
    remove.click()
    wait_until(page, "list(timeline.branches) == ['main', 'slower <b> $x$']")


def test_a_click_is_not_undone_by_rows_that_were_sent_before_it(page: Page, panel: Locator) -> None:
    run_python(page, RUN)
    box = panel.get_by_role("checkbox", name="show in the charts: main")
    expect(box).to_be_enabled()  # the row of the branch is there; before it, a click does nothing
    box.evaluate(
        """box => setTimeout(() => {
            box.click();
            window.states = [];
            const look = () => { window.states.push(box.checked); requestAnimationFrame(look); };
            look();
        }, 500)"""
    )
    run_python(page, "import time; time.sleep(2)\ntimeline.rename('main', 'other'); panel.show()")
    wait_until(page, "not panel.figure.tracks")
    expect(panel.get_by_role("checkbox", name="show in the charts: other")).not_to_be_checked()
    assert page.evaluate("window.states.every(checked => !checked)")


def test_while_it_plays_and_in_a_second_view(page: Page, panel: Locator) -> None:
    run_python(page, RUN)
    button(panel, "Play").click()
    wait_until(page, "trainer.epoch > 4")
    dot(panel, "main: end of epoch 1").dblclick()
    wait_until(page, "(panel.controller.playing, trainer.epoch) == (False, 1)")
    button(panel, "Play").click()
    wait_until(page, "trainer.epoch > 2")
    button(panel, "Again").click()
    wait_until(page, "(trainer.record.steps, len(timeline.branches)) == (0, 3)")
    run_cell(page, 1)  # the cell again: another panel, the same branches
    wait_until(page, "panel.controller.branches.timeline is timeline")
    expect(panel.get_by_role("radio")).to_have_count(3)
    expect(panel.get_by_role("radio", name="the run stands on run 3")).to_be_checked()


# Whether the numbers of the epochs go to the end of the run, and have room, but no more than that.
NUMBERED = """([end, every]) => {
    const numbers = [...document.querySelectorAll('.fineopt-strip-axis span')];
    const gaps = numbers.slice(1).map((one, i) => one.offsetLeft - numbers[i].offsetLeft);
    return numbers.every((one, i) => Number(one.textContent) === i * every)
        && Number(numbers.at(-1).textContent) === end - end % every
        && Math.min(...gaps) >= 32 && Math.max(...gaps) - Math.min(...gaps) <= 2;
}"""


def test_the_axis_follows_the_run_and_the_width(page: Page, panel: Locator) -> None:
    page.wait_for_function(NUMBERED, arg=[4, 1])
    run_python(page, "trainer.run(9)")
    page.wait_for_function(NUMBERED, arg=[9, 1])
    run_python(page, "trainer.run(21)")
    page.wait_for_function(NUMBERED, arg=[30, 5])
    run_python(page, "panel.layout.width = '240px'")
    page.wait_for_function(NUMBERED, arg=[30, 10])
    run_python(page, "panel.layout.width = None")
    page.wait_for_function(NUMBERED, arg=[30, 5])


@pytest.mark.parametrize("width", [1280, 900, 832])
def test_it_fits_in_the_dark(page: Page, panel: Locator, width: int) -> None:
    run_python(page, RUN + f"\ntimeline.rename('main', {'W' * 70!r})")
    set_theme(page, "JupyterLab Dark")
    page.set_viewport_size({"width": width, "height": 1000})
    wait_until_it_fits(output(page, 1))
    strip = panel.locator(".fineopt-strip")
    small = strip.evaluate(
        """el => [...el.querySelectorAll('*')]
            .filter(one => one.textContent && parseFloat(getComputedStyle(one).fontSize) < 11)
            .map(one => one.className)"""
    )
    assert small == []


def test_its_lines_stay_in_their_rows_where_a_page_resizes_pictures(
    page: Page, panel: Locator
) -> None:
    run_python(page, RUN)
    dot(panel, "main: end of epoch 1").wait_for()
    heights = """strip => [...strip.querySelectorAll('svg')].map(
        svg => [svg.clientWidth, svg.clientHeight])"""
    before = panel.locator(".fineopt-strip").evaluate(heights)
    # as the pages of Notebook 6 do
    page.add_style_tag(content="div.jp-OutputArea-output svg {max-width: 100%; height: auto}")
    assert panel.locator(".fineopt-strip").evaluate(heights) == before
    assert before[0] == [26, 10]
