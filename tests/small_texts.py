"""Small labelled texts for tests: tickets in English, reviews in Chinese."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pilothouse.models.target import Target
from pilothouse.scenarios.classify.examples import examples
from pilothouse.types import Column, Data, Kind, Role, Table

TICKETS, REVIEWS = (example.table for example in examples())


def texts_table(texts: Sequence[str], labels: Sequence[str]) -> Table:
    """A table of texts with a target whose classes are in order."""
    classes = tuple(sorted(set(labels)))
    laid, told = (np.empty(len(texts), dtype=object) for _ in range(2))
    laid[:], told[:] = list(texts), list(labels)
    columns = (
        Column("text", Kind.TEXT, Role.TEXT),
        Column("label", Kind.CATEGORY, Role.TARGET, distinct=len(classes), classes=classes),
    )
    return Table(columns, {"text": laid, "label": told})


def labelled(table: Table) -> Table:
    """The labelled rows of an example, ready to be learnt from."""
    told = [i for i, label in enumerate(table["label"].tolist()) if label is not None]
    rows = table.take(np.array(told, dtype=np.int64))
    return texts_table(rows["text"].tolist(), rows["label"].tolist())


def learn_ask(table: Table) -> tuple[Data, Table, Target]:
    """Two thirds to learn from, the rest to be asked."""
    whole = labelled(table)
    asked = np.arange(whole.rows) % 3 == 0
    return Data({"rows": whole.take(~asked)}), whole.take(asked), Target.of(whole)
