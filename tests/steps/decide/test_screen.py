from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from pilothouse.messages import Message, say
from pilothouse.steps.decide.assumptions import Assumptions, parse_ranges
from pilothouse.steps.decide.facts import Facts, Goal, Kept, Plain, Stakes
from pilothouse.steps.decide.phrases import WIDTH, columns, subject
from pilothouse.steps.decide.rules import Case, judge
from pilothouse.steps.decide.screen import compose
from pilothouse.steps.decide.trial import design_showing, design_trial
from pilothouse.steps.decide.value import Money
from pilothouse.types.evidence import Estimate, Interval, Leak

CASE = Case(
    gain=6600,
    low=3000,
    high=10_000,
    smallest=700,
    rows=1409,
    outcomes=373,
    p_corrected=0.001,
    low_99_fold=0.01,
    low_99_test=0.01,
    value_low=100.0,
    curve_high=0.02,
    curve_smallest=0.01,
)


def estimate(value, low, high):
    return Estimate(value, Interval(low, high))


def stakes(gain=6600.0, **changes):
    given = {"true_positive": 600, "contact": 20, "success": [0.05, 0.1, 0.2], "capacity": 1000, **changes}
    ranges = parse_ranges({k: v for k, v in given.items() if v is not None})
    money = Money(
        estimate(22_000, 20_000, 24_000),
        estimate(15_400, 13_000, 17_000),
        estimate(gain, gain - 3000, gain + 3000),
        100.0,
        "success",
        770.0,
        np.zeros(3),
    )
    return Stakes(money, Assumptions(ranges, 7043), 20 / 420)


def facts(case=CASE, **changes):
    standing = {
        "ruling": judge(case),
        "goal": Goal("Churn", "binary", "Yes"),
        "kept": Kept(1409, 373, 373),
        "plain": Plain(estimate(0.70, 0.65, 0.75), estimate(0.59, 0.5, 0.6), estimate(0.11, 0.06, 0.16)),
        "subject": subject("customerID"),
        "place": "DIR churn",
        "rows": 7043,
        "stakes": stakes(),
        "leaks": (Leak("refund_after_cancel", "removed", say("decide.subject_cases")),),
        "trial": design_trial(0.7, 0.1, 20 / 420, 1000),
    }
    return Facts(**{**standing, **changes})


def english(given):
    return [line.text("en") for line in compose(given).lines]


def test_pilot_screen_reads_as_designed():
    assert english(facts()) == [
        "PILOT  Test first: finds leavers better; nobody knows if acting helps.",
        "Of 100 customers it flags, about 70 are leavers (likely 65 to 75).",
        "Your best simple rule finds 59: 11 more per 100 (likely 6 to 16).",
        "Checked on 1,409 customers kept aside, first look. 373 are leavers.",
        "Money  +¥6,600 a month over the rule (likely ¥3,600 to ¥9,600).",
        "Assumes 1,000 of 7,043 a month, ¥20 each, ¥600 a success, 10% succeed.",
        "Pays for its contacts if more than 4.8% of the rightly flagged succeed.",
        "Matters most: how many contacts succeed, 5% to 20%.",
        "Removed  refund_after_cancel: cases",
        "NEXT  Act on 2,100 flagged at random, leave 2,100 alone: about 5 months.",
        "Go if the success rate and its range stay above 4.8%; stop if below.",
        "Start  pilothouse experiment plan DIR churn",
    ]


def test_pilot_screen_reads_in_chinese():
    lines = [line.text("zh") for line in compose(facts()).lines]
    assert lines[0] == "先做实验  能更准找出流失客户；采取行动是否有用，还没人知道。"
    assert lines[4] == "金额  每月比规则多 6,600 元（可能 3,600–9,600）。"
    assert lines[-1] == "开始  pilothouse experiment plan DIR churn"


def list_stakes(gain=600.0):
    ranges = parse_ranges({"hit": [1, 2, 3], "added": 0.5})
    money = Money(
        estimate(3600, 3300, 3900),
        estimate(3000, 2700, 3300),
        estimate(gain, gain - 300, gain + 300),
        100.0,
        "hit",
        150.0,
        np.zeros(3),
    )
    return Stakes(money, Assumptions(ranges, 10_000))


def lists(case=CASE, winner=0.24, **changes):
    standing = {
        "goal": Goal("film", "ranking", shown=10, rule=say("rankers.neighbours")),
        "kept": Kept(1409, 0, 1200),
        "plain": Plain(
            estimate(winner, winner - 0.02, winner + 0.02),
            estimate(0.20, 0.18, 0.22),
            estimate(winner - 0.20, winner - 0.22, winner - 0.18),
        ),
        "subject": subject("person"),
        "place": "DIR films",
        "stakes": list_stakes(),
        "leaks": (),
        "trial": design_showing(0.20, winner, 10_000),
    }
    return facts(case, **{**standing, **changes})


VARIANTS = {
    "lists": lists(),
    "lists_without_values": lists(
        replace(CASE, value_low=None), stakes=None, trial=design_showing(0.2, 0.24, None)
    ),
    "lists_worse": lists(
        replace(CASE, gain=-1.0, low=-10.0, high=5.0), winner=0.17, stakes=list_stakes(-300.0), trial=None
    ),
    "lists_go": lists(replace(CASE, effect="measured")),
    "lists_too_few": lists(replace(CASE, outcomes=50), kept=Kept(60, 0, 50)),
    "go": facts(replace(CASE, effect="measured")),
    "pilot": facts(),
    "pilot_no_values": facts(replace(CASE, value_low=None), stakes=None),
    "pilot_question": facts(
        replace(CASE, open_questions=("duration",)),
        leaks=(Leak("duration", "asked", say("decide.next_wait")),),
    ),
    "pilot_second_look": facts(replace(CASE, look=2, effect="measured"), look=2),
    "pilot_doubt": facts(replace(CASE, p_corrected=0.2, effect="measured")),
    "too_few": facts(replace(CASE, outcomes=50), kept=Kept(200, 50, 50)),
    "no_outcomes": facts(replace(CASE, outcomes=0), kept=Kept(200, 0, 0), stakes=None),
    "unripe": facts(replace(CASE, matured=False)),
    "more_rows": facts(replace(CASE, gain=3000.0, low=-100.0, high=6000.0), stakes=None),
    "more_rows_priced": facts(
        replace(CASE, gain=3000.0, low=-100.0, high=6000.0),
        stakes=None,
        price=say("evaluate.price_hours", rows=600, hours=5),
    ),
    "no_go": facts(replace(CASE, gain=-1.0, low=-10.0, high=5.0), stakes=stakes(-500.0)),
    "no_go_question": facts(
        replace(CASE, gain=-1.0, low=-10.0, high=5.0, open_questions=("duration",)),
        leaks=(Leak("duration", "asked", say("decide.next_wait")),),
    ),
    "classes_not_more_right": facts(
        replace(CASE, value_low=None),
        goal=Goal("segment", "classes"),
        plain=Plain(estimate(0.5, 0.48, 0.52), estimate(0.5, 0.48, 0.52), estimate(0.002, -0.01, 0.01)),
        stakes=None,
        trial=None,
    ),
    "costs": facts(stakes=stakes(capacity=None)),
    "nobody_flagged": facts(plain=Plain(*[estimate(float("nan"), float("nan"), float("nan"))] * 3)),
    "number": facts(
        replace(CASE, value_low=None),
        goal=Goal("price", "number"),
        plain=Plain(estimate(12.34, 11.9, 12.8), estimate(15.1, 14, 16), estimate(2.8, 2.4, 3.2)),
        stakes=None,
        trial=None,
    ),
    "classes": facts(
        replace(CASE, value_low=None),
        goal=Goal("segment", "classes"),
        plain=Plain(estimate(0.78, 0.75, 0.8), estimate(0.64, 0.6, 0.66), estimate(0.14, 0.11, 0.17)),
        stakes=None,
        trial=None,
    ),
}


@pytest.mark.parametrize("name", VARIANTS)
def test_every_line_fits_eighty_columns_and_the_command_is_last(name):
    screen = compose(VARIANTS[name])
    for line, language in product(screen.lines, ("en", "zh")):
        text = line.text(language)
        assert columns(text) <= WIDTH, text
        assert "nan" not in text and "{" not in text, text
    assert screen.lines[-1].text("en") == f"Start  {screen.action.command}"
    assert screen.action.command.startswith("pilothouse ")
    assert screen.boss.text("en").endswith(".") and screen.boss.text("zh").endswith("。")
    assert all(Message.from_json(line.as_json()) == line for line in screen.lines)


@pytest.mark.parametrize(
    "name,head,command",
    [
        ("go", "GO  ", "pilothouse ship DIR churn"),
        ("pilot_no_values", "PILOT  ", "pilothouse experiment plan DIR churn"),
        ("pilot_question", "PILOT  ", "pilothouse run DIR churn --available duration=no"),
        ("too_few", "MORE DATA  ", "pilothouse run DIR churn"),
        ("no_go", "NO GO  ", "pilothouse report DIR churn"),
        ("no_go_question", "NO GO  Not without duration", "pilothouse run DIR churn --available duration=no"),
        (
            "classes_not_more_right",
            "PILOT  Test first: its percentages",
            "pilothouse predict DIR churn next.csv -o answers.csv",
        ),
    ],
)
def test_verdict_leads_and_its_command_follows(name, head, command):
    screen = compose(VARIANTS[name])
    assert screen.headline.text("en").startswith(head)
    assert screen.action.command == command


def test_no_go_says_what_to_do_instead():
    lines = english(VARIANTS["no_go"])
    assert any(line.startswith("NEXT  Keep your simple rule") for line in lines)
    assert any(
        line.startswith("Money  −¥500 a month against the rule (likely −¥3,500 to ¥2,500)") for line in lines
    )


def test_more_data_says_how_many_rows_and_how_long():
    assert "NEXT  Collect 7,100 more customers, about 1 month, then run again." in english(
        VARIANTS["too_few"]
    )
    assert any(
        "(label 600 more rows, about 5 hours)" in line for line in english(VARIANTS["more_rows_priced"])
    )


def test_without_values_the_break_even_is_shown_and_no_amount():
    lines = english(VARIANTS["pilot_no_values"])
    assert "Acting pays if one contact costs less than 70% of what a right one brings." in lines
    assert not any("¥" in line for line in lines)


def test_money_never_stands_without_its_assumptions():
    for given in VARIANTS.values():
        lines = english(given)
        for i, line in enumerate(lines):
            if line.startswith("Money") and "¥" in line:
                assert lines[i + 1].startswith("Assumes")


def test_number_speaks_of_distance():
    lines = english(VARIANTS["number"])
    assert "It is off by 12.3 on average (likely 11.9 to 12.8)." in lines
    assert "Your best simple rule is off by 15.1: 2.8 closer (likely 2.4 to 3.2)." in lines


def test_worse_than_the_rule_is_said_as_fewer():
    given = facts(plain=Plain(estimate(0.5, 0.4, 0.6), estimate(0.6, 0.5, 0.7), estimate(-0.1, -0.2, 0.02)))
    assert "Your best simple rule finds 60: 10 fewer per 100 (likely -2 to 20)." in english(given)


def test_long_names_and_many_leaks_still_fit():
    long = "一个非常非常长的目标列名称，带\n换行和\x1b[31m控制字符" * 3
    leaks = tuple(
        Leak(f"{long}{i}", level, say("decide.next_go")) for i in range(6) for level in ("removed", "asked")
    )
    given = facts(
        replace(CASE, open_questions=tuple(x.column for x in leaks)),
        goal=Goal(long, "binary", long),
        leaks=leaks,
        not_checked=(say("decide.next_go"),) * 3,
        stakes=replace(
            stakes(), assumptions=Assumptions(stakes().assumptions.ranges, 9_876_543_210, currency="USD")
        ),
    )
    for line, language in product(compose(given).lines[:-1], ("en", "zh")):
        text = line.text(language)
        assert columns(text) <= WIDTH, text
        assert "\x1b" not in text and "\n" not in text


def test_odd_column_name_is_quoted_in_the_command():
    given = facts(
        replace(CASE, open_questions=("call; rm -rf",)),
        leaks=(Leak("call; rm -rf", "asked", say("decide.next_go")),),
    )
    assert compose(given).action.command.endswith("--available 'call; rm -rf=no'")


def test_screen_of_lists_reads_as_designed():
    lines = english(VARIANTS["lists"])
    assert lines[0].startswith("PILOT  Test first")
    assert lines[1:3] == [
        "Of 100 people shown 10 items, 24 pick one (likely 22 to 26).",
        "People who took this also took gets 20: 4 more per 100 (likely 2 to 6).",
    ]
    assert lines[3].startswith("Checked on 1,409 ")
    assert lines[4:7] == [
        "Money  +¥600 a month over the rule (likely ¥300 to ¥900).",
        "Assumes 10,000 people a month, ¥2 a hit, 50% of hits are new business.",
        "Matters most: what a hit is worth, 1 to 3.",
    ]
    arm = design_showing(0.20, 0.24, None).arm
    assert lines[7] == f"NEXT  Show its list to {arm:,} at random, the other to {arm:,}: about 1 month."
    assert lines[-1] == "Start  pilothouse experiment plan DIR films"


def test_lists_without_values_name_no_amount():
    lines = english(VARIANTS["lists_without_values"])
    assert any(line.startswith("Money  not known") for line in lines)
    assert not any("¥" in line or line.startswith("Assumes") for line in lines)


def test_lists_that_are_worse_are_told_as_fewer():
    lines = english(VARIANTS["lists_worse"])
    assert "People who took this also took gets 20: 3 fewer per 100 (likely 1 to 5)." in lines
    assert lines[0].startswith("NO GO  ")


def test_lists_are_never_told_with_a_break_even_of_contacts():
    for name in ("lists", "lists_without_values", "lists_go"):
        assert not any("contact" in line for line in english(VARIANTS[name])), name
