"""Drives one use case from data to a sealed run folder.

Each finished fit is kept in the run's folder, so a run that was cut off, by Ctrl-C or
kill -9, goes on from there when the same command is given again. One run of a use
case at a time.
"""

from __future__ import annotations

import fcntl
import os
import resource
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from pilothouse.errors import Conflict
from pilothouse.messages import Language, say
from pilothouse.pipeline.begin import Begun, begin
from pilothouse.pipeline.compose import frozen_plain
from pilothouse.pipeline.events import Emit, Event, Finished, stream
from pilothouse.pipeline.exhibit import exhibit_of, write_exhibit
from pilothouse.pipeline.findings import find
from pilothouse.pipeline.handover import Made, make_model, write_list
from pilothouse.pipeline.speaking import in_run
from pilothouse.pipeline.story import Story, write_record
from pilothouse.pipeline.study import Frozen, study
from pilothouse.product import Product, write_text
from pilothouse.runs.folder import RunFolder
from pilothouse.steps.train.crew import Progress, make_crew
from pilothouse.store.state import Run, State


def run(product: Product, name: str, *, language: Language | None = None) -> Iterator[Event | Finished]:
    """Run one use case and yield what happens; the last item is ``Finished``.

    Raises
    ------
    PilothouseError
        A fault that the user can understand; what was finished is kept.
    """
    return stream(lambda emit: _carry_out(product, name, language, emit))


@dataclass(frozen=True)
class _Clock:
    """When a run began; for the record only, no figure depends on it."""

    started_at: str
    monotonic: float

    @staticmethod
    def start() -> _Clock:
        return _Clock(datetime.now(UTC).isoformat(timespec="seconds"), time.monotonic())


def _carry_out(product: Product, name: str, language: Language | None, emit: Emit) -> Finished:
    # Read by OpenMP when LightGBM loads: threads that wait must not burn the cores of others.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    clock = _Clock.start()
    payer = f"{name}/{secrets.token_hex(8)}"
    begun = begin(product, name, language, emit, payer=payer)
    entered = {e.name for e in begun.plan.entered}
    if begun.llm is not None and any(c.needs_llm and c.name in entered for c in begun.candidates):
        begun.llm.check()
    product.keep(name)
    with _only_one(product, name):
        folder = _folder(begun)
        begun = replace(begun, llm=in_run(begun.llm, name, folder, payer=payer))
        begun.scenario.llm = begun.llm
        state = State(product.hidden / "state.db")
        try:
            state.record_run(Run(name, folder.run_id, clock.started_at, "running"))
            record = _work(begun, folder, state, clock, emit)
            seal = folder.seal()
            state.record_run(Run(name, folder.run_id, clock.started_at, "done", record.verdict.code, seal))
        except BaseException:
            state.record_run(Run(name, folder.run_id, clock.started_at, "interrupted"))
            raise
        finally:
            state.close()
        shutil.rmtree(folder.work, ignore_errors=True)
    return Finished(record, folder)


def _work(begun: Begun, folder: RunFolder, state: State, clock: _Clock, emit: Emit):  # type: ignore[no-untyped-def]
    plan = begun.plan

    def tell(progress: Progress) -> None:
        emit(Event("train", progress.label, progress.done, progress.total, progress.eta_s))

    def look(frozen: Frozen) -> int:
        folder.put_json("frozen.json", frozen_plain(frozen))
        return state.look(begun.data_hash, begun.target, begun.fingerprint())

    engine = begun.product.settings.product.engine
    with make_crew(
        begun.prepared.data,
        begun.scenario.questions,
        folder.work,
        engine=engine,
        workers=plan.workers,
        on_progress=tell,
    ).with_llm(begun.llm) as crew:
        studied = study(begun, crew, look)
        seconds = dict(crew.seconds)
    exhibit = exhibit_of(begun, studied)
    write_exhibit(exhibit, folder)
    emit(Event("evaluate", say("pipeline.measuring")))
    findings = find(begun.scenario, exhibit, plan.seed, plan.resamples)
    emit(Event("deploy", say("pipeline.fitting_last")))
    made: Made = make_model(begun, studied, exhibit, folder)
    emit(Event("explain", say("pipeline.explaining")))
    story = Story(begun, studied, findings, exhibit, made, seconds)
    emit(Event("decide", say("pipeline.deciding")))
    record = write_record(story, folder, clock.started_at, time.monotonic() - clock.monotonic, _peak_mb())
    write_list(begun, exhibit, findings, made)
    return record


def _folder(begun: Begun) -> RunFolder:
    """The interrupted run of the same data, settings and plan, or a new one."""
    shelf = begun.product.runs(begun.name)
    shelf.mkdir(parents=True, exist_ok=True)
    mark = begun.fingerprint()
    for path in sorted(shelf.iterdir(), reverse=True):
        found = RunFolder(path)
        if path.is_dir() and not found.is_sealed and _mark(path) == mark:
            return found
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    path, number = shelf / f"{stamp}-{mark[:8]}", 1
    while path.exists():
        number += 1
        path = shelf / f"{stamp}-{mark[:8]}-{number}"
    path.mkdir()
    (path / "work").mkdir()
    folder = RunFolder(path)
    folder.put_json("plan.json", begun.plan.model_dump(mode="json"))
    write_text(path / "work" / "fingerprint", mark)
    return folder


def _mark(path: Path) -> str | None:
    try:
        return (path / "work" / "fingerprint").read_text(encoding="utf-8")
    except OSError:
        return None


@contextmanager
def _only_one(product: Product, name: str) -> Iterator[None]:
    """Hold the use case's lock; it goes with the process, also when that is killed."""
    shelf = product.runs(name)
    shelf.mkdir(parents=True, exist_ok=True)
    with (shelf / ".lock").open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            holder = file.read().strip() or "?"
            raise Conflict(say("pipeline.locked", use_case=name, pid=holder), say("pipeline.wait")) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def _peak_mb() -> float:
    """Peak memory of this process and of its largest child, together."""
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return round((own + child) / 1024, 1)
