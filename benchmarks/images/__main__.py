"""``python -m benchmarks.images [--learn IDX --test IDX]``: networks on pictures in IDX files.

The product's convolutional network learns from all pictures that are to be learnt from, the
same network learns in a plain loop of PyTorch in the same process on one thread, and a
perceptron passes five times. The set is MNIST (``PILOTHOUSE_DATA``), or one of the same shape
named by path, which has no bar of its own (``benchmarks.images.fashion`` makes one). Writes
``RESULTS.md`` beside this file; exits 1 when a bar is missed.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from pilothouse.models.networks.convolution import convolution
from pilothouse.models.networks.perceptron import PerceptronShape, perceptron
from pilothouse.models.pictures.frame import Frame
from pilothouse.models.pictures.network import Convolution
from pilothouse.models.target import Target
from pilothouse.models.training import Lesson, TrainingPlan, train
from pilothouse.steps.collect.idx import read_idx
from pilothouse.steps.collect.limits import Limits
from pilothouse.types import Column, Context, Data, Kind, Role, Table

RESULTS = Path(__file__).with_name("RESULTS.md")
RIGHT, TIMES, PERCEPTRON = 0.990, 1.1, 0.985
SEED = 0


def main() -> int:
    """Read the command line, train, print, write the table."""
    home = Path(os.environ.get("PILOTHOUSE_DATA", "data")) / "mnist"
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--learn", type=Path, default=home / "train-images-idx3-ubyte.gz")
    parser.add_argument("--test", type=Path, default=home / "t10k-images-idx3-ubyte.gz")
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--results", type=Path, default=RESULTS)
    given = parser.parse_args()
    if not given.learn.is_file():
        print(f"no file {given.learn}: name one with --learn, or the folder of data in PILOTHOUSE_DATA")
        return 1
    import torch

    torch.set_num_threads(1)
    learn, test = (pictures(path) for path in (given.learn, given.test))
    mine, model = ours(learn, test, given.epochs)
    theirs = loop(model.shape, learn, test, given.epochs)
    layers = five_passes(learn, test)
    lines = told(given, learn, test, (mine, theirs, layers))
    text = "\n".join(lines) + "\n"
    given.results.write_text(text, encoding="utf-8")
    print(text)
    return 0 if not _has_bars(given) or (mine[0] >= RIGHT and mine[1] <= TIMES * theirs[1]) else 1


def _has_bars(given: Any) -> bool:
    return bool(given.learn.parent.name == "mnist")


def pictures(path: Path) -> Table:
    """An IDX file with its labels as a table with a target."""
    pixels, labels, _ = read_idx(path, Limits())
    assert labels is not None, f"no labels beside {path}"
    held, words = np.empty(len(pixels), dtype=object), np.empty(len(pixels), dtype=object)
    for place, one in enumerate(pixels):
        held[place] = np.ascontiguousarray(one)
    words[:] = [str(code) for code in labels.tolist()]
    classes = tuple(str(code) for code in sorted(set(labels.tolist())))
    target = Column("label", Kind.CATEGORY, Role.TARGET, distinct=len(classes), classes=classes)
    return Table((Column("picture", Kind.PICTURE, Role.IMAGE), target), {"picture": held, "label": words})


def tensors(table: Table) -> tuple[Any, Any]:
    """Pixels as bytes and class numbers."""
    import torch

    frame = Frame.of(table)
    return torch.from_numpy(frame.pixels(table["picture"])), torch.from_numpy(Target.of(table).truth(table))


def ours(learn: Table, test: Table, epochs: int) -> tuple[tuple[float, float], Any]:
    """The candidate as the product builds it; reading pictures into tensors counts too."""
    target = Target.of(learn)
    candidate = Convolution(target, Frame.of(learn), epochs=epochs)
    started = time.process_time()
    model = candidate.build({}).fit(Data({"rows": learn}), Context(seed=SEED))
    seconds = time.process_time() - started
    said = model.predict(test.drop(["label"]), Context())["probability"].argmax(axis=1)
    return (float((said == target.truth(test)).mean()), seconds), model


def loop(shape: Any, learn: Table, test: Table, epochs: int) -> tuple[float, float]:
    """The same network in the loop that every tutorial has."""
    import torch

    pixels, truth = tensors(learn)
    torch.manual_seed(SEED)
    network = convolution(shape)
    started = time.process_time()
    steps = epochs * -(-len(truth) // 128)
    optimiser = torch.optim.AdamW(network.parameters(), lr=4e-3, weight_decay=0.02)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimiser, 4e-3, total_steps=steps)
    for _ in range(epochs):
        network.train()
        for rows in torch.randperm(len(truth)).split(128):
            optimiser.zero_grad()
            torch.nn.functional.cross_entropy(network(pixels[rows]), truth[rows]).backward()
            optimiser.step()
            rate.step()
    seconds = time.process_time() - started
    return right(network, test), seconds


def five_passes(learn: Table, test: Table) -> tuple[float, float]:
    """A perceptron of two layers, five times over the pictures, by the house's trainer."""
    import torch

    pixels, truth = tensors(learn)
    torch.manual_seed(SEED)
    network = perceptron(PerceptronShape(pixels[0].numel(), int(truth.max()) + 1))
    plan = TrainingPlan(epochs=5, batch=128, rate=2e-3, weight_decay=0.05, patience=None)
    started = time.process_time()
    train(network, Lesson([pixels, truth], None, torch.nn.functional.cross_entropy), plan, Context(seed=SEED))
    return right(network, test), time.process_time() - started


def right(network: Any, test: Table) -> float:
    """Share told right."""
    import torch

    pixels, truth = tensors(test)
    network.eval()
    with torch.no_grad():
        said = torch.cat([network(part).argmax(1) for part in pixels.split(1_000)])
    return float((said == truth).double().mean())


def told(given: Any, learn: Table, test: Table, found: Any) -> list[str]:
    """The page."""
    import torch

    mine, theirs, layers = found
    named = {
        f"convolution (ours), {given.epochs} passes": mine,
        f"the same network in a plain loop, {given.epochs} passes": theirs,
        "perceptron 512-512 (ours), 5 passes": layers,
    }
    day = datetime.now(UTC).date().isoformat()
    machine = f"{platform.machine()}, torch {torch.__version__}, one thread, bytes in memory"
    lines = [
        f"# Pictures by label: {given.learn.resolve().parent.name}",
        "",
        f"{given.learn.name}: {learn.rows:,} pictures learnt from, {test.rows:,} asked ({given.test.name}). Ours keeps"
        " a tenth of the former to check each pass and to choose the best. CPU seconds of one process, with getting"
        f" pictures into tensors for ours; what else ran on the machine adds to all of them alike. Seed {SEED}.",
        "",
        f"Measured on {machine}, {day}.",
        "",
        "| network | right of those asked | CPU s |",
        "|---|---|---|",
    ]
    lines += [f"| {name} | {100 * share:.2f} % | {seconds:.0f} |" for name, (share, seconds) in named.items()]
    ratio = mine[1] / theirs[1]
    if not _has_bars(given):
        return [*lines, "", f"- time: {ratio:.2f} of the plain loop's"]
    lines += [
        "",
        f"- right: {100 * mine[0]:.2f} % (bar {100 * RIGHT:.1f} %): {_held(mine[0] >= RIGHT)}",
        f"- time: {ratio:.2f} of the plain loop's (bar {TIMES}): {_held(ratio <= TIMES)}",
        f"- perceptron: {100 * layers[0]:.2f} % after 5 passes (aim {100 * PERCEPTRON:.1f} %):"
        f" {_held(layers[0] >= PERCEPTRON)}",
    ]
    return lines


def _held(is_so: bool) -> str:
    return "held" if is_so else "missed"


if __name__ == "__main__":
    sys.exit(main())
