"""The work plan: what a run will do, decided before anything runs.

A pure function of the data's shape, the options, what is installed and the packaged
costs (``steps.spending``). It reads neither the clock nor the machine's load, so that
a resumed, verified or repeated run does the same work. It spends ``time_budget_s`` in
this order: baselines and the contest of the core models, leak probes and the learning
curve; then models of extras; then tuning with what is left. It runs nothing and words
nothing (``steps.advice`` does).
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, PlainValidator

from pilothouse import lazy
from pilothouse.messages import Message, say
from pilothouse.steps.spending import OUTER_FOLDS, TUNING_FOLDS, Job, Probes, Spending, models_of
from pilothouse.types import Candidate

__all__ = ["Declined", "Entered", "Job", "WorkPlan", "Words", "installed_extras", "make_plan"]

_BLEND = "blend"
_MOST_TRIALS, _FEWEST_TRIALS = 48, 4
_FEWEST_ROWS = 1_000
_FEW_SEEDS = 2
"""Of a learning curve by networks: another model's curve would say nothing of theirs."""

_EFFICIENCY = 0.85
"""Share of a core that does fits while several work."""
_FITS_SHARE = 0.5
"""Fits get at least this share of the time, however long a large table takes to read."""
_ESSENTIAL_SHARE = 0.75
"""Share of the time for fits that the contest, probes and curve may take before tuning."""
_EXTRAS_SHARE = 0.5
"""Share of what is then left that a model of an extra may take."""


def _message(value: Any) -> Message:
    return value if isinstance(value, Message) else Message.from_json(value)


Words = Annotated[Message, PlainValidator(_message), PlainSerializer(Message.as_json)]


class Entered(BaseModel):
    """A candidate that takes part: trials of tuning, and CPU seconds of one fit."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str
    trials: int = 0
    fit_s: float


class Declined(BaseModel):
    """A candidate that does not take part, why, and the command that would change it."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str
    label: Words
    reason: Words
    install: str | None = None


class WorkPlan(BaseModel):
    """``plan.json``: every amount of work that a figure depends on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: int = 1
    seed: int
    time_budget_s: float
    split: Literal["holdout", "nested", "time"]
    rows: int
    contest_rows: int = Field(description="rows the contest uses; the winner learns from all")
    outer_folds: int = Field(description="0 unless the split is nested")
    folds: int
    tuning_folds: int
    leak_folds: int
    leak_columns: int = Field(description="columns probed one by one, at most")
    leak_rows: int = Field(description="rows a probe learns from, at most")
    curve_sizes: int = 5
    curve_seeds: int = 5
    curve_candidate: str = Field(description='"winner", or the quick model that stands in for it')
    resamples: int = 2_000
    workers: int
    entered: tuple[Entered, ...]
    declined: tuple[Declined, ...] = ()
    cpu_s: dict[str, float] = Field(description="CPU seconds of fits, by part of the run")
    seconds: float = Field(description="estimated wall seconds of the whole run")
    memory_mb: float
    money: float
    leaves_machine: bool

    @property
    def trials(self) -> dict[str, int]:
        """Trials of tuning by candidate; those without are left out."""
        return {e.name: e.trials for e in self.entered if e.trials}

    @property
    def plan_hash(self) -> str:
        """SHA-256 of the work: words and estimates are left out, for no figure depends on them."""
        told = {"declined", "cpu_s", "seconds", "memory_mb", "money", "leaves_machine"}
        entered = {"entered": {"__all__": {"fit_s"}}}
        work = self.model_dump_json(exclude={**dict.fromkeys(told, True), **entered})
        return hashlib.sha256(work.encode()).hexdigest()


def make_plan(
    job: Job,
    candidates: Sequence[Candidate],
    *,
    seed: int,
    time_budget_s: float,
    installed: frozenset[str],
    workers: int = 2,
) -> WorkPlan:
    """Plan a run.

    Parameters
    ----------
    job
        Shape of the data, outcomes, kind of split.
    candidates
        Who could take part, baselines first.
    seed, time_budget_s
        The user's options.
    installed
        Extras that are installed (see ``installed_extras``).
    workers
        Processes; part of the plan, whatever the machine has.
    """
    mute = [c for c in candidates if c.needs_llm and job.mute is not None]
    candidates = [c for c in candidates if c not in mute]
    present = [c for c in candidates if c.name != _BLEND and (c.extra is None or c.extra in installed)]
    cpu_s = max(time_budget_s - job.fixed_s, _FITS_SHARE * time_budget_s) * workers * _EFFICIENCY
    chosen = _chosen(job, [c for c in present if c.extra is None], _ESSENTIAL_SHARE * cpu_s)
    entered, unfit = _enter(chosen, present, time_budget_s, cpu_s)
    spent = chosen.essential(entered)
    trials = _trials(chosen, entered, cpu_s - sum(spent.values()))
    spent["tuning"] = sum(chosen.trial_s(c) * trials.get(c.name, 0) for c in entered)
    wall_s = job.fixed_s + sum(spent.values()) / (workers * _EFFICIENCY) + chosen.refit_s(entered)
    models = models_of(entered)
    takes = {c.name: chosen.fit_s(c) for c in entered}
    if len(models) > 1:  # a blend fits those that entered, not whoever was declined
        takes |= {c.name: sum(takes[m.name] for m in models) for c in candidates if c.name == _BLEND}
    quick = min(models, key=lambda c: (chosen.fit_s(c), c.rank)).name if models else "winner"
    return WorkPlan(
        seed=seed,
        time_budget_s=time_budget_s,
        split=job.split,
        rows=job.shape.rows,
        contest_rows=chosen.rows,
        outer_folds=OUTER_FOLDS if job.split == "nested" else 0,
        folds=chosen.folds,
        tuning_folds=min(TUNING_FOLDS, chosen.folds),
        leak_folds=chosen.probes.folds,
        leak_columns=chosen.probes.columns,
        leak_rows=chosen.probes.rows,
        curve_seeds=chosen.curve_seeds,
        curve_candidate="winner" if chosen.curve_by_winner else quick,
        workers=workers,
        entered=tuple(
            Entered(name=name, trials=trials.get(name, 0), fit_s=_rounded(fit_s))
            for name, fit_s in takes.items()
        ),
        declined=(
            *unfit,
            *(_absent(c) for c in candidates if c.extra not in {None, *installed}),
            *(Declined(name=c.name, label=c.label, reason=job.mute) for c in mute if job.mute),
        ),
        cpu_s={part: _rounded(seconds) for part, seconds in spent.items()},
        seconds=_rounded(wall_s),
        memory_mb=_rounded(chosen.memory_mb(entered, workers)),
        money=_rounded(chosen.money(entered)),
        leaves_machine=any(c.cost(chosen.fold_shape).leaves_machine for c in entered),
    )


def installed_extras(candidates: Sequence[Candidate]) -> frozenset[str]:
    """Return the extras of ``candidates`` whose library can be found, without importing any."""
    return frozenset(
        c.extra
        for c in candidates
        if c.extra is not None and (c.needs_module is None or lazy.installed(c.needs_module))
    )


def _ladder(job: Job) -> Iterator[Spending]:
    """Yield ways to work from rich to lean: probes and curve give way first, then folds, then rows."""
    rows = job.shape.rows
    if not job.rows_are_asked:
        yield Spending(job, rows, 3, Probes(3, 0, 0), False)
        return
    if job.columns_are_clues:
        yield from _rich(job)
    lean = (Probes(3, 10, 5_000), False) if job.columns_are_clues else (Probes(3, 0, 0), True, _FEW_SEEDS)
    yield Spending(job, rows, 3, *lean)
    while rows > _FEWEST_ROWS:
        rows = max(_FEWEST_ROWS, rows * 4 // 5)
        yield Spending(job, rows, 3, *lean)


def _rich(job: Job) -> Iterator[Spending]:
    """Ways with probes enough for many columns, and more folds; fits of pictures are too dear for them."""
    rows = job.shape.rows
    many, some = Probes(5, 40, 20_000), Probes(3, 20, 10_000)
    yield Spending(job, rows, 5, many, True)
    yield Spending(job, rows, 5, some, True)
    yield Spending(job, rows, 5, some, False)
    yield Spending(job, rows, 3, some, False)


def _chosen(job: Job, core: Sequence[Candidate], cpu_s: float) -> Spending:
    """Return the richest way whose essential work fits ``cpu_s``, else the leanest."""
    ways = list(_ladder(job))
    return next((way for way in ways if sum(way.essential(core).values()) <= cpu_s), ways[-1])


def _enter(
    chosen: Spending, present: Sequence[Candidate], time_budget_s: float, cpu_s: float
) -> tuple[list[Candidate], list[Declined]]:
    """Let candidates in: those of the core where feasible, those that can be spared where affordable too."""
    entered: list[Candidate] = []
    declined: list[Declined] = []
    for candidate in sorted(present, key=lambda c: c.extra is not None):
        reason = candidate.feasible(chosen.fold_shape, time_budget_s)
        # Where no sample of the rows poses the same questions, time is all that can be saved.
        spare = candidate.extra is not None or not chosen.job.rows_are_asked
        if reason is None and spare and not candidate.is_stand_in and models_of(entered):
            spent = sum(chosen.essential(entered).values())
            wanted = sum(chosen.essential([*entered, candidate]).values()) - spent
            if wanted > _EXTRAS_SHARE * (cpu_s - spent):
                reason = say("plan.too_slow", seconds=math.ceil(wanted))
        if reason is None:
            entered.append(candidate)
        else:
            declined.append(Declined(name=candidate.name, label=candidate.label, reason=reason))
    return [c for c in present if c in entered], declined


def _trials(chosen: Spending, entered: Sequence[Candidate], left_s: float) -> dict[str, int]:
    """Share what is left among candidates with something to tune; the quick ones first."""
    tunable = [c for c in entered if type(c).space is not Candidate.space]
    tunable.sort(key=lambda c: (chosen.trial_s(c), c.name))
    trials: dict[str, int] = {}
    for number, candidate in enumerate(tunable):
        cost = max(1e-9, chosen.trial_s(candidate))
        count = min(_MOST_TRIALS, int(max(0.0, left_s) / (len(tunable) - number) / cost))
        trials[candidate.name] = count if count >= _FEWEST_TRIALS else 0
        left_s -= trials[candidate.name] * cost
    return trials


def _absent(candidate: Candidate) -> Declined:
    return Declined(
        name=candidate.name,
        label=candidate.label,
        reason=say("plan.not_installed", extra=candidate.extra),
        install=f"pip install 'pilothouse[{candidate.extra}]'",
    )


def _rounded(amount: float) -> float:
    """Three significant digits: an estimate that looks like one."""
    return float(f"{amount:.3g}")
