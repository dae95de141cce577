"""A real browser for tests of the page; without one the test skips and says what is missing."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

SWITCHES = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]


def program() -> str:
    """Where Chromium is; skips when it or Playwright is missing."""
    pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        pytest.skip("no Chromium here: install Debian's package chromium, or name one in CHROMIUM")
    return found


class Tab:
    """A page that was opened, and everything it did besides being read."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.requests: list[str] = []
        self.dialogs: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda r: self.requests.append(r.url))
        page.on("dialog", self._dismiss)
        page.on("pageerror", lambda e: self.complaints.append(str(e)))
        page.on("console", self._listen)

    def _dismiss(self, dialog: Any) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def _listen(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def open(self, path: Path) -> None:
        """Open a file and wait until every chart that is shown is drawn."""
        self.page.goto(path.as_uri())
        self.drawn()

    def drawn(self) -> None:
        """Wait until every chart is there."""
        self.wait("[...document.querySelectorAll('[data-chart]')].every(c => c.querySelector('svg'))")

    def wait(self, expression: str, seconds: float = 20) -> None:
        """Wait until the expression holds; Playwright's own waiting needs an eval that the page forbids."""
        until = time.monotonic() + seconds
        while not self.ask(expression):
            assert time.monotonic() < until, expression
            self.page.wait_for_timeout(50)

    def ask(self, expression: str) -> Any:
        """Evaluate an expression in the page."""
        return self.page.evaluate(expression)


@contextmanager
def browser(*, width: int = 1280, scheme: str = "light", offline: bool = True) -> Iterator[Tab]:
    """Start Chromium, without a network unless told otherwise, and give one tab."""
    path = program()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=SWITCHES)
        context = chromium.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, offline=offline
        )
        try:
            yield Tab(context.new_page())
        finally:
            context.close()
            chromium.close()
