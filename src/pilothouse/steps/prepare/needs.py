"""Prepare texts for needs: find the text and what speaks for it, mask personal values, keep some aside.

Each text is one question: under which need does it fall? A rating says how its writer feels,
a label which topic somebody else gave it; neither is learnt from, and a label is only
compared with what was found. Splits are those of rows: over time where times are known, by
writer where writers repeat, equal texts on one side.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pilothouse.errors import MissingColumn, UserFault
from pilothouse.guards.personal import Pseudonyms
from pilothouse.messages import Message, say
from pilothouse.steps.prepare.desensitise import PersonalTreatment, desensitise
from pilothouse.steps.prepare.split import SplitRules, inner_folds, make_split
from pilothouse.types import Column, Data, Kind, Role, Split, Table
from pilothouse.types.contest import Index

FEWEST = 60
UNKNOWN = -1.0
"""Truth of a text without a label."""
_RATING = re.compile(
    r"rating|score|stars?$|nps|sentiment|polarity|评分|打分|星级|情感|满意度|评级", re.IGNORECASE
)
_LABEL = re.compile(
    r"topic|categor|intent|aspect|^label$|^type$|类别|类型|主题|意图|标签|分类", re.IGNORECASE
)
_SCALES = (1.0, 3.0, 5.0, 7.0, 10.0, 100.0)
_WORDS: Mapping[str, float] = {
    **dict.fromkeys(
        ("neg", "negative", "bad", "unhappy", "-1", "差评", "负面", "消极", "不满意", "差"), -1.0
    ),
    **dict.fromkeys(("neu", "neutral", "mixed", "中评", "中性", "一般"), 0.0),
    **dict.fromkeys(("pos", "positive", "good", "happy", "好评", "正面", "积极", "满意", "好"), 1.0),
}
_MOSTLY = 0.9
_MOST_LABELS = 300


@dataclass(frozen=True)
class NeedsWish:
    """Columns as the user named them, None where they are to be found; and the seed."""

    text: str | None = None
    rating: str | None = None
    label: str | None = None
    seed: int = 0


@dataclass(frozen=True)
class PreparedNeeds:
    """Texts ready for the contest.

    Parameters
    ----------
    data
        "rows": the texts, desensitised, and the number of each one's label (-1 for none).
    feelings
        (n,) how each writer feels by the rating, -1 to 1, or None without one.
    times
        (n,) when each was written, or None.
    labels
        Names of the labels; empty without.
    """

    data: Data
    columns: tuple[Column, ...]
    split: Split
    ids: NDArray[np.object_] = field(repr=False)
    raw_ids: NDArray[np.object_] = field(repr=False)
    id_name: str
    personal: tuple[PersonalTreatment, ...]
    notes: tuple[Message, ...]
    rules: SplitRules
    feelings: NDArray[np.float64] | None = field(repr=False)
    times: NDArray[Any] | None = field(repr=False)
    labels: tuple[str, ...] = ()

    @property
    def features(self) -> tuple[str, ...]:
        """The text alone."""
        return tuple(c.name for c in self.data.table.of_role(Role.TEXT))

    @property
    def has_time(self) -> bool:
        """Whether times are known."""
        return self.times is not None

    @property
    def learnable(self) -> Index:
        """Every text."""
        return np.arange(self.data.rows, dtype=np.int64)

    def folds(self, train: Index, folds: int) -> tuple[tuple[Index, Index], ...]:
        """Split a training part again by the rules of the whole."""
        rows = self.data.tables["split"]
        return inner_folds(rows, np.zeros(rows.rows), self.rules, train, folds=folds)


def prepare_needs(table: Table, wish: NeedsWish, pseudonyms: Pseudonyms, enabled: bool) -> PreparedNeeds:
    """Make ``table`` ready.

    Raises
    ------
    MissingColumn
        When there is no column of texts, or a named column is not there.
    UserFault
        With fewer than 60 texts.
    """
    text = _text(table, wish.text)
    filled = np.array([bool(v and str(v).strip()) for v in table[text.name].tolist()], dtype=bool)
    if filled.sum() < FEWEST:
        problem = say("needs.too_few", rows=int(filled.sum()), least=FEWEST)
        raise UserFault(problem, say("needs.too_few_fix"))
    notes = [] if filled.all() else [say("needs.empty_texts", rows=int((~filled).sum()))]
    given = table.take(np.flatnonzero(filled))
    given = given.put(replace(text, kind=Kind.TEXT, role=Role.TEXT), given[text.name])
    feelings, rating = _feelings(given, wish.rating)
    known, labels, label = _labels(given, wish.label, {text.name, rating})
    notes.append(say("needs.feels_rating", column=rating) if rating else say("needs.feels_words"))
    if label:
        notes.append(say("needs.compared_with", column=label, count=len(labels)))
    done = desensitise(given, pseudonyms, enabled=enabled)
    masked = done.table.columns[given.names.index(text.name)]
    if masked.role is Role.IGNORE:
        raise UserFault(say("needs.text_is_personal", column=text.name), say("needs.text_is_personal_fix"))
    ids = next((c.name for c in given.of_role(Role.ID)), None)
    clean = done.table[done.table.names[given.names.index(ids)]] if ids else _numbered(given.rows)
    time = next((c.name for c in given.of_role(Role.TIME) if c.kind is Kind.TIME), None)
    group = next((c for role in (Role.USER, Role.GROUP) for c in done.table.of_role(role)), None)
    rows = _rows(done.table, masked, known)
    split_on = _split_on(done.table, masked, time, group)
    rules = SplitRules("number", wish.seed, time=time, group=None if group is None else group.name)
    return PreparedNeeds(
        data=Data({"rows": rows, "split": split_on}, "rows"),
        columns=done.table.columns,
        split=make_split(split_on, np.zeros(rows.rows), rules),
        ids=clean,
        raw_ids=given[ids] if ids else _numbered(given.rows),
        id_name=ids or "row",
        personal=done.report,
        notes=tuple(notes),
        rules=rules,
        feelings=feelings,
        times=None if time is None else given[time],
        labels=labels,
    )


def _text(table: Table, named: str | None) -> Column:
    """The column of texts: the one named, else the longest of those in the role."""
    if named is not None:
        return _named(table, named)
    found = [c for c in table.of_role(Role.TEXT) if table[c.name].dtype == object]
    if not found:
        raise MissingColumn(say("needs.no_text"), say("needs.no_text_fix", names=", ".join(table.names[:12])))
    return max(found, key=lambda c: sum(len(v) for v in table[c.name].tolist() if v))


def _named(table: Table, name: str) -> Column:
    if name not in table:
        near = difflib.get_close_matches(name, table.names, n=1)
        names = ", ".join(table.names[:12])
        fix = say("product.nearest", name=near[0]) if near else say("product.known", names=names)
        raise MissingColumn(say("pipeline.no_column", column=name), fix)
    return table.column(name)


def feelings_of(values: NDArray[Any]) -> NDArray[np.float64] | None:
    """Read ratings as feelings from -1 to 1, NaN where missing; None where they are no ratings.

    Numbers lie on the shortest usual scale that holds them (to 1, 3, 5, 7, 10 or 100, from 0
    where one lies below 1, else from 1); words are those that mean good and bad.
    """
    if values.dtype != object:
        known = values[np.isfinite(values)]
        if not len(known) or known.min() < 0 or known.max() > _SCALES[-1] or known.min() == known.max():
            return None
        high = next(scale for scale in _SCALES if scale >= known.max())
        low = 0.0 if known.min() < 1 else 1.0
        return np.asarray((values - (low + high) / 2) / ((high - low) / 2), dtype=np.float64)
    listed = [None if v is None else str(v).strip().lower() for v in values.tolist()]
    present = [v for v in listed if v]
    if all(v.replace(".", "", 1).isdigit() for v in present) and present:
        return feelings_of(np.array([float(v) if v else np.nan for v in listed]))
    if not present or sum(v in _WORDS for v in present) < _MOSTLY * len(present):
        return None
    return np.array([_WORDS.get(v or "", np.nan) for v in listed])


def _feelings(table: Table, named: str | None) -> tuple[NDArray[np.float64] | None, str]:
    """How writers feel, and the column that says so; "" for none."""
    if named is not None:
        found = feelings_of(table[_named(table, named).name])
        if found is None:
            raise UserFault(say("needs.no_rating", column=named), say("needs.no_rating_fix"))
        return found, named
    likely = [c for c in table.columns if c.role is Role.VALUE or _RATING.search(c.name)]
    for column in likely:
        if column.role not in (Role.ID, Role.USER, Role.TIME, Role.TEXT) and column.kind is not Kind.TIME:
            found = feelings_of(table[column.name])
            if found is not None:
                return found, column.name
    return None, ""


def _labels(
    table: Table, named: str | None, taken: set[str]
) -> tuple[NDArray[np.float64], tuple[str, ...], str]:
    """Number of each text's label, the labels, and their column; "" for none."""
    none = np.full(table.rows, UNKNOWN)
    if named is not None:
        chosen = [_named(table, named)]
    else:
        chosen = [c for c in table.columns if c.kind is Kind.CATEGORY and c.name not in taken]
        chosen = [c for c in chosen if c.role is Role.TARGET or _LABEL.search(c.name)]
        chosen = [c for c in chosen if c.role in (Role.TARGET, Role.FEATURE)]
    for column in chosen:
        listed = [None if v is None or v != v else str(v) for v in table[column.name].tolist()]
        names = sorted({v for v in listed if v is not None})
        if 2 <= len(names) <= min(_MOST_LABELS, table.rows // 2):
            place = {name: float(number) for number, name in enumerate(names)}
            return np.array([UNKNOWN if v is None else place[v] for v in listed]), tuple(names), column.name
    return none, (), ""


def _numbered(rows: int) -> NDArray[np.object_]:
    return np.array([str(row + 1) for row in range(rows)], dtype=object)


def _rows(table: Table, text: Column, known: NDArray[np.float64]) -> Table:
    """The text and the number of its label."""
    name = "label" if text.name != "label" else "label_"
    return table.select([text.name]).put(Column(name, Kind.NUMBER, Role.TARGET), known)


def _split_on(table: Table, text: Column, time: str | None, group: Column | None) -> Table:
    """What a split looks at: text, time, writer."""
    names = [text.name, *([time] if time else []), *([group.name] if group else [])]
    return replace(table.select(names), name="split")
