"""How much a source may unfold to, checked before and while it unfolds.

A file of a few kilobytes can claim terabytes. What an archive says of itself is
checked first; what really comes out is counted, because an archive may lie. It
does not look at what the rows mean.
"""

from __future__ import annotations

import gzip
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from pilothouse.errors import BadTable, TooLarge
from pilothouse.messages import say

_CHUNK = 1 << 20
_SMALL = 64 << 20  # below this many bytes no ratio is suspicious


@dataclass(frozen=True)
class Limits:
    """Caps on one source.

    Parameters
    ----------
    expanded_bytes
        What a compressed file may unfold to, and what the rows may take as text.
    sheet_bytes
        What an Excel file may unfold to; its words are held in memory.
    ratio
        Unfolded to compressed size, beyond 64 MB.
    entries
        Files inside an archive.
    text_bytes
        Characters of text held in memory at once.
    columns
        Columns of one table.
    """

    expanded_bytes: int = 32 << 30
    sheet_bytes: int = 1 << 30
    ratio: float = 250.0
    entries: int = 10_000
    text_bytes: int = 4 << 30
    columns: int = 20_000

    def check(self, unfolded: int, packed: int, most: int | None = None) -> None:
        """Refuse ``unfolded`` bytes out of ``packed``.

        Raises
        ------
        TooLarge
            Over the cap on bytes, or a ratio that no table reaches.
        """
        most = self.expanded_bytes if most is None else most
        if unfolded > most or (unfolded > _SMALL and unfolded > self.ratio * max(packed, 1)):
            raise TooLarge(say("collect.unfolds_too_far", limit=most >> 20), say("collect.split_file"))


def check_archive(path: Path, limits: Limits) -> None:
    """Refuse a zip (Excel) whose entries are too many or unfold too far.

    Reading an entry never gives more than the size checked here: ``zipfile``
    stops at it.

    Raises
    ------
    TooLarge, BadTable
        Over a limit; not a zip at all.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, UnicodeDecodeError) as fault:
        raise BadTable(say("collect.broken_file", format="Excel"), say("collect.save_again")) from fault
    if len(entries) > limits.entries:
        raise TooLarge(say("collect.too_many_entries", limit=limits.entries), say("collect.split_file"))
    limits.check(sum(e.file_size for e in entries), path.stat().st_size, limits.sheet_bytes)
    for entry in entries:
        limits.check(entry.file_size, entry.compress_size, limits.sheet_bytes)


def unfold_gzip(path: Path, into: Path, limits: Limits) -> None:
    """Write what ``path`` unfolds to, counting as it grows.

    Raises
    ------
    TooLarge, BadTable
        Over a limit (``into`` is then removed); broken or cut short.
    """
    packed, done = path.stat().st_size, 0
    try:
        with gzip.open(path) as source, into.open("wb") as target:
            while chunk := source.read(_CHUNK):
                done += len(chunk)
                limits.check(done, packed)
                target.write(chunk)
    except TooLarge:
        into.unlink()
        raise
    except (gzip.BadGzipFile, EOFError, zlib.error) as fault:
        raise BadTable(say("collect.broken_file", format="gzip"), say("collect.save_again")) from fault
