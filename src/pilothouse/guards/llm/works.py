"""What a door works with in one process: line, model, drawer and purse, each made when first needed."""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pilothouse.errors import Refused
from pilothouse.guards.egress import Line
from pilothouse.guards.llm.access import Access
from pilothouse.guards.llm.calling import Calls
from pilothouse.guards.llm.drawer import Drawer
from pilothouse.guards.llm.heard import Speaker
from pilothouse.guards.llm.local import Local
from pilothouse.guards.llm.masking import Search
from pilothouse.guards.llm.patience import Patience
from pilothouse.guards.llm.remote import Remote
from pilothouse.guards.personal import name_finder
from pilothouse.messages import say
from pilothouse.store.database import Database
from pilothouse.store.purse import Purses


@dataclass(frozen=True)
class Works:
    """See ``LlmDoor`` for what it is told. It does not cross to another process."""

    access: Access
    run: str | None
    folder: Path | None
    keeps: bool
    patience: Patience

    @cached_property
    def line(self) -> Line | None:
        """The way to the model's address; None for weights on this machine."""
        url = self.access.base_url
        return None if url is None else Line(url, self.access.allow_hosts)

    @cached_property
    def speaker(self) -> Speaker:
        """Whoever is asked."""
        if self.line is not None:
            return Remote(self.access, self.line)
        assert self.access.gguf is not None
        return Local(self.access.gguf, self.access.state.with_name("llm.turn"))

    @cached_property
    def search(self) -> Search:
        """What finds personal values."""
        return Search(name_finder())

    @cached_property
    def drawer(self) -> Drawer | None:
        """Where calls are listed and replies kept."""
        return None if self.folder is None else Drawer(self.folder, keeps=self.keeps)

    @cached_property
    def calls(self) -> Calls:
        """What asks.

        Raises
        ------
        Refused
            When what is spent cannot be counted here.
        """
        purses = None
        if not self.access.is_free:
            if not self.access.state.is_file():  # on another machine of a cluster nobody counts
                raise Refused(say("llm.no_state"), say("llm.no_state_fix"))
            database = Database(self.access.state, wait_s=30.0)
            weakref.finalize(self, database.close)
            purses = Purses(database)
        return Calls(self.access, self.run, self.speaker, purses, self.drawer, self.patience)
