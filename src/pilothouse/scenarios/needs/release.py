"""A release that knows the needs: a text is put under one, a file of texts is counted by them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from typing_extensions import TypedDict

from pilothouse.errors import TooLarge
from pilothouse.guards.modelfile import load_file, save_file, write_manifest
from pilothouse.guards.personal import NameFinder, name_finder, redact
from pilothouse.messages import Message, say
from pilothouse.models.needs.lexicon import lexicon
from pilothouse.models.needs.ranking import Beside, Need, Read, read_needs
from pilothouse.models.needs.sorting import NONE, Sorter, fit_of, texts_of
from pilothouse.models.shelf import load_model, save_model
from pilothouse.steps.deploy.contract import row_type
from pilothouse.steps.deploy.served import SERVING
from pilothouse.types import Answers, Column, Kind, Role, Table

HEADER = ("rank", "need", "volume", "trend", "quote")
_SAID = 4


@dataclass(frozen=True)
class ServedNeeds:
    """See the module.

    Parameters
    ----------
    winner, baseline
        Who sorts, and whom it beat.
    read
        The needs of all texts that were learnt from, the most pressing first.
    text_name, id_name
        Columns of a request.
    """

    winner: Sorter
    baseline: Sorter
    read: Read
    text_name: str = "text"
    id_name: str = "row"
    names: NameFinder | None = field(default=None, repr=False)

    @staticmethod
    def of(winner: Sorter, baseline: Sorter, prepared: Any, cut: str | None, seed: int) -> ServedNeeds:
        """Join what a run made, and count all its texts."""
        table = prepared.data.table
        (text,) = table.of_role(Role.TEXT)
        beside = Beside(prepared.feelings, prepared.times, prepared.split.unit, cut)
        read = read_needs(winner, texts_of(table), beside, seed)
        return ServedNeeds(winner, baseline, read, text.name, prepared.id_name, name_finder())

    @property
    def schema(self) -> tuple[Column, ...]:
        """A text; the id is passed through."""
        text = Column(self.text_name, Kind.TEXT, Role.TEXT)
        return (text,) if self.id_name == "row" else (Column(self.id_name, Kind.CATEGORY, Role.ID), text)

    @property
    def request_type(self) -> Any:
        """One row of a request."""
        return row_type(self.schema)

    @property
    def answer_type(self) -> Any:
        """One answer: the need, its rank when it was learnt, how well it fits, how the text sounds."""
        fields = {
            "need": str | None,
            "rank": int | None,
            "score": float,
            "feeling": float,
            "asks": bool,
        }
        return TypedDict("Sorted", {self.id_name: str | None, **fields})  # type: ignore[operator]

    @property
    def header(self) -> tuple[str, ...]:
        """Columns of a file: needs counted over the texts that were given."""
        return HEADER

    @property
    def ranked(self) -> dict[int, tuple[int, Need]]:
        """Rank and need by the model's number."""
        return {need.number: (rank, need) for rank, need in enumerate(self.read.needs, 1)}

    def predict(self, requests: Table) -> Answers:
        """Find the need of each text, how well it fits, and how it sounds."""
        texts, known = self._masked(requests), lexicon()
        assert self.winner.vocabulary is not None and self.winner.sorting is not None
        needs = self.winner.sorting.assign(texts)
        fits = fit_of(self.winner.vocabulary.counts_of(texts), self.winner.table)
        return Answers(
            {
                "need": needs.astype(float),
                "score": np.where(needs == NONE, 0.0, fits[np.arange(len(texts)), np.maximum(needs, 0)]),
                "feeling": np.array([known.opinion(text) for text in texts], dtype=float),
                "asks": np.array([known.asks(text) for text in texts], dtype=float),
            }
        )

    def rows(self, requests: Table, answers: Answers, first: int = 1) -> list[list[Any]]:
        """Needs counted over all of ``requests``, the most pressing first; trend in points of share.

        Raises
        ------
        TooLarge
            When the file is longer than one batch: needs are counted over whole files.
        """
        if first > 1:
            raise TooLarge(say("needs.file_too_large", rows=first - 1), say("needs.file_too_large_fix"))
        now = read_needs(self.winner, self._masked(requests), Beside())
        ranked = self.ranked
        found: list[list[Any]] = []
        for rank, need in enumerate(now.needs, 1):
            learnt = ranked[need.number][1] if need.number in ranked else None
            then = 0.0 if learnt is None else learnt.share.value
            trend = round(100.0 * (need.share.value - then), 1) + 0.0  # no minus before nothing
            name = need.name if learnt is None else learnt.name
            found.append([rank, name, need.volume, trend, need.quotes[0] if need.quotes else ""])
        rest = now.texts - now.placed
        return (
            [*found, [len(found) + 1, say("needs.no_need"), rest, None, ""]] if rest or not found else found
        )

    def shape(self, requests: Table, answers: Answers) -> list[dict[str, Any]]:
        """Answers as JSON objects, one a text."""
        if self.id_name in requests:
            ids: Sequence[Any] = requests[self.id_name].tolist()
        else:
            ids = [str(row + 1) if self.id_name == "row" else None for row in range(requests.rows)]
        ranked, found = self.ranked, []
        for row, own in enumerate(ids):
            rank, need = ranked.get(int(answers["need"][row]), (None, None))
            found.append(
                {
                    self.id_name: own,
                    "need": None if need is None else need.name,
                    "rank": rank,
                    "score": round(float(answers["score"][row]), _SAID),
                    "feeling": round(float(answers["feeling"][row]), _SAID),
                    "asks": bool(answers["asks"][row]),
                }
            )
        return found

    def reasons(self, requests: Table) -> list[list[Message]]:
        """Name the words that put each text where it is."""
        from pilothouse.models.needs.vocabulary import telling

        ranked, found = self.ranked, []
        texts = self._masked(requests)
        for text, number in zip(texts, self.predict(requests)["need"].tolist(), strict=True):
            _, need = ranked.get(int(number), (None, None))
            held = dict.fromkeys(form for _, form in telling(text))
            words = [] if need is None else [w for w in held if any(w in told for told in need.words)]
            found.append([say("needs.reason", words=", ".join(words[:5]))] if words else [])
        return found

    def _masked(self, requests: Table) -> list[str]:
        """Texts without personal values, as those that were learnt from."""
        texts = [redact(str(text or "")) for text in requests[self.text_name].tolist()]
        return texts if self.names is None else [self.names.redact(text) for text in texts]

    def save(self, folder: Path) -> None:
        """Write the whole into ``folder`` under one manifest."""
        save_model(self.winner, folder / "winner")
        save_model(self.baseline, folder / "baseline")
        kept = {
            "scenario": "needs",
            "text_name": self.text_name,
            "id_name": self.id_name,
            "read": self.read.as_plain(),
        }
        save_file(folder / SERVING, kept, "json")
        write_manifest(folder)

    @staticmethod
    def load(folder: Path) -> ServedNeeds:
        """Read back what ``save`` wrote, from a folder whose manifest was checked."""
        kept = load_file(folder / SERVING, "json")
        winner, baseline = load_model(folder / "winner"), load_model(folder / "baseline")
        read = Read.of_plain(kept["read"])
        return ServedNeeds(winner, baseline, read, kept["text_name"], kept["id_name"], name_finder())
