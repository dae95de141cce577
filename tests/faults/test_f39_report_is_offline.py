"""F39: a report asks the network for nothing and renders fully without one."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from pilothouse.report.page import render_report
from report.browser import browser
from report.records import SAMPLES


@pytest.mark.parametrize("name", SAMPLES)
def test_report_opens_offline_with_every_chart_and_no_request(name: str, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(render_report(SAMPLES[name]()), encoding="utf-8")
    with browser() as tab:
        tab.open(path)
        tab.page.click("[data-switch=zh]")
        tab.drawn()
        assert tab.requests == [path.as_uri()]
        assert tab.complaints == []
        assert tab.ask("document.querySelectorAll('[data-chart] svg').length") > 0
        marks = "[...document.querySelectorAll('[data-chart] svg')].every(s => s.querySelector('path, line'))"
        assert tab.ask(marks)


def test_policy_of_the_report_stops_requests_from_within(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(render_report(SAMPLES["pilot"]()), encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as server, browser(offline=False) as tab:
        address = f"http://127.0.0.1:{server.getsockname()[1]}/"
        tab.open(path)
        tab.ask(f"document.body.append(Object.assign(new Image(), {{src: '{address}x.png'}}))")
        assert tab.ask(f"fetch('{address}').then(() => 'sent', () => 'refused')") == "refused"
        assert sum("Content Security Policy" in c for c in tab.complaints) >= 2
        server.settimeout(0.5)
        with pytest.raises(TimeoutError):
            server.accept()
