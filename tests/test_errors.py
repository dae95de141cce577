from __future__ import annotations

import pickle

import pytest

from pilothouse import errors
from pilothouse.errors import PilothouseError
from pilothouse.messages import say

CLASSES = [c for c in vars(errors).values() if isinstance(c, type) and issubclass(c, PilothouseError)]


def test_there_are_at_most_twelve_classes_all_drawn_in_the_tree() -> None:
    assert len(CLASSES) <= 12
    for kind in CLASSES:
        assert kind.__name__ in (errors.__doc__ or "")


@pytest.mark.parametrize("kind", CLASSES, ids=lambda c: c.__name__)
def test_error_tells_problem_and_fix_in_both_languages(kind: type[PilothouseError]) -> None:
    problem, fix = say("product.no_file", file="a.csv"), say("product.check_path")
    error = kind(problem, fix)
    for language in ("zh", "en"):
        assert problem.text(language) in error.text(language)
        assert fix.text(language) in error.text(language)
    told = error.as_json()
    assert told["code"] == kind.code
    assert told["problem"]["zh"] == problem.text("zh")
    assert kind(problem).as_json()["fix"] is None
    assert pickle.loads(pickle.dumps(error)).text("zh") == error.text("zh")


def test_codes_are_distinct_and_exit_codes_are_the_contract() -> None:
    assert len({c.code for c in CLASSES}) == len(CLASSES)
    assert PilothouseError.exit_code == 70
    assert {c.exit_code for c in CLASSES if c is not PilothouseError} == {1}
