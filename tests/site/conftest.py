"""Fixtures of the tests of the built site, which is served on loopback."""

from __future__ import annotations

import http.server
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect

from tests.browser.conftest import browser, pytest_runtest_makereport
from tests.site.notebook import Site

__all__ = ["browser", "pytest_runtest_makereport"]

PATIENCE = 120  # seconds; Python in a browser starts slowly on a busy machine
HERE = Path(__file__).parent
FOLDER = Path(os.environ.get("FINEOPT_SITE", HERE.parent.parent / "build" / "site"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


class Silent(http.server.SimpleHTTPRequestHandler):
    """What `python -m http.server` serves with, without its log."""

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    """The site in build/site, on a free port."""
    if not (FOLDER / "index.html").is_file():
        pytest.fail(f"there is no site in {FOLDER}: `make site` builds it", pytrace=False)
    handler = partial(Silent, directory=str(FOLDER))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield Site(f"http://127.0.0.1:{server.server_port}", FOLDER)
        server.shutdown()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A learner's browser, without anything stored."""
    with new_context(browser) as context:
        yield context


@pytest.fixture
def page(
    context: BrowserContext, site: Site, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[Page]:
    """A page; a request to anywhere but the site, or an uncaught error, fails the test."""
    with watched_page(context, site) as page:
        yield page
        page.screenshot(path=tmp_path / "page.png")
        print(f"Screenshot: {tmp_path / 'page.png'}")


@contextmanager
def new_context(browser: Browser) -> Iterator[BrowserContext]:
    """Open a browser without anything stored, that waits patiently."""
    context = browser.new_context(viewport={"width": 1200, "height": 900}, locale="en-US")
    context.set_default_timeout(PATIENCE * 1000)
    expect.set_options(timeout=PATIENCE * 1000)
    yield context
    context.close()


@contextmanager
def watched_page(context: BrowserContext, site: Site) -> Iterator[Page]:
    """Open a page; fail at the end if it sent a request outside the site, or had an error."""
    outside: list[str] = []
    uncaught: list[str] = []

    def note(request: Request) -> None:
        if not request.url.startswith((site.url, "blob:", "data:")):
            outside.append(request.url)

    context.on("request", note)  # also those of the worker that runs Python
    page = context.new_page()
    page.on("pageerror", lambda error: uncaught.append(error.message))
    yield page
    assert not outside
    assert not uncaught
