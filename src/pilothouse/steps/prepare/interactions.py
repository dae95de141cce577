"""Prepare interactions: who took what, made into learning rows and questions with answers.

A question is a user with a history; its truth is what that user took next. With times
the last fifth of the table is kept aside, else a fifth of each user's interactions (see
``windows``). Users become pseudonyms, items keep their ids; attributes come from tables
of their own or from columns of the interactions (see ``attributes``). What comes out
holds no raw personal value except ``raw_ids`` and ``user_ids``. Nothing is learnt here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pilothouse.errors import UserFault
from pilothouse.guards.personal import Pseudonyms, redact
from pilothouse.messages import Message, say
from pilothouse.models.ranking import Codes, Interactions
from pilothouse.steps.prepare.attributes import (
    Described,
    describe_items,
    describe_users,
    gather,
    sort_columns,
    unused,
)
from pilothouse.steps.prepare.codes import row_hashes
from pilothouse.steps.prepare.desensitise import PersonalTreatment
from pilothouse.steps.prepare.taken import Rows, Side, counted, must_suffice, number, side_of
from pilothouse.steps.prepare.windows import (
    FEWEST_OF_USER,
    Asked,
    Ledger,
    Window,
    ask,
    bounded,
    histories,
    kept_aside,
    over_time,
    per_user,
)
from pilothouse.types import Column, Data, Kind, Role, Split, Table
from pilothouse.types.contest import Index


@dataclass(frozen=True)
class InteractionWish:
    """What the user asked of the preparation.

    Parameters
    ----------
    folds, test_share
        Windows of the contest, and the share of rows kept aside.
    relevant_from
        Only interactions of at least this value count as truth; None counts all.
    repeats
        Whether taking the same item again is an answer too.
    most_questions
        Asked in one window.
    desensitise
        False leaves personal columns in, and says so; users are pseudonyms all the same.
    """

    seed: int = 0
    folds: int = 3
    test_share: float = 0.2
    relevant_from: float | None = None
    repeats: bool = False
    most_questions: int = 10_000
    desensitise: bool = True


@dataclass(frozen=True)
class PreparedInteractions:
    """Interactions ready for the contest.

    Parameters
    ----------
    data
        The tables "rows", "items" and "users", as ``models.ranking`` reads them.
    columns
        Every column of the sources, as described; the first of a name.
    asked, truth
        One row for each question of any window, and the codes of the relevant items
        joined by spaces.
    held
        Positions of all rows that each question's user has in its window, as arrays.
    split
        ``train`` and each fold's ``learn`` are positions of ``data``'s rows; ``test``
        and each fold's ``ask`` are positions of ``asked``; ``unit`` is the code of each
        question's user.
    learnable
        Positions of all rows without floods: what to learn from once nothing is kept aside.
    known
        One row for each user of ``users``, like ``asked``, with everything they took: for
        serving.
    ids, raw_ids
        Pseudonym and own id of each question's user.
    user_ids
        The users' own ids by code.
    id_name, time_name
        The user column; the time column, None where none was used.
    """

    data: Data
    columns: tuple[Column, ...]
    asked: Table = field(repr=False)
    truth: NDArray[Any] = field(repr=False)
    held: NDArray[Any] = field(repr=False)
    split: Split = field(repr=False)
    learnable: Index = field(repr=False)
    known: Table = field(repr=False)
    ids: NDArray[Any] = field(repr=False)
    raw_ids: NDArray[Any] = field(repr=False)
    user_ids: NDArray[Any] = field(repr=False)
    id_name: str
    time_name: str | None
    personal: tuple[PersonalTreatment, ...]
    notes: tuple[Message, ...]

    @property
    def features(self) -> tuple[str, ...]:
        """What is known of people, and of what they take."""
        return tuple(c.name for table in ("users", "items") for c in self.data.tables[table].columns[1:])

    @property
    def has_time(self) -> bool:
        """Whether the windows are windows of time."""
        return self.split.kind == "time"

    def folds(self, train: Index, folds: int) -> tuple[tuple[Index, Index], ...]:
        """Return the contest's first ``folds`` windows, learning only from rows in ``train``."""
        return tuple((np.intersect1d(learn, train), ask) for learn, ask in self.split.folds[:folds])


def prepare_interactions(
    tables: Mapping[str, Table], wish: InteractionWish, pseudonyms: Pseudonyms
) -> PreparedInteractions:
    """Make interactions ready.

    Parameters
    ----------
    tables
        "rows" with columns of role USER and ITEM, optional TIME and VALUE; optional
        "items" and "users" with an id and attributes.

    Raises
    ------
    MissingColumn
        No column names users, or items.
    BadOption
        ``relevant_from`` without a column of values.
    UserFault
        Fewer than 20 users or 10 items, or nothing to ask.
    """
    rows = counted(tables["rows"], wish.relevant_from)
    sides = side_of(tables, "users", rows.user), side_of(tables, "items", rows.item)
    users, user = number(rows.table[rows.user], sides[0])
    items, item = number(rows.table[rows.item], sides[1])
    must_suffice(user, item)
    taken = Interactions(
        user,
        item,
        len(users),
        len(items),
        None if rows.value is None else rows.table[rows.value],
        None if rows.time is None else rows.table[rows.time].astype("datetime64[us]").astype(np.int64),
    )
    people, goods, left = _described(rows, sides, (users, items), taken, (pseudonyms, wish.desensitise))
    ledger, windows, notes = _windows(taken, rows, wish)
    taken, asked = ledger.taken, _ask(ledger, windows, wish)
    requests = [
        _requests(ledger, people.table, w.before, a.users, w.now) for w, a in zip(windows, asked, strict=True)
    ]
    every = np.arange(len(user), dtype=np.int64)
    end = None if taken.time is None else int(taken.time.max())
    id_name = people.table.names[0]
    whom = np.concatenate([a.users for a in asked])
    parts = tuple(s for s in sides if s is not None)
    told = [n for part in parts for n in part.notes]
    told += [n for part in (people, goods, left) for n in part.notes]
    return PreparedInteractions(
        data=_data(taken, people.table, goods.table),
        columns=_record(rows, parts, (people, goods, left)),
        asked=_joined(requests),
        truth=np.concatenate([a.truth for a in asked]),
        held=np.concatenate([kept_aside(ledger, w, a.users) for w, a in zip(windows, asked, strict=True)]),
        split=_split(windows, asked, id_name, notes),
        learnable=bounded(ledger, every),
        known=_requests(ledger, people.table, every, np.arange(len(users)), end),
        ids=people.table[id_name][whom],
        raw_ids=people.raw[whom],
        user_ids=people.raw,
        id_name=id_name,
        time_name=None if taken.time is None else rows.time,
        personal=(*people.personal, *goods.personal, *left.personal),
        notes=(*rows.notes, *told, *_repeated(rows, ledger), *notes, *_limited(taken, windows, asked)),
    )


def _described(
    rows: Rows,
    sides: tuple[Side | None, Side | None],
    ids: tuple[NDArray[Any], NDArray[Any]],
    taken: Interactions,
    how: tuple[Pseudonyms, bool],
) -> tuple[Described, Described, Described]:
    """Users, items, and the columns of the interactions that describe neither."""
    rest = rows.table.drop(n for n in (rows.user, rows.item, rows.time, rows.value) if n is not None)
    fit = sort_columns(rest, taken.user, taken.item)
    user = Column(rows.user, Kind.CATEGORY, Role.USER, distinct=taken.users)
    item = Column(rows.item, Kind.CATEGORY, Role.ITEM, distinct=taken.items)
    people = gather(
        Table((user,), {rows.user: ids[0]}), (rest.select(fit.users), taken.user), sides[0], Role.USER
    )
    goods = gather(
        Table((item,), {rows.item: ids[1]}), (rest.select(fit.items), taken.item), sides[1], Role.ITEM
    )
    notes = [
        say(f"interactions.{key}", columns=", ".join(names))
        for key, names in (("of_items", fit.items), ("of_users", fit.users))
        if names
    ]
    never = taken.items - len(np.unique(taken.item))
    if never:
        notes.append(say("interactions.never_taken", items=never, all=taken.items))
    left = unused(rest, fit.neither, *how)
    return (
        describe_users(people, *how),
        describe_items(goods, *how),
        replace(left, notes=(*notes, *left.notes)),
    )


def _windows(
    taken: Interactions, rows: Rows, wish: InteractionWish
) -> tuple[Ledger, tuple[Window, ...], tuple[Message, ...]]:
    """Cut by time; where there is none, or too few moments, deal each user's interactions."""
    ledger = Ledger.of(taken)
    notes: tuple[Message, ...] = ()
    if taken.time is not None:
        found = over_time(ledger, wish.folds, wish.test_share)
        if found:
            return ledger, found, ()
        notes = (say("interactions.few_moments", column=rows.time),)
        ledger = Ledger.of(replace(taken, time=None))
    found = per_user(ledger, wish.folds, wish.test_share, wish.repeats, wish.seed)
    if not found:
        raise _nothing()
    return ledger, found, notes


def _nothing() -> UserFault:
    fix = say("interactions.no_questions_fix", least=FEWEST_OF_USER)
    return UserFault(say("interactions.no_questions"), fix)


def _ask(ledger: Ledger, windows: tuple[Window, ...], wish: InteractionWish) -> list[Asked]:
    taken = ledger.taken
    relevant = np.ones(len(taken.user), dtype=bool)
    if wish.relevant_from is not None and taken.value is not None:
        relevant = taken.value >= wish.relevant_from
    asked = [ask(ledger, w, relevant, wish.repeats, (wish.most_questions, wish.seed)) for w in windows]
    if not len(asked[-1].users) or not any(len(a.users) for a in asked[:-1]):
        raise _nothing()
    return asked


def _requests(ledger: Ledger, people: Table, rows: Index, users: Codes, now: int | None) -> Table:
    """What a model may see when ``users`` ask: the columns of every request."""
    found = histories(ledger, rows, users)
    columns = [Column("user", Kind.CATEGORY, Role.USER), Column("history", Kind.SEQUENCE, Role.ITEM)]
    values: dict[str, NDArray[Any]] = {"user": people[people.names[0]][users], "history": found["history"]}
    if "value" in found:
        columns.append(Column("value", Kind.SEQUENCE, Role.VALUE))
        values["value"] = found["value"]
    if "time" in found:
        columns += [Column("time", Kind.SEQUENCE, Role.TIME), Column("now", Kind.TIME)]
        values["time"] = found["time"]
        values["now"] = np.full(len(users), now, dtype="datetime64[us]")
    own = people.columns[1:]
    return Table((*columns, *own), {**values, **{c.name: people[c.name][users] for c in own}})


def _joined(parts: Sequence[Table]) -> Table:
    values = {n: np.concatenate([p[n] for p in parts]) for n in parts[0].names}
    return Table(parts[0].columns, values)


def _data(taken: Interactions, people: Table, goods: Table) -> Data:
    columns = [Column("user", Kind.NUMBER, Role.USER, distinct=taken.users)]
    columns.append(Column("item", Kind.NUMBER, Role.ITEM, distinct=taken.items))
    values: dict[str, NDArray[Any]] = {
        "user": taken.user.astype(np.float64),
        "item": taken.item.astype(np.float64),
    }
    if taken.value is not None:
        columns.append(Column("value", Kind.NUMBER, Role.VALUE))
        values["value"] = taken.value
    if taken.time is not None:
        columns.append(Column("time", Kind.TIME, Role.TIME))
        values["time"] = taken.time.astype("datetime64[us]")
    return Data({"rows": Table(tuple(columns), values), "items": goods, "users": people})


def _split(
    windows: tuple[Window, ...], asked: list[Asked], unit_name: str, notes: tuple[Message, ...]
) -> Split:
    ends = np.cumsum([len(a.users) for a in asked])
    places = [np.arange(end - len(a.users), end, dtype=np.int64) for end, a in zip(ends, asked, strict=True)]
    folds = zip(windows[:-1], places[:-1], strict=True)
    return Split(
        kind="holdout" if windows[-1].now is None else "time",
        train=windows[-1].learn,
        test=places[-1],
        folds=tuple((w.learn, place) for w, place in folds if len(place)),
        unit=np.concatenate([a.users for a in asked]),
        unit_name=unit_name,
        notes=notes,
    )


def _record(
    rows: Rows, sides: tuple[Side, ...], described: tuple[Described, Described, Described]
) -> tuple[Column, ...]:
    """Every column of the sources under its description; the first of a name."""
    people, goods, left = described
    played = [c for c in rows.table.columns if c.name in (rows.time, rows.value)]
    known = {c.name: c for c in (*people.columns[:1], *goods.columns[:1], *played)}
    for column in (*people.columns[1:], *goods.columns[1:], *left.columns):
        known.setdefault(column.name, column)
    keys = {rows.user, rows.item, *(s.key for s in sides)}
    for column in (c for table in (rows.table, *(s.table for s in sides)) for c in table.columns):
        name = redact(column.name)
        if column.name not in keys and name not in known and f"{name}_" not in known:
            known[name] = replace(column, name=name, role=Role.IGNORE)
    return tuple(known.values())


def _repeated(rows: Rows, ledger: Ledger) -> tuple[Message, ...]:
    """Count exact copies of a row, and a user's returns to an item."""
    whole = rows.table.rows - len(np.unique(row_hashes(rows.table, rows.table.names)))
    pairs = len(ledger.pair) - len(ledger.pair_user)
    notes = [say("interactions.identical", rows=whole)] if whole else []
    return (*notes, say("interactions.again", rows=pairs)) if pairs else tuple(notes)


def _limited(taken: Interactions, windows: tuple[Window, ...], asked: list[Asked]) -> tuple[Message, ...]:
    """What was left out to keep floods and files within bounds."""
    last, notes = windows[-1], []
    gone = np.setdiff1d(last.before, last.learn, assume_unique=True)
    if len(gone):
        notes.append(say("interactions.flood", rows=len(gone), users=len(np.unique(taken.user[gone]))))
    drawn = [one for one in asked if one.possible > len(one.users)]
    if drawn:
        most = max(one.possible for one in drawn)
        notes.append(say("interactions.drawn", asked=len(drawn[0].users), possible=most))
    return tuple(notes)
