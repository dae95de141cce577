"""An edge bundle: a folder that answers without Pilothouse and without PyTorch.

A network over pictures leaves as ONNX, plain and in int8, with what comes before it
(the frame) and after it (labels, calibration, when to abstain), and a runner that needs
numpy and onnxruntime only. The frame's code is the product's own, copied. Form of int8:
the faster of two at one picture a call, measured here. No picture leaves with it.
"""

from __future__ import annotations

import ast
import hashlib
import inspect
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pilothouse.guards.modelfile import save_file
from pilothouse.lazy import require
from pilothouse.messages import LANGUAGES, Language, say
from pilothouse.models.calibration import Calibration
from pilothouse.models.compress import onnx, quantise, table
from pilothouse.models.fitted import Fitted
from pilothouse.models.pictures import frame
from pilothouse.models.pictures.network import PictureNetwork

VERSION = 1
BATCHES = (1, 32)
README: Mapping[Language, str] = {"en": "README.md", "zh": "README.zh-CN.md"}
_MODELS = {"fp32": "model.onnx", "int8": "model.int8.onnx"}
_MOST_SEEN = 500
_TRY = """```sh
pip install onnxruntime numpy
python run.py pictures.npy
python run.py pictures.npy int8
```"""
_CONVERT = """```python
import numpy as np
from PIL import Image

np.save("pictures.npy", np.stack([np.asarray(Image.open("one.png").convert("RGB"))]))
```"""


@dataclass(frozen=True)
class Edge:
    """What a device needs to answer as the product does.

    Parameters
    ----------
    network
        A torch module: (n, channels, side, side) bytes -> (n, labels) margins.
    frame
        Into which every picture is brought.
    labels
        In the order of the margins.
    calibration
        Of the probabilities.
    least_probability
        Below it the model abstains.
    """

    network: Any = field(repr=False)
    frame: frame.Frame
    labels: tuple[str, ...]
    calibration: Calibration
    least_probability: float = 0.0


@dataclass(frozen=True)
class Written:
    """What a bundle holds: files by their names, and what was measured."""

    files: Mapping[str, str | bytes] = field(repr=False)
    measured: tuple[table.Measured, ...]
    conditions: table.Conditions


def edge_of(fitted: Any) -> Edge | None:
    """Return what can leave of a winner; None where it is no fitted network over pictures."""
    if not isinstance(fitted, Fitted) or not isinstance(fitted.model, PictureNetwork):
        return None
    model = fitted.model
    return Edge(model.network, model.frame, fitted.target.classes, fitted.calibration, fitted.threshold)


def make_bundle(edge: Edge, title: str, seen: Sequence[Any], judged: Sequence[Any]) -> Written:
    """Compose the files of a bundle.

    Parameters
    ----------
    edge
        What answers.
    title
        Of the README pages.
    seen
        Learning pictures, (h, w) or (h, w, 3) uint8 each: the first 500 set the ranges of int8.
    judged
        Pictures, at least one, on which int8 is compared with the whole file: how often
        both tell the same label.

    Raises
    ------
    ValueError
        See ``onnx.exported``.
    """
    torch = require("torch", extra="deep")
    ranges = edge.frame.pixels(seen[:_MOST_SEEN])
    whole = onnx.exported(edge.network, [torch.from_numpy(ranges[:8])])
    asked = [edge.frame.pixels(judged)]

    told = onnx.answers(onnx.session(whole), asked).argmax(axis=1)

    def agreement(margin: NDArray[np.float32]) -> float:
        return float((margin.argmax(axis=1) == told).mean())

    forms = [quantise.static(whole, [ranges], narrow_too=narrow) for narrow in (False, True)]
    tried = table.measure({"0": forms[0], "1": forms[1]}, asked, agreement, (1,))
    small = forms[0] if tried[0].latency_ms[1] <= tried[1].latency_ms[1] else forms[1]
    models = {"fp32": whole, "int8": small}
    measured = table.measure(models, asked, agreement, BATCHES)
    conditions = table.conditions()
    kept = {
        "version": VERSION,
        **edge.frame.state(),
        "labels": list(edge.labels),
        "calibration": edge.calibration.state(),
        "least_probability": edge.least_probability,
        "files": {form: _entry(_MODELS[form], content) for form, content in models.items()},
    }
    files: dict[str, str | bytes] = {_MODELS[form]: content for form, content in models.items()}
    files["bundle.json"] = json.dumps(kept, ensure_ascii=False, indent=1) + "\n"
    for name, text in (("run.py", "runner.py.txt"), ("processing.py", "processing.py.txt")):
        files[name] = (resources.files(__package__) / text).read_text(encoding="utf-8")
    files["prepare.py"] = _prepare()
    for language in LANGUAGES:
        files[README[language]] = _readme(edge, title, (measured, conditions, len(judged)), language)
    return Written(files, tuple(measured), conditions)


def write_bundle(written: Written, folder: Path) -> None:
    """Write a bundle's files into ``folder``, each whole or not at all."""
    for name, content in written.files.items():
        if isinstance(content, bytes):
            save_file(folder / name, content, "onnx")
        else:
            (folder / name).write_text(content, encoding="utf-8", newline="\n")


def _entry(name: str, content: bytes) -> dict[str, Any]:
    return {"name": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def _prepare() -> str:
    """The product's own code that brings a picture into the frame, as a module of its own."""
    source = inspect.getsource(frame)
    lines, tree = source.splitlines(), ast.parse(source)
    named = {name: node for node in tree.body for name in _names(node)}
    wanted, waiting = set(), ["_in_channels", "fit"]
    while waiting:
        node = named[waiting.pop()]
        if node not in wanted:
            wanted.add(node)
            used = {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
            waiting.extend(used & named.keys())
    parts = [
        '"""Brings pictures into the frame, as the product that this model comes from does."""',
        "from __future__ import annotations",
    ]
    for node in sorted(wanted, key=lambda one: one.lineno):
        first = min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", ()))])
        parts.append("\n".join(lines[first - 1 : node.end_lineno]))
    return "\n\n".join(parts) + "\n"


def _names(node: ast.stmt) -> list[str]:
    """Names that a statement of a module makes."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.Import | ast.ImportFrom):
        return [one.asname or one.name for one in node.names]
    return [one.id for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)]


def _readme(
    edge: Edge, title: str, found: tuple[list[table.Measured], table.Conditions, int], language: Language
) -> str:
    """One page: how to ask, what comes back, what was measured."""
    measured, where, judged = found
    titles = (*table.header(BATCHES, say("compress.agreement")),)
    cells = [[one if isinstance(one, str) else one.text(language) for one in titles], *table.rows(measured)]
    rows = ["| " + " | ".join(row) + " |" for row in cells]
    shape = {"side": edge.frame.side, "colours": say(f"compress.colours_{edge.frame.channels}")}
    paragraphs = [
        "# " + " ".join(title.split()),
        say("compress.readme_what", labels=len(edge.labels)).text(language),
        _TRY,
        say("compress.readme_pictures", **shape).text(language),
        _CONVERT,
        say("compress.readme_answers", least=f"{edge.least_probability:.3f}").text(language),
        "\n".join([rows[0], "|" + "---|" * len(titles), *rows[1:]]),
        say(
            "compress.readme_measured",
            judged=judged,
            cpu=where.cpu,
            flags=", ".join(where.flags) or "-",
            threads=where.threads,
            runtime=where.runtime,
        ).text(language),
        say("compress.readme_same").text(language),
    ]
    return "\n\n".join(paragraphs) + "\n"
