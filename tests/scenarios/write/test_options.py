"""Options of ``write``: strict, with lists as a command line gives them."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from pilothouse.models.writing.rules import KINDS
from pilothouse.scenarios.write.options import WriteOptions


def test_lists_are_words_with_commas_between_them() -> None:
    given = WriteOptions(must_have="云朵, 家居，安心", forbidden=["便宜"])
    assert given.must_have == ("云朵", "家居", "安心") and given.forbidden == ("便宜",)
    assert given.rules("zh").must_have == given.must_have and given.rules("zh").language == "zh"


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "poem"},
        {"language": "fr"},
        {"shortest": 50, "longest": 10},
        {"easiest": 101},
        {"reaction": 0},
        {"must_have": ["x" * 61]},
        {"forbiden": ["x"]},
    ],
)
def test_what_cannot_be_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        WriteOptions(**wrong)


def test_every_kind_can_be_asked_for() -> None:
    assert [WriteOptions(kind=kind).rules("en").kind for kind in KINDS] == list(KINDS)
