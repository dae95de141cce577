"""Events of a run, and how synchronous work becomes a stream of them.

The work runs in a thread and reports through a queue; whoever reads the stream draws
a bar, sends it over HTTP, or calls ``list()``. Closing the stream stops the work at
its next report; what was finished is kept.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pilothouse.messages import Message

if TYPE_CHECKING:
    from pilothouse.runs.folder import RunFolder
    from pilothouse.runs.record import RunRecord

STEPS = ("collect", "prepare", "train", "optimise", "evaluate", "explain", "decide", "deploy")


@dataclass(frozen=True)
class Event:
    """Something to show: the step, what is being done, how far, seconds left if known."""

    step: str
    label: Message
    done: int = 0
    total: int = 1
    eta_s: float | None = None


@dataclass(frozen=True)
class Finished:
    """The end of a run."""

    record: RunRecord
    folder: RunFolder


Emit = Callable[[Event], None]


def silent(_: Event) -> None:
    """Tell nobody."""


class _Stopped(BaseException):
    """Raised inside the work when nobody reads any more; never leaves this module."""


def stream(work: Callable[[Emit], Finished]) -> Iterator[Event | Finished]:
    """Run ``work`` and yield what it emits, then what it returns.

    Raises
    ------
    BaseException
        Whatever ``work`` raised, in the reader's thread.
    """
    told: queue.SimpleQueue[Event | Finished | BaseException] = queue.SimpleQueue()
    stop = threading.Event()

    def emit(event: Event) -> None:
        if stop.is_set():
            raise _Stopped
        told.put(event)

    def carry_out() -> None:
        try:
            told.put(work(emit))
        except BaseException as fault:  # noqa: BLE001  handed to the reader, who raises it
            told.put(fault)

    thread = threading.Thread(target=carry_out, name="pilothouse-run", daemon=True)
    thread.start()
    try:
        while True:
            item = told.get()
            if isinstance(item, BaseException):
                raise item
            yield item
            if isinstance(item, Finished):
                return
    finally:
        stop.set()
        thread.join(timeout=30)
