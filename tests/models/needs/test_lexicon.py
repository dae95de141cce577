"""Words that judge, ask and complain; negation; where words begin and end."""

from __future__ import annotations

import sys

import pytest

from pilothouse.models.needs.lexicon import clauses, lexicon


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("房间很干净，服务热情", 1),
        ("态度恶劣，非常失望", -1),
        ("The staff was friendly and helpful", 1),
        ("Terrible, it broke after a day", -1),
        ("not good", -1),
        ("不贵", 1),
        ("今天是星期三", 0),
        ("we arrived on Monday", 0),
    ],
)
def test_opinion_hears_praise_blame_and_silence(text: str, sign: int) -> None:
    opinion = lexicon().opinion(text)
    assert (opinion > 0) - (opinion < 0) == sign


def test_a_turned_word_weighs_less_and_tells_its_negation() -> None:
    (found,) = lexicon().judged("the room is not good")
    assert found.word == "not good" and -1 < found.weight < 0


def test_no_blame_inside_another_word() -> None:
    pytest.importorskip("rjieba", reason="needs the extra text to cut words")
    assert [one.word for one in lexicon().judged("显卡")] == []
    assert [one.word for one in lexicon().judged("电脑很卡")] == ["很卡"]
    assert list(lexicon().judged("下周出差")) == []


@pytest.mark.parametrize(
    "text",
    ["希望增加夜间模式", "能不能快一点", "please add dark mode", "I wish it had charts", "建议送货快些"],
)
def test_asking_is_heard(text: str) -> None:
    assert lexicon().asks(text)


@pytest.mark.parametrize(
    "text", ["希望您再次光临", "感谢您的宝贵意见和合理化建议", "It works", "我们期待您再次入住"]
)
def test_politeness_and_statements_do_not_ask(text: str) -> None:
    assert not lexicon().asks(text)


@pytest.mark.parametrize(
    "text", ["送货太慢", "打不开", "it is too slow", "I can't log in", "it stopped working", "要求退款"]
)
def test_complaints_are_heard_by_their_pattern(text: str) -> None:
    assert lexicon().complains(text)


def test_clauses_end_at_marks_and_before_but() -> None:
    assert clauses("房间不错，但是早餐差。服务好") == ["房间不错", "早餐差", "服务好"]
    assert clauses("nice room, cold food") == ["nice room", "cold food"]


def test_without_word_cutting_pairs_of_characters_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rjieba", None)
    lexicon.cache_clear()
    try:
        known = lexicon()
        assert known.overlap
        assert known.opinion("性价比高") > 0
        assert known.opinion("这里不干净") < 0
    finally:
        monkeypatch.undo()
        lexicon.cache_clear()
