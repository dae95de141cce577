"""Engines on this machine: this very process, or a few worker processes.

Workers are spawned, get the data once, run one fit at a time and die with their
parent, even when it is killed with -9. A worker that the system kills for want of
memory is noticed at once; its fit is tried once more, alone, and then reported.
What is kept and in which order fits run is the crew's affair.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Generator
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any

from pilothouse.errors import PilothouseError
from pilothouse.messages import say
from pilothouse.steps.train.engine import (
    Fault,
    attempt,
    is_out_of_memory,
    prepare_process,
    single_threaded,
    too_big,
    unwrap,
)
from pilothouse.steps.train.fitting import Ask, Done, carry_out, needed_mb
from pilothouse.types import Data, Door, Fit

_KILLED = -9


class Inline:
    """Fits in this process, one after the other."""

    llm: Door | None = None

    def __init__(self, data: Data, ask: Ask) -> None:
        self._data = data
        self._ask = ask

    def carry_out(self, fits: list[Fit]) -> Generator[tuple[int, Done], None, None]:
        """Yield each result in order.

        Raises
        ------
        UserFault
            When a fit needs more memory than there is.
        """
        for number, fit in enumerate(fits):
            try:
                with single_threaded():
                    done = carry_out(self._data, self._ask, fit, self.llm)
            except (MemoryError, RuntimeError) as fault:
                if not is_out_of_memory(fault):
                    raise
                raise too_big(fit, needed_mb(fit, self._data)) from fault
            yield number, done

    def close(self) -> None:
        """Nothing runs outside ``carry_out``."""


class Processes:
    """Fits in ``workers`` processes, one thread each."""

    llm: Door | None = None

    def __init__(self, data: Data, ask: Ask, workers: int) -> None:
        self._data = data
        self._ask = ask
        self._workers = workers
        self._hands: list[_Hand] = []

    @property
    def is_staffed(self) -> bool:
        """Whether workers stand ready."""
        return bool(self._hands)

    def carry_out(self, fits: list[Fit]) -> Generator[tuple[int, Done], None, None]:
        """Yield results as they finish.

        Raises
        ------
        UserFault
            When a fit needs more memory than there is, even alone.
        PilothouseError
            When a worker stops for another reason, twice.
        """
        lost: list[_Lost] = []
        yield from self._round(list(enumerate(fits)), self._workers, lost)
        if lost:
            self.close()  # idle workers hold memory that the fits may need
        for job in lost:
            again: list[_Lost] = []
            yield from self._round([(job.number, job.fit)], 1, again)
            if again:
                raise _stopped(again[0], self._data)

    def close(self) -> None:
        """Kill the workers and wait until they are gone."""
        hands, self._hands = self._hands, []
        for hand in hands:
            hand.dismiss()

    def _round(
        self, jobs: list[tuple[int, Fit]], workers: int, lost: list[_Lost]
    ) -> Generator[tuple[int, Done], None, None]:
        """Carry out ``jobs``; those whose worker died or ran out of memory go to ``lost``."""
        waiting = deque(jobs)
        busy: dict[Any, tuple[_Hand, int, Fit]] = {}
        try:
            while waiting or busy:
                for hand in self._idle(busy, min(workers, len(waiting) + len(busy))):
                    if waiting:
                        number, fit = waiting.popleft()
                        hand.give(fit)
                        busy[hand.line] = (hand, number, fit)
                for line in wait(list(busy)):
                    hand, number, fit = busy.pop(line)
                    reply = hand.take()
                    if reply is None or (isinstance(reply, Fault) and reply.memory):
                        self._hands.remove(hand)
                        lost.append(_Lost(number, fit, hand.dismiss() if reply is None else _KILLED))
                    else:
                        yield number, unwrap(reply, fit)
                if len(lost) > workers:  # no luck of one fit: try the others carefully
                    lost.extend(_Lost(number, fit, _KILLED) for number, fit in waiting)
                    waiting.clear()
        finally:
            if busy:  # interrupted: answers still on their way must not meet later questions
                self.close()

    def _idle(self, busy: dict[Any, Any], workers: int) -> list[_Hand]:
        while len(self._hands) < workers:
            self._hands.append(_Hand(self._data, self._ask, self.llm))
        return [h for h in self._hands if h.line not in busy]


@dataclass(frozen=True)
class _Lost:
    """A fit whose worker ended with ``exitcode`` before it answered."""

    number: int
    fit: Fit
    exitcode: int


class _Hand:
    """One worker process and the line to it."""

    def __init__(self, data: Data, ask: Ask, llm: Door | None) -> None:
        context = multiprocessing.get_context("spawn")
        self.line, far = context.Pipe()
        self._first: tuple[Data, Ask, Door | None] | None = (data, ask, llm)
        self._process = context.Process(target=_work, args=(far,), daemon=True)
        self._process.start()
        far.close()  # so that the worker's death closes the line

    def give(self, fit: Fit) -> None:
        """Hand over a fit; that the worker died meanwhile is noticed by ``take``.

        The data goes first, and not with the process's arguments: a worker that dies while
        it starts would leave those waiting in a pipe that nobody reads.
        """
        with suppress(OSError):
            if self._first is not None:
                self.line.send(self._first)
                self._first = None
            self.line.send(fit)

    def take(self) -> Done | Fault | None:
        """Return the reply, or None when the worker is gone."""
        try:
            reply: Done | Fault = self.line.recv()
        except (EOFError, OSError):
            self._process.join()
            return None
        return reply

    def dismiss(self) -> int:
        """End the worker and return how it ended: minus the signal, or its exit code."""
        self._process.kill()
        self._process.join()
        self.line.close()
        code = self._process.exitcode
        self._process.close()
        return _KILLED if code is None else code


def _work(line: Connection) -> None:
    """A worker's life: answer fits until the line closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    prepare_process()
    threading.Thread(target=_die_with_parent, daemon=True).start()
    with single_threaded(), suppress(EOFError, OSError):  # the line closes when the work is done
        data, ask, llm = line.recv()
        while True:
            line.send(attempt(data, ask, line.recv(), llm))


def _die_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _stopped(lost: _Lost, data: Data) -> PilothouseError:
    if lost.exitcode == _KILLED:
        return too_big(lost.fit, max(needed_mb(lost.fit, data), _largest_child_mb()))
    return PilothouseError(
        say("train.worker_stopped", label=lost.fit.candidate.label, code=lost.exitcode),
        say("train.run_again"),
    )


def _largest_child_mb() -> float:
    """Most memory that any ended worker had; 0 where the system does not tell."""
    if sys.platform == "win32":
        return 0.0
    import resource

    taken = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return taken / (2**20 if sys.platform == "darwin" else 2**10)
