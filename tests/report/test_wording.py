from __future__ import annotations

from pilothouse.messages import say
from pilothouse.report.wording import Words, column_name, group_name, in_language, name_in, tell
from pilothouse.runs.record import Said
from pilothouse.steps.prepare.asking.sheet import GENERATED, HUMAN, MODEL
from report import records


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


def test_columns_of_the_file_keep_their_names_and_made_ones_are_said_in_words() -> None:
    record = records.pilot()
    own = record.columns[0]["name"]
    assert column_name(record, own) == Words(own, own)
    assert column_name(record, "text_length") == Words("characters", "字数")
    assert group_name(record, "text_language", "zh") == Words("language: Chinese", "语言：中文")
    for writer in (HUMAN, GENERATED, MODEL):
        assert writer not in group_name(record, "origin", writer).zh
    assert group_name(record, own, "zh") == Words(f"{own}: zh", f"{own}：zh")


def test_an_unknown_code_keeps_its_own_name() -> None:
    assert name_in("report.effect", "assumed").zh == "假设"
    assert name_in("report.effect", "of_a_new_kind") == Words("of_a_new_kind", "of_a_new_kind")
