"""From a use case to a prepared table and a work plan: what ``plan`` shows and ``run`` does.

Nothing is fitted here, and nothing is written but the workspace's pseudonym key.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from pilothouse import __version__, registry
from pilothouse.errors import BadOption, NotFound
from pilothouse.guards.llm import LlmDoor
from pilothouse.guards.personal import Pseudonyms
from pilothouse.messages import Language, Message, say
from pilothouse.models.pasts import FIGURE
from pilothouse.pipeline.events import Emit, Event
from pilothouse.pipeline.speaking import door_of, in_preparation
from pilothouse.product import Product, TableSettings, UseCaseSettings
from pilothouse.scenario import Scenario
from pilothouse.steps.collect import Collected, Source, attach, guess_roles, read
from pilothouse.steps.plan import Job, WorkPlan, installed_extras, make_plan
from pilothouse.steps.prepare.ready import Ready
from pilothouse.steps.train.fitting import shape_of
from pilothouse.types import Candidate, Kind, Questions, Role, Table

ROWS_IN_MEMORY, MOST_INTERACTIONS = 250_000, 5_000_000
"""Rows held of a table; a sample of who took what would tear histories apart, so more are held."""


@dataclass(frozen=True)
class Begun:
    """A use case with its data ready and its work planned."""

    product: Product
    name: str
    use: UseCaseSettings
    scenario: Scenario
    language: Language
    collected: Collected = field(repr=False)
    prepared: Ready = field(repr=False)
    questions: Questions = field(repr=False)
    candidates: tuple[Candidate, ...]
    plan: WorkPlan
    data_hash: str
    llm: LlmDoor | None = None

    @property
    def target(self) -> str:
        """The column that is predicted; of lists, the column of what is listed."""
        items = [c.name for c in self.prepared.columns if c.role is Role.ITEM]
        return str(self.scenario.options.model_dump().get("target", items[0] if items else ""))

    @property
    def currency(self) -> str:
        """The product's currency."""
        return self.product.settings.product.currency

    def fingerprint(self) -> str:
        """Same data, settings and plan: a run of it may be resumed and gives the same figures."""
        kept = {
            "version": __version__,
            "data": self.data_hash,
            "scenario": self.use.scenario,
            "options": self.use.options,
            "value": self.use.value,
            "available": self.use.available,
            "plan": self.plan.plan_hash,
        }
        if self.llm is not None:
            kept["llm"] = self.llm.model
        return hashlib.sha256(json.dumps(kept, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def begin(
    product: Product, name: str, language: Language | None, emit: Emit, *, payer: str | None = None
) -> Begun:
    """Collect and prepare a use case's table, and plan the work.

    With a ``payer`` a scenario may ask the language model what it needs to prepare, on the budget of
    a run; else what was replied before is all that there is.

    Raises
    ------
    UserFault
        When the table cannot be read, or there is nothing to learn from it.
    """
    use = product.use_case(name)
    scenario = make_scenario(use, product.folder)
    llm = door_of(product)
    emit(Event("collect", say("pipeline.collecting")))
    collected = collect(product, use)
    _known(collected.table, use)
    emit(Event("prepare", say("pipeline.preparing")))
    settings = product.table(table_name(product, use))
    tables = {"rows": collected.table, **_side_tables(product, use)}
    scenario.currency = product.settings.product.currency
    scenario.llm = in_preparation(llm, product, payer)
    prepared = scenario.prepare(tables, pseudonyms(product), settings.desensitise)
    scenario.llm = llm
    split = prepared.split
    questions = replace(scenario.questions(prepared.data), unit=split.unit, spread=split.spread)
    candidates = tuple(scenario.candidates(prepared.data))
    return Begun(
        product=product,
        name=name,
        use=use,
        scenario=scenario,
        language=language or product.language,
        collected=collected,
        prepared=prepared,
        questions=questions,
        candidates=candidates,
        plan=make_plan(
            job_of(scenario, prepared, questions, llm),
            candidates,
            seed=scenario.options.seed,
            time_budget_s=scenario.options.time_budget_s,
            installed=installed_extras(candidates),
        ),
        data_hash=_digest(tables),
        llm=llm,
    )


def _side_tables(product: Product, use: UseCaseSettings) -> dict[str, Table]:
    """Read what stands beside the main table: ``tables = { rows = "ratings", items = "films" }``."""
    found = {}
    for name, declared in use.tables.items():
        if declared != table_name(product, use):
            settings = product.table(declared)
            roles = {column: str(role) for column, role in settings.columns.items()}
            table = read_table(product, settings, MOST_INTERACTIONS).table
            found[name] = guess_roles(table, roles=roles)
    return found


def _digest(tables: dict[str, Table]) -> str:
    """SHA-256 over all tables; that of the main table where there is no other."""
    if len(tables) == 1:
        return tables["rows"].digest()
    parts = [f"{name} {tables[name].digest()}" for name in sorted(tables)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _known(table: Table, use: UseCaseSettings) -> None:
    """Refuse an answer about a column that is not there: a slip of the pen would go unheard."""
    import difflib

    names = [c.name for c in table.columns]
    made = FIGURE if "events" in use.tables else None  # figures over the past come later
    for name in use.available:
        if name not in names and not (made and name.startswith(made)):
            close = difflib.get_close_matches(name, names, n=1)
            nearest = say("product.nearest", name=close[0]) if close else None
            fix = nearest or say("product.known", names=", ".join(names))
            raise NotFound(say("pipeline.no_such_column", column=name), fix)


def make_scenario(use: UseCaseSettings, home: Path | None = None) -> Scenario:
    """Make the use case's scenario with its checked options and values; paths start from ``home``.

    Raises
    ------
    BadOption
        With the field and what was wrong with it.
    """
    kind = registry.find(use.scenario)
    options = _checked(kind.options_type, use.options)
    if home is not None:
        named = {
            n: home / v for n in kind.options_type.model_fields if isinstance(v := getattr(options, n), Path)
        }
        options = options.model_copy(update=named)
    value = _checked(kind.value_type, use.value) if use.value else None
    return kind(options, value)


def collect(product: Product, use: UseCaseSettings) -> Collected:
    """Read the use case's table and give its columns their roles.

    Raises
    ------
    BadOption
        When dates are ambiguous and ``day_first`` was not answered.
    """
    settings = product.table(table_name(product, use))
    kind = registry.find(use.scenario)
    if kind.reads_documents and settings.format is None and Path(product.location(settings)).is_dir():
        settings = settings.model_copy(update={"format": "documents"})  # scans, not pictures by label
    whole, needs = kind.rows_are_asked, kind.needs
    found = read_table(product, settings, ROWS_IN_MEMORY if whole else MOST_INTERACTIONS)
    if found.questions:
        raise BadOption(found.questions[0], say("pipeline.answer_day_first"))
    roles = {name: str(role) for name, role in settings.columns.items()}
    target = make_scenario(use).options.model_dump().get("target")
    if target is not None and target in roles:
        del roles[target]
    found = replace(found, table=guess_roles(found.table, target=target, roles=roles))
    return pictured(product, settings, found) if Role.IMAGE in needs else found


def pictured(product: Product, settings: TableSettings, found: Collected) -> Collected:
    """Open the pictures that a column of file names tells of, which lie where the table lies."""
    named = [c.name for c in found.table.of_role(Role.IMAGE) if c.kind is not Kind.PICTURE]
    if not named or "://" in settings.source:
        return found
    return attach(found, named[0], Path(product.location(settings)).parent)


def read_table(product: Product, settings: TableSettings, most: int = ROWS_IN_MEMORY) -> Collected:
    """Read a declared table, of more than ``most`` rows a sample."""
    source = Source(product.location(settings), format=settings.format, query=settings.query)
    return read(source, day_first=settings.day_first, rows_in_memory=most)


def table_name(product: Product, use: UseCaseSettings) -> str:
    """Name of the use case's main table.

    Raises
    ------
    NotFound
        When the product declares no table.
    """
    name = use.table or use.tables.get("rows") or next(iter(product.settings.tables), None)
    if name is None:
        raise NotFound(say("pipeline.no_tables"), say("pipeline.add_table"))
    return name


def pseudonyms(product: Product) -> Pseudonyms:
    """Pseudonyms under this workspace's own key, made at first use (0600)."""
    path = product.hidden / "keys" / "pseudonyms.key"
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            pass
        else:
            with os.fdopen(handle, "wb") as file:
                file.write(secrets.token_bytes(32))
                file.flush()
                os.fsync(file.fileno())
    return Pseudonyms(path.read_bytes())


def job_of(scenario: Scenario, prepared: Ready, questions: Questions, llm: LlmDoor | None) -> Job:
    """What is known before planning."""
    split = prepared.split
    kept_aside: Literal["holdout", "nested", "time"] = "nested"
    if not split.outer:
        kept_aside = "time" if split.kind == "time" else "holdout"
    return Job(
        shape_of(prepared.data.table),
        scenario.outcomes(questions),
        kept_aside,
        scenario.rows_are_asked,
        scenario.columns_are_clues,
        say("plan.no_llm") if llm is None else llm.closed,
    )


def _checked(kind: type[Any], given: dict[str, Any]) -> Any:
    import difflib

    from pydantic import ValidationError

    try:
        return kind.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        fix: Message = say("pipeline.option_names", names=", ".join(kind.model_fields))
        close = difflib.get_close_matches(place, list(kind.model_fields), n=1)
        if first["type"] == "extra_forbidden" and close:
            fix = say("product.nearest", name=close[0])
        if first["type"] == "missing" and place == "target":
            raise BadOption(say("pipeline.no_target"), say("pipeline.name_target")) from None
        raise BadOption(say("pipeline.bad_option", name=place, detail=first["msg"]), fix) from None
