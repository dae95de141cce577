"""The first screen: verdict first, in the reader's numbers, one idea a line.

Each line fits 80 columns in both languages. The lines are messages; nothing is printed
here, and no figure is computed that the records do not hold.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from pilothouse.messages import Message, say
from pilothouse.steps.decide.action import Action, act
from pilothouse.steps.decide.assumptions import SHARES, Assumptions
from pilothouse.steps.decide.facts import Facts, Stakes
from pilothouse.steps.decide.phrases import (
    end,
    fitting,
    money,
    number,
    percent,
    period,
    shorten,
)
from pilothouse.types.evidence import Leak

NAMED = 3


@dataclass(frozen=True)
class Screen:
    """What the reader sees first.

    Parameters
    ----------
    headline, boss
        The verdict, and one sentence to tell the boss.
    lines
        The whole screen, headline first, command last.
    action
        What to do next.
    """

    headline: Message
    lines: tuple[Message, ...]
    boss: Message
    action: Action


def compose(facts: Facts) -> Screen:
    """Write the screen, in the order of its lines."""
    headline, action = _headline(facts), act(facts)
    lines = [headline, *_plain(facts), _checked(facts), *_value(facts), *_leaks(facts), *_not_checked(facts)]
    lines += [
        fitting(say("decide.line_next", next=action.next), action.next),
        action.would_change,
        say("decide.line_start", command=action.command),
    ]
    return Screen(headline, tuple(lines), _boss(facts), action)


def _headline(facts: Facts) -> Message:
    ruling = facts.ruling
    words: dict[str, Any] = {"better": say(f"decide.better_{facts.goal.kind}", what=facts.goal.words)}
    if ruling.code == "go":
        return fitting(say("decide.head_go", **words), say("decide.head_go_short"))
    if ruling.code == "no_go" and facts.asked:
        column = shorten(", ".join(facts.asked), 24)
        return fitting(say("decide.head_no_go_question", column=column), say("decide.head_no_go"))
    if ruling.code == "no_go":
        return say("decide.head_no_go")
    if ruling.code == "more_data":
        return _head_more_data(facts)
    first = ruling.missing[0] if ruling.missing else "gain"
    key = first if first in ("question", "values", "effect", "look") else "doubt"
    if key != "question" and facts.goal.kind == "classes" and round(100 * facts.plain.extra.value) <= 0:
        return say("decide.head_pilot_sharper")
    words["column"] = shorten(", ".join(facts.asked), 24)
    return fitting(say(f"decide.head_pilot_{key}", **words), say("decide.head_pilot_short"))


def _head_more_data(facts: Facts) -> Message:
    if facts.ruling.rule != 1:
        return say("decide.head_more_rows", rows=facts.kept.rows, subject=facts.subject)
    if not facts.ruling.rules.get("matured", True):
        return say("decide.head_not_matured")
    return say("decide.head_too_few", outcomes=facts.kept.outcomes)


def _plain(facts: Facts) -> list[Message]:
    """What it finds, and what the simple rule finds."""
    plain, kind = facts.plain, facts.goal.kind
    if not math.isfinite(plain.extra.value):
        return [say("decide.line_nobody_flagged")] if kind == "binary" else []
    show = number if kind == "number" else _of_100
    extra, likely = plain.extra.interval, plain.winner.interval
    better = plain.extra.value >= 0
    less, more = (extra.low, extra.high) if better else (-extra.high, -extra.low)
    words: dict[str, Any] = {
        "subject": facts.subject,
        "what": facts.goal.words,
        "winner": show(plain.winner.value),
        "low": show(likely.low),
        "high": show(likely.high),
        "baseline": show(plain.baseline.value),
        "extra": show(abs(plain.extra.value)),
        "less": show(less),
        "more": show(more),
        **facts.goal.list_words,
    }
    first = [say(f"decide.line_finds_{kind}", **words), say(f"decide.line_finds_{kind}_short", **words)]
    side = "more" if better else "fewer"
    return [fitting(*first), say(f"decide.line_rule_{kind}_{side}", **words)]


def _of_100(share: float) -> str:
    return f"{100 * share:.0f}".replace("-0", "0")


def _checked(facts: Facts) -> Message:
    kept, look = facts.kept, facts.look
    seen = say("decide.look_first") if look == 1 else say("decide.look_again", look=look)
    words: dict[str, Any] = {"rows": kept.rows, "subject": facts.subject, "look": seen}
    if facts.goal.kind != "binary":
        return say("decide.line_checked", **words)
    words |= {"positives": kept.positives, "what": facts.goal.words}
    return fitting(say("decide.line_checked_outcomes", **words), say("decide.line_checked_short", **words))


def _value(facts: Facts) -> list[Message]:
    stakes, right = facts.stakes, facts.plain.winner.value
    if stakes is None:
        kinds = {
            "ranking": "decide.line_no_money_list",
            "pictures": "decide.line_no_money_pictures",
            "texts": "decide.line_no_money_texts",
            "needs": "decide.line_no_money_needs",
            "answers": "decide.line_no_money_answers",
        }
        unknown = [say(kinds.get(facts.goal.kind, "decide.line_no_money"))]
        if facts.goal.kind != "binary" or not math.isfinite(right):
            return unknown
        return [*unknown, say("decide.line_break_even_ratio", share=percent(right))]
    lines = [_gain_line(stakes), _assumes(facts, stakes.assumptions)]
    if stakes.pays:
        lines.append(say("decide.line_break_even", share=percent(stakes.break_even or 0.0)))
    elif stakes.break_even:
        lines.append(say("decide.line_never_pays"))
    return lines + _matters(stakes)


def _gain_line(stakes: Stakes) -> Message:
    gain, currency = stakes.money.gain, stakes.assumptions.currency
    side = "more" if gain.value >= 0 else "less"
    words: dict[str, Any] = {
        "amount": money(gain.value, currency),
        "per": period(stakes.assumptions.per),
        "low": end(gain.interval.low, currency),
        "high": end(gain.interval.high, currency),
    }
    return fitting(say(f"decide.line_money_{side}", **words), say(f"decide.line_money_{side}_short", **words))


def _signed(amount: float, currency: str) -> Message:
    return say("decide.money_signed", sign="−" if amount < 0 else "", amount=money(amount, currency))


def _assumes(facts: Facts, assumptions: Assumptions) -> Message:
    likely = assumptions.likely()
    priced = {name: money(v, assumptions.currency) for name, v in likely.items()}
    words: dict[str, Any] = {"volume": f"{assumptions.volume:,.0f}", "per": period(assumptions.per)}
    if facts.goal.kind == "number":
        return say("decide.line_assumes_number", error=priced["error"], **words)
    if facts.goal.kind == "ranking":
        share = percent(likely["added"])
        return say("decide.line_assumes_ranking", hit=priced["hit"], added=share, **words)
    if facts.goal.kind == "answers":
        ticket, mistake, solved = priced["ticket"], priced["mistake"], percent(likely["solved"])
        return say("decide.line_assumes_answers", ticket=ticket, solved=solved, mistake=mistake, **words)
    if facts.goal.kind == "classes":
        return say("decide.line_assumes_classes", right=priced["right"], wrong=priced["wrong"], **words)
    words |= {
        "worth": priced["true_positive"],
        "contact": priced["contact"],
        "success": percent(likely["success"]),
    }
    if "capacity" in likely:
        words["capacity"] = f"{likely['capacity']:,.0f}"
        return fitting(
            say("decide.line_assumes_top", **words),
            say("decide.line_assumes_top_short", **words),
        )
    return fitting(say("decide.line_assumes", **words), say("decide.line_assumes_short", **words))


def _matters(stakes: Stakes) -> list[Message]:
    """Name the assumption that matters most; where all are single numbers there is nothing to narrow."""
    matters = stakes.money.matters_most
    if matters is None or stakes.assumptions.ranges[matters].is_known:
        return []
    span, show = stakes.assumptions.ranges[matters], percent if matters in SHARES else number
    name = say(f"decide.name_{matters}")
    return [say("decide.line_matters", name=name, low=show(span.low), high=show(span.high))]


def _leaks(facts: Facts) -> list[Message]:
    lines = []
    for level in ("removed", "asked"):
        found = [leak for leak in facts.leaks if leak.level == level]
        if len(found) == 1:
            lines.append(_one_leak(level, found[0]))
        elif found:
            names = ", ".join(shorten(leak.column, 18) for leak in found[:NAMED])
            rest = len(found) - NAMED
            key = f"decide.line_{level}_more" if rest > 0 else f"decide.line_{level}_several"
            lines.append(say(key, columns=names, rest=rest))
    return lines


def _one_leak(level: str, leak: Leak) -> Message:
    column = shorten(leak.column, 30)
    return fitting(
        say(f"decide.line_{level}", column=column, reason=leak.reason),
        say(f"decide.line_{level}_several", columns=column),
    )


def _not_checked(facts: Facts) -> list[Message]:
    if not facts.not_checked:
        return []
    choices = [say("decide.line_not_checked", what=kept) for kept in facts.not_checked]
    return [fitting(*choices, say("decide.line_not_checked_see", count=len(choices)))]


def _boss(facts: Facts) -> Message:
    plain, stakes, code, kind = facts.plain, facts.stakes, facts.ruling.code, facts.goal.kind
    if code == "no_go" and facts.asked:
        return say("decide.boss_no_go_question", column=shorten(", ".join(facts.asked), 40))
    if code in ("no_go", "more_data") or not math.isfinite(plain.extra.value):
        return say("decide.boss_no_go" if code == "no_go" else "decide.boss_more_data")
    show = number if kind == "number" else _of_100
    proof = say(
        f"decide.boss_proof_{kind}",
        subject=facts.subject,
        what=facts.goal.words,
        winner=show(plain.winner.value),
        baseline=show(plain.baseline.value),
        **facts.goal.list_words,
    )
    if stakes is None:
        return say(f"decide.boss_{code}_no_money", proof=proof)
    amount = _signed(stakes.money.gain.value, stakes.assumptions.currency)
    return say(f"decide.boss_{code}", proof=proof, amount=amount, per=period(stakes.assumptions.per))
