"""The first screen speaks of texts, fits a terminal, and asks for an experiment."""

from __future__ import annotations

import pytest

from pilothouse.messages import LANGUAGES
from pilothouse.scenarios.write import KIND, Write
from pilothouse.steps.decide.facts import Facts, Goal, Kept, Plain
from pilothouse.steps.decide.phrases import WIDTH, columns
from pilothouse.steps.decide.rules import Case, judge
from pilothouse.steps.decide.screen import compose
from pilothouse.steps.decide.trial import design_showing
from pilothouse.types.evidence import Estimate, Interval


def estimate(value: float, low: float, high: float) -> Estimate:
    return Estimate(value, Interval(low, high))


@pytest.mark.parametrize(("gain", "code"), [(0.12, "pilot"), (-0.03, "no_go")])
def test_the_first_screen_speaks_of_texts(gain: float, code: str) -> None:
    case = Case(
        gain=gain,
        low=gain - 0.02,
        high=gain + 0.02,
        smallest=0.01,
        rows=332,
        outcomes=332,
        p_corrected=0.001,
        low_99_fold=0.01,
        low_99_test=0.01,
        value_low=None,
        curve_high=None,
        curve_smallest=0.01,
    )
    facts = Facts(
        ruling=judge(case),
        goal=Goal("name", KIND),
        kept=Kept(332, 0, 332),
        plain=Plain(
            estimate(0.99, 0.98, 1.0),
            estimate(0.99 - gain, 0.84, 0.9),
            estimate(gain, gain - 0.02, gain + 0.02),
        ),
        subject=Write.counted,
        place="films.pilothouse write",
        rows=1_682,
        trial=design_showing(0.05, 0.055, None),
    )
    screen = compose(facts)
    assert facts.ruling.code == code  # however good: without values never more than a pilot
    lines = [line.text("en") for line in screen.lines]
    assert lines[1] == "Of 100 texts it writes, 99 pass every check and are no near copies (98 to 100)."
    assert lines[2].startswith("The fill-in template: ")
    if code == "pilot":
        assert lines[0] == "PILOT  Test first: writes more usable texts; what that is worth is not known."
        assert "25,000 readers" in screen.action.next.text("en") and "读者" in screen.action.next.text("zh")
    for line in screen.lines:
        assert all(columns(line.text(language)) <= WIDTH for language in LANGUAGES), line.text("en")
