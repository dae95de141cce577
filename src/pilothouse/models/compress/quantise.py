"""Eight bits instead of thirty-two: a quarter of the size, and faster where the CPU helps.

*Dynamic*: weights of the wide layers are kept in int8, and what enters a layer is
rounded as it comes; nothing need be known beforehand. *Static*: everything between is
int8 as well, in ranges seen on some hundred rows, which is what makes convolutions
faster. Whether it pays depends on the CPU (VNNI, AMX) and on the network, so ``table``
measures. It learns nothing anew. Needs the extra ``deep``.

References
----------
Jacob et al., "Quantization and training of neural networks for efficient
integer-arithmetic-only inference", 2018.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from numpy.typing import NDArray

from pilothouse.guards.onnxgraph import check_onnx
from pilothouse.lazy import require

_LAYERS = ("Conv", "Gemm", "MatMul")
_NARROW = 32
_AT_ONCE = 50


def dynamic(content: bytes) -> bytes:
    """Return ONNX ``content`` with the weights of its wide layers in int8.

    Convolutions are left as they are: rounded as they come they take ten times as long.
    """
    quantization = require("onnxruntime.quantization", extra="deep")

    def make(model: Any, path: str) -> None:
        quantization.quantize_dynamic(
            model, path, op_types_to_quantize=["Gemm", "MatMul"], weight_type=quantization.QuantType.QInt8
        )

    return _made(content, make)


def static(
    content: bytes,
    seen: Sequence[NDArray[Any]],
    *,
    form: Literal["QDQ", "QOperator"] = "QDQ",
    per_channel: bool = True,
    narrow_too: bool = False,
) -> bytes:
    """Return ONNX ``content`` in int8 throughout.

    Parameters
    ----------
    seen
        Rows of each input, some hundred, from which ranges are taken. Never rows that
        judge the result.
    form
        "QDQ" keeps the operators and says where they are rounded; "QOperator" names
        operators of int8.
    per_channel
        A range for each filter instead of one for all of a layer.
    narrow_too
        Also quantise a first layer of few inputs, such as a convolution of grey
        pictures. It has hardly any weights, and int8 kernels are slow at it.
    """
    quantization = require("onnxruntime.quantization", extra="deep")
    kinds = quantization.QuantType

    def make(model: Any, path: str) -> None:
        quantization.quantize_static(
            model,
            path,
            _reader(quantization, [one.name for one in model.graph.input], seen),
            quant_format=quantization.QuantFormat[form],
            per_channel=per_channel,
            # Unsigned beside signed is what x86 multiplies fastest, with VNNI and without.
            activation_type=kinds.QUInt8,
            weight_type=kinds.QInt8,
            nodes_to_exclude=[] if narrow_too else _narrow(model),
        )

    return _made(content, make)


def _made(content: bytes, make: Callable[[Any, str], None]) -> bytes:
    """Let ``make`` write a file from ``content``, and return what it wrote."""
    check_onnx(content)
    onnx = require("onnx", extra="deep")
    with tempfile.TemporaryDirectory() as folder, _quiet():
        path = Path(folder) / "made.onnx"
        make(onnx.load_model_from_string(content), str(path))
        made = path.read_bytes()
    check_onnx(made)
    return made


def _reader(quantization: Any, names: Sequence[str], seen: Sequence[NDArray[Any]]) -> Any:
    """Hand the rows out, some at a time."""
    parts: Iterator[dict[str, Any]] = (
        {name: one[start : start + _AT_ONCE] for name, one in zip(names, seen, strict=True)}
        for start in range(0, len(seen[0]), _AT_ONCE)
    )

    class Reader(quantization.CalibrationDataReader):  # type: ignore[misc]
        """What onnxruntime asks for rows."""

        def get_next(self) -> dict[str, Any] | None:
            return next(parts, None)

    return Reader()


def _narrow(model: Any) -> list[str]:
    """Names of what stands before the second layer, where the first has few inputs; else none."""
    nodes = list(model.graph.node)
    layers = [place for place, node in enumerate(nodes) if node.op_type in _LAYERS]
    if not layers or nodes[layers[0]].op_type != "Conv":
        return []
    sizes = {one.name: one.dims for one in model.graph.initializer}
    entering, high, wide = sizes[nodes[layers[0]].input[1]][1:4]
    if entering * high * wide > _NARROW:
        return []
    names = [node.name for node in nodes[: layers[0] + 1]]
    # Onwards along the only way, until the next layer or a fork.
    node = nodes[layers[0]]
    while True:
        after = [one for one in nodes if node.output[0] in one.input]
        if len(after) != 1 or after[0].op_type in _LAYERS:
            return names
        node = after[0]
        names.append(node.name)


@contextmanager
def _quiet() -> Iterator[None]:
    """Hush the advice to prepare a model that ``onnx.exported`` has prepared."""
    logger = logging.getLogger()
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)
