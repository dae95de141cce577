"""Plan an experiment from a run: how many, how long, and who is acted on.

Prediction is not effect: a flagged leaver is not a saved one. So half of the flagged are
acted on at random and half are left alone. The size comes from the run's own figures
(``steps.decide.trial``); nothing is started and nothing is read out here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pilothouse.errors import BadOption, BadTable
from pilothouse.guards.markup import write_csv
from pilothouse.messages import Message, say
from pilothouse.runs.record import RunRecord
from pilothouse.steps.decide.phrases import lasting, percent
from pilothouse.steps.decide.trial import POWER, Trial, design_showing, design_trial
from pilothouse.steps.evaluate.streams import stream

Group = Literal["act", "leave"]
READERS_ACT, HOPED = 0.05, 1.1
"""Share of readers who are taken to act on a text, and how many times that its better is hoped for."""


@dataclass(frozen=True)
class ExperimentPlan:
    """Size and length, what decides, and the lines that say so.

    Parameters
    ----------
    use_case, run_id
        The run that it rests on.
    trial
        Size of each group, periods, rates expected.
    break_even
        Success rate above which acting pays; None when costs were not given.
    lines
        For the reader.
    """

    use_case: str
    run_id: str
    trial: Trial
    break_even: float | None
    lines: tuple[Message, ...]


def plan_experiment(record: RunRecord, power: float = POWER) -> ExperimentPlan:
    """Plan the experiment that a run's verdict asks for.

    Raises
    ------
    BadOption
        When the run flags nobody (its target is not one outcome of two, or its costs let
        nobody be flagged), or ``power`` is not between one half and one.
    """
    if not 0.5 <= power < 1:
        raise BadOption(say("experiment.bad_power", power=power), say("experiment.fix_power"))
    if record.target.kind == "ranking":
        return _plan_showing(record, power)
    flagged, value = record.flagged, record.value
    if flagged is None or flagged.winner.value is None or flagged.share <= 0:
        raise BadOption(say("experiment.nobody_flagged", name=record.use_case), say("experiment.fix_flagged"))
    success = break_even = per_period = None
    if value is not None:
        likely = {name: span[1] for name, span in value.assumptions.items()}
        success, break_even = likely.get("success"), value.break_even
        per_period = flagged.share * likely["volume"] if "volume" in likely else None
    trial = design_trial(flagged.winner.value, success, break_even, per_period, power)
    lines = _lines(record, trial, success, break_even)
    return ExperimentPlan(record.use_case, record.run_id, trial, break_even, lines)


def _plan_showing(record: RunRecord, power: float) -> ExperimentPlan:
    """Plan to show its list to one half and the baseline's to the other."""
    figures = record.metrics["test"]
    rates = [figures[name]["hit_rate"].value for name in (str(record.baseline["name"]), "winner")]
    per_period = None if record.value is None else record.value.assumptions["volume"][1]
    trial = design_showing(rates[0] or 0.0, rates[1] or 0.0, per_period, power)
    if trial is None:
        raise BadOption(say("experiment.no_better", name=record.use_case), say("experiment.fix_no_better"))
    lines = [say("experiment.against_verdict")] if record.verdict.code == "no_go" else []
    lines.append(say("experiment.show", arm=trial.arm, total=2 * trial.arm))
    if trial.periods is not None and record.value is not None:
        lines.append(say("experiment.length", length=lasting(trial.periods, record.value.per)))
    control, treated = percent(trial.control), percent(trial.treated)
    lines.append(say("experiment.hit_rates", control=control, treated=treated))
    lines.append(say("experiment.decides_hits"))
    lines.append(say("experiment.sure", power=percent(trial.power), level=percent(trial.level)))
    return ExperimentPlan(record.use_case, record.run_id, trial, None, tuple(lines))


def plan_texts(record: RunRecord, today: float = READERS_ACT, power: float = POWER) -> ExperimentPlan:
    """Plan to show the winner's texts for one half of the items and the template's for the other.

    Parameters
    ----------
    today
        Share of readers who act on a text today.
    """
    trial = design_showing(today, today * HOPED, None, power)
    if trial is None:
        raise BadOption(say("experiment.no_better", name=record.use_case), say("experiment.fix_no_better"))
    lines = [say("experiment.against_verdict")] if record.verdict.code == "no_go" else []
    lines.append(say("experiment.show_texts", arm=trial.arm))
    lines.append(say("experiment.read_rates", control=percent(today), treated=percent(trial.treated)))
    lines.append(say("experiment.decides_texts"))
    lines.append(say("experiment.sure", power=percent(trial.power), level=percent(trial.level)))
    return ExperimentPlan(record.use_case, record.run_id, trial, None, tuple(lines))


def assign(ids: Sequence[str], trial: Trial, seed: int) -> list[tuple[str, Group]]:
    """Put the first ``2 * trial.arm`` ids into two groups at random, in the order given.

    Ids come likeliest first, and each two neighbours are parted, one into each group; so the
    groups are alike at every depth of the list. An id that repeats counts once; of an odd
    number the last one's group is drawn.
    """
    chosen = list(dict.fromkeys(ids))[: 2 * trial.arm]
    heads = stream(seed, "experiment").integers(0, 2, (len(chosen) + 1) // 2)
    return [(name, "act" if heads[i // 2] == i % 2 else "leave") for i, name in enumerate(chosen)]


def write_assignment(path: Path, id_column: str, groups: Sequence[tuple[str, Group]]) -> None:
    """Write who is acted on and who is left alone, safe to open in a spreadsheet.

    Raises
    ------
    BadTable
        When there are fewer than two ids to part.
    """
    if len(groups) < 2:
        raise BadTable(say("experiment.too_few_ids", count=len(groups)), say("experiment.fix_ids"))
    write_csv(path, [id_column, "group"], groups, bom=True)


def _lines(
    record: RunRecord, trial: Trial, success: float | None, break_even: float | None
) -> tuple[Message, ...]:
    per = record.value.per if record.value is not None else "batch"
    lines = []
    if record.verdict.code == "no_go":
        lines.append(say("experiment.against_verdict"))
    lines.append(say("experiment.size", arm=trial.arm, total=2 * trial.arm))
    if trial.periods is not None:
        lines.append(say("experiment.length", length=lasting(trial.periods, per)))
    lines.append(say("experiment.rates", control=percent(trial.control), treated=percent(trial.treated)))
    if success is None:
        lines.append(say("experiment.no_success"))
    if break_even is None or not 0 < break_even <= 1:
        lines.append(say("experiment.decides_zero"))
    else:
        lines.append(say("experiment.decides", share=percent(break_even)))
        if success is not None and success <= break_even:
            lines.append(
                say("experiment.assumed_too_low", success=percent(success), share=percent(break_even))
            )
    lines.append(say("experiment.sure", power=percent(trial.power), level=percent(trial.level)))
    return tuple(lines)
