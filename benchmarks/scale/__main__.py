"""``python -m benchmarks.scale [--rows N ...]``: a default run on growing tables, each in a child process.

Tables of 20 columns (numbers, categories, a time, a code) are made by DuckDB as Parquet,
seeded by row number. Bars: 5 million rows in at most 10 minutes and 6 GB; time grows no
faster than the rows from 10 k to 1 M. Writes ``RESULTS.md`` beside this file.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.watched import Watched, watch

RESULTS = Path(__file__).with_name("RESULTS.md")
ROWS = (10_000, 100_000, 1_000_000, 5_000_000)
MOST_S, MOST_MB = 600.0, 6 * 1024.0

SQL = """
copy (
  with drawn as (
    select i, hash(i) as h, {numbers}
    from range({rows}) t(i)
  ), shaped as (
    select 'K' || lpad(i::varchar, 9, '0') as customer,
           {columns},
           case (h % 5) when 0 then 'north' when 1 then 'south' when 2 then 'east'
                        when 3 then 'west' else 'far' end as region,
           case when u1 < .6 then 'basic' when u1 < .9 then 'plus' else 'pro' end as plan,
           'C' || ((h // 7) % 60)::varchar as city,
           case when u2 < .1 then null when u2 < .5 then 'app' else 'web' end as channel,
           timestamp '2024-01-01' + to_seconds(((u3 * 31e6)::bigint)) as joined,
           h, u1, u2, u4, u5, u6, u7
    from drawn
  )
  select * exclude (h, u1, u2, u4, u5, u6, u7),
         case when (hash(h + 99) % 1000000) / 1e6 <
                   1 / (1 + exp(1.6 - 1.5 * (u4 - .5) - 2 * (u5 - .5) * (u6 - .5) * 4
                                + .8 * (plan = 'pro')::int - u7 * (region = 'north')::int))
              then 'yes' else 'no' end as churned
  from shaped
) to '{path}' (format parquet)
"""


def make_table(path: Path, rows: int) -> None:
    """Write ``rows`` rows x 20 columns."""
    import duckdb

    numbers = ", ".join(f"(hash(i * 31 + {k}) % 1000003) / 1000003.0 as u{k}" for k in range(1, 15))
    shapes = ["u4 * 100", "ln(1e-6 + u5) * -20", "round(u6 * 50)", "u7", "u8 * u9 * 10", "sqrt(u10)"]
    shapes += [
        "round(u11 * 1000) / 10",
        "case when u12 < .05 then null else u12 * 7 end",
        "u13 - u14",
        "round(u14 * 3)",
        "u9 * 2 + u4",
        "case when u10 < .7 then 0 else round(u11 * 9) end",
        "u5 * u5",
    ]
    columns = ", ".join(f"{shape} as number_{k}" for k, shape in enumerate(shapes, 1))
    with duckdb.connect() as connection:
        connection.execute(SQL.format(numbers=numbers, rows=rows, columns=columns, path=path))


def main() -> int:
    """Read the command line, run, print, write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="*", default=list(ROWS))
    parser.add_argument("--results", type=Path, default=RESULTS)
    given = parser.parse_args()
    found: dict[int, Watched] = {}
    for rows in given.rows:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "rows.parquet"
            make_table(path, rows)
            asked = {"folder": f"{folder}/product", "source": str(path), "options": {"target": "churned"}}
            found[rows] = watch("benchmarks.product_run", asked)
        print(rows, found[rows], file=sys.stderr, flush=True)
    lines, missed = report(found)
    given.results.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))
    return 1 if missed else 0


def report(found: dict[int, Watched]) -> tuple[list[str], int]:
    """Markdown lines, and how many bars are missed."""
    lines = [
        "# Scale",
        "",
        f"A default run on Parquet tables of 20 columns. Measured on {os.cpu_count()} cores, "
        f"{time.strftime('%Y-%m-%d')}.",
        "",
        "| rows | wall s | CPU s | peak MB | winner | AUC | bar |",
        "|---|---|---|---|---|---|---|",
    ]
    missed = 0
    for rows, took in found.items():
        bar = "-"
        if rows >= 5_000_000:
            held = took.wall_s <= MOST_S and took.peak_mb <= MOST_MB
            missed += not held
            bar = f"{'held' if held else 'MISSED'}: {MOST_S:.0f} s, {MOST_MB:.0f} MB"
        lines.append(
            f"| {rows:,} | {took.wall_s:.0f} | {took.cpu_s:.0f} | {took.peak_mb:.0f} "
            f"| {took.said['winner']} | {took.said['test']:.4f} | {bar} |"
        )
    few, many = min(found), min(max(found), 1_000_000)
    if many in found and few < many:
        grew, by = found[many].wall_s / found[few].wall_s, many / few
        missed += grew > by
        lines += [
            "",
            f"From {few:,} to {many:,} rows time grows {grew:.1f}-fold, rows {by:.0f}-fold (bar: no faster).",
        ]
    return lines, missed


if __name__ == "__main__":
    sys.exit(main())
