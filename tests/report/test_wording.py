from __future__ import annotations

from pilothouse.messages import say
from pilothouse.report.wording import Words, in_language, tell
from pilothouse.runs.record import Said


def test_messages_anywhere_are_said_in_the_language_asked_for() -> None:
    kept = Said(key="x.y", en="hen", zh="鸡")
    nested = {"title": say("report.fold_number", number=2), "rows": [kept, Words("a", "甲"), 3, "text"]}
    assert in_language(nested, "en") == {"title": "Fold 2", "rows": ["hen", "a", 3, "text"]}
    assert in_language(nested, "zh") == {"title": "第 2 折", "rows": ["鸡", "甲", 3, "text"]}


def test_tell_fills_kept_messages_in() -> None:
    kept = Said(key="x.y", en="Boosted trees", zh="提升树")
    told = tell("report.card_winner", winner=kept, others=5)
    assert "Boosted trees" in told.en
    assert "提升树" in told.zh
