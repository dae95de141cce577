from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pilothouse.errors import MissingExtra
from pilothouse.lazy import installed, require


def test_require_imports_what_is_there() -> None:
    assert require("json.decoder", extra="deep").__name__ == "json.decoder"


def test_require_names_the_extra_that_brings_a_missing_library() -> None:
    with pytest.raises(MissingExtra) as caught:
        require("no_such_library.part", extra="deep")
    assert "no_such_library" in caught.value.text("en")
    assert "pilothouse[deep]" in caught.value.text("zh")


def test_require_lets_a_broken_library_show_its_own_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken_library.py").write_text("raise ImportError('its own words')", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ImportError, match="its own words"):
        require("broken_library", extra="deep")


def test_installed_does_not_import(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "quiet_library.py").write_text("raise RuntimeError", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert installed("quiet_library.part")
    assert "quiet_library" not in sys.modules
    assert not installed("no_such_library")
