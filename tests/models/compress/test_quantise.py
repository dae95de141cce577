import logging

import numpy as np
import pytest

from models.compress.conftest import accuracy
from pilothouse.models.compress import onnx, quantise


def kinds(content):
    """How often each operator stands in a file, and how many bytes its values take in each type."""
    import onnx as library

    model = library.load_model_from_string(content)
    return [node.op_type for node in model.graph.node], {
        one.name: one.data_type for one in model.graph.initializer
    }


@pytest.mark.parametrize("form", ["QDQ", "QOperator"])
@pytest.mark.parametrize("per_channel", [True, False])
def test_static_is_int8_and_answers_nearly_the_same(small, form, per_channel):
    pictures, labels = small.judged
    made = quantise.static(small.content, [pictures[:100]], form=form, per_channel=per_channel)
    operators, _ = kinds(made)
    assert "QuantizeLinear" in operators if form == "QDQ" else "QLinearConv" in operators
    before = onnx.answers(onnx.session(small.content), [pictures])
    after = onnx.answers(onnx.session(made), [pictures])
    assert accuracy(before, labels) > 0.9
    assert abs(accuracy(before, labels) - accuracy(after, labels)) <= 0.02
    assert 0 < np.abs(before - after).max() < 0.2 * np.abs(before).max()


def test_static_leaves_a_narrow_first_layer_in_float(small):
    """What comes before the second layer costs more in int8 than it saves."""
    seen = [small.judged[0][:100]]
    kept, _ = kinds(quantise.static(small.content, seen, form="QOperator"))
    whole, _ = kinds(quantise.static(small.content, seen, form="QOperator", narrow_too=True))
    assert (kept.count("Conv"), kept.count("QLinearConv")) == (1, 1)
    assert (whole.count("Conv"), whole.count("QLinearConv")) == (0, 2)


def test_dynamic_rounds_wide_layers_and_leaves_convolutions(small):
    pictures, _ = small.judged
    made = quantise.dynamic(small.content)
    operators, _ = kinds(made)
    assert "Gemm" not in operators and "MatMulInteger" in operators and operators.count("Conv") >= 2
    before = onnx.answers(onnx.session(small.content), [pictures])
    after = onnx.answers(onnx.session(made), [pictures])
    assert 0 < np.abs(before - after).max() < 0.2 * np.abs(before).max()


def test_what_is_no_sound_model_is_not_quantised(small):
    for content in (b"", b"hello", small.content[:-20]):
        with pytest.raises(ValueError):
            quantise.dynamic(content)


def test_quantising_leaves_the_callers_log_alone(small):
    before = logging.getLogger().level
    quantise.dynamic(small.content)
    assert logging.getLogger().level == before
