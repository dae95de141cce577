"""``texts.csv``: every item's texts under the reader's own ids.

The winner's text comes first, then its other ways, then the template's: so that a person can
choose, and an experiment can show one to half of the readers and another to the rest. It
stops after 20,000 items, and where each text is asked of a language model after 3,000, most
of which the contest has asked about already; ``pilothouse predict`` writes the rest.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pilothouse.models.writing.writer import items_in
from pilothouse.scenario import Listing
from pilothouse.scenarios.write.release import ServedTexts
from pilothouse.steps.prepare.items import MOST_LISTED, PreparedItems
from pilothouse.types import Context

NAME = "texts.csv"
_BATCH, _MOST_ASKED = 500, 3_000


def texts_listing(served: ServedTexts, prepared: PreparedItems) -> Listing:
    """Lay out the file; texts are written batch by batch as it is read."""
    return Listing(NAME, served.header, _lines(served, prepared), bom=True)


def _lines(served: ServedTexts, prepared: PreparedItems) -> Iterator[list[Any]]:
    most = _MOST_ASKED if served.winner.asks else MOST_LISTED
    for start in range(0, min(most, prepared.items.rows), _BATCH):
        table = prepared.items.take(slice(start, start + _BATCH))
        offered = served.predict(table)["texts"]
        plain = served.baseline.write(items_in(table), Context())
        ids = prepared.raw_ids[start : start + _BATCH]
        for own, ways, template in zip(ids, offered, plain, strict=True):
            seen = dict.fromkeys([*ways, template])
            yield from ([own, *served.line(text)] for text in seen if text.text)
