"""Label more of these: a list for a spreadsheet, a page to label on, and labels read back.

``to_label.csv`` holds the texts that would teach most, with an empty column for the label;
``to_label.html`` shows the same texts one by one, works offline and saves a CSV file.
Either comes back by the option ``labels``: rows are found by id, else by their text. It
asks nobody and sends nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from pilothouse.errors import BadOption
from pilothouse.guards.markup import both, inline, json_island, templates
from pilothouse.messages import Message, say
from pilothouse.models.labels.choosing import worth_labelling
from pilothouse.scenario import Listing
from pilothouse.steps.collect import Source, read
from pilothouse.steps.prepare.supervise import Prepared
from pilothouse.steps.prepare.texts import find_text
from pilothouse.types import Kind, Table

CSV, PAGE = "to_label.csv", "to_label.html"
SUGGESTED, SURE = "suggested", "probability"
_POLICY = "default-src 'none'; script-src {script}; style-src {style}; base-uri 'none'; form-action 'none'"
_WORDS = ("title", "of", "keys", "back", "skip", "save", "done", "hint", "suggests", "filter")


def to_label(servable: Any, prepared: Prepared, target: str, most: int) -> Listing | None:
    """List the waiting texts that would teach most; None where none waits or none is wanted."""
    if not most or not prepared.waiting.rows:
        return None
    name = prepared.waiting.columns[0].name
    texts = prepared.waiting[name].tolist()
    said = servable.fitted.predict(prepared.waiting)["probability"]
    classes = servable.fitted.target.classes
    rows = [
        (prepared.waiting_ids[i], texts[i], "", classes[int(said[i].argmax())], f"{said[i].max():.2f}")
        for i in worth_labelling(texts, said, most).tolist()
    ]
    header = (prepared.id_name, name, target, SUGGESTED, SURE)
    return Listing(CSV, header, rows, bom=True, pages={PAGE: page(header, rows, classes)})


def page(
    header: Sequence[str], rows: Iterable[Sequence[Any]], classes: Sequence[str]
) -> tuple[Message | str, ...]:
    """Write the page, in both languages; the element's own language decides which is seen."""
    folder = resources.files("pilothouse.scenarios.classify") / "static"
    script, script_hash = inline("script", (folder / "labelling.js").read_text(encoding="utf-8"))
    style, style_hash = inline("style", (folder / "labelling.css").read_text(encoding="utf-8"))
    told = {
        "id": header[0],
        "target": header[2],
        "classes": list(classes),
        "rows": [list(r[:5]) for r in rows],
    }
    words = {word: say(f"classify.page_{word}") for word in _WORDS}
    text = (
        templates("pilothouse.scenarios.classify")
        .get_template("labelling.html")
        .render(
            policy=_POLICY.format(script=script_hash, style=style_hash),
            script=script,
            style=style,
            island=json_island(told),
            words={word: both(one.text("en"), one.text("zh")) for word, one in words.items()},
        )
    )
    before, _, after = text.partition("@language@")
    return (before, say("classify.page_language"), after)


def merged(table: Table, target: str, path: Path, text: str | None) -> tuple[Table, list[Message]]:
    """Put labels of a file into the target's column; a label given later stands.

    Parameters
    ----------
    path
        A table with the target's column, and the id or the text beside it.

    Raises
    ------
    BadOption
        When the file holds no label or nothing to find rows by; what ``read`` raises besides.
    """
    beside = path.parent.parent / path.name  # a product of one file lies beside it, and so do its labels
    given = read(Source(str(path if path.is_file() or not beside.is_file() else beside))).table
    own_id = next((c.name for c in table.columns if c.role == "id"), None)
    own_text, _ = find_text(table, target, text)
    keys = [n for n in (own_id or "row", own_text) if n in given]
    if target not in given or not keys:
        raise BadOption(
            say("classify.no_labels", file=path.name),
            say("classify.no_labels_fix", target=target, id=own_id or "row", text=own_text),
        )
    labels = _words_of(given, target)
    by = {
        key: {w: label for w, label in zip(_words_of(given, key), labels, strict=True) if w and label}
        for key in keys
    }
    held = {own_id or "row": _own(table, own_id), own_text: table[own_text].tolist()}
    now = table[target].tolist()
    found = changed = 0
    for row in range(table.rows):
        label = next((by[key][held[key][row]] for key in keys if held[key][row] in by[key]), None)
        if label is not None:
            found += 1
            changed += now[row] is not None and now[row] != label
            now[row] = label
    values = np.empty(table.rows, dtype=object)
    values[:] = now
    missing = sum(label is None for label in now) / max(1, table.rows)
    column = replace(table.column(target), kind=Kind.CATEGORY, missing=missing, distinct=len({*now} - {None}))
    return table.put(column, values), [
        say("classify.labels_merged", rows=found, changed=changed, file=path.name)
    ]


def _own(table: Table, name: str | None) -> list[str | None]:
    return [str(n) for n in range(1, table.rows + 1)] if name is None else table[name].tolist()


def _words_of(table: Table, name: str) -> list[str | None]:
    """A column as words, numbers as they are written; the sign that hinders formulas is taken off again."""
    values = table[name]
    if values.dtype != object:
        return [
            None if v != v else str(int(v)) if float(v).is_integer() else repr(float(v))
            for v in values.tolist()
        ]
    return [v[1:] if v and v[:1] == "'" and v[1:2] in tuple("=+-@'＝＋－＠") else v for v in values.tolist()]
