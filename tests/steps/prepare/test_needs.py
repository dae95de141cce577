"""Texts made ready: columns found, ratings read, personal values masked, writers on one side."""

from __future__ import annotations

import numpy as np
import pytest

from pilothouse.errors import MissingColumn, UserFault
from pilothouse.guards.personal import Pseudonyms
from pilothouse.steps.prepare.needs import NeedsWish, PreparedNeeds, feelings_of, prepare_needs
from pilothouse.types import Column, Kind, Role, Table

KEY = Pseudonyms(b"a key for the tests")


def rows(count: int = 80, **columns: tuple[Column, list[object]]) -> Table:
    texts = [f"review number {n} about the room and the food" for n in range(count)]
    table = Table((Column("text", Kind.TEXT, Role.TEXT),), {"text": np.array(texts, dtype=object)})
    for column, values in columns.values():
        table = table.put(column, np.array(values, dtype=float if column.kind is Kind.NUMBER else object))
    return table


def ready(table: Table, **wish: object) -> PreparedNeeds:
    return prepare_needs(table, NeedsWish(**wish), KEY, True)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([1.0, 3.0, 5.0], [-1, 0, 1]),
        ([0.0, 1.0], [-1, 1]),
        ([1.0, 4.0, 9.0], [-1, -1 / 3, 7 / 9]),
        ([0.0, 10.0, 5.0], [-1, 1, 0]),
    ],
)
def test_numbers_lie_on_the_shortest_usual_scale(given: list[float], expected: list[float]) -> None:
    assert feelings_of(np.array(given)) == pytest.approx(expected)


def test_words_say_good_and_bad_and_others_are_no_rating() -> None:
    said = feelings_of(np.array(["差评", "好评", None], dtype=object))
    assert said is not None and said[:2].tolist() == [-1, 1] and np.isnan(said[2])
    assert feelings_of(np.array(["1", "0"], dtype=object)) == pytest.approx([1, -1])
    assert feelings_of(np.array(["refund", "delivery"], dtype=object)) is None
    assert feelings_of(np.array([4.0, 4.0])) is None and feelings_of(np.array([-3.0, 900.0])) is None


def test_rating_and_label_are_found_by_name_and_never_asked() -> None:
    stars = (Column("stars", Kind.NUMBER), [1.0, 5.0] * 40)
    topic = (Column("topic", Kind.CATEGORY), ["room", "food"] * 40)
    found = ready(rows(stars=stars, topic=topic))
    assert found.feelings is not None and found.feelings[:2].tolist() == [-1, 1]
    assert found.labels == ("food", "room")
    (hidden,) = found.data.table.of_role(Role.TARGET)
    assert found.data.table[hidden.name][:2].tolist() == [1, 0]
    assert found.features == ("text",)


def test_without_labels_every_truth_is_unknown() -> None:
    found = ready(rows())
    (hidden,) = found.data.table.of_role(Role.TARGET)
    assert (found.data.table[hidden.name] == -1).all() and found.feelings is None and not found.has_time


def test_personal_values_do_not_pass() -> None:
    table = rows()
    table.values["text"][0] = "call me at 13800138000 about the room"  # type: ignore[index]
    assert "13800138000" not in ready(table).data.table["text"][0]


def test_the_longest_text_is_read_unless_one_is_named() -> None:
    title = (Column("title", Kind.TEXT, Role.TEXT), [f"title {n}" for n in range(80)])
    assert ready(rows(title=title)).features == ("text",)
    assert ready(rows(title=title), text="title").features == ("title",)


def test_empty_texts_are_left_out_and_said() -> None:
    table = rows(100)
    table.values["text"][:20] = None  # type: ignore[index]
    found = ready(table)
    assert found.data.rows == 80 and any("20" in note.text("en") for note in found.notes)


def test_writers_stay_on_one_side() -> None:
    user = (Column("user", Kind.CATEGORY, Role.USER), [f"u{n % 30}" for n in range(80)])
    found = ready(rows(user=user))
    assert found.split.unit_name == "user"
    for learn, ask in found.split.outer:
        assert not set(found.split.unit[learn]) & set(found.split.unit[ask])
    assert len(found.folds(found.split.train, 3)) == 3


def test_equal_texts_stay_on_one_side() -> None:
    table = rows(400)
    table.values["text"][::2] = table.values["text"][1::2]  # type: ignore[index]
    found = ready(table)
    texts = found.data.table["text"]
    for learn, ask in found.split.outer:
        assert not set(texts[learn]) & set(texts[ask])


def test_too_few_texts_and_columns_that_are_not_there_are_said() -> None:
    with pytest.raises(UserFault):
        ready(rows(59))
    with pytest.raises(MissingColumn):
        ready(rows(), text="txet")
    with pytest.raises(UserFault):
        ready(rows(), rating="text")
    with pytest.raises(MissingColumn):
        ready(Table((Column("n", Kind.NUMBER),), {"n": np.arange(80.0)}))
