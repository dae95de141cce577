"""Prepare a table of labelled pictures: target, personal data, copies, split.

Models see the picture alone. Columns beside it (a shop, a camera) are no clues; they
stay so that groups can be compared. Pictures that are equal at the size at which models
see them go to one side, or a model is praised for what it has seen. Pictures without a
label wait for one.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import replace

import numpy as np

from pilothouse.errors import MissingColumn
from pilothouse.guards.personal import Pseudonyms
from pilothouse.messages import Message, say
from pilothouse.steps.prepare.desensitise import desensitise
from pilothouse.steps.prepare.split import HOLDOUT_FROM, SplitRules, make_split
from pilothouse.steps.prepare.supervise import TELLING, Prepared, Wish, entity_of, ids_of, only
from pilothouse.steps.prepare.target import check_target
from pilothouse.types import Column, Data, Kind, Role, Table
from pilothouse.types.table import Values

MOST_LABELS = 100
FEWEST_IN_HOLDOUT, FEWEST_OF_A_LABEL = 1_000, 25
"""From so many pictures, and of each label, one test part will do: a fit is dear, and what
is measured is the share of all pictures that are told right."""
_GROUPS = 50


def prepare_pictures(table: Table, wish: Wish, pseudonyms: Pseudonyms) -> Prepared:
    """Make ``table``, with a column of pictures and a target, ready.

    Raises
    ------
    MissingColumn
        When there is no column of pictures.
    UserFault
        When there is nothing to learn; see ``target.check_target``.
    """
    pictured = [c.name for c in table.of_role(Role.IMAGE) if c.kind is Kind.PICTURE]
    if not pictured:
        raise MissingColumn(say("images.no_pictures"), say("images.no_pictures_fix"))
    name = pictured[0]
    target = check_target(table, wish.target, kind="classes", most=MOST_LABELS)
    own = target.table
    answer = replace(own.column(target.name), classes=target.classes)
    pictures, words = own[name], own.drop([name]).put(answer, own[target.name])
    named_rows, id_name = ids_of(table)
    raw_ids = named_rows[target.kept]
    waits = np.ones(table.rows, dtype=bool)
    waits[target.kept] = False
    safe = desensitise(words, pseudonyms, enabled=wish.desensitise)
    beside = [replace(c, role=Role.IGNORE) for c in safe.table.columns if _is_group(c)]
    picture = replace(own.column(name), reason=None)
    data = safe.table.select([target.name, *(c.name for c in beside)]).describe(beside).put(picture, pictures)
    marks = _digests(pictures)
    telling = words.select(n for n in words.names if words.column(n).role in TELLING)
    telling = telling.put(Column(name, Kind.CATEGORY, Role.IMAGE), marks)
    counts = np.bincount(target.truth)
    enough = len(target.truth) >= FEWEST_IN_HOLDOUT and counts[counts > 0].min() >= FEWEST_OF_A_LABEL
    rules = SplitRules(
        kind="classes",
        seed=wish.seed,
        time=only(words, Role.TIME),
        group=entity_of(words),
        holdout_from=FEWEST_OF_A_LABEL if enough else HOLDOUT_FROM,
    )
    split = make_split(telling, target.truth, rules)
    told = [note for note in target.notes if not note.key.startswith("prepare.positive")]
    return Prepared(
        data=Data({"rows": data}),
        columns=(*safe.table.columns, picture),
        truth=target.truth,
        split=split,
        rules=rules,
        telling=telling,
        ids=safe.table.values.get(id_name, raw_ids),
        raw_ids=raw_ids,
        id_name=id_name,
        waiting=table.take(waits).select([name]),
        waiting_ids=named_rows[waits],
        personal=safe.report,
        notes=(*told, *_disagreeing(marks, own[target.name]), *split.notes),
    )


def _is_group(column: Column) -> bool:
    """Tell whether a column beside the picture names groups of pictures."""
    named = column.role is Role.FEATURE and column.kind in (Kind.CATEGORY, Kind.NUMBER)
    return named and column.missing < 1 and (column.kind is Kind.NUMBER or column.distinct <= _GROUPS)


def _digests(pictures: Values) -> Values:
    """One word a picture, equal for equal pixels: (n,) texts."""
    told = np.empty(len(pictures), dtype=object)
    told[:] = [hashlib.sha256(f"{p.shape}".encode() + p.tobytes()).hexdigest() for p in pictures]
    return told


def _disagreeing(marks: Values, labels: Values) -> list[Message]:
    """Say how many pictures stand under two labels."""
    seen = Counter(mark for mark, _ in set(zip(marks.tolist(), labels.tolist(), strict=True)))
    rows = sum(seen[mark] > 1 for mark in marks.tolist())
    return [say("prepare.pictures_disagree", rows=rows)] if rows else []
