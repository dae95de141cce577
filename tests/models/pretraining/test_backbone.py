"""A backbone kept and loaded."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from pilothouse.errors import Corrupt  # noqa: E402
from pilothouse.guards.modelfile import write_manifest  # noqa: E402
from pilothouse.models.networks.convolution import ConvolutionShape, convolution  # noqa: E402
from pilothouse.models.networks.events import EventsShape, events  # noqa: E402
from pilothouse.models.networks.transformer import TransformerShape, transformer  # noqa: E402
from pilothouse.models.pretraining.backbone import Backbone, find_backbone  # noqa: E402

PICTURES = torch.rand(3, 1, 8, 8, generator=torch.Generator().manual_seed(0))
TOKENS = torch.tensor([[1, 2, 3], [2, 2, 0]])
KINDS = {
    "convolution": (ConvolutionShape(1, 8, 2, (4,), 8), convolution, [PICTURES]),
    "transformer": (TransformerShape(words=4, width=8, blocks=1, heads=1, window=4), transformer, [TOKENS]),
    "events": (EventsShape(2, 3, 4, 5, width=8, blocks=1, heads=1, window=4), events, [TOKENS] * 4),
}


@pytest.mark.parametrize("kind", list(KINDS))
def test_what_is_loaded_says_the_same(kind: str, tmp_path: Path) -> None:
    shape, make, inputs = KINDS[kind]
    network = make(shape).eval()
    origin = {"objective": "next_event", "rows": 7}
    digest = Backbone.of(kind, shape, network, origin).save(tmp_path)
    found = Backbone.load(tmp_path, digest)
    assert found.shape == shape and found.origin == origin
    with torch.no_grad():
        torch.testing.assert_close(found.network().features(*inputs), network.features(*inputs))


def test_it_is_found_in_a_run_and_only_under_a_manifest(tmp_path: Path) -> None:
    shape, make, _ = KINDS["transformer"]
    kept = Backbone.of("transformer", shape, make(shape), {})
    kept.write(tmp_path / "model" / "backbone")
    assert find_backbone(tmp_path) == (None, "")
    digest = write_manifest(tmp_path / "model")
    for path in (tmp_path, tmp_path / "model"):
        found, seen = find_backbone(path)
        assert found is not None and found.shape == shape and seen == digest
    assert find_backbone(tmp_path / "model" / "backbone") == (None, "")  # its manifest lies above
    (tmp_path / "model" / "backbone" / "backbone.json").write_text("{}")
    with pytest.raises(Corrupt):
        find_backbone(tmp_path)


def test_later_training_leaves_the_backbone_as_it_was() -> None:
    shape, make, _ = KINDS["convolution"]
    network = make(shape)
    backbone = Backbone.of("convolution", shape, network, {})
    before = {name: one.copy() for name, one in backbone.weights.items()}
    with torch.no_grad():
        for one in (*network.parameters(), *backbone.network().parameters()):
            one.add_(1.0)
    assert all(np.array_equal(backbone.weights[name], one) for name, one in before.items())


def test_a_changed_file_is_found(tmp_path: Path) -> None:
    shape, make, _ = KINDS["events"]
    Backbone.of("events", shape, make(shape), {}).save(tmp_path)
    path = tmp_path / "backbone.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"\x01")
    with pytest.raises(Corrupt):
        Backbone.load(tmp_path)


def test_an_unknown_kind_is_refused(tmp_path: Path) -> None:
    shape, make, _ = KINDS["events"]
    Backbone("os", shape, Backbone.of("events", shape, make(shape), {}).weights).write(tmp_path)
    with pytest.raises(Corrupt):
        Backbone.read(tmp_path)
