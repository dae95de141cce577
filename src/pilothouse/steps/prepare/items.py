"""Make a table of items ready to be written about: names, facts, ids, what is kept aside.

A row is an item, so a name in it is a product's, not a person's: the column of names is kept,
and only values with a pattern (a mobile number, an e-mail) are masked in it; every other
column is desensitised as anywhere. Nothing is learnt from an answer, for there is none:
what is kept aside are items that the writers have not seen. With 500 different items a
fifth is kept aside once; with fewer, each in its turn.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pilothouse.errors import MissingColumn, UserFault
from pilothouse.guards.personal import Pseudonyms, redact
from pilothouse.messages import Message, say
from pilothouse.models.writing.facts import priced_in
from pilothouse.steps.prepare.desensitise import PersonalTreatment, desensitise
from pilothouse.types import Column, Data, Kind, Role, Split, Table
from pilothouse.types.contest import Index
from pilothouse.types.table import Values

ASKED, TRUTH, EXISTING = "asked", "facts", "existing"
FEWEST, HOLDOUT_FROM = 10, 500
MOST_LISTED = 20_000
"""Items of the file of texts; batch prediction writes about more."""
_FOLDS, _MOST_TESTED, _MOST_ASKED = 5, 1_000, 400
_PLANNED = 3
"""Folds of a contest whose rows are not asked, by the work plan."""
_NAME = re.compile(
    r"^(product|item|goods|film|movie|book|game|course|feature|need|topic)?[_ ]?(name|title|headline)s?$|"
    r"^(需求|主题|feature|need|change|topic|item|product)$|名称|品名|标题|片名|书名|商品名|产品名|^名字?$|^商品$|^产品$",
    re.IGNORECASE,
)
_WRITABLE = (Kind.NUMBER, Kind.CATEGORY, Kind.TIME, Kind.TEXT)
_ID = re.compile(r"(^|[_\W])(id|sku|code|key|no)$|[a-z]Id$|^(id|sku)|编号|编码|货号|代码", re.IGNORECASE)


@dataclass(frozen=True)
class ItemWish:
    """What a use case wants.

    Parameters
    ----------
    name, existing
        Columns of names and of existing texts ("" for to be found, none).
    currency
        Of prices whose column names none; "" leaves them bare.
    """

    name: str = ""
    existing: str = ""
    seed: int = 0
    currency: str = ""


@dataclass(frozen=True)
class PreparedItems:
    """Items ready for the contest.

    Parameters
    ----------
    data
        "rows" and "asked" hold the same items, the name in role ITEM; "rows" has the column
        ``existing`` where there are texts to learn from, "asked" how many facts each row has.
    items, raw_ids
        Every row of the source, copies too, and what it is called in the reader's files.
    """

    data: Data
    columns: tuple[Column, ...]
    split: Split
    ids: NDArray[np.object_] = field(repr=False)
    notes: tuple[Message, ...]
    id_name: str
    personal: tuple[PersonalTreatment, ...]
    features: tuple[str, ...]
    items: Table = field(repr=False)
    raw_ids: tuple[str, ...] = field(repr=False)
    seed: int = 0
    has_time: bool = False

    @property
    def learnable(self) -> Index:
        """Every item."""
        return np.arange(self.data.rows, dtype=np.int64)

    def folds(self, train: Index, folds: int) -> tuple[tuple[Index, Index], ...]:
        """Deal a training part into folds."""
        return _dealt(np.asarray(train, dtype=np.int64), folds, self.seed + 1)


def prepare_items(
    table: Table, wish: ItemWish, pseudonyms: Pseudonyms, enabled: bool = True
) -> PreparedItems:
    """Make ``table`` ready.

    Raises
    ------
    MissingColumn
        When a named column is not there, or no column says what an item is called.
    UserFault
        With fewer than 10 different items.
    """
    called = _called(table, wish.name)
    id_name = _id_column(table, called)
    raw_ids = _raw_ids(table, id_name)
    facts, notes = _priced(_roles(table, called, wish.existing), wish.currency)
    done = desensitise(facts.drop([called]), pseudonyms, enabled=enabled)
    names = np.array([None if v is None else redact(str(v)) for v in table[called].tolist()], dtype=object)
    name = replace(table.column(called), kind=Kind.TEXT, role=Role.ITEM, reason=None)
    kept = [c.name for c in done.table.columns if c.role in (Role.FEATURE, Role.TEXT)]
    items = Table((name,), {called: names}, "rows")
    for one in done.table.select(kept).columns:
        items = items.put(one, done.table[one.name])
    shown = items.drop([wish.existing] if wish.existing in items else [])
    places = _different(shown)
    if len(places) < FEWEST:
        problem = say("write.too_few", rows=len(places), least=FEWEST)
        raise UserFault(problem, say("write.too_few_fix"))
    notes = [say("write.called_by", column=called), *notes]
    if len(places) < table.rows:
        notes.append(say("write.same_items", rows=table.rows - len(places)))
    if table.rows > MOST_LISTED:
        notes.append(say("write.list_stops", most=MOST_LISTED))
    return PreparedItems(
        data=Data(
            {"rows": _learnt(items, wish.existing).take(places), ASKED: _asked(shown.take(places))},
            "rows",
            ASKED,
        ),
        columns=(name, *(c for c in done.table.columns)),
        split=_split(len(places), wish.seed),
        ids=pseudonyms.of(np.array([raw_ids[p] for p in places], dtype=object), f"id:{id_name}"),
        notes=tuple(notes),
        id_name=id_name,
        personal=done.report,
        features=tuple(c.name for c in shown.columns),
        items=shown,
        raw_ids=raw_ids,
        seed=wish.seed,
    )


def _called(table: Table, wanted: str) -> str:
    """The column that says what an item is called: the user's, one named so, else the first of words."""
    if wanted:
        if wanted not in table:
            raise MissingColumn(
                say("write.no_column", column=wanted), say("write.columns_are", names=_some(table))
            )
        return wanted
    wordy = [c for c in table.columns if c.kind in (Kind.CATEGORY, Kind.TEXT)]
    named = [c for c in wordy if _NAME.search(c.name)] or [c for c in wordy if c.role is Role.ITEM]
    varied = sorted(wordy, key=lambda c: -c.distinct)
    for column in (*named, *(c for c in varied if not _ID.search(c.name))):
        return column.name
    raise MissingColumn(say("write.no_name"), say("write.no_name_fix", names=_some(table)))


def _some(table: Table) -> str:
    return ", ".join(table.names[:12])


def _id_column(table: Table, called: str) -> str:
    """The column that names a row in files: one declared as id, one called so, else "row"."""
    ids = [c for c in table.of_role(Role.ID) if c.name != called]
    declared = [c.name for c in ids if c.reason is None] + [c.name for c in ids if _ID.search(c.name)]
    return declared[0] if declared else "row"


def _raw_ids(table: Table, id_name: str) -> tuple[str, ...]:
    if id_name == "row":
        return tuple(str(row + 1) for row in range(table.rows))
    return tuple("" if v is None else str(v) for v in table[id_name].tolist())


def _roles(table: Table, called: str, existing: str) -> Table:
    """Facts are what all but ids and people say; an id that was guessed by its looks is a fact."""
    if existing and existing not in table:
        raise MissingColumn(
            say("write.no_column", column=existing), say("write.columns_are", names=_some(table))
        )
    id_name = _id_column(table, called)
    new = []
    for column in table.columns:
        role = column.role
        if (
            role in (Role.ITEM, Role.VALUE, Role.TARGET, Role.TIME)
            or role is Role.ID
            and column.name != id_name
            and column.reason is not None
            and not _ID.search(column.name)
        ):
            role = Role.FEATURE
        if column.kind not in _WRITABLE:
            role = Role.IGNORE
        new.append(replace(column, role=role, classes=()))
    return table.describe(new)


def _priced(table: Table, currency: str) -> tuple[Table, list[Message]]:
    """Give prices that name no currency the product's, and say so."""
    new, notes = [], []
    for column in table.columns:
        unit = priced_in(column, currency) if column.role is not Role.IGNORE else ""
        if unit:
            notes.append(say("write.priced_in", column=column.name, currency=currency))
        new.append(replace(column, unit=unit or column.unit))
    return table.describe(new), notes


def _different(items: Table) -> Index:
    """Positions of the first of each group of equal rows that have a name."""
    seen: dict[tuple[str, ...], int] = {}
    columns = [items[name].tolist() for name in items.names]
    for place, row in enumerate(zip(*columns, strict=True)):
        if row[0]:
            seen.setdefault(tuple(map(str, row)), place)
    return np.array(list(seen.values()), dtype=np.int64)


def _learnt(items: Table, existing: str) -> Table:
    """What writers may learn from: the items, and texts that people wrote about them."""
    if existing not in items:
        return items
    texts = items[existing]
    column = Column(EXISTING, Kind.TEXT, Role.IGNORE)
    return items.drop([existing]).put(column, texts)


def _asked(items: Table) -> Table:
    """The items as questions, with how much there is to tell of each."""
    there = np.zeros(items.rows)
    for column in items.columns[1:]:
        there += [float(_is_there(v)) for v in items[column.name].tolist()]
    truth = Column(_free(items, TRUTH), Kind.NUMBER, Role.TARGET)
    return replace(items.put(truth, there), name=ASKED)


def _is_there(value: Any) -> bool:
    return value is not None and value == value and value != ""


def _free(items: Table, name: str) -> str:
    while name in items:
        name += "_"
    return name


def _split(rows: int, seed: int) -> Split:
    """Keep items aside: a fifth once where there are many, else each in its turn."""
    order = np.random.default_rng(seed).permutation(rows).astype(np.int64)
    every, unit = np.arange(rows, dtype=np.int64), np.arange(rows, dtype=np.int64)
    if rows < HOLDOUT_FROM:
        outer = _dealt(every, _FOLDS, seed)
        return Split("nested", every, every, _dealt(every, _FOLDS, seed + 1), unit, outer)
    tested = min(rows // _FOLDS, _MOST_TESTED)
    test, train = np.sort(order[:tested]), np.sort(order[tested:])
    return Split("holdout", train, test, _dealt(train, _FOLDS, seed), unit)


def asked_by_a_fit(rows: int) -> tuple[float, float]:
    """How many items one fit of a run asks: new ones, each counted in the fit that asks it first, and all."""
    if rows < HOLDOUT_FROM:
        inner = _FOLDS + 1
        return rows / (inner * _PLANNED + _FOLDS), rows / _FOLDS
    tested = min(rows // _FOLDS, _MOST_TESTED)
    asked = min((rows - tested) / _FOLDS, _MOST_ASKED)
    mean = (tested + _PLANNED * asked) / (1 + _PLANNED)
    return mean, mean


def _dealt(rows: Index, folds: int, seed: int) -> tuple[tuple[Index, Index], ...]:
    """Deal ``rows`` into folds; of many, each fold asks a sample."""
    order = np.random.default_rng(seed).permutation(rows)
    parts: list[Values] = [np.sort(part[:_MOST_ASKED]) for part in np.array_split(order, folds)]
    return tuple((np.setdiff1d(rows, part), part) for part in parts)
