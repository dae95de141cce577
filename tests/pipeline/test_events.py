from __future__ import annotations

import threading
import time

import pytest

from pilothouse.messages import say
from pilothouse.pipeline.events import Emit, Event, Finished, stream

LABEL = say("pipeline.measuring")


def test_stream_yields_what_is_emitted_then_the_end() -> None:
    end = Finished(None, None)  # type: ignore[arg-type]

    def work(emit: Emit) -> Finished:
        emit(Event("train", LABEL, 1, 2))
        return end

    assert list(stream(work)) == [Event("train", LABEL, 1, 2), end]


def test_stream_raises_the_works_fault_in_the_reader() -> None:
    def work(emit: Emit) -> Finished:
        emit(Event("train", LABEL))
        raise ValueError("own words")

    events = stream(work)
    next(events)
    with pytest.raises(ValueError, match="own words"):
        next(events)


def test_closed_stream_stops_the_work_at_its_next_report() -> None:
    stopped = threading.Event()

    def work(emit: Emit) -> Finished:
        try:
            while True:
                emit(Event("train", LABEL))
                time.sleep(0.001)
        finally:
            stopped.set()

    events = stream(work)
    next(events)
    events.close()  # type: ignore[attr-defined]
    assert stopped.is_set()
