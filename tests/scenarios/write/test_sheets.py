"""``texts.csv``: all items, all ways, under the reader's own ids."""

from __future__ import annotations

from collections import Counter
from typing import Any

from pilothouse.scenarios.write.sheets import NAME, texts_listing


def test_every_item_has_its_ways_and_the_templates(prepared: Any, ruled: Any) -> None:
    listing = texts_listing(ruled, prepared)
    rows = [list(row) for row in listing.rows]
    assert listing.name == NAME == "texts.csv" and listing.header[:4] == ("编号", "variant", "text", "checks")
    assert {row[0] for row in rows} == set(prepared.raw_ids) and {len(r) for r in rows} == {
        len(listing.header)
    }
    assert Counter(row[1] for row in rows)["template"] == 130
    first = {row[0]: row for row in reversed(rows)}
    assert all(row[3] == "ok" for row in first.values())


def test_a_model_is_asked_about_so_many_and_no_more(prepared: Any, asked: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("pilothouse.scenarios.write.sheets._MOST_ASKED", 20)
    monkeypatch.setattr("pilothouse.scenarios.write.sheets._BATCH", 10)
    assert len({row[0] for row in texts_listing(asked, prepared).rows}) == 20
