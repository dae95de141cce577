from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from pilothouse.errors import BadOption, NotFound
from pilothouse.guards.personal import Pseudonyms
from pilothouse.messages import LANGUAGES
from pilothouse.models.fitted import Fitted, schema_of
from pilothouse.models.labels.weighed import WeighedModel
from pilothouse.models.target import Target
from pilothouse.scenarios.classify.labelling import CSV, PAGE, merged, page, to_label
from pilothouse.steps.prepare.supervise import Wish
from pilothouse.steps.prepare.texts import prepare_texts
from pilothouse.types import Context
from small_texts import TICKETS

PREPARED = prepare_texts(TICKETS, Wish(target="label"), Pseudonyms(b"a key for all tests"))
LEARNT = PREPARED.data.table


def served() -> SimpleNamespace:
    model = WeighedModel(Target.of(LEARNT)).fit(PREPARED.data, Context())
    return SimpleNamespace(fitted=Fitted(model.target, schema_of(LEARNT), model))


def test_waiting_texts_are_listed_with_their_raw_ids_and_a_page() -> None:
    listing = to_label(served(), PREPARED, "label", 5)
    assert listing is not None and listing.name == CSV and listing.bom
    rows = [list(row) for row in listing.rows]
    assert listing.header == ("ticket", "text", "label", "suggested", "probability") and len(rows) == 5
    waiting = {i for i, label in zip(TICKETS["ticket"], TICKETS["label"], strict=True) if label is None}
    assert {row[0] for row in rows} <= waiting and all(row[2] == "" for row in rows)
    assert set(listing.pages) == {PAGE}
    assert to_label(served(), PREPARED, "label", 0) is None


def test_the_page_holds_strangers_words_as_data_under_a_policy() -> None:
    nasty = "</script><script>alert(1)</script><img src=x onerror=alert(2)>"
    lines = page(("id", "text", "label"), [(nasty, nasty, "", "a", "0.50")], ["a", nasty])
    for language in LANGUAGES:
        text = "\n".join(line if isinstance(line, str) else line.text(language) for line in lines)
        assert "<img" not in text and text.count("</script>") == 2
        policy = re.search(r'Content-Security-Policy" content="([^"]+)"', text)
        assert policy is not None and "default-src" in policy[1] and "unsafe" not in policy[1]
        assert "http://" not in text and "https://" not in text and "@language@" not in text
        island = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.S)
        assert island is not None and json.loads(island[1])["rows"][0][1] == nasty
        assert "built-in" not in text
        assert re.search(rf"<html lang=\s*{language}(-CN)?\s*>", text)


def write(path: Path, rows: list[list[str]]) -> Path:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def test_labels_come_back_by_id_then_by_text(tmp_path: Path) -> None:
    waiting = [i for i, label in enumerate(TICKETS["label"].tolist()) if label is None]
    by_id, by_text = TICKETS["ticket"][waiting[0]], TICKETS["text"][waiting[1]]
    done = next(i for i, label in enumerate(TICKETS["label"].tolist()) if label == "refund")
    rows = [["ticket", "text", "label"], [by_id, "", "refund"], ["", by_text, "praise"]]
    rows.append([TICKETS["ticket"][done], "", "praise"])
    table, notes = merged(TICKETS, "label", write(tmp_path / "labelled.csv", rows), None)
    assert table["label"][waiting[0]] == "refund" and table["label"][waiting[1]] == "praise"
    assert table["label"][done] == "praise" and TICKETS["label"][done] == "refund"
    assert "1 of them change" in notes[0].text("en")
    beside, _ = merged(TICKETS, "label", tmp_path / "own.pilothouse" / "labelled.csv", None)
    assert beside["label"].tolist() == table["label"].tolist()


def test_numbers_are_labels_too_and_rows_without_ids_are_numbered(tmp_path: Path) -> None:
    bare = TICKETS.drop(["ticket"])
    column = np.array([None if v is None else "1" for v in TICKETS["label"]], dtype=object)
    numbered = bare.put(bare.column("label"), column)
    file = write(tmp_path / "labelled.csv", [["row", "label"], ["1", "0"], ["2", "0"], ["3", "1"]])
    assert merged(numbered, "label", file, None)[0]["label"][:3].tolist() == ["0", "0", "1"]


def test_a_file_without_labels_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadOption, match="labels"):
        merged(TICKETS, "label", write(tmp_path / "a.csv", [["ticket", "other"], ["T0001", "x"]]), None)
    with pytest.raises(NotFound):
        merged(TICKETS, "label", tmp_path / "nowhere.csv", None)
