"""What to do next: one action with its size and length, what would change the verdict, one command."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pilothouse.messages import Message, say
from pilothouse.steps.decide.facts import Facts
from pilothouse.steps.decide.phrases import fitting, lasting, percent, shorten
from pilothouse.steps.decide.trial import Trial


@dataclass(frozen=True)
class Action:
    """The next step.

    Parameters
    ----------
    next
        The action with its size and length.
    would_change
        The fact that would change the verdict.
    command
        One line to copy into a shell.
    """

    next: Message
    would_change: Message
    command: str


def act(facts: Facts) -> Action:
    """Choose the action that the verdict asks for."""
    code = facts.ruling.code
    if code == "go":
        return _ship(facts)
    if code == "no_go":
        return _answer(facts) if facts.asked else _do_without(facts)
    if code == "more_data":
        return _collect(facts)
    if facts.asked:
        return _answer(facts)
    if facts.goal.kind == "pictures":
        return _look(facts)
    if facts.goal.kind == "needs":
        return _read(facts)
    return _experiment(facts) if facts.trial is not None else _shadow(facts)


def _ship(facts: Facts) -> Action:
    stakes, change = facts.stakes, say("decide.change_go_drift")
    if stakes is not None and stakes.pays:
        change = say("decide.change_go", share=percent(stakes.break_even or 0.0))
    return Action(say("decide.next_go"), change, f"pilothouse ship {facts.place}")


def _do_without(facts: Facts) -> Action:
    rule = facts.goal.rule
    return Action(
        say("decide.next_no_go") if rule is None else say("decide.next_no_go_list", rule=rule),
        say("decide.change_no_go"),
        f"pilothouse report {facts.place}",
    )


def _collect(facts: Facts) -> Action:
    rows, matured = facts.more_rows, facts.ruling.rules.get("matured", True)
    words: dict[str, Any] = {"subject": facts.subject}
    command = f"pilothouse run {facts.place}"
    if not matured:
        return Action(say("decide.next_wait"), say("decide.change_more_data"), command)
    if rows is None:
        return Action(
            say("decide.next_find_outcomes", what=facts.goal.words), say("decide.change_more_data"), command
        )
    words["rows"] = rows
    stakes = facts.stakes
    if stakes is not None and stakes.assumptions.per != "batch":
        periods = max(1, round(rows / stakes.assumptions.volume))
        length = lasting(periods, stakes.assumptions.per)
        following = say("decide.next_collect", length=length, **words)
    elif facts.price is not None:
        following = fitting(
            say("decide.next_collect_price", price=facts.price, **words),
            say("decide.next_collect_short", **words),
        )
    else:
        following = say("decide.next_collect_short", **words)
    return Action(following, say("decide.change_more_data"), command)


def _answer(facts: Facts) -> Action:
    column = facts.asked[0]
    words = {"column": shorten(column, 18)}
    return Action(
        say("decide.next_answer", **words),
        say("decide.change_answer", **words),
        f"pilothouse run {facts.place} --available {_quoted(column + '=no')}",
    )


def _experiment(facts: Facts) -> Action:
    trial = facts.trial
    assert trial is not None
    if facts.goal.kind == "ranking":
        return _show(facts, trial)
    if facts.goal.kind == "texts":
        return _try(facts, trial)
    stakes = facts.stakes
    following = say("decide.next_experiment", arm=trial.arm, subject=facts.subject)
    if trial.periods is not None and stakes is not None and stakes.assumptions.per != "batch":
        length = lasting(trial.periods, stakes.assumptions.per)
        following = say("decide.next_experiment_long", arm=trial.arm, length=length)
    change = say("decide.change_effect_zero")
    if stakes is not None and stakes.pays:
        change = say("decide.change_effect", share=percent(stakes.break_even or 0.0))
    return Action(following, change, f"pilothouse experiment plan {facts.place}")


def _show(facts: Facts, trial: Trial) -> Action:
    following, stakes = say("decide.next_show", arm=trial.arm), facts.stakes
    if trial.periods is not None and stakes is not None and stakes.assumptions.per != "batch":
        length = lasting(trial.periods, stakes.assumptions.per)
        following = fitting(say("decide.next_show_long", arm=trial.arm, length=length), following)
    return Action(following, say("decide.change_show"), f"pilothouse experiment plan {facts.place}")


def _try(facts: Facts, trial: Trial) -> Action:
    """No figure can say whether readers like a text: half of them see it."""
    following = say("decide.next_try", arm=trial.arm)
    return Action(following, say("decide.change_try"), f"pilothouse experiment plan {facts.place}")


def _look(facts: Facts) -> Action:
    """No figure can say whether a picture may be shown: people look."""
    command = f"pilothouse predict {facts.place} seeds.csv -o pictures.csv"
    return Action(say("decide.next_look"), say("decide.change_look"), command)


def _read(facts: Facts) -> Action:
    """No figure can say whether a need is one: people read."""
    command = f"pilothouse report {facts.place}"
    return Action(say("decide.next_read"), say("decide.change_read"), command)


def _shadow(facts: Facts) -> Action:
    rows = max(100, facts.kept.rows)
    return Action(
        say("decide.next_shadow", rows=rows, subject=facts.subject),
        say("decide.change_shadow"),
        f"pilothouse predict {facts.place} next.csv -o answers.csv",
    )


def _quoted(text: str) -> str:
    """Quote for a shell where a column's name needs it."""
    import shlex

    return shlex.quote(text)
