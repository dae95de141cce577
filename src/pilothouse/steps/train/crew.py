"""The crew: carries out fits, keeps what is finished, tells how far it is.

Killed at any moment and started again over the same folder, a crew repeats nothing
that was finished and gives the same answers. The same fit asked twice runs once.
It does not know what is being compared; ``contest`` and ``tune`` do.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from pilothouse.errors import BadOption
from pilothouse.messages import Message, say
from pilothouse.steps.train.cluster import Cluster
from pilothouse.steps.train.engine import Engine
from pilothouse.steps.train.fitting import Ask, Done, keep_columns, shape_of
from pilothouse.steps.train.keep import Keep
from pilothouse.steps.train.processes import Inline, Processes
from pilothouse.types import Answers, Data, Door, Fit

SMALL_S = 2.0
"""Jobs below this estimate are not worth starting processes for."""


@dataclass(frozen=True)
class Progress:
    """How far a job is: fits finished of all, and the seconds that it may still take."""

    label: Message
    done: int
    total: int
    eta_s: float | None = None


def _silent(event: Progress) -> None:
    """Report to nobody."""


def make_crew(
    data: Data,
    ask: Ask,
    keep: Path,
    *,
    engine: str = "local",
    workers: int = 2,
    on_progress: Callable[[Progress], None] = _silent,
) -> KeepingCrew:
    """Make a crew for ``data``; use it as a context manager.

    Parameters
    ----------
    data
        Every row that any fit may learn from or be asked.
    ask
        Turns a part of the data into questions; picklable.
    keep
        Folder of finished fits, one ``.npz`` for each.
    engine
        "local", "ray" (a cluster on this machine) or "ray://HOST:PORT".
    workers
        Processes on this machine; with 1 everything runs in this one.
    on_progress
        Called at the start of each job and after each fit.

    Raises
    ------
    BadOption
        For an unknown engine, or a cluster that does not answer.
    MissingExtra
        When Ray is asked for and not installed.
    Workspace
        When the folder cannot be written.
    """
    kept = Keep(keep, data)
    if engine == "local":
        return KeepingCrew(data, kept, Inline(data, ask), Processes(data, ask, workers), workers, on_progress)
    if engine == "ray" or engine.startswith("ray://"):
        cluster = Cluster(data, ask, engine, workers)
        return KeepingCrew(data, kept, cluster, cluster, workers, on_progress)
    raise BadOption(say("train.no_engine", engine=engine), say("train.no_engine_fix"))


class KeepingCrew:
    """A ``Crew`` over one drawer of finished fits; made by ``make_crew``.

    Attributes
    ----------
    seconds
        CPU seconds of all fits answered so far, by candidate, kept ones included.
    """

    def __init__(
        self,
        data: Data,
        keep: Keep,
        small: Engine,
        large: Engine,
        workers: int,
        on_progress: Callable[[Progress], None],
    ) -> None:
        self.seconds: dict[str, float] = {}
        self._data = data
        self._keep = keep
        self._small = small
        self._large = large
        self._workers = workers
        self._on_progress = on_progress

    def with_llm(self, llm: Door | None) -> Self:
        """Give every fit the way to a language model; picklable."""
        self._small.llm = self._large.llm = llm
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._small.close()
        self._large.close()

    def answers(self, fits: Sequence[Fit], label: Message) -> list[Answers]:
        """Carry out ``fits`` and return their answers in order.

        Raises
        ------
        UserFault
            When a fit needs more memory than there is.
        Workspace
            When answers cannot be kept.
        """
        keys = [self._keep.key(fit) for fit in fits]
        wanted = dict(zip(keys, fits, strict=True))
        found = {k: d for k, f in wanted.items() if (d := self._keep.load(k, len(f.ask))) is not None}
        missing = [(self._estimate(f), k, f) for k, f in wanted.items() if k not in found]
        missing.sort(key=lambda job: (-job[0], job[1]))  # long fits first: no worker ends much later
        watch = _Watch(label, len(found), len(wanted), [job[0] for job in missing], self._workers)
        self._on_progress(watch.progress())
        if missing:
            engine = self._engine(sum(job[0] for job in missing))
            with closing(engine.carry_out([job[2] for job in missing])) as results:
                for number, done in results:
                    _, key, _ = missing[number]
                    self._keep.store(key, done)
                    found[key] = done
                    watch.tick(number)
                    self._on_progress(watch.progress())
        self._count(wanted, found)
        return [Answers(found[key].values) for key in keys]

    def _engine(self, seconds: float) -> Engine:
        """Choose where to run; the figures do not depend on it."""
        staffed = isinstance(self._large, Processes) and self._large.is_staffed
        return self._small if self._workers < 2 or (seconds < SMALL_S and not staffed) else self._large

    def _estimate(self, fit: Fit) -> float:
        shape = shape_of(keep_columns(self._data.table, fit.columns), len(fit.learn))
        return fit.candidate.cost(shape).seconds

    def _count(self, wanted: dict[str, Fit], found: dict[str, Done]) -> None:
        for key, fit in wanted.items():
            name = fit.candidate.name
            self.seconds[name] = self.seconds.get(name, 0.0) + found[key].seconds


@dataclass
class _Watch:
    """Guesses the seconds left from the estimated share of work done; for display only."""

    label: Message
    done: int
    total: int
    costs: list[float]
    workers: int
    started: float = field(default_factory=time.monotonic)
    spent: float = 0.0

    def tick(self, number: int) -> None:
        """Count one fit as finished."""
        self.done += 1
        self.spent += self.costs[number]

    def progress(self) -> Progress:
        """Describe the moment."""
        left = max(0.0, sum(self.costs) - self.spent)
        pace = (time.monotonic() - self.started) / self.spent if self.spent > 0 else 1 / self.workers
        known = left > 0 or self.done == self.total
        return Progress(self.label, self.done, self.total, left * pace if known else None)
