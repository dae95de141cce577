"""The engine for bigger machines: one Ray task for each fit.

The data is put into the cluster once. Ray decides where a fit runs; what it gives
is the same as at home, because every engine calls the same ``attempt``. Workers
elsewhere need this package in the same version; nothing here installs it.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Generator
from typing import Any

from pilothouse import lazy
from pilothouse.errors import BadOption, PilothouseError
from pilothouse.messages import say
from pilothouse.steps.train.engine import (
    ONE_THREAD,
    Fault,
    attempt,
    prepare_process,
    single_threaded,
    too_big,
    unwrap,
)
from pilothouse.steps.train.fitting import Ask, Done, needed_mb
from pilothouse.types import Data, Door, Fit

_HERE = "ray"


class Cluster:
    """Fits as Ray tasks.

    Parameters
    ----------
    data, ask
        As for every engine; sent once.
    address
        "ray" starts a cluster of ``workers`` on this machine; "ray://HOST:PORT"
        joins one.

    Raises
    ------
    MissingExtra
        When Ray is not installed.
    BadOption
        When there is no cluster at the address.
    """

    llm: Door | None = None

    def __init__(self, data: Data, ask: Ask, address: str, workers: int) -> None:
        # Neither a token in the home folder nor a report to Ray's makers.
        os.environ.setdefault("RAY_AUTH_MODE", "disabled")
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self._ray: Any = lazy.require("ray", extra="ray")
            self._is_ours = not self._ray.is_initialized()
            if self._is_ours:
                self._join(address, workers)
            self._data = data
            self._bundle = self._ray.put((data, ask))
            self._task = self._ray.remote(num_cpus=1, max_retries=1)(_task)

    def carry_out(self, fits: list[Fit]) -> Generator[tuple[int, Done], None, None]:
        """Yield results as they finish.

        Raises
        ------
        UserFault
            When a fit needs more memory than a worker has.
        PilothouseError
            When a worker stops for another reason.
        """
        running = {self._task.remote(self._bundle, fit, self.llm): number for number, fit in enumerate(fits)}
        try:
            while running:
                for reference in self._ray.wait(list(running))[0]:
                    number = running.pop(reference)
                    yield number, unwrap(self._take(reference, fits[number]), fits[number])
        finally:
            for reference in running:
                self._ray.cancel(reference, force=True)

    def close(self) -> None:
        """Leave the cluster; one that was started here ends."""
        if self._is_ours and self._ray.is_initialized():
            self._ray.shutdown()

    def _join(self, address: str, workers: int) -> None:
        place: dict[str, Any] = {"address": address}
        variables = dict(ONE_THREAD)
        if address == _HERE:
            place = {"num_cpus": workers, "include_dashboard": False}
            variables["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))  # they find what we find
        try:
            self._ray.init(
                **place,
                log_to_driver=False,
                logging_level="ERROR",
                runtime_env={"env_vars": variables},
            )
        except (ConnectionError, ValueError, RuntimeError) as fault:
            raise BadOption(
                say("train.no_cluster", address=address, reason=str(fault).partition("\n")[0]),
                say("train.no_cluster_fix"),
            ) from fault

    def _take(self, reference: Any, fit: Fit) -> Done | Fault:
        stopped = self._ray.exceptions
        try:
            reply: Done | Fault = self._ray.get(reference)
        except stopped.OutOfMemoryError as fault:
            raise too_big(fit, needed_mb(fit, self._data)) from fault
        except (stopped.WorkerCrashedError, stopped.NodeDiedError) as fault:
            raise PilothouseError(
                say("train.worker_stopped", label=fit.candidate.label, code=type(fault).__name__),
                say("train.run_again"),
            ) from fault
        if isinstance(reply, Fault) and reply.memory:
            raise too_big(fit, needed_mb(fit, self._data))
        return reply


def _task(bundle: tuple[Data, Ask], fit: Fit, llm: Door | None) -> Done | Fault:
    prepare_process()
    with single_threaded():
        return attempt(*bundle, fit, llm)
