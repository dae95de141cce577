"""A release that makes lists: for a person, for nobody in particular, around an item.

It holds the winner, the baseline (for lists that are not personal), what everybody had
when it was made, and the rules of the product manager. What happened since comes with
the question. Persons are known by pseudonym only; items by their own ids.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from typing_extensions import TypedDict

from pilothouse.guards.modelfile import load_file, save_file, write_manifest
from pilothouse.guards.personal import Pseudonyms
from pilothouse.messages import Message
from pilothouse.models.ranking import NOTHING, Ranker, best
from pilothouse.models.shelf import load_model, save_model
from pilothouse.scenario import Listing
from pilothouse.scenarios.recommend.because import because, worded
from pilothouse.scenarios.recommend.histories import Histories
from pilothouse.steps.deploy.asking import Ask, no_such_item
from pilothouse.steps.deploy.contract import row_type
from pilothouse.steps.deploy.served import SERVING
from pilothouse.steps.deploy.shortlist import Rules, apply, mask
from pilothouse.steps.deploy.tables import table_arrays, table_of
from pilothouse.types import Answers, Column, Kind, Role, Table

_PEOPLE = 4_000
_EXPLAINED = 2_000
_POOL = 200
NO_RULES = Rules.model_validate({})


class ListedItem(TypedDict):
    """An item of a list."""

    rank: int
    item: str
    score: float


@dataclass(frozen=True)
class ServedLists:
    """See the module.

    Parameters
    ----------
    winner, baseline
        Fitted rankers over the same items.
    items
        Id and attributes of each item, by code.
    histories
        What everybody had.
    k
        Items in a list, where nobody says otherwise.
    """

    winner: Ranker
    baseline: Ranker
    items: Table
    histories: Histories
    user_name: str
    k: int
    rules: Rules
    pseudonyms: Pseudonyms | None = field(default=None, repr=False)

    @staticmethod
    def of(winner: Ranker, baseline: Ranker, prepared: Any, k: int, rules: Rules) -> ServedLists:
        """Join what a run made."""
        items = prepared.data.tables["items"]
        histories = Histories.of(prepared.known)
        return ServedLists(winner, baseline, items, histories, prepared.id_name, k, rules)

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
        return ("user", "rank", "item", "score", "reason")

    def predict(self, requests: Table) -> Answers:
        """List the best items for each named user; a user who is not known gets a newcomer's list."""
        users = requests[self.user_name]
        known = users if self.pseudonyms is None else self.pseudonyms.of(users, str(Role.USER))
        asked = self.histories.requests(known.tolist())
        return Answers({**self._lists(self.winner, asked, self.k, self._allowed)})

    def rows(self, requests: Table, answers: Answers, first: int = 1) -> list[list[Any]]:
        """Lines of a file, several for each user; reasons where there are not too many users."""
        users, found = requests[self.user_name].tolist(), []
        why = self.reasons(requests) if len(users) <= _EXPLAINED else None
        for row, user in enumerate(users):
            for rank, code, score in self._shown(answers, row):
                reason = "" if why is None else why[row][rank - 1].text("en")
                found.append([user, rank, self._ids[code], score, reason])
        return found

    def shape(self, requests: Table, answers: Answers) -> list[dict[str, Any]]:
        """Answers as JSON objects."""
        return [
            {
                self.user_name: user,
                "items": [
                    {"rank": rank, "item": self._ids[code], "score": score}
                    for rank, code, score in self._shown(answers, row)
                ],
            }
            for row, user in enumerate(requests[self.user_name].tolist())
        ]

    def reasons(self, requests: Table) -> list[list[Message]]:
        """Why each item stands in each list."""
        answers = self.predict(requests)
        users = requests[self.user_name]
        known = users if self.pseudonyms is None else self.pseudonyms.of(users, str(Role.USER))
        asked = self.histories.requests(known.tolist())
        return [
            self._because(asked.take(slice(row, row + 1)), [code for _, code, _ in self._shown(answers, row)])
            for row in range(requests.rows)
        ]

    def recommend(self, ask: Ask) -> list[dict[str, Any]]:
        """List items, best first; see ``steps.deploy.asking``."""
        since = [(self._codes[i], t, v) for i, t, v in ask.since if i in self._codes]
        model = self.winner if ask.personalized else self.baseline
        asked = self.histories.request(ask.user if ask.personalized else None, since, ask.context)
        allowed = self._allowed
        if ask.only is not None or ask.exclude:
            wanted = Rules.model_validate({"only": ask.only, "exclude": ask.exclude})
            allowed = allowed & mask(wanted, self.items)
        answers = Answers(self._lists(model, asked, ask.k, allowed))
        listed = self._shown(answers, 0)
        why: Sequence[Message | None] = [None] * len(listed)
        if ask.reasons and ask.personalized:
            why = self._because(asked, [code for _, code, _ in listed])
        return [
            {
                "rank": rank,
                "item": self._ids[code],
                "score": score,
                "reason": None if reason is None else reason.text(ask.language),
            }
            for (rank, code, score), reason in zip(listed, why, strict=True)
        ]

    def similar(self, item: str, k: int) -> list[dict[str, Any]]:
        """List what suits somebody who has ``item`` alone."""
        if item not in self._codes:
            raise no_such_item()
        asked = self.histories.request(None, [(self._codes[item], None, None)], {})
        scores = np.array(self.winner.scores(asked), dtype=np.float32)
        scores[:, ~self._allowed] = -np.inf
        scores[0, self._codes[item]] = -np.inf
        answers = Answers(best(scores, k))
        return [
            {"rank": rank, "item": self._ids[code], "score": score}
            for rank, code, score in self._shown(answers, 0)
        ]

    def audience(self, item: str, k: int) -> list[dict[str, Any]]:
        """List those whom ``item`` suits best among the latest people, who do not have it yet."""
        if item not in self._codes:
            raise no_such_item()
        code = self._codes[item]
        people = self.histories.latest(_PEOPLE)
        asked = self.histories.requests(people)
        away = np.concatenate([_away(self.winner.scores(part), code) for part in _parts(asked)])
        if not self.winner.repeats:
            away[[code in history for history in asked["history"]]] = -np.inf
        order = np.argsort(-away, kind="stable")[:k]
        return [
            {"rank": rank, "user": people[place], "score": float(away[place])}
            for rank, place in enumerate(order.tolist(), 1)
            if np.isfinite(away[place])
        ]

    def listing(self, user_ids: NDArray[Any], most: int) -> Listing:
        """Lists of the latest people under their own ids."""
        order = self.histories.latest_codes(most)
        return Listing("recommendations.csv", self.header, self._lines(user_ids, order))

    def _lines(self, user_ids: NDArray[Any], order: Sequence[int]) -> Iterator[list[Any]]:
        people = [self.histories.users[code] for code in order]
        for start in range(0, len(people), 1_000):
            asked = self.histories.requests(people[start : start + 1_000])
            answers = Answers(self._lists(self.winner, asked, self.k, self._allowed))
            for row in range(asked.rows):
                own = user_ids[order[start + row]]
                for rank, code, score in self._shown(answers, row):
                    yield [own, rank, self._ids[code], f"{score:.4f}", ""]

    def names_of(self, codes: Sequence[int]) -> list[str]:
        """What a reader calls these items: their title where there is one, else their id."""
        return [self._titles[code] for code in codes]

    def why(self, request: Table, codes: list[int]) -> list[Message]:
        """Why each of ``codes`` suits the one request."""
        return self._because(request, codes)

    def _lists(
        self, model: Ranker, asked: Table, k: int, allowed: NDArray[np.bool_]
    ) -> dict[str, NDArray[Any]]:
        found = [self._list(model, part, k, allowed) for part in _parts(asked)]
        return {name: np.concatenate([one[name] for one in found]) for name in ("item", "score")}

    def _list(
        self, model: Ranker, asked: Table, k: int, allowed: NDArray[np.bool_]
    ) -> dict[str, NDArray[Any]]:
        scores = np.array(model.scores(asked), dtype=np.float32)
        if not allowed.all():
            scores[:, ~allowed] = -np.inf
        if not model.repeats:
            for row, history in enumerate(asked["history"]):
                scores[row, history] = -np.inf
        if self.rules == NO_RULES:
            return best(scores, k)
        pool = best(scores, min(_POOL, self.items.rows))
        item, score = apply(self.rules, pool["item"], pool["score"], self.items, k)
        return {"item": item, "score": score}

    def _shown(self, answers: Answers, row: int) -> list[tuple[int, int, float]]:
        """Rank, code and score of one list."""
        codes, scores = answers["item"][row].tolist(), answers["score"][row].tolist()
        listed = ((int(c), float(s)) for c, s in zip(codes, scores, strict=True) if c != NOTHING)
        return [(rank, code, score) for rank, (code, score) in enumerate(listed, 1)]

    def _because(self, asked: Table, codes: list[int]) -> list[Message]:
        return [worded(self.names_of(found)) for found in because(self.winner, asked, codes)]

    @cached_property
    def _ids(self) -> list[str]:
        return [str(v) for v in self.items[self.items.names[0]].tolist()]

    @cached_property
    def _codes(self) -> dict[str, int]:
        return {name: code for code, name in enumerate(self._ids)}

    @cached_property
    def _titles(self) -> list[str]:
        column = _title(self.items)
        return (
            self._ids
            if column is None
            else [
                own if told is None else str(told)
                for own, told in zip(self._ids, self.items[column].tolist(), strict=True)
            ]
        )

    @cached_property
    def _allowed(self) -> NDArray[np.bool_]:
        return mask(self.rules, self.items)

    def save(self, folder: Path) -> None:
        """Write the whole into ``folder`` under one manifest."""
        save_model(self.winner, folder / "winner")
        save_model(self.baseline, folder / "baseline")
        self.histories.save(folder)
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
            kept["user_name"],
            kept["k"],
            Rules.model_validate(kept["rules"]),
        )


def _parts(asked: Table) -> Iterator[Table]:
    for start in range(0, asked.rows, 500):
        yield asked.take(slice(start, start + 500))


def _away(scores: NDArray[np.float32], code: int) -> NDArray[np.float64]:
    """How far an item stands above the middle of each person's scores, in their own spread."""
    middle, spread = scores.mean(axis=1), scores.std(axis=1)
    return np.asarray((scores[:, code] - middle) / np.maximum(spread, 1e-9), dtype=np.float64)


def _title(items: Table) -> str | None:
    """The first text, or the first column of words of which nearly every item has its own."""
    for column in items.columns[1:]:
        if column.kind is Kind.TEXT or column.role is Role.TEXT:
            return column.name
    for column in items.columns[1:]:
        if column.kind is Kind.CATEGORY and len(set(items[column.name].tolist())) > 0.8 * items.rows:
            return column.name
    return None
