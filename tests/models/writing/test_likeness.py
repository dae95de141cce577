"""Resemblance: near the exact one, the same in any order, near copies found."""

from __future__ import annotations

import numpy as np
import pytest

from pilothouse.models.writing.likeness import (
    COPY,
    PLACES,
    distinct,
    nearest,
    repetition,
    shingles,
    signature,
)

TEXTS = [
    "这款枕头很轻，适合旅行。",
    "这款枕头很轻，适合旅行！",
    "台灯的颜色是墨绿，晚上看书用。",
    "A towel of linen for daily washing.",
]


def exact(a: str, b: str) -> float:
    left, right = set(shingles(a)), set(shingles(b))
    return len(left & right) / len(left | right)


def test_signatures_estimate_the_exact_resemblance() -> None:
    random = np.random.default_rng(0)
    words = [f"w{n}" for n in range(40)]
    texts = [" ".join(random.choice(words, 25)) for _ in range(30)]
    texts += [texts[0] + " w1 w2 w3", " ".join(texts[1].split()[:20])]
    found = nearest(np.array([signature(t) for t in texts]))
    for place, text in enumerate(texts):
        best = max(exact(text, other) for n, other in enumerate(texts) if n != place)
        assert found[place] == pytest.approx(best, abs=0.06)


def test_near_copies_are_found_and_others_are_not() -> None:
    found = nearest(np.array([signature(t) for t in TEXTS]))
    assert found[0] == found[1] == 1.0 and (found[2:] < 0.2).all() and COPY > 0.5


def test_order_does_not_matter_and_one_alone_has_no_double() -> None:
    held = np.array([signature(t) for t in TEXTS])
    assert nearest(held[::-1]).tolist() == nearest(held)[::-1].tolist()
    assert nearest(held[:1]).tolist() == [0.0] and held.shape == (4, PLACES)
    assert nearest(held[:0]).shape == (0,)


def test_blocks_do_not_change_a_figure() -> None:
    many = np.array([signature(f"item {n} has colour {n % 7}") for n in range(300)])
    assert nearest(many)[:40].tolist() == [
        max(
            (bits(a, b) for m, b in enumerate(many) if m != n),
        )
        for n, a in enumerate(many[:40])
    ]


def bits(a: np.ndarray, b: np.ndarray) -> float:
    left, right = a.astype(np.uint64), b.astype(np.uint64)
    both = int(np.bitwise_count(left & right).sum())
    return both / int(np.bitwise_count(left | right).sum())


def test_signatures_are_whole_numbers_that_a_float_holds() -> None:
    held = signature(" ".join(f"word{n}" for n in range(3_000)))
    assert (held == np.floor(held)).all() and held.max() < 2**48


def test_distinct_and_repetition() -> None:
    assert distinct(["a b c", "d e f"]) == 1.0 and distinct(["a b", "a b"]) == 0.5 and distinct([]) == 0.0
    assert repetition("很轻很软，很轻很软，很轻很软", "zh") > 0.4
    assert repetition("A towel of linen for daily washing.", "en") == 0.0
