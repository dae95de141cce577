"""What every engine shares: the edge between processes, and one thread.

An engine carries out fits in some place: this process, local processes, a Ray
cluster. A fault crosses the edge as data and is raised again on the near side.
Where fits run is in ``processes`` and ``cluster``.
"""

from __future__ import annotations

import os
import traceback
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

from pilothouse.errors import PilothouseError, UserFault
from pilothouse.messages import say
from pilothouse.steps.train.fitting import Ask, Done, carry_out
from pilothouse.types import Data, Door, Fit

ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OMP_WAIT_POLICY": "PASSIVE",
}


@dataclass(frozen=True)
class Fault:
    """Why a fit ended without answers, in a form that crosses processes."""

    error: PilothouseError | None
    memory: bool
    trace: str


_NO_MEMORY = ("can't allocate memory", "not enough memory", "out of memory")


class Engine(Protocol):
    """Carries out fits in some place; ``llm`` is what they may ask."""

    llm: Door | None

    def carry_out(self, fits: list[Fit]) -> Generator[tuple[int, Done], None, None]:
        """Yield (position in ``fits``, result) as they finish, in any order."""
        ...

    def close(self) -> None:
        """Stop at once and leave no process behind."""
        ...


def is_out_of_memory(fault: BaseException) -> bool:
    """Tell want of memory, which PyTorch reports as a plain ``RuntimeError``."""
    told = isinstance(fault, RuntimeError) and any(word in str(fault) for word in _NO_MEMORY)
    return told or isinstance(fault, MemoryError)


class _Outcome:
    """Turns whatever a fit raises into a ``Fault``: the edge between processes."""

    reply: Done | Fault

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if not isinstance(fault, Exception):
            return False
        known = fault if isinstance(fault, PilothouseError) else None
        self.reply = Fault(known, is_out_of_memory(fault), "".join(traceback.format_exception(fault)))
        return True


def attempt(data: Data, ask: Ask, fit: Fit, llm: Door | None = None) -> Done | Fault:
    """Carry out ``fit`` far from home: what it raises comes back as a ``Fault``."""
    outcome = _Outcome()
    with outcome:
        outcome.reply = carry_out(data, ask, fit, llm)
    return outcome.reply


def unwrap(reply: Done | Fault, fit: Fit) -> Done:
    """Return the result, or raise what stopped the fit.

    Raises
    ------
    PilothouseError
        The fault that the candidate itself reported.
    RuntimeError
        Anything else, with the trace of where it happened.
    """
    if isinstance(reply, Done):
        return reply
    if reply.error is not None:
        raise reply.error
    raise RuntimeError(f"candidate {fit.candidate.name!r} failed\n{reply.trace}")


def too_big(fit: Fit, needed_mb: float) -> UserFault:
    """Say which candidate ran out of memory and about how much it needed."""
    return UserFault(
        say("train.too_big", label=fit.candidate.label, gb=max(0.1, needed_mb / 1024), rows=len(fit.learn)),
        say("train.too_big_fix"),
    )


@contextmanager
def single_threaded() -> Iterator[None]:
    """Hold linear algebra and OpenMP to one thread: sums come out the same everywhere."""
    import scipy.linalg  # noqa: F401  its own BLAS must be loaded before it can be held
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    with threadpool_limits(limits=1):
        yield


def prepare_process() -> None:
    """Make this process a quiet worker: one thread, asleep while it waits."""
    os.environ.update(ONE_THREAD)
