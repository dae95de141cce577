from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from pilothouse.messages import Message
from pilothouse.scenarios.recommend.options import RecommendOptions, RecommendValue
from pilothouse.steps.deploy.shortlist import Rules


@pytest.mark.parametrize("given", [{"k": 0}, {"k": 101}, {"variety": 1.1}, {"cap": 0}, {"colour": "red"}])
def test_options_out_of_bounds_are_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        RecommendOptions.model_validate(given)


@pytest.mark.parametrize("boost", [11.0, -11.0, float("nan")])
def test_boost_that_a_rule_would_refuse_is_refused_here(boost: float) -> None:
    """Else a run would end in it after everything was learnt."""
    for kind in (Rules, RecommendOptions):
        with pytest.raises(ValidationError):
            kind.model_validate({"boost": {"F1": boost}})


def test_every_rule_can_be_set_as_an_option() -> None:
    assert set(Rules.model_fields) <= set(RecommendOptions.model_fields)
    plain = RecommendOptions().model_dump(include=set(Rules.model_fields))
    assert Rules.model_validate(plain) == Rules()


def test_fields_are_described_in_both_languages() -> None:
    for kind in (RecommendOptions, RecommendValue):
        for field in kind.model_fields.values():
            message = Message(field.description or "")
            assert message.text("en") != message.text("zh")


def test_people_of_the_file_stand_for_a_period_where_no_volume_is_given() -> None:
    assumed = RecommendValue(hit=[1, 2, 3]).assumptions(132, "CNY")
    assert (assumed.volume, assumed.per, assumed.currency) == (132.0, "month", "CNY")
    assert assumed.likely() == {"hit": 2.0, "added": 1.0}
    own = RecommendValue(hit=2, added=0.3, volume=1_000, currency="USD").assumptions(132, "CNY")
    assert (own.volume, own.currency, own.likely()["added"]) == (1_000.0, "USD", 0.3)
