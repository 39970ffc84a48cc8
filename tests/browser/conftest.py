"""Fixtures of the browser tests: `lab` and `browser` for the session, `page` for each test."""

from __future__ import annotations

import re
import shutil
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, expect

from tests.browser.chromium import find_chromium, headless, why_no_chromium
from tests.browser.lab_server import Lab, lab_server
from tests.browser.notebook import settle
from tests.browser.waiting import PATIENCE
from tools.environment import on_ci

HERE = Path(__file__).parent
REPOSITORY = HERE.parent.parent
# JupyterLab 4.6's own, when a kernel is restarted while it still waits for an answer from it.
HARMLESS = re.compile(r"Canceled future for \w+ message before replies were done")
FAILED = pytest.StashKey[bool]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    return report


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A JupyterLab that serves a copy of lessons/, at the same paths; tests may write there."""
    root = tmp_path_factory.mktemp("lab")
    lessons = REPOSITORY / "lessons"
    if lessons.is_dir():
        ignored = shutil.ignore_patterns(".ipynb_checkpoints", "__pycache__")
        shutil.copytree(lessons, root / "lessons", ignore=ignored)
    with lab_server(root) as server:
        yield server


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A Chromium without a window. Where there is none: a failure on CI, a skip elsewhere."""
    executable = find_chromium()
    if executable is None:
        if on_ci():
            pytest.fail(why_no_chromium(), pytrace=False)
        pytest.skip(why_no_chromium())
    with headless(executable) as running:
        yield running


@pytest.fixture(scope="session")
def context(browser: Browser) -> Iterator[BrowserContext]:
    """One profile for all pages: JupyterLab's own files are read from its cache after the first."""
    context = browser.new_context(
        viewport={"width": 1200, "height": 900},
        locale="en-US",
        timezone_id="UTC",
        color_scheme="light",
    )
    context.set_default_timeout(PATIENCE * 1000)
    expect.set_options(timeout=PATIENCE * 1000)
    yield context
    context.close()


class Heard:
    """What a page reports: errors that nothing in it caught, and errors on its console."""

    def __init__(self, page: Page) -> None:
        self.uncaught: list[str] = []
        self.console: list[str] = []
        page.on("pageerror", self._on_error)
        page.on("console", self._on_console)

    def _on_error(self, error: Error) -> None:
        if not HARMLESS.search(error.message):
            self.uncaught.append(f"{error.message}\n{error.stack or ''}")

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.console.append(message.text)


@contextmanager
def judging(page: Page, heard: Heard) -> Iterator[None]:
    """Fail for an error that nothing in the page caught, until all is cleaned up and settled.

    It stands around all that a test does with the page, from its setting up to its tearing down:
    what was heard is then this test's, and nothing of it is left for the next.
    """
    try:
        yield
        settle(page)
    finally:
        uncaught, console = heard.uncaught[:], heard.console[:]
        heard.uncaught.clear()
        heard.console.clear()
    if uncaught:
        print("On its console:", *console, sep="\n  ")
        pytest.fail("Uncaught in the page:\n" + "\n".join(uncaught), pytrace=False)


def keep_picture(request: pytest.FixtureRequest, page: Page, heard: Heard, to: Path) -> None:
    """Of a test that failed, or is about to: what the page shows, before it is cleaned up."""
    if request.node.stash.get(FAILED, False) or heard.uncaught:
        page.screenshot(path=to / "page.png")
        print(f"The page at that time: {to / 'page.png'}")
        print("On its console:", *heard.console, sep="\n  ")


@pytest.fixture
def console() -> list[str]:
    """What `page` wrote to the browser's console as errors, for a test that wants to look."""
    return []


@pytest.fixture
def page(
    request: pytest.FixtureRequest,
    context: BrowserContext,
    lab: Lab,
    console: list[str],
    tmp_path: Path,
) -> Iterator[Page]:
    """An empty page; afterwards the kernels and settings that the test left in `lab` are gone.

    A JavaScript error that nothing in the page caught fails the test. Of a test that fails a
    picture is kept.
    """
    page = context.new_page()
    heard = Heard(page)
    heard.console = console
    try:
        with judging(page, heard):
            yield page
            settle(page)
            keep_picture(request, page, heard, tmp_path)
    finally:
        page.close()
        lab.forget()
