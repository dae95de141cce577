"""Which release answers: loaded once, changed when the pointer moves, kept when a new one is damaged."""

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import dataclass, replace
from typing import Any

from anyio import to_thread

from pilothouse.errors import Corrupt, NotFound, PilothouseError
from pilothouse.messages import Language, say
from pilothouse.service.intake import Intake
from pilothouse.service.log import describe, note
from pilothouse.service.settings import ServiceSettings
from pilothouse.steps.deploy.contract import Servable
from pilothouse.steps.deploy.release import usable
from pilothouse.store.state import Release, State


@dataclass(frozen=True)
class Loaded:
    """A release in memory. ``wanted`` differs from its number while a damaged one is replaced."""

    release: Release
    wanted: int
    turn: int
    servable: Servable
    intake: Intake

    def answer(self, body: Any, language: Language) -> tuple[bytes, int]:
        """Answer one request; return the JSON reply and the number of rows.

        Raises
        ------
        UserFault
            When the request does not fit the release's columns.
        """
        table, wants_reasons = self.intake.read(body)
        answers = self.servable.shape(table, self.servable.predict(table))
        if wants_reasons:
            said = self.servable.reasons(table)
            answers = [
                {**answer, "reasons": [reason.text(language) for reason in reasons]}
                for answer, reasons in zip(answers, said, strict=True)
            ]
        reply = {"use_case": self.release.use_case, "release": self.release.number, "answers": answers}
        return json.dumps(reply, allow_nan=False).encode(), table.rows


class Shelf:
    """The releases in memory, one for each use case."""

    def __init__(self, settings: ServiceSettings, state: State) -> None:
        self._settings = settings
        self._state = state
        self._loaded: dict[str, Loaded] = {}
        self._turns: dict[str, asyncio.Lock] = {}

    async def get(self, use_case: str) -> Loaded:
        """Return what answers for ``use_case`` now.

        Raises
        ------
        NotFound
            When nothing was shipped under this name.
        Corrupt
            When no release is whole.
        """
        loaded = self._fresh(use_case)
        if loaded is not None:
            return loaded
        async with self._turns.setdefault(use_case, asyncio.Lock()):
            loaded = self._fresh(use_case)
            if loaded is None:
                loaded = await to_thread.run_sync(self._load, use_case)
                self._loaded[use_case] = loaded
        return loaded

    async def all(self) -> list[Loaded | PilothouseError]:
        """Return what answers for every use case, or the fault that keeps it from answering."""
        found: list[Loaded | PilothouseError] = []
        for serving in self._state.all_serving():
            try:
                found.append(await self.get(serving.use_case))
            except PilothouseError as fault:
                found.append(fault)
        return found

    def _fresh(self, use_case: str) -> Loaded | None:
        serving = self._state.serving(use_case)
        if serving is None:
            raise NotFound(say("service.nothing_here"), say("service.check_address"))
        loaded = self._loaded.get(use_case)
        return loaded if loaded is not None and loaded.turn == serving.turn else None

    def _load(self, use_case: str) -> Loaded:
        serving = self._state.serving(use_case)
        turn = serving.turn if serving else 0
        before = self._loaded.get(use_case)
        try:
            ready = usable(self._state, self._settings.product_folder, use_case)
            servable = self._settings.load_release(ready.folder)
        except Corrupt as fault:
            note("release_damaged", level=logging.ERROR, use_case=use_case, **describe(fault))
            if before is None:
                raise
            # What is in memory was whole when it was loaded; it goes on answering under its own number.
            return replace(before, wanted=serving.number if serving else 0, turn=turn)
        if ready.release.number != ready.wanted:
            note(
                "release_replaced",
                level=logging.ERROR,
                use_case=use_case,
                wanted=ready.wanted,
                number=ready.release.number,
            )
        intake = Intake(servable, self._settings.limits.rows)
        return Loaded(ready.release, ready.wanted, turn, servable, intake)
