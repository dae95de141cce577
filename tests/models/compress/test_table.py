import sys

import pytest

from models.compress.conftest import accuracy
from pilothouse.messages import Message
from pilothouse.models.compress import quantise, table


def test_measure_tells_size_latency_and_metric_of_each_file(small):
    pictures, labels = small.judged
    files = {"fp32": small.content, "int8": quantise.static(small.content, [pictures[:50]])}
    found = table.measure(files, [pictures], lambda margin: accuracy(margin, labels), batches=(1, 16))
    assert [one.name for one in found] == ["fp32", "int8"]
    for one in found:
        assert one.size == len(files[one.name]) and 0 < one.packed <= one.size * 1.1
        assert set(one.latency_ms) == {1, 16} and one.latency_ms[16] > one.latency_ms[1] > 0
        assert one.metric > 0.9
    header, rows = table.header((1, 16), "accuracy"), table.rows(found)
    assert len(header) == 6 and {len(row) for row in rows} == {6}
    assert [one.text("zh") and one.text("en") for one in header if isinstance(one, Message)]
    assert rows[0][1].endswith("(100%)") and rows[0][3].endswith("(100%)")


def test_conditions_are_told():
    pytest.importorskip("onnxruntime", reason="needs the extra deep")
    found = table.conditions(threads=2)
    assert found.threads == 2 and found.runtime.count(".") >= 1
    if sys.platform == "linux":
        assert found.cpu and isinstance(found.flags, tuple)


def test_rows_are_shares_of_the_first_file():
    first = table.Measured("a", 16_384, 2_048, {1: 2.0}, 0.99)
    second = table.Measured("b", 4_096, 1_024, {1: 0.5}, 0.985)
    assert table.rows([first, second])[1] == ("b", "4 (25%)", "1 (50%)", "0.500 (25%)", "0.9850")
