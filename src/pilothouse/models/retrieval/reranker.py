"""The user's own cross-encoder: reads a question and a passage together and tells how well they fit.

A folder of transformers with one label (or two, of which the second says yes), weights in
safetensors; no code of the folder runs and nothing is fetched. No weights come with this
package.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pilothouse.errors import BadOption
from pilothouse.lazy import require
from pilothouse.messages import say

_MOST_TOKENS = 512


@dataclass(frozen=True)
class Reranker:
    """Scores pairs one at a time, so that no score depends on what stood beside a pair."""

    score: Callable[[str, str], float] = field(repr=False)

    def scores(self, question: str, passages: Sequence[str]) -> NDArray[np.float64]:
        """Tell how well each passage fits, (n,); the higher, the better."""
        return np.array([self.score(question, passage) for passage in passages])


@functools.cache
def reranker(place: str) -> Reranker:
    """Open the cross-encoder in a folder.

    Raises
    ------
    BadOption
        When it is no folder of a sequence classifier with one or two labels.
    MissingExtra
        When the extra ``finetune`` is not installed.
    """
    if not (Path(place) / "config.json").is_file():
        raise BadOption(say("answer.no_reranker", folder=Path(place).name), say("answer.no_reranker_fix"))
    torch = require("torch", extra="deep")
    transformers = require("transformers", extra="finetune")
    told = {"local_files_only": True, "trust_remote_code": False}
    reader = transformers.AutoTokenizer.from_pretrained(place, **told)
    model = transformers.AutoModelForSequenceClassification.from_pretrained(
        place, use_safetensors=True, **told
    )
    if model.config.num_labels > 2:
        raise BadOption(say("answer.no_reranker", folder=Path(place).name), say("answer.no_reranker_fix"))
    most = min(_MOST_TOKENS, int(getattr(model.config, "max_position_embeddings", _MOST_TOKENS)))

    def score(question: str, passage: str) -> float:
        given = reader(question, passage, truncation=True, max_length=most, return_tensors="pt")
        with torch.inference_mode():
            return float(model(**given).logits[0, -1])

    return Reranker(score)
