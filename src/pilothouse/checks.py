"""What every scenario must satisfy: checks that ship with the package.

``for name, check in check_scenario(MyScenario): check()`` tells a plug-in's author what
does not hold, by ``AssertionError``. Every scenario of this package passes all of them.
They use the scenario's own examples and a temporary product; nothing else is read or
written. They do not judge whether a scenario is useful.

References
----------
The idea is scikit-learn's ``check_estimator``.
"""

from __future__ import annotations

import copy
import json
import re
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, TypeAdapter

from pilothouse import pipeline, registry
from pilothouse.guards.personal import Pseudonyms
from pilothouse.messages import LANGUAGES, Message
from pilothouse.models.shelf import load_model, save_model
from pilothouse.pipeline.begin import make_scenario, pseudonyms
from pilothouse.product import ProductSettings, TableSettings, UseCaseSettings, create
from pilothouse.runs.record import RunRecord
from pilothouse.scenario import Candidate, Example, Options, Scenario
from pilothouse.steps.deploy.contract import Servable, to_table
from pilothouse.steps.deploy.tables import json_rows, write_table
from pilothouse.steps.plan import installed_extras
from pilothouse.steps.prepare.ready import Ready
from pilothouse.steps.train.engine import single_threaded
from pilothouse.types import Answers, Context, Questions, Role, Table

EXACT, CLOSE = 1e-9, 1e-6
"""How far equal answers may be apart, as a share of their size: without and with a model of an extra."""

_WORD = re.compile(r"[a-z][a-z0-9_]{0,39}")
_VERDICTS = {"go", "pilot", "more_data", "no_go"}


def check_scenario(kind: type[Scenario]) -> Iterator[tuple[str, Callable[[], None]]]:
    """Yield every check by name; calling one raises AssertionError where it does not hold.

    Parameters
    ----------
    kind
        A scenario's class, installed under the entry-point group ``pilothouse.scenarios``.
    """
    subject = _Subject(kind)
    for check in _CHECKS:
        yield check.__name__.lstrip("_"), partial(single_threaded()(check), subject)  # as a crew works


@dataclass(frozen=True)
class _Case:
    """An example made ready."""

    example: Example
    scenario: Scenario
    prepared: Ready

    @cached_property
    def questions(self) -> Questions:
        return self.scenario.questions(self.prepared.data)

    @cached_property
    def candidates(self) -> tuple[Candidate, ...]:
        return tuple(self.scenario.candidates(self.prepared.data))

    @cached_property
    def present(self) -> tuple[Candidate, ...]:
        """Candidates whose extra is installed."""
        extras = installed_extras(_flat(self.candidates))
        return tuple(
            c
            for c in self.candidates
            if all(m.extra in {None, *extras} and not m.needs_llm for m in _flat([c]))
        )

    def fitted(self, candidate: Candidate, seed: int = 3, threads: int = 1) -> Any:
        """A model that learnt from the training rows."""
        data = self.prepared.data.take(self.prepared.split.train)
        return candidate.build({}).fit(data, Context(seed=seed, threads=threads))

    @cached_property
    def models(self) -> tuple[tuple[Candidate, Any, Answers], ...]:
        """Every candidate with its model and what it answers to every request."""
        fitted = [(c, self.fitted(c)) for c in self.present]
        return tuple((c, m, m.predict(self.questions.requests, Context())) for c, m in fitted)


class _Subject:
    """A scenario with what the checks share, made when first asked for."""

    def __init__(self, kind: type[Scenario]) -> None:
        self.kind = kind

    @cached_property
    def cases(self) -> tuple[_Case, ...]:
        made = []
        for example in self.kind.examples():
            scenario = make_scenario(_settings(self.kind, example))
            prepared = scenario.prepare({"rows": example.table}, Pseudonyms(b"a key for checks"), True)
            made.append(_Case(example, scenario, prepared))
        return tuple(made)

    @property
    def models(self) -> Iterator[tuple[_Case, Candidate, Any, Answers]]:
        for case in self.cases:
            for candidate, model, answers in case.models:
                yield case, candidate, model, answers


def _name_is_a_word_and_registered(subject: _Subject) -> None:
    name = subject.kind.name
    _hold(_WORD.fullmatch(name), f"the name {name!r} is not of the form {_WORD.pattern}")
    _hold(name in registry.names(), f"{name!r} is not registered under {registry.GROUP!r}")
    _hold(registry.find(name) is subject.kind, f"{name!r} is registered for another class")


def _question_is_asked_in_both_languages(subject: _Subject) -> None:
    _speaks(subject.kind.question, "question")


def _needs_are_roles(subject: _Subject) -> None:
    wrong = [n for n in subject.kind.needs if not isinstance(n, Role)]
    _hold(not wrong, f"needs must hold roles, not {wrong}")


def _options_are_strict_and_described(subject: _Subject) -> None:
    _hold(issubclass(subject.kind.options_type, Options), "options_type is no Options")
    _strict(subject.kind.options_type)


def _values_are_strict_and_described(subject: _Subject) -> None:
    _strict(subject.kind.value_type)


def _examples_can_be_prepared(subject: _Subject) -> None:
    _hold(subject.cases, "examples() yields nothing")
    for case in subject.cases:
        _hold(case.prepared.data.rows, "an example has no row left after preparation")


def _candidates_start_with_baselines(subject: _Subject) -> None:
    for case in subject.cases:
        stand_ins = [c.is_stand_in for c in case.candidates]
        _hold(stand_ins and stand_ins[0], "the first candidate is no baseline")
        _hold(not all(stand_ins), "only baselines compete")
        _hold(stand_ins == sorted(stand_ins, reverse=True), "a model stands before a baseline")
        ranks = [c.rank for c in case.candidates]
        _hold(ranks == sorted(ranks), f"ranks must rise from simple to complex, not {ranks}")
        names = [c.name for c in case.candidates]
        _hold(len(set(names)) == len(names), f"names repeat: {names}")


def _candidates_are_named_and_priced(subject: _Subject) -> None:
    from pilothouse.steps.train.fitting import shape_of

    for case in subject.cases:
        shape = shape_of(case.prepared.data.table)
        for candidate in case.candidates:
            _hold(_WORD.fullmatch(candidate.name), f"the name {candidate.name!r} is no word")
            _speaks(candidate.label, f"label of {candidate.name}")
            cost = candidate.cost(shape)
            _hold(np.isfinite(cost.seconds) and cost.seconds >= 0, f"{candidate.name} costs {cost}")
            twin = copy.deepcopy(candidate)
            _hold(twin.name == candidate.name, f"{candidate.name} cannot be sent to another process")


def _questions_never_hold_the_target(subject: _Subject) -> None:
    for case in subject.cases:
        data, asked = case.prepared.data, case.questions
        table = data.tables[name := data.asked or data.main]
        hidden = [c.name for c in table.of_role(Role.TARGET)]
        _hold(hidden, f"no column of {name!r} has the role target")
        _hold(not [n for n in hidden if n in asked.requests], f"requests hold the target {hidden}")
        _hold(not asked.requests.of_role(Role.TARGET), "a request's column has the role target")
        _hold(asked.truth is not None, "an example must come with the truth")
        sizes = {asked.requests.rows, len(asked.unit), len(np.asarray(asked.truth))}
        _hold(len(sizes) == 1, f"requests, truth and units differ in length: {sizes}")
        turned = {n: table[n][::-1] for n in hidden}
        other = replace(data, tables={**data.tables, name: Table(table.columns, {**table.values, **turned})})
        same = case.scenario.questions(other).requests.digest() == asked.requests.digest()
        _hold(same, "requests change when the target does")


def _measure_takes_weights(subject: _Subject) -> None:
    for case, candidate, _, answers in subject.models:
        draws = np.random.default_rng(5).integers(0, 3, (4, len(case.questions.unit))).astype(float)
        measure = partial(case.scenario.measure, case.questions, answers)
        together, plain = measure(draws), measure()
        _hold(list(plain.values) == list(plain.higher_is_better), "a metric lacks its direction")
        for name, values in together.values.items():
            place = f"{name} of {candidate.name}"
            _hold(np.shape(values) == (4,), f"{place}: 4 draws give shape {np.shape(values)}")
            alone = [measure(draw).values[name] for draw in draws]
            _equal(np.asarray(values), np.asarray(alone, dtype=float), EXACT, f"{place}: draws and a loop")
            ones = measure(np.ones(draws.shape[1])).values[name]
            _equal(np.asarray(ones), np.asarray(plain.values[name]), EXACT, f"{place}: weights of one")


def _measure_does_not_see_the_order_of_rows(subject: _Subject) -> None:
    for case, candidate, _, answers in subject.models:
        order = np.random.default_rng(6).permutation(len(case.questions.unit))
        here = case.scenario.measure(case.questions, answers).values
        there = case.scenario.measure(case.questions.take(order), answers.take(order)).values
        for name, value in here.items():
            place = f"{name} of {candidate.name}: rows in another order"
            _equal(np.asarray(value), np.asarray(there[name]), EXACT, place)


def _answers_are_whole(subject: _Subject) -> None:
    for case, candidate, _, answers in subject.models:
        _hold(len(answers) == len(case.questions.unit), f"{candidate.name} leaves questions out")
        for name, values in answers.values.items():
            _hold(np.isfinite(values).all(), f"{candidate.name} answers {name} with no number")
        figures = case.scenario.figure(case.questions, answers)
        _hold(np.shape(figures) == (len(answers),), f"figure gives shape {np.shape(figures)}")


def _same_seed_gives_same_answers(subject: _Subject) -> None:
    for case, candidate, _, answers in subject.models:
        threads = 2 if case is subject.cases[0] else 1
        again = case.fitted(candidate, threads=threads).predict(case.questions.requests, Context())
        _same(answers, again, _tolerance(candidate), f"{candidate.name}, fitted again")


def _order_of_requests_does_not_matter(subject: _Subject) -> None:
    for case, candidate, model, answers in subject.models:
        order = np.random.default_rng(8).permutation(len(answers))
        turned = model.predict(case.questions.requests.take(order), Context())
        _same(answers.take(order), turned, _tolerance(candidate), f"{candidate.name}, rows in another order")


def _one_row_is_answered_as_in_a_batch(subject: _Subject) -> None:
    for case, candidate, model, answers in subject.models:
        for row in range(0, len(answers), max(1, len(answers) // 7)):
            index = np.array([row])
            alone = model.predict(case.questions.requests.take(index), Context())
            _same(answers.take(index), alone, _tolerance(candidate), f"{candidate.name}, row {row} alone")


def _models_come_back_from_disk(subject: _Subject) -> None:
    for case, candidate, model, answers in subject.models:
        with tempfile.TemporaryDirectory() as folder:
            save_model(model, Path(folder))
            again = load_model(Path(folder)).predict(case.questions.requests, Context())
        _same(answers, again, EXACT, f"{candidate.name}, from disk")


def _runs_end_with_a_verdict(subject: _Subject) -> None:
    """Also: what was recorded can be verified, and what was made can be served."""
    for case in subject.cases:
        with tempfile.TemporaryDirectory() as place:
            product = create(Path(place) / "shop", ProductSettings(language="en"))
            roles = write_table(case.example.table, product.folder / "data" / "rows.parquet")
            table = TableSettings(source="data/rows.parquet", columns=roles)
            product.declare("tables", "rows", table)
            product.declare("use_cases", "example", _settings(subject.kind, case.example))
            *_, last = pipeline.run(product, "example")
            _hold(isinstance(last, pipeline.Finished), f"a run ended with {last}")
            assert isinstance(last, pipeline.Finished)
            kept = last.folder.get_json("run.json")
            record = RunRecord.model_validate(kept)
            _hold(record.scenario == subject.kind.name, f"the run is of {record.scenario!r}")
            _hold(record.verdict.code in _VERDICTS, f"the verdict is {record.verdict.code!r}")
            _hold(record.screen, "the run says nothing to its reader")
            found = [m.text("en") for m in pipeline.verify(last.folder.path)]
            _hold(not found, f"the run cannot be verified: {found[:3]}")
            servable = pipeline.servable_in(last.folder.model, pseudonyms(product))
            _serve(servable, case.example.table, subject.kind.rows_are_asked)


def _serve(servable: Servable, table: Table, rows_are_asked: bool) -> None:
    """What was made answers JSON with JSON, one request as many; one line a row where rows are asked."""
    names = [c.name for c in servable.schema if c.name in table]
    requests = table.take(slice(0, 9)).select(names)
    rows = json_rows(requests) or [{}]
    request, answer = TypeAdapter(servable.request_type), TypeAdapter(servable.answer_type)
    for row in rows:
        request.validate_python(row)
    asked = to_table(servable.schema, rows)
    answers = servable.predict(asked)
    shaped, lines = servable.shape(asked, answers), servable.rows(asked, answers)
    json.dumps(shaped, allow_nan=False)
    for said in shaped:
        answer.validate_python(said)
    flat = not rows_are_asked or [tuple(said) for said in shaped] == [servable.header] * len(lines)
    _hold(flat and {len(line) for line in lines} == {len(servable.header)}, f"answers lack {servable.header}")
    for row, said in zip(rows, shaped, strict=True):
        single = to_table(servable.schema, [row])
        (alone,) = servable.shape(single, servable.predict(single))
        for name in list(said)[1:]:  # the first tells which request it was
            _hold(_near(alone[name], said[name]), f"{name} alone is {alone[name]}, in a batch {said[name]}")
    for reason in (one for reasons in servable.reasons(asked) for one in reasons):
        _speaks(reason, "a reason")


def _near(here: Any, there: Any) -> bool:
    """Whether two JSON values are the same but for the last digits of numbers."""
    if isinstance(here, dict):
        return here.keys() == there.keys() and all(_near(v, there[k]) for k, v in here.items())
    if isinstance(here, list):
        return len(here) == len(there) and all(map(_near, here, there))
    near = isinstance(here, float) and abs(here - there) <= CLOSE * max(1.0, abs(here))
    return bool(near or here == there)


_CHECKS: tuple[Callable[[_Subject], None], ...] = (
    _name_is_a_word_and_registered,
    _question_is_asked_in_both_languages,
    _needs_are_roles,
    _options_are_strict_and_described,
    _values_are_strict_and_described,
    _examples_can_be_prepared,
    _candidates_start_with_baselines,
    _candidates_are_named_and_priced,
    _questions_never_hold_the_target,
    _measure_takes_weights,
    _measure_does_not_see_the_order_of_rows,
    _answers_are_whole,
    _same_seed_gives_same_answers,
    _order_of_requests_does_not_matter,
    _one_row_is_answered_as_in_a_batch,
    _models_come_back_from_disk,
    _runs_end_with_a_verdict,
)


def _hold(claim: Any, problem: str) -> None:
    if not claim:
        raise AssertionError(problem)


def _speaks(message: Message, place: str) -> None:
    for language in LANGUAGES:
        try:
            _hold(message.text(language).strip(), f"{place}: {message.key} is empty in {language}")
        except KeyError as missing:
            raise AssertionError(f"{place}: {message.key} lacks {missing} in {language}") from None


def _strict(model: type[BaseModel]) -> None:
    config = model.model_config
    strict = config.get("extra") == "forbid" and config.get("frozen")
    _hold(strict, f"{model.__name__} is not strict and frozen")
    for name, field in model.model_fields.items():
        _hold(field.description, f"{model.__name__}.{name} is not described")
        _speaks(Message(field.description or ""), f"{model.__name__}.{name}")


def _equal(here: NDArray[Any], there: NDArray[Any], tolerance: float, place: str) -> None:
    same = np.allclose(here, there, rtol=tolerance, atol=tolerance, equal_nan=True)
    _hold(same, f"{place}: {here} is not {there}")


def _same(here: Answers, there: Answers, tolerance: float, place: str) -> None:
    _hold(set(here.values) == set(there.values), f"{place}: other fields")
    for name, values in here.values.items():
        worst = float(np.max(np.abs(values - there[name]) / np.maximum(1.0, np.abs(values))))
        _hold(worst <= tolerance, f"{place}: {name} differs by {worst:.3g}")


def _flat(candidates: Any) -> list[Candidate]:
    """Candidates with the members of those that join others."""
    return [m for c in candidates for m in (c, *getattr(c, "members", ()))]


def _tolerance(candidate: Candidate) -> float:
    return EXACT if all(c.extra is None for c in _flat([candidate])) else CLOSE


def _settings(kind: type[Scenario], example: Example) -> UseCaseSettings:
    options, value = dict(example.options), dict(example.value)
    return UseCaseSettings(scenario=kind.name, table="rows", options=options, value=value)
