from __future__ import annotations

from pilothouse.scenarios.classify.examples import examples


def test_examples_are_the_same_each_time_and_of_two_languages() -> None:
    first, second = list(examples()), list(examples())
    assert [e.table.digest() for e in first] == [e.table.digest() for e in second]
    english, chinese = (e.table["text"].tolist() for e in first)
    assert all(text.isascii() for text in english) and not any(text.isascii() for text in chinese)
    assert None in first[0].table["label"] and None not in first[1].table["label"]
