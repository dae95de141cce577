"""F38: hostile text in any field of a record is shown as text and does nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pilothouse.report.card import render_card
from pilothouse.report.page import render_report
from pilothouse.runs.record import RunRecord
from report.browser import Tab, browser
from report.records import SAMPLES, pilot

PAYLOADS = (
    "<script>alert(1)</script>",
    "</script><script>alert(2)</script>",
    "<!--<script>",
    "<img src=x onerror=alert(3)>",
    '"><svg onload=alert(4)>',
    "' autofocus onfocus=alert(5) x='",
    "javascript:alert(6)",
    "[click](javascript:alert(7))",
    "![x](http://127.0.0.1:9/leak.png)",
    "{{ 7 * 7 }}{% include 'x' %}",
    "${alert(8)}`",
    "</title></style></textarea><iframe src=http://127.0.0.1:9/>",
    "<meta http-equiv=refresh content='0;url=http://127.0.0.1:9/'>",
    "&lt;b&gt;&#x3c;i&#x3e;",
    "\u2028alert(9)\u2029//",
    "<base href=http://127.0.0.1:9/><link rel=stylesheet href=/x.css>",
    "datum.constructor.constructor('alert(10)')()",
)

# Words of the schema, not of strangers.
FIXED = {
    *(("split", "kind"), ("target", "kind"), ("status",), ("language",), ("verdict", "code")),
    *(("value", "effect"), ("flagged", "set_by"), ("learning_curve", "status")),
}
FIXED_NAMES = {"level", "treatment", "key"}
# Mappings whose keys are names, not fields.
NAMED = ("fold_scores",), ("metrics", "test"), ("metrics", "out_of_fold"), ("verdict", "rules")


def poison(value: Any, payload: str, path: tuple[str, ...] = ()) -> Any:
    """Put the payload before every text of a record, names of candidates and metrics too."""
    if isinstance(value, str):
        is_fixed = path in FIXED or path[-1] in FIXED_NAMES
        return value if is_fixed else f"{payload} {value}"
    if isinstance(value, list):
        return [poison(v, payload, path) for v in value]
    if isinstance(value, dict):
        inner = {k: poison(v, payload, (*path, k)) for k, v in value.items()}
        is_of_names = path in NAMED or path[:-1] in NAMED[1:3] or path[-1:] == ("parameters",)
        return {f"{payload} {k}": v for k, v in inner.items()} if is_of_names else inner
    return value


def texts(value: Any, path: tuple[str, ...] = ()) -> set[str]:
    if isinstance(value, str):
        return set() if path in FIXED or path[-1] in FIXED_NAMES else {value}
    if isinstance(value, list):
        return {t for v in value for t in texts(v, path)}
    if isinstance(value, dict):
        return {t for k, v in value.items() for t in texts(v, (*path, k))}
    return set()


TAGS = "[...document.querySelectorAll('*')].map(e => e.localName)"
TEXT_NODES = """(() => {
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
  while (walk.nextNode()) {
    if (!walk.currentNode.parentElement.closest("script, svg")) found.push(walk.currentNode.data);
  }
  return found;
})()"""


def shown(tab: Tab, record: RunRecord, path: Path) -> str:
    path.write_text(render_report(record), encoding="utf-8")
    tab.open(path)
    tab.page.click("[data-switch=zh]")
    tab.drawn()
    return "\n".join(tab.ask(TEXT_NODES))


def test_payload_in_every_text_field_is_shown_as_text(tmp_path: Path) -> None:
    plain = pilot().model_dump(mode="json")
    with browser() as tab:
        shown(tab, pilot(), tmp_path / "usual.html")
        displayed = texts(plain) & set(tab.ask(TEXT_NODES))
        assert len(displayed) > 60
        tags = set(tab.ask(TAGS))
        for number, payload in enumerate(PAYLOADS):
            record = RunRecord.model_validate(poison(plain, payload))
            path = tmp_path / f"{number}.html"
            tab.requests.clear()
            page = shown(tab, record, path)
            lost = {t for t in displayed if f"{payload} {t}" not in page}
            assert not lost, payload
            assert set(tab.ask(TAGS)) <= tags
            assert tab.dialogs == []
            assert tab.requests == [path.as_uri()]
            assert tab.complaints == []


def test_payload_as_a_class_or_a_group_is_shown_as_text(tmp_path: Path) -> None:
    payload = "</script><img src=x onerror=alert(1)>"
    with browser() as tab:
        for name, make in SAMPLES.items():
            record = make(title=payload, source=payload)
            target = record.target.model_copy(
                update={"positive": payload, "name": payload, "classes": [payload]}
            )
            record = record.model_copy(update={"target": target})
            page = shown(tab, record, tmp_path / f"{name}.html")
            assert payload in page
            assert tab.dialogs == []
            assert tab.ask("document.images.length") == 0


def test_payload_in_the_card_makes_no_tag_and_no_link() -> None:
    plain = pilot().model_dump(mode="json")
    for payload in PAYLOADS:
        card = render_card(RunRecord.model_validate(poison(plain, payload)))
        unescaped = card.replace("\\<", "").replace("\\[", "").replace("\\!", "").replace("\\(", "")
        assert "<" not in unescaped
        assert "](" not in unescaped
        assert "http://" not in card
