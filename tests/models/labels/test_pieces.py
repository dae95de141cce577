from __future__ import annotations

import numpy as np
import pytest

from pilothouse.models.labels import pieces
from pilothouse.models.labels.pieces import Pieces, find_pieces, tokens


def test_tokens_are_words_runs_of_chinese_and_signs() -> None:
    assert tokens("Don't pay ￥５０！房间很好,OK") == ["don't", "pay", "¥", "50", "!", "房间很好", ",", "ok"]
    assert tokens("") == [] and tokens("   ") == []


def by_hand(text: str) -> set[str]:
    """Every piece of one text, the slow way."""
    words = tokens(text)
    found = set()
    for word in words:
        padded = f" {word} "
        for size in range(1, pieces.LONGEST + 1):
            for start in range(len(padded) - size + 1):
                run = padded[start : start + size]
                if run.strip() and " " not in run[1:-1]:
                    found.add("run:" + run)
        found.add("word:" + word)
    found |= {f"word:{a} {b}" for a, b in zip(words, words[1:], strict=False)}
    return found


@pytest.mark.parametrize("text", ["a", "good film", "房间很好，下次再来", "it's 5 of 10", "！！", "好 a好"])
def test_every_piece_is_found_once_by_place(text: str) -> None:
    found = find_pieces([text])
    spelt = {(bool(w), int(h)) for w, h in zip(found.is_word, found.hashed, strict=True)}
    assert len(spelt) == len(by_hand(text))
    for start, end in zip(found.start.tolist(), found.end.tolist(), strict=True):
        assert found.joined[start:end].strip() == found.joined[start:end] != ""


def test_equal_pieces_have_equal_hashes_wherever_they_stand() -> None:
    first, second = find_pieces(["the good film"]), find_pieces(["x", "a very good film indeed"])
    shared = set(first.hashed.tolist()) & set(second.hashed.tolist())
    places = [i for i, h in enumerate(second.hashed.tolist()) if h in shared]
    seen = {second.joined[second.start[i] : second.end[i]] for i in places}
    assert {"good", "film", "good film"} <= seen and "very" not in seen


def test_no_text_reaches_into_the_next() -> None:
    together, alone = find_pieces(["ab", "cd"]), find_pieces(["ab"])
    own = together.hashed[together.text == 0]
    assert sorted(own.tolist()) == sorted(alone.hashed.tolist())


def test_both_halves_have_length_one_and_order_does_not_matter() -> None:
    texts = ["good film", "bad film", "房间很好", "", "good good"]
    made, numbers = Pieces.learn(texts)
    wordy = np.asarray(numbers[:, made.is_word].power(2).sum(axis=1)).ravel()
    runs = np.asarray(numbers[:, ~made.is_word].power(2).sum(axis=1)).ravel()
    assert wordy == pytest.approx([1, 1, 1, 0, 1]) and runs == pytest.approx([1, 1, 1, 0, 1])
    turned = made.numbers(texts[::-1])
    assert abs(turned[::-1] - numbers).max() == 0


def test_unknown_pieces_count_nothing_and_arrays_bring_it_back() -> None:
    made, _ = Pieces.learn(["good film", "bad film"])
    assert made.numbers(["zzz qqq"]).nnz == 0
    again = Pieces.restore(made.arrays())
    assert abs(again.numbers(["good bad"]) - made.numbers(["good bad"])).max() == 0
    assert made.place(np.array([1], dtype=np.uint64)).tolist() == [-1]


def test_vocabulary_is_bounded_by_labels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "MOST_WEIGHTS", 60)
    texts = ["good film", "good day", "good night", "a bad night"]
    made, _ = Pieces.learn(texts, 3)
    assert 0 < len(made.known) <= 20
    assert made.numbers(["good"]).nnz > 0  # the most frequent stay
