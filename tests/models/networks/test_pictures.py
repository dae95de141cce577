import pytest

from pilothouse.models.networks.pictures import centred

torch = pytest.importorskip("torch", reason="needs the extra deep")


def test_centred_takes_bytes_and_shares_alike():
    assert centred(torch.tensor([0, 255], dtype=torch.uint8)).tolist() == [-1.0, 1.0]
    assert centred(torch.tensor([0.0, 0.5, 1.0])).tolist() == [-1.0, 0.0, 1.0]
