from __future__ import annotations

import pickle
from dataclasses import dataclass

import numpy as np
import pytest

from pilothouse.errors import BadTable, UserFault
from pilothouse.messages import say
from pilothouse.steps.train.engine import Fault, attempt, single_threaded, too_big, unwrap
from pilothouse.steps.train.fitting import Done
from pilothouse.types import Data, Fit, Questions
from steps.train.tiny import Tiny, ask, make_data


@dataclass(frozen=True)
class Refusing:
    def __call__(self, part: Data) -> Questions:
        raise BadTable(say("train.contest"))


def fit_of(tiny: Tiny) -> Fit:
    return Fit(tiny, np.arange(30), np.arange(30, 40))


def test_attempt_returns_the_answers() -> None:
    done = unwrap(attempt(make_data(40), ask, fit_of(Tiny())), fit_of(Tiny()))
    assert isinstance(done, Done)
    assert len(done.values["probability"]) == 10


def test_attempt_carries_a_fault_across_with_its_trace() -> None:
    reply = pickle.loads(pickle.dumps(attempt(make_data(40), ask, fit_of(Tiny(fails="odd")))))
    assert isinstance(reply, Fault)
    assert not reply.memory
    with pytest.raises(RuntimeError, match=r"(?s)'tiny' failed.*tiny\.py.*ValueError: odd"):
        unwrap(reply, fit_of(Tiny()))


def test_attempt_carries_our_own_errors_as_they_are() -> None:
    reply = pickle.loads(pickle.dumps(attempt(make_data(40), Refusing(), fit_of(Tiny()))))
    with pytest.raises(BadTable) as caught:
        unwrap(reply, fit_of(Tiny()))
    assert caught.value.problem.key == "train.contest"


def test_attempt_marks_want_of_memory() -> None:
    reply = attempt(make_data(40), ask, fit_of(Tiny(eats_gb=1)))
    assert isinstance(reply, Fault)
    assert reply.memory


def test_too_big_tells_gigabytes_in_both_languages() -> None:
    fault = too_big(fit_of(Tiny()), 3 * 1024)
    assert isinstance(fault, UserFault)
    assert "3.0 GB" in fault.text("en")
    assert "3.0 GB" in fault.text("zh")


def test_single_threaded_holds_every_pool() -> None:
    from threadpoolctl import threadpool_info

    with single_threaded():
        assert {pool["num_threads"] for pool in threadpool_info()} == {1}
