"""What stands there if nothing is built: the most frequent label, and one word a label."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from pilothouse.guards.modelfile import load_file, save_file
from pilothouse.messages import Message, say
from pilothouse.models.baselines import ConstantModel
from pilothouse.models.labels.pieces import tokens
from pilothouse.models.target import Target
from pilothouse.types import Answers, Candidate, Context, Cost, Data, Kind, Role, Shape, Table
from pilothouse.types.candidate import Parameters

_FEWEST_TEXTS = 3
_SAID = 5
_SMOOTH = 1.0


def texts_of(table: Table) -> list[str]:
    """Return the texts of ``table``, empty ones for missing: the column with the role text."""
    column = next(c for c in table.columns if c.role is Role.TEXT or c.kind is Kind.TEXT)
    return [text or "" for text in table[column.name].tolist()]


@dataclass(frozen=True)
class Commonest(Candidate):
    """The label that most texts have."""

    target: Target
    name: ClassVar[str] = "commonest"
    label: ClassVar[Message] = say("classify.commonest")
    rank: ClassVar[int] = 0
    is_stand_in: ClassVar[bool] = True

    def cost(self, shape: Shape) -> Cost:
        """Take no time worth naming."""
        return Cost(0.01)

    def build(self, parameters: Parameters) -> ConstantModel:
        """Make the model that always says the same."""
        return ConstantModel(self.target, "mean", say("classify.commonest_sentence"))


@dataclass(frozen=True)
class Keywords(Candidate):
    """One word a label: a text with the word has the label, the rest the most frequent."""

    target: Target
    length: float
    name: ClassVar[str] = "keywords"
    label: ClassVar[Message] = say("classify.keywords")
    rank: ClassVar[int] = 1
    is_stand_in: ClassVar[bool] = True

    def cost(self, shape: Shape) -> Cost:
        """Grow with the characters."""
        return Cost(0.05 + 1.5e-6 * shape.rows * self.length)

    def build(self, parameters: Parameters) -> KeywordsModel:
        """Make an unfitted model."""
        return KeywordsModel(self.target)


@dataclass(frozen=True)
class KeywordsModel:
    """Words in the order in which they are looked for.

    Parameters
    ----------
    words
        (word, number of its label), the one that tells most texts right first.
    shares
        (words + 1, labels) shares of labels among texts that a word decides; last, the rest.
    """

    target: Target
    words: tuple[tuple[str, int], ...] = ()
    shares: NDArray[np.float64] | None = None
    kind: ClassVar[str] = "keywords"

    def fit(self, data: Data, context: Context) -> Self:
        """Take label by label the word that adds most right answers to the rest's label."""
        truth = self.target.truth(data.table)
        held = [spoken(text) for text in texts_of(data.table)]
        labels = len(self.target.classes)
        usual = int(np.bincount(truth, minlength=labels).argmax())
        counts = Counter(
            (word, label) for words, label in zip(held, truth.tolist(), strict=True) for word in words
        )
        best: dict[int, tuple[int, str]] = {}
        for (word, label), right in counts.items():
            if label == usual or right < _FEWEST_TEXTS:
                continue
            gain = right - counts[word, usual]
            known = best.get(label, (0, ""))
            if gain > known[0] or (gain == known[0] > 0 and word < known[1]):
                best[label] = (gain, word)
        order = sorted(best, key=lambda label: (-best[label][0], label))
        words = tuple((best[label][1], label) for label in order)
        made = replace(self, words=words)
        place = np.array([made._deciding(one) for one in held])
        shares = np.full((len(words) + 1, labels), _SMOOTH / labels)
        np.add.at(shares, (place, truth), 1.0)
        return replace(made, shares=shares / shares.sum(axis=1, keepdims=True))

    def predict(self, requests: Table, context: Context) -> Answers:
        """Answer each text by the first word found."""
        if self.shares is None:
            raise RuntimeError("predict before fit")
        places = [self._deciding(spoken(text)) for text in texts_of(requests)]
        return self.target.answers(self.shares[np.array(places, dtype=np.int64)])

    def _deciding(self, held: set[str]) -> int:
        return next((i for i, (word, _) in enumerate(self.words) if word in held), len(self.words))

    def sentence(self) -> Message:
        """Say the rule in words a PM can say."""
        if self.shares is None or not self.words:
            return say("classify.commonest_sentence")
        names = self.target.classes
        rules = "; ".join(f"“{word}” → {names[label]}" for word, label in self.words[:_SAID])
        rest = names[int(self.shares[-1].argmax())]
        more = len(self.words) - _SAID
        if more > 0:
            return say("classify.keywords_sentence_more", rules=rules, rest=rest, more=more)
        return say("classify.keywords_sentence", rules=rules, rest=rest)

    def save(self, folder: Path) -> None:
        """Write JSON."""
        if self.shares is None:
            raise RuntimeError("save before fit")
        state: dict[str, Any] = {
            "target": self.target.state(),
            "words": [list(word) for word in self.words],
            "shares": self.shares.tolist(),
        }
        save_file(folder / "keywords.json", state, "json")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read back what ``save`` wrote."""
        state = load_file(folder / "keywords.json", "json")
        words = tuple((str(word), int(label)) for word, label in state["words"])
        return cls(Target.restore(state["target"]), words, np.array(state["shares"]))


def spoken(text: str) -> set[str]:
    """Words of a text that a rule may speak of: English words, pairs of Chinese characters."""
    found: set[str] = set()
    for token in tokens(text):
        if "\u2e80" <= token[0] <= "\uffef":
            found.update(token[i : i + 2] for i in range(len(token) - 1))
        elif len(token) > 1 and token[0].isalpha():
            found.add(token)
    return found
