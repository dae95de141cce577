"""A network as ONNX: one file that answers as PyTorch does, for any number of rows.

What the exporter notes about the machine it ran on (paths, source lines, shapes in
between) is taken out. Answers are compared before the file is given away. Needs the
extra ``deep``; which rows a network is asked, and what its answers mean, is not told here.

References
----------
ONNX 1.20, opset 20; ``torch.onnx.export`` over ``torch.export``.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pilothouse.guards.onnxgraph import check_onnx
from pilothouse.lazy import require

OUTPUT = "margin"
CLOSE = 1e-5
_OPSET = 20
_ROWS = 3


def exported(network: Any, examples: Sequence[Any]) -> bytes:
    """Return ``network`` as an ONNX file that holds all its values.

    Parameters
    ----------
    network
        A torch module; it is put into evaluation mode.
    examples
        One tensor for each of its inputs, with the same number of rows, at least one.
        Rows stay free in the file; everything else is fixed.

    Returns
    -------
    bytes
        Inputs are called ``input``, or ``input_0``, ``input_1`` ... where there are
        several; the output is ``margin``.

    Raises
    ------
    ValueError
        When onnxruntime's answers are further than 1e-5 from PyTorch's, measured
        against the largest answer where that is above one.
    """
    torch = require("torch", extra="deep")
    network.eval()
    # Two rows and more, because the exporter takes a size of 1 or 0 for a law.
    repeated = tuple(one[torch.arange(_ROWS) % len(one)] for one in examples)
    rows = torch.export.Dim("rows")
    with _quiet(), torch.no_grad():
        made = torch.onnx.export(
            network,
            repeated,
            input_names=input_names(len(examples)),
            output_names=[OUTPUT],
            dynamic_shapes=tuple({0: rows} for _ in examples),
            opset_version=_OPSET,
            dynamo=True,
            verbose=False,
        ).model_proto
        said = network(*examples).numpy()
    content: bytes = _bare(made).SerializeToString(deterministic=True)
    away = float(np.abs(answers(session(content), [one.numpy() for one in examples]) - said).max(initial=0.0))
    if not away <= CLOSE * max(1.0, float(np.abs(said).max(initial=0.0))):
        raise ValueError(f"onnxruntime is {away:.2g} away from PyTorch")
    return content


def input_names(count: int) -> list[str]:
    """Return the names of a network's inputs."""
    return ["input"] if count == 1 else [f"input_{place}" for place in range(count)]


def session(content: bytes, threads: int = 1) -> Any:
    """Open ONNX ``content`` in onnxruntime, on the CPU, after it was checked.

    Raises
    ------
    ValueError
        See ``guards.onnxgraph.check_onnx``.
    """
    check_onnx(content)
    runtime = require("onnxruntime", extra="deep")
    options = runtime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.log_severity_level = 3
    return runtime.InferenceSession(content, options, providers=["CPUExecutionProvider"])


def answers(opened: Any, inputs: Sequence[NDArray[Any]], at_once: int = 512) -> NDArray[np.float32]:
    """Ask a session for all rows of ``inputs``, some at a time: (n, outputs)."""
    names = [one.name for one in opened.get_inputs()]
    found = []
    for start in range(0, max(1, len(inputs[0])), at_once):
        asked = {name: one[start : start + at_once] for name, one in zip(names, inputs, strict=True)}
        found.append(opened.run(None, asked)[0])
    return np.concatenate(found)


def _bare(model: Any) -> Any:
    """Take out notes that answer nothing, and shapes in between, which mislead quantisation."""
    graph = model.graph
    del graph.value_info[:]
    for part in (model, graph, *graph.node, *graph.initializer, *graph.input, *graph.output):
        del part.metadata_props[:]
        part.ClearField("doc_string")
    return model


@contextmanager
def _quiet() -> Iterator[None]:
    """Hush the exporter, which warns of its own insides and of libraries it does not need."""
    logger = logging.getLogger("torch.onnx")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(before)
