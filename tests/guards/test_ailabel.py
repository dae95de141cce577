"""The label of drawn pictures and written texts: legible words, machine-readable fields."""

from __future__ import annotations

import io
import json
import unicodedata

import numpy as np
import pytest

from pilothouse.guards.ailabel import (
    WORDS,
    Origin,
    labelled,
    marked,
    marked_text,
    read_label,
    read_text_origin,
    text_origin,
)
from pilothouse.guards.pictures import as_png

ORIGIN = Origin("Pilothouse imagine", "abc-7", "2026-01-02")


def picture(side: int, channels: int = 1) -> np.ndarray:
    random = np.random.default_rng(side)
    return random.integers(0, 256, (side, side) if channels == 1 else (side, side, 3)).astype(np.uint8)


@pytest.mark.parametrize("side", [4, 8, 28, 64, 300, 900])
@pytest.mark.parametrize("channels", [1, 3])
def test_strip_lies_below_and_hides_nothing(side: int, channels: int) -> None:
    given = picture(side, channels)
    found = marked(given)
    grow = found.shape[1] // side
    assert np.array_equal(found[: side * grow : grow, ::grow], given)
    strip = found[side * grow :]
    assert set(np.unique(strip)) == {0, 255}
    inked = np.flatnonzero((strip == 0).any(axis=tuple(range(1, strip.ndim))))
    height = inked[-1] - inked[0] + 1
    assert height >= 0.05 * side * grow * 0.9 and height >= 11
    assert (strip[:, -1] == 255).all()  # the last letter is not cut


def test_words_are_drawn_letter_by_letter() -> None:
    strip = marked(np.zeros((200, 200), np.uint8))[200:]
    columns = (strip == 0).any(axis=0)
    starts = np.flatnonzero(columns[1:] & ~columns[:-1])
    assert len(starts) >= len(WORDS.replace(" ", ""))


def test_fields_are_those_of_the_standard() -> None:
    png = labelled(picture(28), ORIGIN)
    found = read_label(png)
    assert found is not None
    assert found["Label"] == "1" and found["ContentProducer"] == "Pilothouse imagine"
    assert found["ProduceID"] == "abc-7" and found["ReservedCode1"] == "2026-01-02"
    assert {"ContentPropagator", "PropagateID", "ReservedCode2"} < set(found)


def test_other_programs_read_the_file_and_its_fields() -> None:
    image = pytest.importorskip("PIL.Image", reason="needs the extra deep")
    with image.open(io.BytesIO(labelled(picture(28, 3), ORIGIN))) as found:
        found.load()
        assert json.loads(found.text["AIGC"])["ProduceID"] == "abc-7"
        assert "TC260:AIGC" in found.text["XML:com.adobe.xmp"]
        assert np.array_equal(np.asarray(found), marked(picture(28, 3)))


def test_a_picture_without_label_has_none() -> None:
    assert read_label(as_png(picture(28))) is None


@pytest.mark.parametrize(("language", "words"), [("zh", "（AI生成）"), ("en", "(AI-generated)")])
def test_f46_a_text_is_marked_for_eyes_once_and_for_machines(language: str, words: str) -> None:
    shown = marked_text("A lamp.", language)
    assert shown.endswith(words) and marked_text(shown, language) == shown
    assert shown.isprintable() and not any(unicodedata.category(c) == "Cf" for c in shown)
    kept = text_origin(shown, "Pilothouse write", "2026-01-02")
    fields = read_text_origin(kept)
    assert fields is not None and fields["Label"] == "1" and fields["ContentProducer"] == "Pilothouse write"
    assert "\n" not in kept and text_origin(shown + ".", "Pilothouse write", "2026-01-02") != kept
    for broken in ("", "{}", "[1]", '{"Label": "0"}', "null"):
        assert read_text_origin(broken) is None
