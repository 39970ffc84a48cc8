"""Fixtures of the browser tests: `lab` and `browser` for the session, `page` for each test."""

from __future__ import annotations

import re
import shutil
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Page,
    ViewportSize,
    expect,
)

from tests.browser.chromium import find_chromium, headless, why_no_chromium
from tests.browser.lab_server import Lab, lab_server
from tests.browser.notebook import close_documents, settle
from tests.browser.waiting import PATIENCE
from tools.environment import on_ci

HERE = Path(__file__).parent
REPOSITORY = HERE.parent.parent
# Raised by JupyterLab 4.6 itself if a kernel restarts while a reply is pending.
HARMLESS = re.compile(r"Canceled future for \w+ message before replies were done")
VIEWPORT: ViewportSize = {"width": 1200, "height": 900}
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
    """JupyterLab serving a copy of lessons/ at the same paths, where tests may write."""
    root = tmp_path_factory.mktemp("lab")
    lessons = REPOSITORY / "lessons"
    if lessons.is_dir():
        ignored = shutil.ignore_patterns(".ipynb_checkpoints", "__pycache__")
        shutil.copytree(lessons, root / "lessons", ignore=ignored)
    with lab_server(root) as server:
        yield server


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Headless Chromium; if it is missing, tests fail on CI and are skipped elsewhere."""
    executable = find_chromium()
    if executable is None:
        if on_ci():
            pytest.fail(why_no_chromium(), pytrace=False)
        pytest.skip(why_no_chromium())
    with headless(executable) as running:
        yield running


@pytest.fixture(scope="session")
def context(browser: Browser) -> Iterator[BrowserContext]:
    """One profile for all pages, so that JupyterLab's files are cached."""
    context = browser.new_context(
        viewport=VIEWPORT,
        locale="en-US",
        timezone_id="UTC",
        color_scheme="light",
    )
    context.set_default_timeout(PATIENCE * 1000)
    expect.set_options(timeout=PATIENCE * 1000)
    yield context
    context.close()


class Heard:
    """The uncaught errors of a page, and the errors on its console."""

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
def checked_for_errors(page: Page, heard: Heard) -> Iterator[None]:
    """Fail if there is an uncaught error in the page until it is cleaned up and settled.

    It encloses everything that a test does with the page, including setup and teardown, so that
    errors are attributed to the right test.
    """
    try:
        yield
        settle(page)
    finally:
        uncaught, console = heard.uncaught[:], heard.console[:]
        heard.uncaught.clear()
        heard.console.clear()
    if uncaught:
        print("Console:", *console, sep="\n  ")
        pytest.fail("Uncaught errors in the page:\n" + "\n".join(uncaught), pytrace=False)


def keep_screenshot(request: pytest.FixtureRequest, page: Page, heard: Heard, to: Path) -> None:
    """Take a screenshot of the page of a failed or failing test, before it is cleaned up."""
    if request.node.stash.get(FAILED, False) or heard.uncaught:
        page.screenshot(path=to / "page.png")
        print(f"Screenshot: {to / 'page.png'}")
        print("Console:", *heard.console, sep="\n  ")


@pytest.fixture
def console() -> list[str]:
    """The errors that `page` wrote to the browser's console."""
    return []


class Tab:
    """A page that keeps JupyterLab loaded from test to test, for loading it takes 5 s of a core."""

    def __init__(self, context: BrowserContext) -> None:
        self._context = context
        self._kept: tuple[Page, Heard] | None = None
        self.keep = True

    def open(self) -> tuple[Page, Heard]:
        """Return the page, without notebooks, and what was heard from it."""
        if self._kept is None:
            page = self._context.new_page()
            self._kept = page, Heard(page)
        return self._kept

    def close(self) -> None:
        """Close the page; the next test gets a new one."""
        if self._kept is not None:
            self._kept[0].close()
            self._kept = None


@pytest.fixture(scope="module")
def tab(context: BrowserContext) -> Iterator[Tab]:
    tab = Tab(context)
    yield tab
    tab.close()


@pytest.fixture
def own_page(tab: Tab) -> Iterator[None]:
    """Ask for a new `page` that no later test gets: for tests that reload or patch it."""
    tab.close()
    tab.keep = False
    yield
    tab.close()
    tab.keep = True


@pytest.fixture
def page(
    request: pytest.FixtureRequest, tab: Tab, lab: Lab, console: list[str], tmp_path: Path
) -> Iterator[Page]:
    """A page without notebooks; documents, kernels and settings are reset after the test.

    An uncaught JavaScript error fails the test. A screenshot is kept if the test fails.
    """
    page, heard = tab.open()
    heard.console = console
    clean = False
    try:
        with checked_for_errors(page, heard):
            yield page
            settle(page)
            keep_screenshot(request, page, heard, tmp_path)
            failed = request.node.stash.get(FAILED, False)
            clean = tab.keep and not failed and close_documents(page)
            if clean:
                page.set_viewport_size(VIEWPORT)
    finally:
        if not clean:
            tab.close()
        lab.forget()
