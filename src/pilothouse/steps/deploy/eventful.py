"""A release whose rows have a past: it is asked with their events, and reads them itself.

Over HTTP each row brings its events as a list; in a batch a table of events stands beside
the rows, joined by their ids. Both are read by the lens of the run, so that an event
means the same before and after the release. Everything else is the served model's.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from pilothouse.errors import MissingColumn
from pilothouse.guards.modelfile import load_file, save_file
from pilothouse.messages import Message, say
from pilothouse.steps.deploy.contract import row_type, to_table
from pilothouse.steps.deploy.served import Served
from pilothouse.steps.prepare.eventful import Cleaned, Lens, clean, look, moments_of
from pilothouse.types import Answers, Column, Kind, Role, Table

LENS = "lens.json"
MOST_EVENTS = 1_000
_EVENTS, _ASKED = "events", "asked_at"


@dataclass(frozen=True)
class Eventful(Served):
    """A served model and the lens through which it sees the past.

    Parameters
    ----------
    scenario, fitted, background, id_name
        As ``Served`` has them.
    lens
        How rows and events are read.
    events
        The table of events that stands beside the rows; None where each row brings its own.
    """

    lens: Lens
    events: Cleaned | None = None

    @staticmethod
    def of(served: Served, lens: Lens) -> Eventful:
        """Let a served model see through ``lens``."""
        return Eventful(served.scenario, served.fitted, served.background, served.id_name, lens)

    @property
    def schema(self) -> tuple[Column, ...]:
        """The rows' own columns, their moment, and their events or whose they are."""
        seen = {*self.lens.figures}
        own = [c for c in self._model_schema if c.name not in seen and c.role is not Role.PAST]
        moment = Column(self._asked, Kind.TIME, Role.TIME)
        if self.events is None:
            return (*own, moment, Column(self._list, Kind.SEQUENCE, Role.PAST))
        key = [] if self.lens.key == self.id_name else [Column(self.lens.key, Kind.CATEGORY, Role.USER)]
        return (*own, *key, *([] if self.lens.asked is None else [moment]))

    @property
    def request_type(self) -> Any:
        """One row of a request, its events as a list of objects."""
        event: Any = row_type(self.lens.columns)
        told = "What the row's user did, in any order."
        listed = Annotated[list[event], Field(max_length=MOST_EVENTS, description=told)]
        return row_type(self.schema, {self._list: listed})

    def beside(self, events: Table) -> Eventful:
        """Return it with a table of events that is joined to the rows.

        Raises
        ------
        MissingColumn
            When the table lacks a column that was learnt from.
        """
        for name in (self.lens.user, *(c.name for c in self.lens.columns)):
            if name not in events:
                fix = say("product.known", names=", ".join(events.names))
                raise MissingColumn(say("pipeline.no_column", column=name), fix)
        return replace(self, events=clean(self.lens, events))

    def predict(self, requests: Table) -> Answers:
        """Answer each row."""
        return super().predict(self._seen(requests))

    def reasons(self, requests: Table) -> list[list[Message]]:
        """Why each row got its answer."""
        return super().reasons(self._seen(requests))

    def save(self, folder: Path) -> None:
        """Write the whole into ``folder`` under one manifest."""
        save_file(folder / LENS, self.lens.state(), "json")
        super().save(folder)

    @staticmethod
    def load(folder: Path) -> Eventful:
        """Check every hash, then read back what ``save`` wrote."""
        return Eventful.of(Served.load(folder), Lens.restore(load_file(folder / LENS, "json")))

    @property
    def _asked(self) -> str:
        """The column of the moment; by a name of ours where the rows had none."""
        return self.lens.asked or self._free(_ASKED)

    @property
    def _list(self) -> str:
        """The column of a row's own events."""
        return self._free(_EVENTS)

    def _free(self, name: str) -> str:
        while name in (c.name for c in self._model_schema):
            name += "_"
        return name

    @property
    def _model_schema(self) -> tuple[Column, ...]:
        """What the model reads, the past included."""
        return super().schema

    def _seen(self, requests: Table) -> Table:
        """The rows with what their users did before their moments."""
        if self.events is not None:
            if self.lens.key not in requests:
                fix = say("product.known", names=", ".join(requests.names))
                raise MissingColumn(say("pipeline.no_column", column=self.lens.key), fix)
            moments = moments_of(self.lens, requests, self.events)
            return look(self.lens, requests, self.events, moments)
        own = [np.full(len(given or ()), str(row)) for row, given in enumerate(requests[self._list])]
        numbers = np.concatenate([*own, np.empty(0, dtype=str)]).astype(object)
        listed = to_table(self.lens.columns, [one for given in requests[self._list] for one in given or ()])
        user = Column(self.lens.user, Kind.CATEGORY, Role.USER)
        placed = clean(self.lens, listed.put(user, numbers))
        key = np.array([str(row) for row in range(requests.rows)], dtype=object)
        rows = requests.put(Column(self.lens.key, Kind.CATEGORY, Role.USER), key)
        return look(self.lens, rows, placed, self._moments(requests, placed))

    def _moments(self, requests: Table, placed: Cleaned) -> NDArray[np.int64]:
        """When each row is asked; where nothing is said and nothing was in the run, after its last event."""
        given = requests[self._asked].astype("datetime64[us]")
        if self.lens.asked is not None:
            return moments_of(self.lens, requests, placed)
        last = np.zeros(requests.rows, dtype=np.int64)
        np.maximum.at(last, placed.user.astype(np.int64), placed.time + 1)
        return np.where(np.isnat(given), last, given.astype(np.int64))
