"""A release that draws: pictures for seeds, each labelled, each with its nearest learnt picture.

A request names a seed and how many pictures; they have that seed and the ones that
follow, so that each can be drawn again. ``distance`` compares how far a picture lies
from the nearest learnt one with real new pictures: 1 is as far as the middle of those.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, ClassVar, NotRequired

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from typing_extensions import TypedDict

from pilothouse.errors import BadOption, TooLarge
from pilothouse.guards.ailabel import WORDS, Origin, labelled
from pilothouse.guards.modelfile import load_file, save_file, write_manifest
from pilothouse.messages import Message, say
from pilothouse.models.generators.drawing import Drawer
from pilothouse.models.generators.recall import Bytes, as_cell
from pilothouse.models.shelf import load_model, save_model
from pilothouse.steps.deploy.contract import typed_fields
from pilothouse.steps.deploy.served import SERVING
from pilothouse.steps.evaluate.metrics_pictures import nearness
from pilothouse.types import Answers, Column, Kind, Table

MOST_AT_ONCE = 64
"""Pictures of one request, and of one reply of the service."""
_LAST_SEED = 2**31 - 1
_HEADER = ("file", "seed", "nearest", "distance")
PRODUCER = "Pilothouse imagine"


class DrawnPicture(TypedDict):
    """A picture of a reply: ``png`` is base64, ``nearest`` the row of the nearest learnt picture."""

    file: str
    seed: int
    nearest: int
    distance: float
    copy: bool
    label: str
    png: str


class DrawnPictures(TypedDict):
    """One answer."""

    seed: int
    pictures: list[DrawnPicture]


@dataclass(frozen=True)
class ServedDrawings:
    """See the module.

    Parameters
    ----------
    winner, baseline
        What draws, and what it beat.
    near, middle
        Gap below which a picture is a copy, and the middle gap of real new pictures.
    mark
        Tells one release's pictures from another's.
    """

    winner: Drawer
    baseline: Drawer
    near: float
    middle: float
    mark: str
    takes_long: ClassVar[bool] = True

    @staticmethod
    def of(winner: Drawer, baseline: Drawer, gaps: NDArray[np.float64]) -> ServedDrawings:
        """Join what a run made; ``gaps`` are those of real pictures."""
        seen = hashlib.sha256()
        for name in sorted(winner.arrays):
            seen.update(np.ascontiguousarray(winner.arrays[name]).tobytes())
        return ServedDrawings(winner, baseline, nearness(gaps), float(np.median(gaps)), seen.hexdigest()[:12])

    @property
    def schema(self) -> tuple[Column, ...]:
        """A request's columns."""
        return (Column("seed", Kind.NUMBER), Column("count", Kind.NUMBER))

    @property
    def request_type(self) -> Any:
        """One row of a request: both may be left out."""
        seed = Annotated[int, Field(ge=0, le=_LAST_SEED, description="The first picture's seed; 0.")]
        count = Annotated[int, Field(ge=1, le=MOST_AT_ONCE, description="How many pictures; 1.")]
        return typed_fields("Draw", {"seed": NotRequired[seed], "count": NotRequired[count]})

    @property
    def answer_type(self) -> Any:
        """One answer: pictures."""
        return DrawnPictures

    @property
    def header(self) -> tuple[str, ...]:
        """Columns of a file of answers."""
        return _HEADER

    def predict(self, requests: Table) -> Answers:
        """Draw the pictures of each request.

        Raises
        ------
        BadOption
            When a file asks for too many at once, for none, or for a seed that is none.
        """
        firsts = np.nan_to_num(requests["seed"], nan=0.0)
        counts = np.nan_to_num(requests["count"], nan=1.0)
        whole = (firsts == np.floor(firsts)).all() and (counts == np.floor(counts)).all()
        within = ((firsts >= 0) & (firsts <= _LAST_SEED) & (counts >= 1) & (counts <= MOST_AT_ONCE)).all()
        if not (whole and within):
            raise BadOption(say("imagine.bad_request"), say("imagine.bad_request_fix", most=MOST_AT_ONCE))
        seeds = np.empty(requests.rows, dtype=object)
        for row, (first, count) in enumerate(zip(firsts, counts, strict=True)):
            seeds[row] = np.arange(int(first), int(first) + int(count), dtype=np.int64)
        return Answers({"seeds": seeds})

    def drawn(self, seeds: NDArray[np.int64]) -> Iterator[tuple[int, Bytes, int, float]]:
        """Yield seed, picture, row of the nearest learnt one from 1, and gap."""
        pictures = self.winner.draw(seeds)
        places, gaps = self.winner.nearest(pictures)
        for seed, picture, place, gap in zip(seeds.tolist(), pictures, places, gaps, strict=True):
            yield seed, picture, int(place) + 1, float(gap)

    def rows(self, requests: Table, answers: Answers, first: int = 1) -> list[list[Any]]:
        """Lines of a file, one a picture."""
        return [
            [_file(seed), seed, nearest, round(gap / self.middle, 4)]
            for seeds in answers["seeds"]
            for seed, _, nearest, gap in self.drawn(seeds)
        ]

    def files(self, answers: Answers) -> Iterator[tuple[str, bytes]]:
        """Yield the pictures that ``rows`` names, labelled."""
        for seeds in answers["seeds"]:
            for seed, picture in zip(seeds.tolist(), self.winner.draw(seeds), strict=True):
                yield _file(seed), self.png(seed, picture)

    def png(self, seed: int, picture: Bytes) -> bytes:
        """Label one picture."""
        day = datetime.now(UTC).date().isoformat()
        return labelled(as_cell(picture), Origin(PRODUCER, f"{self.mark}-{seed}", day))

    def shape(self, requests: Table, answers: Answers) -> list[dict[str, Any]]:
        """Answers as JSON objects, pictures as base64.

        Raises
        ------
        TooLarge
            More than 64 pictures in one reply.
        """
        if sum(len(seeds) for seeds in answers["seeds"]) > MOST_AT_ONCE:
            raise TooLarge(say("imagine.reply_too_large", most=MOST_AT_ONCE), say("imagine.ask_again"))
        return [
            {"seed": int(seeds[0]), "pictures": [self._told(*one) for one in self.drawn(seeds)]}
            for seeds in answers["seeds"]
        ]

    def _told(self, seed: int, picture: Bytes, nearest: int, gap: float) -> DrawnPicture:
        return {
            "file": _file(seed),
            "seed": seed,
            "nearest": nearest,
            "distance": round(gap / self.middle, 4),
            "copy": gap < self.near,
            "label": WORDS,
            "png": base64.b64encode(self.png(seed, picture)).decode("ascii"),
        }

    def reasons(self, requests: Table) -> list[list[Message]]:
        """Say which learnt picture each drawn one is nearest to."""
        return [
            [
                say("imagine.reason", row=nearest, times=round(gap / self.middle, 2))
                for *_, nearest, gap in self.drawn(seeds)
            ]
            for seeds in self.predict(requests)["seeds"]
        ]

    def save(self, folder: Path) -> None:
        """Write the whole into ``folder`` under one manifest."""
        save_model(self.winner, folder / "winner")
        save_model(self.baseline, folder / "baseline")
        kept = {"scenario": "imagine", "near": self.near, "middle": self.middle, "mark": self.mark}
        save_file(folder / SERVING, kept, "json")
        write_manifest(folder)

    @staticmethod
    def load(folder: Path) -> ServedDrawings:
        """Read back what ``save`` wrote, from a folder whose manifest was checked."""
        kept = load_file(folder / SERVING, "json")
        winner, baseline = load_model(folder / "winner"), load_model(folder / "baseline")
        return ServedDrawings(winner, baseline, kept["near"], kept["middle"], kept["mark"])


def _file(seed: int) -> str:
    return f"seed-{seed:010d}.png"
