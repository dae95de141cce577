"""Releases and keys of a product: ship, roll back, load, manage."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pilothouse import registry
from pilothouse.errors import BadOption, Refused
from pilothouse.guards.modelfile import check_manifest, load_file
from pilothouse.guards.paths import inside
from pilothouse.guards.personal import Pseudonyms
from pilothouse.messages import Message, say
from pilothouse.product import Product
from pilothouse.runs.folder import RunFolder, newest
from pilothouse.steps.deploy import release as deploy
from pilothouse.steps.deploy.contract import Servable
from pilothouse.store.keys import KeyRole, Keys
from pilothouse.store.state import Release, Serving, State
from pilothouse.types import Door


def ship(product: Product, use_case: str, run_id: str | None = None, *, force: bool = False) -> Release:
    """Promote a run's winner; the newest run's when none is named.

    Raises
    ------
    Refused
        When it scored further below the baseline than its scenario allows, without ``force``.
    """
    product.use_case(use_case)
    chosen = run_id or newest(product.runs(use_case), use_case).run_id
    if not force:
        fit_to_ship(inside(product.runs(use_case), chosen))
    with opened(product) as state:
        return deploy.ship(state, product.folder, use_case, chosen)


def fit_to_ship(folder: Path) -> None:
    """Refuse the winner of a run that scored further below the baseline than its scenario allows."""
    if not (folder / "run.json").is_file():
        return  # what is missing is told by who ships it
    record = RunFolder(folder).record()
    most, lost = registry.find(record.scenario).may_lose, -record.test.gain
    if most is not None and lost > most:
        label = next(c.label for c in record.candidates if c.name == record.baseline["name"])
        known = Message.from_json(label.model_dump())
        raise Refused(say("pipeline.loses", lost=lost, most=most, baseline=known), say("pipeline.force"))


def rollback(product: Product, use_case: str) -> Serving:
    """Let the release before this one serve again."""
    product.use_case(use_case)
    with opened(product) as state:
        return deploy.rollback(state, product.folder, use_case)


def release_folder(product: Product, use_case: str, number: int) -> Path:
    """Folder of one release; NotFound when there is none of that number."""
    with opened(product) as state:
        found = state.release(use_case, number)
    return inside(product.hidden / "releases", use_case, str(found.number))


def servable_in(folder: Path, pseudonyms: Pseudonyms | None = None, llm: Door | None = None) -> Servable:
    """Load what a run or a release keeps, by the scenario that it names.

    Parameters
    ----------
    pseudonyms
        The workspace's; a release that knows people needs them to be asked by their own ids.
    llm
        The product's way to a language model; a release that asks one has ``with_llm``.

    Raises
    ------
    Corrupt, Refused
        When a file does not match its manifest, or is of a kind that is never opened.
    """
    check_manifest(folder)
    kept = load_file(folder / "serving.json", "json")
    servable = registry.find(str(kept["scenario"])).load(folder)
    with_llm = getattr(servable, "with_llm", None)
    if llm is not None and with_llm is not None:
        servable = with_llm(llm)
    named_by = getattr(servable, "named_by", None)
    return servable if pseudonyms is None or named_by is None else named_by(pseudonyms)


def manage_keys(product: Product, *, add: str | None = None, revoke: str | None = None) -> list[Message]:
    """Make or revoke a key, or list them; a key is shown once, when it is made.

    Raises
    ------
    BadOption
        For an unknown role.
    """
    with opened(product) as state:
        keys = Keys(state)
        if add is not None:
            if add not in set(KeyRole):
                raise BadOption(say("pipeline.no_role", role=add), say("pipeline.roles"))
            return [say("pipeline.key_made", secret=keys.make(KeyRole(add)), role=add)]
        if revoke is not None:
            keys.revoke(revoke)
            return [say("pipeline.key_revoked", id=revoke)]
        listed = [
            say("pipeline.key_line", id=k.id, role=k.role.value, created=k.created, revoked=k.revoked or "-")
            for k in keys.all()
        ]
        return listed or [say("pipeline.no_keys")]


@contextmanager
def opened(product: Product) -> Iterator[State]:
    """Open the product's state, and close it."""
    state = State(product.hidden / "state.db")
    try:
        yield state
    finally:
        state.close()
