"""Where rows wait: DuckDB holds them as text, draws the sample, hands out batches.

Rows of text are written once to a scratch file in one strict dialect and loaded from
there; a Parquet file is read where it lies. Memory stays bounded however long the
source is. Columns are known here by position only, so no name of a stranger reaches
a statement. The sample depends on the seed and the number of rows, not on threads.
"""

from __future__ import annotations

import csv
import hashlib
import io
import shutil
import tempfile
import weakref
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from pilothouse.errors import BadTable, TooLarge
from pilothouse.guards.sql import aliases, locked, spelled
from pilothouse.messages import say
from pilothouse.steps.collect.limits import Limits
from pilothouse.steps.collect.source import Reject, Rows

_SMALL = 64 << 20  # bytes of text that DuckDB holds in memory
_BATCH = 500  # rows written at once
_LINE = 2_000_000  # bytes of a row that DuckDB reads unasked
_SPACES = " \t\r\n\u3000\xa0"
_MOST_ROWS = 2_000_000_000  # a few bytes of Parquet can claim more
_NUMBERS = {
    "DECIMAL",
    "TINYINT",
    "SMALLINT",
    "INTEGER",
    "UTINYINT",
    "USMALLINT",
    "UINTEGER",
    "FLOAT",
    "DOUBLE",
}
_EXACT = 2**53  # above, float64 skips whole numbers
MOST_REJECTS = 10_000


@dataclass
class Stage:
    """Rows of one source, in order, numbered from 0; ``close`` lets them go.

    ``forms`` says how each column stands: "text" (strings, trimmed, "" for
    missing), "number" (float64, NaN) or "time" (datetime64[us], NaT).
    """

    held: Any
    names: list[str]
    forms: list[str]
    rows: int
    rejects: list[Reject]
    rows_rejected: int
    sha256: str
    select: str
    expressions: list[str]

    def draw(self, count: int, seed: int) -> None:
        """Make ``sample``: ``count`` rows drawn at random, in the order of the source."""
        picked = np.random.default_rng(seed).choice(self.rows, count, replace=False, shuffle=False)
        self.held.register("picked", {"n": np.sort(picked).astype(np.int64)})
        chosen = ", ".join(f"{e} AS c{i}" for i, e in enumerate(self.expressions))
        self.held.execute(
            f"CREATE TEMP TABLE sample AS SELECT (row_number() OVER (ORDER BY n)) - 1 AS n, line, {chosen} "
            f"FROM ({self.select}) SEMI JOIN picked USING (n) ORDER BY n"
        )
        self.held.unregister("picked")

    def fetch(
        self, columns: Sequence[int], first: int, end: int, sampled: bool = False
    ) -> list[NDArray[Any]]:
        """Return rows ``first`` to ``end`` of some columns, then their line numbers."""
        source = "sample" if sampled else f"({self.select})"
        wanted = [f"c{i}" if sampled else f"{self.expressions[i]} AS c{i}" for i in columns]
        found = self.held.execute(
            f"SELECT n, line, {', '.join(wanted)} FROM {source} WHERE n >= $first AND n < $end ORDER BY n",
            {"first": first, "end": end},
        ).fetchnumpy()
        return [*(_bare(found[f"c{i}"]) for i in columns), _bare(found["line"])]

    def text_bytes(self, sampled: bool) -> int:
        """Bytes of all text cells."""
        texts = [i for i, form in enumerate(self.forms) if form == "text"]
        total = 0
        for start in range(0, len(texts), 500):
            some = texts[start : start + 500]
            sums = " + ".join(
                f"coalesce(sum(strlen({f'c{i}' if sampled else self.expressions[i]})), 0)" for i in some
            )
            source = "sample" if sampled else f"({self.select})"
            total += int(self.held.execute(f"SELECT {sums} FROM {source}").fetchall()[0][0])
        return total

    def has_codes(self, column: int) -> bool:
        """Tell whether any row of a text column holds digits that must stay text."""
        cell = self.expressions[column]
        found = self.held.execute(
            f"SELECT count(*) FROM ({self.select}) "
            f"WHERE regexp_full_match({cell}, '[+-]?(0[0-9]+|[0-9]{{16,}})')"
        ).fetchall()[0]
        return bool(found[0])

    def close(self) -> None:
        """Let go of the rows."""
        self.held.close()


def stage_rows(rows: Rows, names: list[str], limits: Limits, sha256: str | None) -> Stage:
    """Load rows of text.

    Parameters
    ----------
    rows
        What a reader found.
    names
        The columns' names, clean.
    limits
        Caps.
    sha256
        Of the file; None takes that of the rows themselves.

    Raises
    ------
    BadTable, TooLarge
        No row can be read; more text than the caps allow.
    """
    scratch, remove = _scratch()
    try:
        loading = _Loading(scratch / "rows.csv", limits)
        digest = loading.write(rows.records)
        if not loading.rows:
            problem = "collect.all_rejected" if loading.rows_rejected else "collect.header_only"
            raise BadTable(say(problem, rows=loading.rows_rejected), say("collect.check_file"))
        held = _load(loading, scratch, len(names))
    except BaseException:
        remove()
        raise
    expressions = aliases(len(names))
    stage = Stage(
        held=held,
        names=names,
        forms=["text"] * len(names),
        rows=loading.rows,
        rejects=loading.rejects,
        rows_rejected=loading.rows_rejected,
        sha256=sha256 or digest,
        select="SELECT * FROM cells",
        expressions=expressions,
    )
    weakref.finalize(stage, _let_go, held, remove)
    return stage


def stage_parquet(path: Path, sha256: str, limits: Limits) -> Stage:
    """Open a Parquet file where it lies.

    Raises
    ------
    BadTable, TooLarge
        Not Parquet, no rows, or more than the caps allow.
    """
    import duckdb

    scratch, remove = _scratch()
    file = path.resolve()
    held = locked([file], scratch=scratch)
    try:
        names, types, rows = _describe(held, file, limits)
    except duckdb.Error as fault:
        _let_go(held, remove)
        raise BadTable(say("collect.broken_file", format="Parquet"), say("collect.save_again")) from fault
    except (BadTable, TooLarge):
        _let_go(held, remove)
        raise
    cells = ", ".join(aliases(len(names)))
    select = (
        f"SELECT t.*, n + 1 AS line FROM read_parquet({spelled(str(file))}, file_row_number = true) "
        f"t({cells}, n)"
    )
    forms, expressions = [], []
    for i, kind in enumerate(types):
        form, expression = _form(held, select, f"c{i}", kind)
        forms.append(form)
        expressions.append(expression)
    stage = Stage(held, names, forms, rows, [], 0, sha256, select, expressions)
    weakref.finalize(stage, _let_go, held, remove)
    return stage


def _scratch() -> tuple[Path, Callable[[], None]]:
    folder = Path(tempfile.mkdtemp(prefix="pilothouse-"))
    return folder, lambda: shutil.rmtree(folder, ignore_errors=True)


def _let_go(held: Any, remove: Callable[[], None]) -> None:
    held.close()
    remove()


class _Loading:
    """Writes rows to the scratch file and keeps the first rejects."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self.path = path
        self.rows = 0
        self.rows_rejected = 0
        self.longest = 0
        self.rejects: list[Reject] = []
        self._limits = limits

    def write(self, records: Iterable[tuple[int, list[str]] | Reject]) -> str:
        """Write all rows, each with its number and its line; return their SHA-256."""
        seen = hashlib.sha256()
        size = 0
        batch: list[list[Any]] = []
        with self.path.open("wb") as file:
            for record in records:
                if isinstance(record, Reject):
                    self.rows_rejected += 1
                    if len(self.rejects) < MOST_REJECTS:
                        self.rejects.append(record)
                    continue
                batch.append([self.rows, record[0], *record[1]])
                self.rows += 1
                if len(batch) >= _BATCH or len(record[1]) > 1000:
                    size += self._put(file, batch, seen)
                    batch = []
                    self._limits.check(size, size)
            size += self._put(file, batch, seen)
            self._limits.check(size, size)
        return seen.hexdigest()

    def _put(self, file: BinaryIO, batch: list[list[Any]], seen: Any) -> int:
        buffer = io.StringIO()
        csv.writer(buffer, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(batch)
        raw = buffer.getvalue().encode()
        file.write(raw)
        seen.update(raw)
        if len(raw) > _LINE:  # a line may be long only where its batch is
            # Quotes double at most, a character takes four bytes at most.
            sizes = (8 * sum(map(len, row[2:])) + 3 * len(row) + 64 for row in batch)
            self.longest = max(self.longest, *sizes)
        return len(raw)


def _load(loading: _Loading, scratch: Path, columns: int) -> Any:
    size = loading.path.stat().st_size
    database = None if size < _SMALL else scratch / "rows.duckdb"
    held = locked([loading.path], database=database, scratch=scratch)
    cells = aliases(columns)
    types = {"n": "BIGINT", "line": "BIGINT", **dict.fromkeys(cells, "VARCHAR")}
    kept = ", ".join(f"trim({c}, $spaces) AS {c}" for c in cells)
    held.execute(
        f"CREATE TABLE cells AS SELECT n, line, {kept} FROM read_csv($path, header = false, "
        "auto_detect = false, delim = ',', quote = '\"', escape = '\"', new_line = '\\n', "
        "columns = $types, strict_mode = true, allow_quoted_nulls = false, max_line_size = $longest)",
        {
            "spaces": _SPACES,
            "path": str(loading.path),
            "types": types,
            "longest": max(_LINE, loading.longest),
        },
    )
    loading.path.unlink()
    return held


def _describe(held: Any, file: Path, limits: Limits) -> tuple[list[str], list[str], int]:
    described = held.execute("DESCRIBE SELECT * FROM read_parquet($p)", {"p": str(file)}).fetchall()
    rows, unfolded = held.execute(
        "SELECT (SELECT sum(num_rows) FROM parquet_file_metadata($p)), "
        "(SELECT coalesce(sum(total_uncompressed_size), 0) FROM parquet_metadata($p))",
        {"p": str(file)},
    ).fetchall()[0]
    if len(described) > limits.columns:
        raise BadTable(say("collect.too_many_columns", limit=limits.columns), say("collect.check_file"))
    if not rows:
        raise BadTable(say("collect.header_only", rows=0), say("collect.check_file"))
    if rows > _MOST_ROWS:
        raise TooLarge(say("collect.too_many_rows", limit=_MOST_ROWS), say("collect.split_file"))
    limits.check(int(unfolded), file.stat().st_size)
    return [d[0] for d in described], [d[1] for d in described], int(rows)


def _form(held: Any, select: str, cell: str, kind: str) -> tuple[str, str]:
    """How a Parquet column is handed out, and the expression that does it."""
    if kind in ("BIGINT", "UBIGINT", "HUGEINT", "UHUGEINT"):
        found = held.execute(f"SELECT max(abs({cell}::HUGEINT)) FROM ({select})").fetchall()[0]
        exact = found[0] is None or found[0] <= _EXACT
        return ("number", f"{cell}::DOUBLE") if exact else ("text", f"coalesce({cell}::VARCHAR, '')")
    if kind.partition("(")[0] in _NUMBERS and not kind.endswith("]"):
        return "number", f"{cell}::DOUBLE"
    if kind == "TIMESTAMP WITH TIME ZONE":
        return "time", f"make_timestamp(epoch_us({cell}))"
    if kind == "DATE" or kind.startswith("TIMESTAMP"):
        return "time", f"{cell}::TIMESTAMP"
    trimmed = f"trim(coalesce({cell}::VARCHAR, ''), '{_SPACES}')"
    return "text", f"replace({trimmed}, chr(0), '')"


def _bare(found: Any) -> NDArray[Any]:
    """Take DuckDB's mask off: missing numbers become NaN, times NaT, texts ""."""
    if not isinstance(found, np.ma.MaskedArray):
        return np.asarray(found)
    blank: Any = np.nan if found.dtype.kind == "f" else ""
    if found.dtype.kind == "M":
        blank = np.datetime64("NaT", "us")
    return np.asarray(found.filled(blank))
