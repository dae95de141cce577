from __future__ import annotations

from pilothouse.errors import NotFound
from pilothouse.steps.deploy.asking import Ask, no_such_item, recommends
from small_picks import ITEMS, Picks
from small_shop import Leavers


def test_only_a_release_with_lists_recommends() -> None:
    assert recommends(Picks(list(ITEMS)))
    assert not recommends(Leavers({}))


def test_plain_ask_is_for_nobody_in_particular() -> None:
    ask = Ask(user=None)
    assert (ask.since, ask.k, ask.exclude, ask.only, dict(ask.context)) == ((), 10, (), None, {})
    assert ask.personalized and not ask.reasons


def test_missing_item_is_not_found_in_both_languages() -> None:
    fault = no_such_item()
    assert isinstance(fault, NotFound) and fault.text("en") != fault.text("zh")
