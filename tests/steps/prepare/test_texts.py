from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from pilothouse.errors import MissingColumn, UserFault
from pilothouse.guards.personal import Pseudonyms
from pilothouse.models.labels.network import CORPUS
from pilothouse.steps.prepare.supervise import Wish
from pilothouse.steps.prepare.texts import LANGUAGE, LENGTH, find_text, prepare_texts
from pilothouse.types import Column, Kind, Role, Table
from small_texts import TICKETS

KEY = Pseudonyms(b"a key for all tests")
WISH = Wish(target="label")


def column_of(values: list[Any]) -> Any:
    laid = np.empty(len(values), dtype=object)
    laid[:] = values
    return laid


def made(texts: list[str | None], labels: list[str | None], **more: list[Any]) -> Table:
    columns = [Column("text", Kind.TEXT, Role.TEXT), Column("label", Kind.CATEGORY, Role.TARGET)]
    values = {"text": column_of(texts), "label": column_of(labels)}
    for name, given in more.items():
        columns.append(Column(name, Kind.CATEGORY, Role.FEATURE, distinct=len(set(given))))
        values[name] = column_of(given)
    return Table(tuple(columns), values)


def test_models_see_the_text_and_texts_without_a_label_are_the_corpus() -> None:
    ready = prepare_texts(TICKETS, WISH, KEY)
    assert ready.features == ("text",)
    assert ready.data.rows == 90 and ready.data.tables[CORPUS].rows == ready.waiting.rows == 18
    assert ready.id_name == "ticket" and ready.raw_ids[0].startswith("T")
    assert not set(ready.waiting_ids) & set(ready.raw_ids)


def test_equal_texts_lie_on_one_side() -> None:
    texts = [f"this is text number {i} of all" for i in range(60)]
    doubled = [*texts, *(text.upper().replace(" ", "  ") for text in texts[:30])]
    labels = ["a" if i % 2 else "b" for i in range(60)] + ["a" if i % 2 else "b" for i in range(30)]
    ready = prepare_texts(made(doubled, labels), WISH, KEY)
    for learn, ask in ready.split.outer or ((ready.split.train, ready.split.test),):
        sides = [{doubled[i].lower().replace("  ", " ") for i in part.tolist()} for part in (learn, ask)]
        assert not sides[0] & sides[1]
    assert any("30 texts are copies" in note.text("en") for note in ready.notes)


def test_personal_values_are_masked_with_and_without_a_label() -> None:
    texts = [f"call me on 1381234567{i % 10} about order {i}" for i in range(40)]
    labels = [None if i > 30 else "ab"[i % 2] for i in range(40)]
    ready = prepare_texts(made(list(texts), labels), WISH, KEY)
    seen = [*ready.data.table["text"].tolist(), *ready.waiting["text"].tolist()]
    assert len(seen) == 40 and all("[MOBILE]" in text and "138" not in text for text in seen)
    bare = prepare_texts(made(list(texts), labels), replace(WISH, desensitise=False), KEY)
    assert "138" in bare.data.table["text"][0]


def test_other_columns_language_and_length_are_groups_and_no_clues() -> None:
    texts = [f"the parcel {i} is late again" for i in range(40)]
    texts[::2] = [f"第{i}个包裹又晚了，{'非常' * 50}失望" for i in range(20)]
    shops = ["east" if i % 3 else "west" for i in range(40)]
    ready = prepare_texts(made(texts, ["ab"[i % 2] for i in range(40)], shop=shops), WISH, KEY)
    beside = {c.name for c in ready.data.table.of_role(Role.IGNORE)}
    assert beside == {"shop", LANGUAGE, LENGTH} and ready.features == ("text",)
    assert set(ready.data.table[LANGUAGE]) == {"en", "zh"}


def test_missing_texts_are_empty_and_two_labels_of_one_text_are_told() -> None:
    texts = [None, "same words here", "Same words  here", *[f"text number {i}" for i in range(30)]]
    ready = prepare_texts(made(texts, ["a", "a", "b", *["ab"[i % 2] for i in range(30)]]), WISH, KEY)
    assert ready.data.table["text"][0] == ""
    assert any("2 texts stand under two labels" in note.text("en") for note in ready.notes)


def test_the_longest_text_is_read_and_short_ones_are_found() -> None:
    titles = [f"short title {i}" for i in range(30)]
    bodies = [f"a much longer body of the message number {i}" for i in range(30)]
    table = made(list(bodies), ["a"] * 30, title=titles)
    told = table.describe([replace(table.column("title"), kind=Kind.TEXT, role=Role.TEXT)])
    assert find_text(told, "label") == ("text", ("title",))
    assert find_text(told, "label", "title") == ("title", ())
    bare = table.describe([replace(table.column("text"), kind=Kind.CATEGORY, role=Role.ID)]).drop(["title"])
    assert find_text(bare, "label") == ("text", ())  # short texts that were taken for codes


def test_no_text_is_told() -> None:
    table = made(["a", "b"], ["x", "y"]).describe([Column("text", Kind.CATEGORY, Role.FEATURE)])
    with pytest.raises(MissingColumn):
        find_text(table, "label")
    with pytest.raises(MissingColumn, match="nothere"):
        find_text(table, "label", "nothere")
    with pytest.raises(UserFault):
        prepare_texts(made(["one text"] * 4, ["a"] * 4), WISH, KEY)
