"""``python -m benchmarks.write [--gguf FILE --items N]``: texts about real items.

Reads the films of MovieLens 100k below ``PILOTHOUSE_DATA`` and, out of the wheel of ``islp`` (fetched
and opened as a zip, never imported), 397 cars and 777 colleges. Of each table the items kept aside:
the share of texts that pass every check and are no near copies, by candidate. Then faults
are planted in texts that pass, of nine kinds: how many does the check that they are for
find? And seconds for 1,000 items on one thread. With ``--gguf`` a local model writes of so
many items too. Writes ``RESULTS.md``; exits 1 when a bar is missed.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pilothouse.demo.packages import ISLP, fetch
from pilothouse.guards.personal import Pseudonyms
from pilothouse.models.writing.asked import AskedModel
from pilothouse.models.writing.checks import check
from pilothouse.models.writing.facts import Item
from pilothouse.models.writing.rules import Rules
from pilothouse.models.writing.writer import Written, figures_of, items_in
from pilothouse.pipeline.begin import make_scenario
from pilothouse.product import UseCaseSettings
from pilothouse.steps.collect import Source, guess_roles, read
from pilothouse.types import Context, Table

RESULTS = Path(__file__).with_name("RESULTS.md")
FOUND_BAR, SECONDS_BAR, PLANTED = 0.98, 5.0, 300
HERE = Context()


@dataclass(frozen=True)
class Line:
    """One candidate on one table."""

    table: str
    kind: str
    name: str
    texts: int
    values: dict[str, float]
    seconds: float


PLANTS: dict[str, tuple[str, Callable[[str, Item], str]]] = {
    "a number that the row has not": ("facts", lambda t, i: f"{t} Only 7,351 left."),
    "another unit": ("facts", lambda t, i: f"{t} It weighs 12 kg."),
    "a date": ("facts", lambda t, i: f"{t} Since May 3, 2031."),
    "a number in words": (
        "facts",
        lambda t, i: f"{t} With a seventeen year promise, or rather twelve years.",
    ),
    "a name": ("facts", lambda t, i: f"{t} As seen at Zorblax Arena."),
    "a claim": ("facts", lambda t, i: f"{t} It is waterproof and organic."),
    "an absolute claim": ("words", lambda t, i: f"{t} The finest there is."),
    "a link": ("safe", lambda t, i: f"{t} See www.evil.example."),
    "a telephone number": ("safe", lambda t, i: f"{t} Call 13812345678."),
    "another item": ("facts", lambda t, i: t.replace(i.name, "Something else entirely")),
}


def main() -> int:
    """Read the command line, run, write the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gguf", type=Path, help="weights of a language model on this machine")
    parser.add_argument("--items", type=int, default=40, help="that the language model writes about")
    args = parser.parse_args()
    lines: list[Line] = []
    found: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    tables = dict(_tables())
    for name, table in tables.items():
        for kind in ("description", "in_app"):
            lines += list(_contest(name, kind, table))
        _plant(table, found, asked)
    models = list(_by_model(args.gguf, tables["films"], args.items)) if args.gguf else []
    slowest = max(line.seconds / line.texts * 1_000 for line in lines)
    share = sum(found.values()) / sum(asked.values())
    held = {
        f"planted faults found >= {FOUND_BAR:.0%}": share >= FOUND_BAR,
        f"1,000 items by the slowest rule-made writer <= {SECONDS_BAR:.0f} s": slowest <= SECONDS_BAR,
    }
    RESULTS.write_text(_written(lines, models, (found, asked), held), encoding="utf-8")
    print(RESULTS.read_text(encoding="utf-8"))
    return 0 if all(held.values()) else 1


def _tables() -> Iterator[tuple[str, Table]]:
    films = Path(os.environ["PILOTHOUSE_DATA"]) / "ml-100k" / "ml-100k.item"
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "films.tsv"
        head, _, rest = films.read_text(encoding="utf-8").partition("\n")
        path.write_text(
            "\t".join(h.partition(":")[0] for h in head.split("\t")) + "\n" + rest, encoding="utf-8"
        )
        yield "films", guess_roles(read(Source(str(path))).table)
        others = {"cars": "Auto.csv", "colleges": "College.csv"}
        files = {file: (f"ISLP/data/{file}",) for file in others.values()}
        fetch(replace(ISLP, files=files), Path(place))
        for name, file in others.items():
            path = Path(place) / file
            text = path.read_text(encoding="utf-8")
            path.write_text("name" + text if text.startswith(",") else text, encoding="utf-8")
            yield name, guess_roles(read(Source(str(path))).table)


def _prepared(kind: str, table: Table) -> tuple[Any, Any]:
    scenario = make_scenario(UseCaseSettings(scenario="write", table="rows", options={"kind": kind}))
    return scenario, scenario.prepare({"rows": table}, Pseudonyms(b"a key for benchmarks"), True)


def _contest(name: str, kind: str, table: Table) -> Iterator[Line]:
    scenario, prepared = _prepared(kind, table)
    questions = scenario.questions(prepared.data).take(prepared.split.test)
    for candidate in scenario.candidates(prepared.data):
        if candidate.needs_llm:
            continue
        model = candidate.build({}).fit(prepared.data.take(prepared.split.train), HERE)
        started = time.process_time()
        answers = model.predict(questions.requests, HERE)
        seconds = time.process_time() - started
        values = {n: float(v) for n, v in scenario.measure(questions, answers).values.items()}
        yield Line(name, kind, candidate.name, len(answers), values, seconds)


def _plant(table: Table, found: Counter[str], asked: Counter[str]) -> None:
    """Spoil texts that pass, each in every way, and count what the check that is meant finds."""
    scenario, prepared = _prepared("description", table)
    rules: Rules = replace(scenario.rules(prepared.data.table), longest=1_000)
    grammar = next(c for c in scenario.candidates(prepared.data) if c.name == "grammar")
    items = items_in(prepared.data.table)[:PLANTED]
    model = replace(grammar.build({}).fit(prepared.data, HERE), rules=rules)
    for item, text in zip(items, model.write(items, HERE), strict=True):
        if text.stands:
            for fault, (wanted, spoil) in PLANTS.items():
                asked[fault] += 1
                found[fault] += not check(spoil(text.text, item), item, rules).holds(wanted)


def _by_model(gguf: Path, table: Table, count: int) -> Iterator[tuple[str, Line, list[Written]]]:
    """Let a local model write about the first items kept aside."""
    from pilothouse.guards.llm import Access, LlmDoor

    scenario, prepared = _prepared("description", table)
    questions = scenario.questions(prepared.data).take(prepared.split.test[:count])
    rules = scenario.rules(prepared.data.table)
    with tempfile.TemporaryDirectory() as place:
        door = LlmDoor(
            Access(gguf.stem, Path(place) / "state.db", gguf=gguf, timeout_s=300.0), folder=Path(place)
        )
        model = AskedModel(rules).fit(prepared.data.take(prepared.split.train), Context(llm=door))
        started = time.monotonic()
        texts = model.write(items_in(questions.requests), Context(llm=door))
        seconds = time.monotonic() - started
    values = {n: float(v) for n, v in scenario.measure(questions, figures_of(texts)).values.items()}
    yield gguf.stem, Line("films", "description", "llm_plain", len(texts), values, seconds), texts


def _written(
    lines: list[Line],
    models: list[tuple[str, Line, list[Written]]],
    planted: tuple[Counter[str], Counter[str]],
    held: dict[str, bool],
) -> str:
    found, asked = planted
    cpu = platform.processor() or platform.machine()
    out = [
        "# Texts about items",
        "",
        f"Measured on {os.cpu_count()} cores ({cpu}), {time.strftime('%Y-%m-%d')}; one thread.",
        "",
    ]
    out += ["## Candidates without a language model", ""]
    out += ["Items kept aside. Good: passes every check and is no near copy of another text of the set.", ""]
    out += [
        "| table | kind | candidate | texts | good | facts told | diversity | readability | near copies | s for 1,000 |"
    ]
    out += ["|---|---|---|---|---|---|---|---|---|---|"]
    out += [_row(line) for line in lines]
    out += [
        "",
        "## Planted faults",
        "",
        f"In up to {PLANTED} texts of each table that pass; found by the check that is meant. The faults were made up by the hand that made the lists, so a fault that is on no list is not among them.",
        "",
    ]
    out += ["| fault | planted | found |", "|---|---|---|"]
    out += [f"| {fault} | {asked[fault]:,} | {100 * found[fault] / asked[fault]:.1f} % |" for fault in PLANTS]
    for name, line, texts in models:
        out += ["", f"## A language model on this machine ({name})", "", _row(line).replace("|", "|"), ""]
        refused = Counter(r.partition(":")[0] for t in texts for r in set(t.refused))
        out += [
            f"Seconds are wall seconds. Replies refused: {sum(bool(t.refused) for t in texts)} of {len(texts)}"
        ]
        out[-1] += " (" + ", ".join(f"{n} {c}" for n, c in refused.most_common()) + ")." if refused else "."
        out += ["", *(f"- {t.text}" for t in texts if t.by_model)][:6]
    out += ["", "## Bars", "", *(f"- {name}: {'held' if ok else 'MISSED'}" for name, ok in held.items())]
    return "\n".join(out) + "\n"


def _row(line: Line) -> str:
    names = ("good", "told", "diversity", "readability", "near_copies")
    figures = " | ".join(f"{line.values[n]:.3f}" for n in names)
    return f"| {line.table} | {line.kind} | {line.name} | {line.texts} | {figures} | {line.seconds / line.texts * 1_000:.2f} |"


if __name__ == "__main__":
    sys.exit(main())
