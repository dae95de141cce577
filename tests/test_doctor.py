"""What this machine has, in words and as plain values."""

from pilothouse.doctor import EXTRAS, examine


def test_examination_names_every_extra():
    found = examine()
    assert set(found.as_json()["extras"]) == set(EXTRAS)
    assert len(found.lines) == 2 + len(EXTRAS)
    assert found.cores >= 1 and found.memory_gb > 0


def test_missing_extra_comes_with_its_command():
    found = examine()
    for (extra, here), line in zip(found.extras.items(), found.lines[2:], strict=True):
        assert ("pip install" in line.text("en")) is not here
        assert extra in line.text("zh")
