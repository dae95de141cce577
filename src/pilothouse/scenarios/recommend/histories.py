"""What everybody had when a release was made, and the requests that grow out of it.

Kept as flat arrays: codes of items one person after another, with times and values
where the interactions had them. Nothing here scores.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pilothouse.guards.modelfile import load_file, save_file
from pilothouse.steps.deploy.tables import table_arrays, table_of
from pilothouse.types import Column, Kind, Role, Table

Since = Sequence[tuple[int, int | None, float | None]]
_PLAYED = ("value", "time")


@dataclass(frozen=True)
class Histories:
    """Flat histories.

    Parameters
    ----------
    columns
        Of a request, as the models learnt them.
    users
        (users,) pseudonyms.
    starts
        (users + 1,) where each person's part begins.
    item, value, time
        (interactions,) the latter two None where there are none.
    attributes
        One row a person: what else is known of them.
    now
        When it was made, microseconds since 1970; None without times.
    """

    columns: tuple[Column, ...]
    users: list[str] = field(repr=False)
    starts: NDArray[np.int64] = field(repr=False)
    item: NDArray[np.int64] = field(repr=False)
    value: NDArray[np.float64] | None = field(repr=False)
    time: NDArray[np.int64] | None = field(repr=False)
    attributes: Table = field(repr=False)
    now: int | None

    @staticmethod
    def of(known: Table) -> Histories:
        """Take over requests of everybody."""
        sizes = np.array([len(h) for h in known["history"]], dtype=np.int64)
        own = [c.name for c in known.of_role(Role.FEATURE)]
        end = int(known["now"].max().astype("datetime64[us]").astype(np.int64)) if "now" in known else None
        return Histories(
            known.columns,
            [str(u) for u in known["user"].tolist()],
            np.concatenate([[0], np.cumsum(sizes)]),
            _flat(known["history"], np.int64),
            _flat(known["value"], np.float64) if "value" in known else None,
            _flat(known["time"], np.int64) if "time" in known else None,
            known.select(own),
            end,
        )

    @cached_property
    def places(self) -> dict[str, int]:
        """Where each person stands."""
        return {user: place for place, user in enumerate(self.users)}

    def requests(self, users: Sequence[str | None]) -> Table:
        """Ask for each of ``users``; somebody unknown has no history."""
        asked = [self._part(self.places.get(user, -1) if user is not None else -1) for user in users]
        return self._table(list(users), asked, [self.places.get(u or "", -1) for u in users], {})

    def request(self, user: str | None, since: Since, context: Mapping[str, Any]) -> Table:
        """Ask for one person with what they did since, given attributes before known ones."""
        place = self.places.get(user, -1) if user is not None else -1
        history = self._part(place)
        return self._table([user], [self._joined(history, since)], [place], context)

    def latest_codes(self, most: int) -> list[int]:
        """Places of the people who were there last, at most ``most``; in file order without times."""
        if self.time is None:
            return list(range(min(most, len(self.users))))
        ends = np.array([self.time[e - 1] if e > s else -1 for s, e in self._spans])
        return [int(place) for place in np.argsort(-ends, kind="stable")[:most]]

    def latest(self, most: int) -> list[str]:
        """Pseudonyms of the people who were there last."""
        return [self.users[place] for place in self.latest_codes(most)]

    @property
    def _spans(self) -> list[tuple[int, int]]:
        return list(zip(self.starts[:-1].tolist(), self.starts[1:].tolist(), strict=True))

    def _part(self, place: int) -> dict[str, NDArray[Any]]:
        span = slice(0, 0) if place < 0 else slice(int(self.starts[place]), int(self.starts[place + 1]))
        found: dict[str, NDArray[Any]] = {"history": self.item[span]}
        if self.value is not None:
            found["value"] = self.value[span]
        if self.time is not None:
            found["time"] = self.time[span]
        return found

    def _joined(self, known: dict[str, NDArray[Any]], since: Since) -> dict[str, NDArray[Any]]:
        """Add events, oldest first; one that was learnt from already is not added again."""
        if not since:
            return known
        times = known.get("time")
        seen = set() if times is None else set(zip(known["history"].tolist(), times.tolist(), strict=True))
        fresh = [(i, t, v) for i, t, v in since if (i, t) not in seen]
        added: dict[str, NDArray[Any]] = {"history": np.array([i for i, _, _ in fresh], dtype=np.int64)}
        usual = 1.0 if self.value is None or not len(self.value) else float(np.median(self.value))
        added["value"] = np.array([usual if v is None else v for _, _, v in fresh], dtype=np.float64)
        added["time"] = np.array([(self.now or 0) if t is None else t for _, t, _ in fresh], dtype=np.int64)
        joined = {name: np.concatenate([values, added[name]]) for name, values in known.items()}
        if "time" not in joined:
            return joined
        order = np.argsort(joined["time"], kind="stable")  # an event may arrive late
        return {name: values[order] for name, values in joined.items()}

    def _table(
        self,
        users: list[str | None],
        parts: list[dict[str, NDArray[Any]]],
        places: list[int],
        context: Mapping[str, Any],
    ) -> Table:
        count = len(users)
        values: dict[str, NDArray[Any]] = {}
        for column in self.columns:
            name = column.name
            if column.kind is Kind.SEQUENCE:
                held = np.empty(count, dtype=object)
                for row, part in enumerate(parts):
                    held[row] = part[name]
                values[name] = held
            elif name == "user":
                values[name] = np.array(users, dtype=object)
            elif name == "now":
                values[name] = self._moments(parts)
            else:
                values[name] = self._attribute(column, places, context.get(name))
        return Table(self.columns, values)

    def _moments(self, parts: list[dict[str, NDArray[Any]]]) -> NDArray[Any]:
        """When each is asked: at the end of what was learnt, or after the latest event."""
        now = self.now or 0
        latest = [max(now, int(p["time"][-1])) if len(p["time"]) else now for p in parts]
        return np.array(latest, dtype=np.int64).astype("datetime64[us]")

    def _attribute(self, column: Column, places: list[int], given: Any) -> NDArray[Any]:
        own = self.attributes[column.name]
        missing: Any = None if own.dtype == object else np.nan
        if column.kind is Kind.NUMBER:
            asked: Any = given if isinstance(given, int | float) and not isinstance(given, bool) else None
        else:
            asked = None if given is None else str(given)
        told = [asked if asked is not None else own[p] if p >= 0 else missing for p in places]
        return np.array(told, dtype=own.dtype)

    def save(self, folder: Path) -> None:
        """Write npz without objects, and JSON."""
        arrays: dict[str, NDArray[Any]] = {
            "users": np.array(self.users, dtype=np.str_),
            "starts": self.starts,
            "item": self.item,
        }
        for name in _PLAYED:
            held = getattr(self, name)
            if held is not None:
                arrays[name] = held
        save_file(folder / "people.npz", table_arrays(self.attributes), "arrays")
        save_file(folder / "histories.npz", arrays, "arrays")
        kept = {"columns": [[c.name, c.kind.value, c.role.value] for c in self.columns], "now": self.now}
        save_file(folder / "histories.json", kept, "json")

    @staticmethod
    def load(folder: Path) -> Histories:
        """Read back what ``save`` wrote."""
        kept, arrays = (
            load_file(folder / "histories.json", "json"),
            load_file(folder / "histories.npz", "arrays"),
        )
        columns = tuple(Column(n, Kind(kind), Role(role)) for n, kind, role in kept["columns"])
        own = tuple(c for c in columns if c.role is Role.FEATURE)
        people = table_of(own, load_file(folder / "people.npz", "arrays"))
        return Histories(
            columns,
            [str(u) for u in arrays["users"].tolist()],
            arrays["starts"],
            arrays["item"],
            arrays.get("value"),
            arrays.get("time"),
            people,
            kept["now"],
        )


def _flat(parts: NDArray[Any], dtype: Any) -> NDArray[Any]:
    return np.concatenate([*parts, np.empty(0, dtype=dtype)]).astype(dtype)
