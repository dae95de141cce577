"""Prepare a table of labelled texts: which column is the text, target, personal data, copies, split.

Models see one text alone. Columns beside it (a shop, a channel), its language and its
length are no clues; they stay so that groups can be compared. Texts that are equal once
case, width and spaces are evened go to one side, or a model is praised for what it has
seen. Texts without a label wait for one; models may learn the language from them.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import replace

import numpy as np

from pilothouse.errors import MissingColumn
from pilothouse.guards.personal import Pseudonyms
from pilothouse.messages import Message, say
from pilothouse.models.labels.network import CORPUS
from pilothouse.models.labels.pieces import tokens
from pilothouse.models.texts.language import language
from pilothouse.steps.prepare.desensitise import desensitise
from pilothouse.steps.prepare.split import HOLDOUT_FROM, SplitRules, make_split
from pilothouse.steps.prepare.supervise import TELLING, Prepared, Wish, entity_of, ids_of, only
from pilothouse.steps.prepare.target import check_target
from pilothouse.types import Column, Data, Kind, Role, Table
from pilothouse.types.table import Values

LANGUAGE, LENGTH = "text_language", "text_length"
MOST_LABELS = 300
FEWEST_IN_HOLDOUT, FEWEST_OF_A_LABEL = 1_000, 25
"""From so many texts, and of each label, one test part will do: what is measured is the
share of all texts that are told right, not of one label."""
_GROUPS = 50
_FEWEST_CHARACTERS = 8
_PARTS = (20, 80, 200)


def prepare_texts(table: Table, wish: Wish, pseudonyms: Pseudonyms, text: str | None = None) -> Prepared:
    """Make ``table``, with a column of texts and a target, ready.

    Parameters
    ----------
    text
        The column of texts; None looks for it.

    Raises
    ------
    MissingColumn
        When there is no column of texts.
    UserFault
        When there is nothing to learn; see ``target.check_target``.
    """
    name, others = find_text(table, wish.target, text)
    table = table.describe([replace(table.column(name), kind=Kind.TEXT, role=Role.TEXT)])
    table = table.put(table.column(name), _filled(table[name]))
    named_rows, id_name = ids_of(table)
    safe = desensitise(table, pseudonyms, enabled=wish.desensitise)
    if name not in safe.table or safe.table.column(name).role is not Role.TEXT:
        raise MissingColumn(say("classify.only_personal", column=name), say("classify.no_text_fix"))
    target = check_target(safe.table, wish.target, kind="classes", most=MOST_LABELS)
    own, raw_ids = target.table, named_rows[target.kept]
    waits = np.ones(table.rows, dtype=bool)
    waits[target.kept] = False
    answer = replace(own.column(target.name), classes=target.classes)
    data = own.put(answer, own[target.name])
    beside = [replace(c, role=Role.IGNORE) for c in own.columns if _is_group(c)]
    data = _described(data.select([target.name, name, *(c.name for c in beside)]).describe(beside), name)
    marks = _marks(own[name])
    telling = table.take(target.kept).select(n for n in table.names if table.column(n).role in TELLING)
    telling = telling.put(Column(name, Kind.CATEGORY, Role.TEXT), marks)
    counts = np.bincount(target.truth)
    enough = len(target.truth) >= FEWEST_IN_HOLDOUT and counts[counts > 0].min() >= FEWEST_OF_A_LABEL
    rules = SplitRules(
        kind="classes",
        seed=wish.seed,
        time=only(telling, Role.TIME),
        group=entity_of(telling),
        holdout_from=FEWEST_OF_A_LABEL if enough else HOLDOUT_FROM,
    )
    split = make_split(telling, target.truth, rules)
    waiting = safe.table.take(waits).select([name])
    told = [note for note in target.notes if not note.key.startswith("prepare.positive")]
    return Prepared(
        data=Data({"rows": data, CORPUS: replace(waiting, name=CORPUS)}),
        columns=safe.table.columns,
        truth=target.truth,
        split=split,
        rules=rules,
        telling=telling,
        ids=safe.table.take(target.kept).values.get(id_name, raw_ids),
        raw_ids=raw_ids,
        id_name=id_name,
        waiting=waiting,
        waiting_ids=named_rows[waits],
        personal=safe.report,
        notes=(*told, *_other(name, others), *_disagreeing(marks, own[target.name]), *split.notes),
    )


def find_text(table: Table, target: str, text: str | None = None) -> tuple[str, tuple[str, ...]]:
    """Name the column of texts, and other columns that could be it.

    Where several are texts the longest is read. Short ones (a title, a question) are told
    by their words where no column has the role.

    Raises
    ------
    MissingColumn
        When none is named and none looks like it.
    """
    if text is not None:
        if text not in table or table.column(text).kind not in (Kind.TEXT, Kind.CATEGORY):
            raise MissingColumn(say("classify.no_such_text", column=text), say("classify.no_text_fix"))
        return text, ()
    words = [c for c in table.columns if c.kind in (Kind.TEXT, Kind.CATEGORY) and c.name != target]
    found = [c for c in words if c.role is Role.TEXT]
    lengths = {c.name: _length(table[c.name]) for c in found or words}
    if not found:
        lengths = {n: long for n, long in lengths.items() if long >= _FEWEST_CHARACTERS and _spoken(table[n])}
    if not lengths:
        raise MissingColumn(say("classify.no_text"), say("classify.no_text_fix"))
    longest = max(lengths, key=lambda n: lengths[n])
    return longest, tuple(n for n in lengths if n != longest) if found else ()


def _filled(texts: Values) -> Values:
    """Empty texts for missing ones: such a row is answered by what is usual."""
    filled = np.empty(len(texts), dtype=object)
    filled[:] = [text or "" for text in texts.tolist()]
    return filled


def _length(texts: Values) -> float:
    """Mean length, a Chinese character as two."""
    given = [text for text in texts.tolist() if text]
    return float(np.mean([len(t) + sum("\u2e80" <= c <= "\uffef" for c in t) for t in given])) if given else 0


def _spoken(texts: Values) -> bool:
    """Tell whether most values are more than one word, and half of them different."""
    given = [text for text in texts.tolist() if text]
    several = sum(" " in text.strip() or any("\u2e80" <= c <= "\uffef" for c in text) for text in given)
    return 2 * several >= len(given) > 0 and 2 * len(set(given)) >= len(given)


def _is_group(column: Column) -> bool:
    """Tell whether a column beside the text names groups of texts."""
    named = column.role is Role.FEATURE and column.kind in (Kind.CATEGORY, Kind.NUMBER)
    return named and column.missing < 1 and (column.kind is Kind.NUMBER or column.distinct <= _GROUPS)


def _described(data: Table, name: str) -> Table:
    """Put language (where there are several) and length beside the texts, as groups to compare."""
    texts = data[name].tolist()
    spoken, long = (np.empty(len(texts), dtype=object) for _ in range(2))
    spoken[:] = [language(text) for text in texts]
    long[:] = [_size(text) for text in texts]
    for column, values in ((LANGUAGE, spoken), (LENGTH, long)):
        distinct = len(set(values.tolist()))
        if distinct > 1 and column not in data:
            data = data.put(Column(column, Kind.CATEGORY, Role.IGNORE, distinct=distinct), values)
    return data


def _size(text: str) -> str:
    """Length in characters, in few parts: "20-79"."""
    low = max((part for part in _PARTS if len(text) >= part), default=0)
    above = next((part for part in _PARTS if part > low), None)
    return f"{low}+" if above is None else f"{low}-{above - 1}"


def _marks(texts: Values) -> Values:
    """One word a text, equal for texts that are equal but for case, width and spaces: (n,)."""
    told = np.empty(len(texts), dtype=object)
    told[:] = [hashlib.sha256("\0".join(tokens(text)).encode()).hexdigest() for text in texts]
    return told


def _other(name: str, others: tuple[str, ...]) -> list[Message]:
    """Say which column is read where there were several."""
    return [say("classify.other_texts", column=name, others=", ".join(others))] if others else []


def _disagreeing(marks: Values, labels: Values) -> list[Message]:
    """Say how many texts stand under two labels."""
    seen = Counter(mark for mark, _ in set(zip(marks.tolist(), labels.tolist(), strict=True)))
    rows = sum(seen[mark] > 1 for mark in marks.tolist())
    return [say("classify.texts_disagree", rows=rows)] if rows else []
