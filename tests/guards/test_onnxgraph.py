"""Sound graphs pass; files beside them, foreign operators and everything else do not."""

import os
import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pilothouse.errors import Corrupt, Refused
from pilothouse.guards.modelfile import check_manifest, load_file, save_file, sniff, write_manifest
from pilothouse.guards.onnxgraph import check_onnx, is_onnx

onnx = pytest.importorskip("onnx", reason="needs the extra deep")


def graph(*, domain="", outside=None, nested=False, functions=False):
    """y = x + w, with one fault."""
    import numpy as np
    from onnx import TensorProto, helper, numpy_helper

    weight = numpy_helper.from_array(np.ones(3, dtype=np.float32), "w")
    if outside is not None:
        weight.ClearField("raw_data")
        weight.data_location = TensorProto.EXTERNAL
        for key, value in (("location", outside), ("length", "12")):
            entry = weight.external_data.add()
            entry.key, entry.value = key, value
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", 3]) for name in ("x", "y")]
    if nested:
        nodes = [
            helper.make_node("Constant", [], ["w"], value=weight),
            helper.make_node("Add", ["x", "w"], ["y"]),
        ]
        made = helper.make_graph(nodes, "g", ends[:1], ends[1:])
    else:
        nodes = [helper.make_node("Add", ["x", "w"], ["y"], domain=domain)]
        made = helper.make_graph(nodes, "g", ends[:1], ends[1:], [weight])
    sets = [helper.make_opsetid("", 20)] + ([helper.make_opsetid(domain, 1)] if domain else [])
    model = helper.make_model(made, opset_imports=sets, ir_version=10)
    if functions:
        model.functions.append(
            helper.make_function("own", "F", ["a"], ["b"], [], [helper.make_opsetid("", 20)])
        )
    return model.SerializeToString()


def test_sound_graph_is_known_and_passes(tmp_path):
    for content in (graph(), graph(nested=True)):
        assert is_onnx(content) and sniff(content) == "onnx"
        check_onnx(content)
        save_file(tmp_path / "model.onnx", content, "onnx")
        assert load_file(tmp_path / "model.onnx", "onnx") == content
    assert check_manifest(tmp_path, write_manifest(tmp_path))


@pytest.mark.parametrize("nested", [True, False])
@pytest.mark.parametrize("outside", ["../../etc/passwd", "weights.bin", ""])
def test_values_in_another_file_are_refused(tmp_path, outside, nested):
    content = graph(outside=outside, nested=nested)
    with pytest.raises(ValueError, match="another file"):
        check_onnx(content)
    (tmp_path / "model.onnx").write_bytes(content)
    with pytest.raises(Corrupt):
        load_file(tmp_path / "model.onnx", "onnx")
    with pytest.raises(ValueError, match="another file"):
        save_file(tmp_path / "other.onnx", content, "onnx")
    assert not (tmp_path / "other.onnx").exists()


def test_operators_from_elsewhere_are_refused():
    with pytest.raises(ValueError, match="unknown domain"):
        check_onnx(graph(domain="com.example"))
    assert not is_onnx(graph(functions=True)), "functions of its own"


def test_graph_that_does_not_hold_together_is_refused():
    model = onnx.load_model_from_string(graph())
    del model.graph.initializer[:]
    with pytest.raises(ValueError, match="not a sound"):
        check_onnx(model.SerializeToString())


class Payload:
    def __reduce__(self):
        return os.system, ("true",)


@pytest.mark.parametrize("protocol", range(6))
def test_pickle_before_or_behind_a_graph_is_no_graph(protocol):
    payload = pickle.dumps(Payload(), protocol)
    for content in (payload, graph() + payload, payload + graph()):
        assert not is_onnx(content)


@settings(max_examples=200)
@given(st.binary(max_size=200), st.integers(0, 400))
def test_is_onnx_never_fails_and_knows_a_cut_file(noise, place):
    whole = graph()
    is_onnx(noise)
    is_onnx(b"\x08\x0a" + noise)
    cut = min(place, len(whole) - 1)
    # What reads as one after a cut between two fields must be one.
    if is_onnx(whole[:cut]):
        check_onnx(whole[:cut])


def test_other_kinds_are_no_graphs(tmp_path):
    save_file(tmp_path / "a.json", {"a": 1}, "json")
    (tmp_path / "graph.json").write_bytes(graph())
    assert not is_onnx((tmp_path / "a.json").read_bytes())
    with pytest.raises(Refused):
        load_file(tmp_path / "graph.json", "json")
