"""F41: no image, link or address in a model's reply makes a reader's browser call anybody."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pilothouse.guards.llm.inert import inert
from pilothouse.report.page import render_report
from pilothouse.runs.record import RunRecord
from report.browser import browser
from report.records import pilot
from small_llm import door_to, serving

AWAY = "127.0.0.1:9"
FORMS = (
    f"![](http://{AWAY}/a.png)",
    f"![a](<http://{AWAY}/b.png> 'title')",
    f"![a][r]\n\n[r]: http://{AWAY}/c.png",
    f'![a]\n\n[a]: <http://{AWAY}/d.png> "title"',
    f"[click](http://{AWAY}/e?d=secret)",
    f"[![a](http://{AWAY}/f.png)](http://{AWAY}/g)",
    f"[click]( http://{AWAY}/h )",
    f"<http://{AWAY}/i>",
    f"http://{AWAY}/j",
    f"HTTP://{AWAY}/k",
    f"//{AWAY}/l",
    "www.canary-away.example/m",
    "canary-away.example/n?d=1",
    f"ftp://{AWAY}/o",
    f"file://{AWAY}/p",
    "javascript:fetch('x')",
    "data:text/html;base64,PHNjcmlwdD4=",
    f"<img src=http://{AWAY}/q.png>",
    f"<IMG SRC='//{AWAY}/r.png'>",
    f"<svg><image href=http://{AWAY}/s.png /></svg>",
    f"<a href=http://{AWAY}/t ping=http://{AWAY}/u>x</a>",
    f"<link rel=stylesheet href=http://{AWAY}/v.css>",
    f"<style>@import 'http://{AWAY}/w.css'</style>",
    f"<iframe src=http://{AWAY}/x></iframe>",
    f"<!--><script src=http://{AWAY}/y.js></script>",
    f"<meta http-equiv=refresh content='0;url=http://{AWAY}/z'>",
    f"![a\u200b](http://{AWAY}/1.png)",
    f"!\u200b[a](http://{AWAY}/2.png)",
    f"<i\u00admg src=http://{AWAY}/3.png>",
    f"![a](http://\u200b{AWAY}/4.png)",
    f"\x1b]8;;http://{AWAY}/5\x07click\x1b]8;;\x07",
)


@pytest.mark.parametrize("form", FORMS)
def test_f41_form_of_markup_is_made_text(form: str) -> None:
    said = inert(f"before {form} after", "a question")
    assert said.startswith("before ") and said.rstrip().endswith("after")
    assert AWAY not in said and "canary-away" not in said and "javascript:" not in said
    assert not re.search(r"<[A-Za-z/!?]|!\[|\]\(|://", said)
    assert inert(said, "a question") == said


@pytest.mark.parametrize(
    "plain",
    [
        "a < b and c > d",
        "3 <4",
        "A/B test: 5%",
        "see [MOBILE_1] (today)",
        "e.g. this",
        "1.5/2",
        "**bold** - x",
        "价格：¥9.9/月",
    ],
)
def test_f41_plain_text_stays_as_it_is(plain: str) -> None:
    assert inert(plain, "") == plain


def replies(folder: Path) -> list[str]:
    with serving(lambda _: "\n".join(FORMS)) as server:
        from pilothouse.types import Prompt

        asked = [{"text": f"question {i}"} for i in range(3)]
        return [r.text for r in door_to(server, folder).ask(Prompt("t", 1, "s", "{text}"), asked)]


def test_f41_careless_page_that_shows_a_reply_makes_no_request(tmp_path: Path) -> None:
    """As a chat window would that knows Markdown and escapes nothing."""
    shown = "\n".join(replies(tmp_path))
    shown = re.sub(r"!\[([^\]]*)\]\(([^)]*)\)", r'<img alt="\1" src="\2">', shown)
    shown = re.sub(r"\[([^\]]*)\]\(([^)]*)\)", r'<a href="\2">\1</a>', shown)
    path = tmp_path / "chat.html"
    path.write_text(f"<!doctype html><meta charset=utf-8><body>{shown}", encoding="utf-8")
    with browser(offline=False) as tab:
        tab.open(path)
        assert tab.requests == [path.as_uri()] and tab.dialogs == []
        assert tab.ask("document.querySelectorAll('body *').length") == 0


def test_f41_report_that_shows_what_a_model_said_makes_no_request(tmp_path: Path) -> None:
    """As it came from the server, without the door's help."""
    record = pilot()
    said = "\n".join(FORMS)
    kept = record.model_dump(mode="json")
    words = {"key": "plan.stays", "values": {}, "zh": said, "en": said}
    kept["notes"] = [words]
    path = tmp_path / "report.html"
    path.write_text(render_report(RunRecord.model_validate(kept)), encoding="utf-8")
    with browser(offline=False) as tab:
        tab.open(path)
        tab.drawn()
        assert tab.requests == [path.as_uri()] and tab.dialogs == []
        assert tab.ask(f'document.querySelectorAll(\'[src*="{AWAY}"], [href*="{AWAY}"]\').length') == 0
