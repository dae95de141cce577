"""A release that makes lists: for a person, for nobody in particular, around an item.

It holds the winner, the baseline (for lists that are not personal), what everybody had
when it was made, and the rules of the product manager. What happened since comes with
the question. Persons are known by pseudonym only; items by their own ids.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from typing_extensions import TypedDict

from pilothouse.guards.modelfile import load_file, save_file, write_manifest
from pilothouse.guards.personal import Pseudonyms
from pilothouse.messages import Message
from pilothouse.models.pretraining import Backbone
from pilothouse.models.ranking import Ranker
from pilothouse.models.shelf import load_model, save_model
from pilothouse.scenarios.recommend.histories import Histories
from pilothouse.scenarios.recommend.lists import HEADER, Lister
from pilothouse.steps.deploy.contract import row_type
from pilothouse.steps.deploy.served import SERVING
from pilothouse.steps.deploy.shortlist import Rules
from pilothouse.steps.deploy.tables import table_arrays, table_of
from pilothouse.types import Answers, Column, Kind, Role, Table

BACKBONE_FOLDER = "backbone"
_EXPLAINED = 2_000


class ListedItem(TypedDict):
    """An item of a list."""

    rank: int
    item: str
    score: float


@dataclass(frozen=True)
class ServedLists(Lister):
    """See the module; ``user_name`` is the column that names people.

    A ``backbone`` is kept for other runs to start from, and answers nothing here.
    """

    user_name: str = "user"
    backbone: Backbone | None = field(default=None, repr=False, compare=False)
    pseudonyms: Pseudonyms | None = field(default=None, repr=False)

    @staticmethod
    def of(winner: Ranker, baseline: Ranker, prepared: Any, k: int, rules: Rules) -> ServedLists:
        """Join what a run made."""
        items = prepared.data.tables["items"]
        histories = Histories.of(prepared.known)
        return ServedLists(winner, baseline, items, histories, k, rules, prepared.id_name)

    def named_by(self, pseudonyms: Pseudonyms) -> ServedLists:
        """Return it with the workspace's pseudonyms, so that own ids of users can be asked about."""
        return replace(self, pseudonyms=pseudonyms)

    @property
    def schema(self) -> tuple[Column, ...]:
        """A request names a user."""
        return (Column(self.user_name, Kind.CATEGORY, Role.USER),)

    @property
    def request_type(self) -> Any:
        """One row of a request."""
        return row_type(self.schema)

    @property
    def answer_type(self) -> Any:
        """One answer: a user and a list."""
        return TypedDict("List", {self.user_name: str | None, "items": list[ListedItem]})  # type: ignore[operator]

    @property
    def header(self) -> tuple[str, ...]:
        """Columns of a file of lists."""
        return HEADER

    def predict(self, requests: Table) -> Answers:
        """List the best items for each named user; a user who is not known gets a newcomer's list."""
        return Answers(self.lists(self.winner, self._asked(requests), self.k, self.allowed))

    def _asked(self, requests: Table) -> Table:
        """What the models are asked for each named user."""
        users = requests[self.user_name]
        known = users if self.pseudonyms is None else self.pseudonyms.of(users, str(Role.USER))
        return self.histories.requests(known.tolist())

    def rows(self, requests: Table, answers: Answers, first: int = 1) -> list[list[Any]]:
        """Lines of a file, several for each user; reasons, as messages, where users are not too many."""
        users, found = requests[self.user_name].tolist(), []
        why = self.reasons(requests) if len(users) <= _EXPLAINED else None
        for row, user in enumerate(users):
            for rank, code, score in self.shown(answers, row):
                reason = "" if why is None else why[row][rank - 1]
                found.append([user, rank, self.ids[code], score, reason])
        return found

    def shape(self, requests: Table, answers: Answers) -> list[dict[str, Any]]:
        """Answers as JSON objects."""
        return [
            {
                self.user_name: user,
                "items": self.entries(answers, row),
            }
            for row, user in enumerate(requests[self.user_name].tolist())
        ]

    def reasons(self, requests: Table) -> list[list[Message]]:
        """Why each item stands in each list."""
        answers, asked = self.predict(requests), self._asked(requests)
        return [
            self.why(asked.take(slice(row, row + 1)), [code for _, code, _ in self.shown(answers, row)])
            for row in range(requests.rows)
        ]

    def save(self, folder: Path) -> None:
        """Write the whole into ``folder`` under one manifest."""
        save_model(self.winner, folder / "winner")
        save_model(self.baseline, folder / "baseline")
        self.histories.save(folder)
        if self.backbone is not None:
            self.backbone.write(folder / BACKBONE_FOLDER)
        save_file(folder / "items.npz", table_arrays(self.items), "arrays")
        kept = {
            "scenario": "recommend",
            "user_name": self.user_name,
            "k": self.k,
            "rules": self.rules.model_dump(mode="json"),
            "items": [[c.name, c.kind.value, c.role.value] for c in self.items.columns],
        }
        save_file(folder / SERVING, kept, "json")
        write_manifest(folder)

    @staticmethod
    def load(folder: Path) -> ServedLists:
        """Read back what ``save`` wrote, from a folder whose manifest was checked."""
        kept = load_file(folder / SERVING, "json")
        columns = tuple(Column(n, Kind(kind), Role(role)) for n, kind, role in kept["items"])
        items = table_of(columns, load_file(folder / "items.npz", "arrays"))
        return ServedLists(
            load_model(folder / "winner"),
            load_model(folder / "baseline"),
            items,
            Histories.load(folder),
            kept["k"],
            Rules.model_validate(kept["rules"]),
            kept["user_name"],
        )
