"""A sound ONNX graph before onnxruntime sees it.

ONNX has no magic number, so a file is taken for one when its outermost layer is, byte
for byte, that of a ``ModelProto`` and nothing else. A graph may name files beside it,
which onnxruntime then opens wherever they point, or operators that come from elsewhere;
both are refused. It does not judge whether the network is good.

References
----------
onnx.proto of ONNX 1.20; "Encoding" in the Protocol Buffers documentation.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pilothouse.lazy import require

DOMAINS = ("", "ai.onnx", "ai.onnx.ml", "com.microsoft")
_VARINT, _LENGTH = 0, 2
_FIELDS = {
    1: _VARINT,  # ir_version
    2: _LENGTH,  # producer_name
    3: _LENGTH,  # producer_version
    4: _LENGTH,  # domain
    5: _VARINT,  # model_version
    6: _LENGTH,  # doc_string
    7: _LENGTH,  # graph
    8: _LENGTH,  # opset_import
    14: _LENGTH,  # metadata_props
}
_GRAPH, _OPSET = 7, 8


def is_onnx(content: bytes) -> bool:
    """Tell whether the outermost layer is that of an ONNX model and of nothing else."""
    place, counts = 0, dict.fromkeys(_FIELDS, 0)
    while place < len(content):
        key, place = _varint(content, place)
        number, kind = key >> 3, key & 7
        if _FIELDS.get(number) != kind or (number != 1 and not counts[1]):
            return False
        counts[number] += 1
        length, place = _varint(content, place)
        place += length if kind == _LENGTH else 0
        if place > len(content):
            return False
    return counts[1] == 1 and counts[_GRAPH] == 1 and counts[_OPSET] >= 1


def _varint(content: bytes, place: int) -> tuple[int, int]:
    """A number of at most ten bytes, and where it ends: beyond the content where it is cut."""
    value = 0
    for shift in range(0, 70, 7):
        if place >= len(content):
            return 0, len(content) + 1
        byte, place = content[place], place + 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, place
    return 0, len(content) + 1


def check_onnx(content: bytes) -> None:
    """Raise ValueError when ``content`` is no ONNX model that may be run.

    Parameters
    ----------
    content
        A whole ONNX file.
    """
    onnx, checker = require("onnx", extra="deep"), require("onnx.checker", extra="deep")
    message = require("google.protobuf.message", extra="deep")
    try:
        model = onnx.load_model_from_string(content)
    except message.DecodeError as fault:
        raise ValueError("not a whole ONNX model") from fault
    if any(one.domain not in DOMAINS for one in model.opset_import):
        raise ValueError("operators of an unknown domain")
    for part in _parts(model):
        if isinstance(part, onnx.TensorProto) and (
            part.data_location == onnx.TensorProto.EXTERNAL or part.external_data
        ):
            raise ValueError("values in another file")
        if isinstance(part, onnx.NodeProto) and part.domain not in DOMAINS:
            raise ValueError("operators of an unknown domain")
    try:
        checker.check_model(model)
    except checker.ValidationError as fault:
        raise ValueError("not a sound ONNX model") from fault


def _parts(message: Any) -> Iterator[Any]:
    """``message`` and every message inside it, however deep."""
    waiting = [message]
    while waiting:
        one = waiting.pop()
        yield one
        for field, value in one.ListFields():
            if field.message_type is not None:
                waiting.extend(value if field.is_repeated else [value])
