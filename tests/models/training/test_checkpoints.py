import pytest

from pilothouse.errors import Corrupt
from pilothouse.models.training.checkpoints import below, read_checkpoint, write_checkpoint

torch = pytest.importorskip("torch", reason="needs the extra deep")


def write(folder, epochs=1, identity="mine"):
    kept = {"now.a": torch.arange(6).reshape(2, 3).T, "best.a": torch.zeros(2), "now.n": torch.tensor(4)}
    write_checkpoint(folder, {"identity": identity, "epochs": epochs}, kept)
    return kept


def test_checkpoint_comes_back_as_it_was(tmp_path):
    kept = write(tmp_path, epochs=3)
    note, tensors = read_checkpoint(tmp_path, "mine", torch)
    assert note["epochs"] == 3 and set(tensors) == set(kept)
    assert all(torch.equal(tensors[name], one) for name, one in kept.items())
    assert set(below(tensors, "now.")) == {"a", "n"}


def test_checkpoint_of_others_or_none_is_not_read(tmp_path):
    assert read_checkpoint(None, "mine", torch) is None and read_checkpoint(tmp_path, "mine", torch) is None
    write(tmp_path)
    assert read_checkpoint(tmp_path, "yours", torch) is None


def test_checkpoint_keeps_the_last_epoch_only_also_after_a_kill_between_its_files(tmp_path):
    write(tmp_path, 1)
    (tmp_path / "epoch-2.safetensors").write_bytes(b"cut")  # killed before its note was written
    assert read_checkpoint(tmp_path, "mine", torch)[0]["epochs"] == 1
    write(tmp_path, 2)
    write(tmp_path, 3)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["epoch-3.safetensors", "epoch.json"]


def test_checkpoint_whose_weights_are_gone_is_told(tmp_path):
    write(tmp_path)
    (tmp_path / "epoch-1.safetensors").unlink()
    with pytest.raises(Corrupt):
        read_checkpoint(tmp_path, "mine", torch)
