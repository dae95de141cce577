"""One slip of the keyboard is mended, two are not, and known words stay."""

from __future__ import annotations

import pytest

from pilothouse.models.retrieval.bm25 import Bm25
from pilothouse.models.retrieval.spelling import Spelling, letters_shared

WORDS = Spelling.of(Bm25.of([["password", "reset"], ["passport", "password"], ["如何", "2024", "card"]]))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("pasword", "password"),
        ("passswordd", "passswordd"),
        ("passwrod", "password"),
        ("passpor", "passport"),
        ("password", "password"),
        ("cat", "cat"),
        ("cardx", "card"),
        ("如问", "如问"),
        ("2025", "2025"),
    ],
)
def test_one_slip_is_mended(typed: str, meant: str) -> None:
    assert WORDS.mended([typed]) == [meant]


def test_letters_in_common_are_a_share() -> None:
    assert letters_shared("Reset card", "reset  CARD!") == 1.0
    assert letters_shared("reset", "") == 0.0
    assert 0.5 < letters_shared("How to reset my card", "How to rest my card") < 1.0
    assert letters_shared("信用卡挂失", "信用卡遗失") == pytest.approx(0.5)
