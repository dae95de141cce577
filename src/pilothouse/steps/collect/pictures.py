"""Tables of pictures: from folders by label, from a column of file names, from IDX.

A folder gives one row a file: its path (``file``), the picture, and the first folder's
name as ``label``; files that lie in no folder have no label. A table with a column of
file names keeps its rows and columns; the names are relative to the table's own file.
What cannot be opened is rejected with its reason and its row is left out. Links that
lead out of the folder are refused; nothing outside it is read.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pilothouse.errors import BadTable, Refused, UserFault
from pilothouse.guards.paths import below
from pilothouse.guards.pictures import Opened, read_picture, shrink
from pilothouse.messages import Message, say
from pilothouse.steps.collect.cells import shown
from pilothouse.steps.collect.idx import read_idx
from pilothouse.steps.collect.limits import Limits
from pilothouse.steps.collect.source import Collected, Provenance, Reject
from pilothouse.types import Column, Kind, Role, Table

FILE, PICTURE, LABEL = "file", "picture", "label"
MOST_PICTURES = 100_000
MOST_BYTES = 2 << 30
_MOST_REJECTS = 10_000
_LOOKED_AT = 200
_OWN = {"thumbs.db", "desktop.ini"}
_PARTS = {"train", "training", "test", "testing", "val", "valid", "validation", "dev", "eval"}


def is_folder_of_pictures(path: Path) -> bool:
    """Tell whether a folder holds pictures, from the first bytes of its first files."""
    return path.is_dir() and any(_is_picture(path / name) for name in _files(path)[:_LOOKED_AT])


def read_folder(path: Path, seed: int = 0) -> Collected:
    """Read a folder of pictures as a table of file, picture and label.

    Raises
    ------
    BadTable
        When no picture can be opened, or its folders are called train and test.
    """
    names = _files(path)
    folders = {name.partition("/")[0].lower() for name in names if "/" in name}
    if folders and folders <= _PARTS:
        some = ", ".join(sorted(folders))
        raise BadTable(say("images.parts_not_labels", names=some), say("images.name_one_part"))
    total, chosen = len(names), names
    if total > MOST_PICTURES:
        drawn = np.random.default_rng(seed).permutation(total)[:MOST_PICTURES]
        chosen = [names[i] for i in np.sort(drawn)]
    loading = _Loading(path)
    kept = [name for number, name in enumerate(chosen, 1) if loading.add(number, name)]
    if not kept:
        raise BadTable(say("images.none_opened", count=loading.rejected), say("images.formats_are"))
    told = [shown(name) for name in kept]
    labels = [name.partition("/")[0] if "/" in name else None for name in told]
    columns = [_described(FILE, told, Role.ID)]
    values: dict[str, Any] = {FILE: _objects(told)}
    if any(label is not None for label in labels):
        columns.append(_described(LABEL, labels, Role.FEATURE))
        values[LABEL] = _objects(labels)
    table = Table(tuple(columns), values).put(*loading.column())
    return Collected(
        table,
        tuple(loading.rejects),
        Provenance(
            source=path.name,
            format="pictures",
            sha256=loading.seen.hexdigest(),
            rows=len(kept) + total - len(chosen),
            rows_rejected=loading.rejected,
            rows_sampled=len(kept),
            seed=seed,
            read_at=datetime.now(UTC).isoformat(timespec="seconds"),
        ),
        tuple(loading.notes(total)),
    )


def attach(collected: Collected, column: str, home: Path) -> Collected:
    """Open the pictures that a column of file names tells of, relative to ``home``.

    The names become the column ``file`` and, unless there is another id, the id; the
    pictures become the column ``picture``. A source of which a sample is held stays
    that sample.
    """
    table = collected.table
    loading = _Loading(home)
    there = [loading.add(row, name) for row, name in enumerate(table[column].tolist(), 1)]
    if not any(there):
        raise BadTable(say("images.none_opened", count=loading.rejected), say("images.formats_are"))
    taken = FILE in table and column != FILE
    name = FILE if not taken else f"{FILE}_of_{PICTURE}" if column == PICTURE else column
    own = table.column(column)
    role = Role.IGNORE if table.of_role(Role.ID) else Role.ID
    renamed = [replace(c, name=name, role=role, kind=Kind.CATEGORY) if c is own else c for c in table.columns]
    values = {name if old == column else old: table[old] for old in table.names}
    kept = Table(tuple(renamed), values).take(np.array(there, dtype=bool))
    place = collected.provenance
    return replace(
        collected,
        table=kept.put(*loading.column()),
        rejects=(*collected.rejects, *loading.rejects),
        notes=(*collected.notes, *loading.notes(table.rows)),
        provenance=replace(
            place,
            rows=max(place.rows - loading.rejected, kept.rows),
            rows_rejected=place.rows_rejected + loading.rejected,
            rows_sampled=kept.rows,
        ),
        whole=None,
    )


def read_idx_table(path: Path, limits: Limits, seed: int = 0) -> Collected:
    """Read an IDX file of pictures, with the labels beside it, as a table; rows are numbered."""
    pictures, labels, sha256 = read_idx(path, limits)
    rows: NDArray[np.integer[Any]] = np.arange(len(pictures))
    notes = []
    if len(rows) > MOST_PICTURES:
        rows = np.sort(np.random.default_rng(seed).permutation(len(rows))[:MOST_PICTURES])
        notes.append(say("collect.sampled", rows=len(pictures), sample=len(rows)))
    held = np.empty(len(rows), dtype=object)
    for place, row in enumerate(rows.tolist()):
        held[place] = np.ascontiguousarray(shrink(pictures[row]))
    table = Table((), {}).put(Column(PICTURE, Kind.PICTURE, Role.IMAGE, distinct=len(rows)), held)
    if labels is not None:
        words = [str(code) for code in labels[rows].tolist()]
        table = table.put(_described(LABEL, words, Role.FEATURE), _objects(words))
    read_at = datetime.now(UTC).isoformat(timespec="seconds")
    provenance = Provenance(path.name, "idx", sha256, len(pictures), 0, len(rows), seed=seed, read_at=read_at)
    return Collected(table, (), provenance, tuple(notes))


@dataclass
class _Loading:
    """Opens pictures one by one; keeps reasons, oddities and one hash of what was read."""

    home: Path
    pictures: list[Any] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    rejected: int = 0
    odd: list[Message] = field(default_factory=list)
    bytes_held: int = 0
    seen: Any = field(default_factory=hashlib.sha256)

    def add(self, number: int, name: Any) -> bool:
        """Open one picture; False where it is rejected."""
        try:
            opened = self._open(str(name or ""))
        except (UserFault, Refused) as fault:
            self.rejected += 1
            if len(self.rejects) < _MOST_REJECTS:
                self.rejects.append(Reject(number, fault.problem, shown(str(name or "")), PICTURE))
            return False
        if opened.note is not None:
            self.odd.append(opened.note)
        told = f"{shown(str(name))}\0{opened.pixels.shape}"
        self.seen.update(told.encode() + opened.pixels.tobytes())
        self.bytes_held += opened.pixels.nbytes
        self.pictures.append(opened.pixels)
        return True

    def _open(self, name: str) -> Opened:
        if self.bytes_held > MOST_BYTES:
            raise BadTable(say("images.too_many", most=len(self.pictures)), say("images.take_fewer"))
        if not name.strip():
            raise BadTable(say("images.no_file"), say("images.check_file"))
        return read_picture(below(self.home, name.strip()))

    def column(self) -> tuple[Column, NDArray[Any]]:
        """Return the pictures as a column."""
        held = np.empty(len(self.pictures), dtype=object)
        for place, one in enumerate(self.pictures):
            held[place] = one
        return Column(PICTURE, Kind.PICTURE, Role.IMAGE, distinct=len(held)), held

    def notes(self, total: int) -> Iterator[Message]:
        """Say what the reader should know."""
        if self.rejected:
            yield say("images.rejected", count=self.rejected, rows=len(self.pictures))
        if self.odd:
            yield say("images.odd_endings", count=len(self.odd), first=self.odd[0])
        if total > len(self.pictures) + self.rejected:
            yield say("collect.sampled", rows=total, sample=len(self.pictures))


def _files(path: Path) -> list[str]:
    """Files below a folder by relative name, sorted; hidden ones are passed over, links are not followed."""
    found = []
    for above, folders, names in os.walk(path):
        folders[:] = [name for name in folders if not name.startswith((".", "__MACOSX"))]
        below_it = Path(above).relative_to(path)
        found += [
            (below_it / name).as_posix()
            for name in names
            if not name.startswith(".") and name.lower() not in _OWN
        ]
    return sorted(found)


def _is_picture(path: Path) -> bool:
    if path.is_symlink() or not path.is_file():
        return False
    with path.open("rb") as file:
        head = file.read(12)
    is_webp = head[:4] == b"RIFF" and head[8:] == b"WEBP"
    return is_webp or head.startswith((b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM"))


def _described(name: str, values: list[Any], role: Role) -> Column:
    present = [v for v in values if v is not None]
    missing = 1 - len(present) / max(1, len(values))
    return Column(name, Kind.CATEGORY, role, missing=missing, distinct=len(set(present)))


def _objects(values: list[Any]) -> NDArray[Any]:
    held = np.empty(len(values), dtype=object)
    held[:] = values
    return held
