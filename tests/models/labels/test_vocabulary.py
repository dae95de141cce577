from __future__ import annotations

from pilothouse.models.labels.vocabulary import UNKNOWN, Vocabulary, cut


def test_chinese_by_character_others_by_word() -> None:
    assert cut("房间 OK，it's") == ["房", "间", "ok", ",", "it's"]


def test_seldom_words_are_unknown_and_long_texts_keep_both_ends() -> None:
    made = Vocabulary.learn(["a b c d", "a b c d", "once"])
    assert set(made.words) == {"a", "b", "c", "d"} and made.window == 4 and made.size == 5
    (row,) = made.numbers(["once a"]).tolist()
    assert row == [UNKNOWN, made.words.index("a") + 2, 0, 0]
    (row,) = made.numbers(["a b b b b d"]).tolist()
    assert row[0] == made.words.index("a") + 2 and row[-1] == made.words.index("d") + 2


def test_no_texts_make_an_empty_vocabulary() -> None:
    made = Vocabulary.learn([])
    assert made.size == UNKNOWN and made.numbers(["a"]).tolist() == [[UNKNOWN, 0, 0, 0]]
