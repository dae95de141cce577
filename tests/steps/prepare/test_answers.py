"""An FAQ, documents with questions, documents alone: columns, entries, split, masks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pilothouse.errors import MissingColumn, UserFault
from pilothouse.guards.markup import write_csv
from pilothouse.guards.personal import Pseudonyms
from pilothouse.models.retrieval.passages import ASIDE, CORPUS, objects
from pilothouse.scenarios.answer.examples import examples
from pilothouse.steps.prepare.answers import (
    AnswerWish,
    PreparedAnswers,
    find_columns,
    prepare_answers,
    truths,
)
from pilothouse.steps.prepare.asking.sheet import HEADER, MODEL
from pilothouse.types import Column, Kind, Role, Table
from steps.prepare.asking.test_paraphrasing import Sayer

KEY = Pseudonyms(b"a key for checks")


def table(**columns: Sequence[Any]) -> Table:
    told = tuple(Column(n, Kind.TEXT, Role.TEXT) for n in columns)
    return Table(told, {n: objects(v) for n, v in columns.items()})


def faq() -> Table:
    return next(iter(examples())).table


def ready(given: Table, **wish: Any) -> PreparedAnswers:
    return prepare_answers(given, AnswerWish(**wish), KEY)


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (("Question", "Answer", "Class"), ("Question", "Answer")),
        (("问题", "答案"), ("问题", "答案")),
        (("context", "question"), ("question", "context")),
        (("text", "heading"), (None, "text")),
        (("asks", "tells"), ("asks", "tells")),
    ],
)
def test_columns_are_found_by_name_or_by_what_they_hold(
    names: tuple[str, ...], found: tuple[Any, str]
) -> None:
    cells = {
        n: [f"{n} {i}?" if n == "asks" else f"{n} {i} " + "and so on " * 3 for i in range(4)] for n in names
    }
    assert find_columns(table(**cells), AnswerWish()) == found


def test_missing_columns_are_named() -> None:
    with pytest.raises(MissingColumn, match="'reply'"):
        find_columns(faq(), AnswerWish(answer="reply"))
    numbers = Table((Column("n", Kind.NUMBER),), {"n": np.arange(3.0)})
    with pytest.raises(MissingColumn, match="No column"):
        find_columns(numbers, AnswerWish())


def test_an_faq_is_asked_in_other_words_and_a_part_is_kept_aside() -> None:
    made = ready(faq())
    corpus = made.data.tables[CORPUS]
    assert corpus.rows == 50 and 8 <= corpus[ASIDE].sum() <= 13
    asked = set(made.data.table["question"])
    inside = corpus[ASIDE] == 0
    assert not asked & set(corpus["title"][inside]) and set(corpus["title"][~inside]) <= asked
    for row, truth in enumerate(made.data.table["truth"]):
        assert all(inside[int(code)] for code in truth.split()), row


def test_questions_beside_documents_are_asked_as_they_stand() -> None:
    texts = [f"Paragraph {i // 3} tells of thing {i // 3} and its {i // 3 + 7} parts." for i in range(90)]
    asks = [f"How many parts, view {i}, has thing {i // 3}?" for i in range(90)]
    made = ready(table(context=texts, question=asks))
    assert made.data.tables[CORPUS].rows == 30 and not any(made.data.tables[CORPUS]["title"])
    kinds = set(made.data.table["kind"][made.data.table["origin"] == "human"])
    assert kinds == {"own", "kept_aside"} and set(asks) <= set(made.data.table["question"])


def test_no_entry_is_on_both_sides() -> None:
    made = ready(faq())
    unit = made.data.table["unit"]
    assert made.split.unit_name == "entry"
    for learn, ask in (*made.split.folds, *made.split.outer, *made.folds(made.split.train, 3)):
        assert not set(unit[learn]) & set(unit[ask])
    assert set(truths(made.data.table).tolist()) == {0, 1}


def test_personal_values_are_masked_before_anything_is_indexed() -> None:
    given = faq()
    told = given["answer"].copy()
    told[3] += " 联系 13912345678 或 anna@shop.example。"
    made = ready(given.put(given.column("answer"), told))
    corpus = " ".join(made.data.tables[CORPUS]["text"])
    assert "13912345678" not in corpus and "anna@shop" not in corpus and "[MOBILE]" in corpus
    assert any(p.treatment == "redacted" for p in made.personal)


def test_the_sheet_comes_back_as_the_same_questions(tmp_path: Path) -> None:
    made = ready(faq())
    write_csv(tmp_path / "q.csv", HEADER, made.sheet)
    again = ready(faq(), sheet=tmp_path / "q.csv")
    assert again.asked == made.asked and again.data.table.digest() == made.data.table.digest()


def test_too_little_and_one_sided_are_told(tmp_path: Path) -> None:
    with pytest.raises(UserFault, match="at least 20"):
        ready(faq().take(slice(0, 9)))
    write_csv(tmp_path / "q.csv", HEADER, [row for row in ready(faq()).sheet if row[1]])
    with pytest.raises(UserFault, match="both sides"):
        ready(faq(), sheet=tmp_path / "q.csv")


def test_one_question_with_two_numbers_is_told() -> None:
    given = faq()
    asks = given["question"].copy()
    asks[1] = asks[0]
    notes = ready(given.put(given.column("question"), asks)).notes
    assert any("different numbers" in note.text("en") for note in notes)


def test_a_scope_goes_along() -> None:
    given = faq().put(Column("tenant", Kind.CATEGORY, Role.GROUP), objects(["one", "two"] * 25))
    made = ready(given, scope="tenant")
    assert set(made.data.tables[CORPUS]["scope"]) == {"one", "two"}
    assert {"one", "two"} <= set(made.data.table["scope"])


def test_a_language_models_questions_stand_in_the_sheet_and_need_it_no_more(tmp_path: Path) -> None:
    *_, english = examples()
    door = Sayer(lambda question: f"Please say, in short words: {question}")
    found = ready(english.table, paraphrases=10, llm=door)
    mine = [row for row in found.sheet if row[3] == MODEL]
    assert len(mine) == len(found.said.asked) == 10 == len(door.heard)
    assert {bool(expected) for _, expected, *_ in mine} == {True, False}
    assert any("10 by a language model" in note.text("en") for note in found.notes)
    path = tmp_path / "questions.csv"
    write_csv(path, HEADER, found.sheet, bom=True)
    again = ready(english.table, paraphrases=10, sheet=path)
    assert again.sheet == found.sheet and not again.said.wished


def test_without_a_language_model_nothing_is_said_anew_and_told() -> None:
    found = ready(faq(), paraphrases=10)
    assert not any(row[3] == MODEL for row in found.sheet)
    assert any("[llm]" in note.text("zh") for note in found.notes)
    assert not any("[llm]" in note.text("zh") for note in ready(faq()).notes)
