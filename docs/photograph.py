"""Take the README's pictures of a report: ``python docs/photograph.py RUN``; needs the extra ``browser``."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

PICTURES = Path(__file__).parent / "pictures"


def photograph(report: Path) -> None:
    """Write ``report-en.png`` and ``report-zh.png``."""
    PICTURES.mkdir(exist_ok=True)
    switches = ["--headless", "--no-sandbox", "--disable-gpu"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=switches)
        for language in ("en", "zh"):
            page = browser.new_page(viewport={"width": 1000, "height": 1180})
            page.goto(report.as_uri())
            page.click(f'[data-switch="{language}"]')
            page.mouse.move(0, 0)
            page.wait_for_timeout(1500)
            page.screenshot(path=str(PICTURES / f"report-{language}.png"))
        browser.close()


if __name__ == "__main__":
    photograph(Path(sys.argv[1]).resolve() / "report.html")
