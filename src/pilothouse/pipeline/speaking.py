"""The product's language model: one door made of ``[llm]``, for whoever makes a ``Context``."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from pilothouse.guards.llm import Access, LlmDoor
from pilothouse.product import Product
from pilothouse.runs.folder import RunFolder
from pilothouse.store.purse import Purses
from pilothouse.store.state import State

FOLDER = "llm"


def door_of(product: Product) -> LlmDoor | None:
    """Make the door that answers outside of runs, on the day's budget; None where there is no ``[llm]``.

    Calls are listed in ``.pilothouse/llm``; replies are not kept.
    """
    told = product.settings.llm
    if told is None:
        return None
    access = Access(
        model=told.model or Path(told.gguf or "").stem,
        state=product.hidden / "state.db",
        base_url=told.base_url,
        gguf=None if told.gguf is None else (product.folder / told.gguf).resolve(),
        key=None if told.key is None else told.key.removeprefix("env:"),
        price_in=told.price_in or 0.0,
        price_out=told.price_out or 0.0,
        run_budget=told.run_budget,
        day_budget=told.day_budget,
        timeout_s=told.timeout_s,
        allow_hosts=told.allow_hosts,
        timezone=product.settings.product.timezone,
    )
    return LlmDoor(access, folder=product.hidden / FOLDER, keeps=False)


def in_preparation(door: LlmDoor | None, product: Product, payer: str | None) -> LlmDoor | None:
    """Keep replies with the product, for every run that prepares the same; without ``payer`` they are all."""
    if door is None:
        return None
    if payer is not None:
        with closing(State(door.access.state)) as state:
            state.database.rows("SELECT 1")  # makes the file: the first run spends before it begins
    return door.at(product.hidden / FOLDER / "prepare", run=payer, replays=payer is None)


def in_run(
    door: LlmDoor | None,
    use_case: str,
    folder: RunFolder,
    *,
    payer: str | None = None,
    replays: bool = False,
) -> LlmDoor | None:
    """Let a run pay, and keep replies in its folder; ``replays`` answers from what is kept there alone.

    What ``payer`` spent on preparing the run counts as the run's own.
    """
    if door is None:
        return None
    run = f"{use_case}/{folder.run_id}"
    if payer is not None and not door.access.is_free:
        with closing(State(door.access.state)) as state:
            Purses(state.database).hand_over(door.access.purse_of(payer), door.access.purse_of(run))
    return door.at(folder.path / FOLDER, run=run, replays=replays)
