"""What a backbone knows of items: from histories and from events, and for whom it opens."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the extra deep")

from pilothouse.errors import BadOption  # noqa: E402
from pilothouse.models.networks.events import EventsShape, events  # noqa: E402
from pilothouse.models.networks.sequence import SequenceShape, sequence  # noqa: E402
from pilothouse.models.pasts import Reading  # noqa: E402
from pilothouse.models.pretraining.backbone import Backbone  # noqa: E402
from pilothouse.models.pretraining.items import Start, read_items  # noqa: E402

WORDS = ("tea", "rice", "salt", "oil")
TAKEN = np.array([0, 1, 1, 2, 0])


def of_histories() -> Backbone:
    shape = SequenceShape(4, width=8, blocks=1, window=6)
    return Backbone.of("sequence", shape, sequence(shape), {"items": list(WORDS)})


def of_events() -> Backbone:
    reading = Reading((2, 3), (2, 4, 7), (), 5, ("view", "buy"), ("rice", "tea", "silk"))
    shape = EventsShape(**reading.sizes, width=8, blocks=1, window=6)
    return Backbone.of("events", shape, events(shape), {"reading": reading.state()})


def test_items_are_joined_by_their_words_and_layers_by_their_names() -> None:
    backbone, catalogue = of_histories(), ("milk", "salt", "tea")
    start = Start.of(backbone)
    network = sequence(SequenceShape(3, width=8, blocks=1, window=10))
    milk = network.item.weight[1].clone()
    late = network.position.weight[6:].clone()
    start.lend(network, catalogue)
    kept = backbone.weights
    assert start.known(catalogue).tolist() == [-1, 2, 0]
    np.testing.assert_array_equal(network.item.weight[[2, 3]].detach(), kept["item.weight"][[3, 1]])
    np.testing.assert_array_equal(network.position.weight[:6].detach(), kept["position.weight"])
    mixed = network.blocks[0].mixed.weight.detach()
    np.testing.assert_array_equal(mixed, kept["blocks.0.mixed.weight"])
    assert torch.equal(network.item.weight[1], milk) and torch.equal(network.position.weight[6:], late)


def test_a_network_of_events_lends_its_items_and_its_trunk() -> None:
    backbone = of_events()
    start = Start.of(backbone)
    assert start.words == ("rice", "tea", "silk") and start.size["wide"] == 4
    shape = SequenceShape(4, window=6, **start.size)
    network = sequence(shape)
    start.lend(network, WORDS)
    seen = network.item(torch.tensor([2])) * shape.width**0.5
    np.testing.assert_allclose(seen[0].detach(), backbone.weights["parts.item.weight"][2], rtol=1e-5)
    np.testing.assert_array_equal(network.norm.bias.detach(), backbone.weights["trunk.norm.bias"])
    assert set(start.layers) | {"item.weight"} == set(network.state_dict())


def test_it_opens_where_it_lies_in_a_run(tmp_path: Path) -> None:
    of_histories().save(tmp_path / "model" / "winner")
    for path in (tmp_path, tmp_path / "model", tmp_path / "model" / "winner"):
        assert read_items(path, WORDS, TAKEN).words == WORDS


def test_other_items_other_networks_and_other_sizes_are_refused(tmp_path: Path) -> None:
    of_histories().save(tmp_path / "kept")
    words = ("tea", "x", "y", "z")
    assert read_items(tmp_path / "kept", words, np.array([0, 0, 1])).words == WORDS
    with pytest.raises(BadOption, match="40%") as told:
        read_items(tmp_path / "kept", words, TAKEN)
    assert "只认识 40%" in told.value.problem.text("zh")
    with pytest.raises(BadOption, match="knows items"):
        read_items(tmp_path / "nothing", WORDS, TAKEN)
    silent = replace(of_events(), origin={"objective": "masked_token"})
    silent.save(tmp_path / "silent")
    with pytest.raises(BadOption, match="knows items"):
        read_items(tmp_path / "silent", WORDS, TAKEN)
    wrong = replace(of_histories(), shape=SequenceShape(4, width=16, blocks=1, window=6))
    wrong.save(tmp_path / "wrong")
    with pytest.raises(BadOption, match="another size"):
        read_items(tmp_path / "wrong", WORDS, TAKEN)
