"""Words that tell what a text is about, and texts as counts of them.

Words are those that people read (``models.texts.tokens.words``), without function words
and without words that merely judge ("good", "不错"): these say how somebody feels and not
about what. English words of one stem count together and are shown in their commonest form.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pilothouse.lazy import installed
from pilothouse.models.needs.lexicon import lexicon
from pilothouse.models.texts.language import simplified
from pilothouse.models.texts.tokens import light_stem, words

Numbers = NDArray[Any]

MOST_WORDS, FEWEST_TEXTS, MOST_SHARE = 5_000, 3, 0.5
"""Words kept; a word of fewer texts is chance, one of a larger share of them tells nothing."""
_CHINESE = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
_MASK = re.compile(r"\[[A-Z_]+\]")
_LATIN_LEAST = 3
_KEPT = 60_000
_PARTICLES = frozenset(
    "的了是我也在不有都就还没和这可到要给去让用对上会后又因为很太吧呢吗着把比你他她它们个那与啊"
)


@lru_cache(maxsize=_KEPT)
def telling(text: str) -> tuple[tuple[str, str], ...]:
    """List the telling words of a text in order: (what counts together, what is shown).

    Texts are kept for a while: the folds of a contest look at the same ones.
    """
    known, found = lexicon(), []
    by_pairs = not installed("rjieba")
    for whole in words(simplified(_MASK.sub(" ", text))):
        word = whole.replace("’", "'").removesuffix("'s")
        if _CHINESE.match(word):
            pair_of_particle = by_pairs and not _PARTICLES.isdisjoint(word)
            judges = word not in known.single and known.weight(word) and word not in known.telling
            told = len(word) > 1 and not (judges or word in known.stop or pair_of_particle)
            if told or word in known.single:
                found.append((word, word))
        elif len(word) >= _LATIN_LEAST and not word[0].isdigit() and word not in known.stop:
            found.append((light_stem(word), word))
    return tuple(found)


def halves(text: str) -> tuple[list[str], list[str]]:
    """Cut the telling words of a text in two: those it begins with, those it ends with."""
    own = [word for word, _ in telling(text)]
    middle = (len(own) + 1) // 2
    return own[:middle], own[middle:]


@dataclass(frozen=True)
class Vocabulary:
    """Words with the shares of texts that hold them.

    Parameters
    ----------
    words
        What counts together, the commonest first.
    shown
        How each is written for a reader.
    shares
        (v,) of the texts learnt from.
    """

    words: tuple[str, ...] = field(repr=False)
    shown: tuple[str, ...] = field(repr=False)
    shares: Numbers = field(repr=False)

    @staticmethod
    def of(texts: Sequence[str]) -> Vocabulary:
        """Count the words of ``texts``."""
        counts: Counter[str] = Counter()
        forms: dict[str, Counter[str]] = {}
        for text in texts:
            own = telling(text)
            counts.update({word for word, _ in own})
            for word, form in own:
                if word != form or word in forms:
                    forms.setdefault(word, Counter())[form] += 1
        most = max(FEWEST_TEXTS, MOST_SHARE * len(texts))
        least = FEWEST_TEXTS if len(texts) >= 100 else 2
        order = sorted(counts, key=lambda w: (-counts[w], w))
        kept = [w for w in order if least <= counts[w] <= most][:MOST_WORDS]
        shown = [max(forms[w].items(), key=lambda kv: (kv[1], kv[0]))[0] if w in forms else w for w in kept]
        shares = np.array([counts[w] / len(texts) for w in kept], dtype=np.float64)
        return Vocabulary(tuple(kept), tuple(shown), shares)

    @cached_property
    def place(self) -> dict[str, int]:
        """Position of each word."""
        return {word: number for number, word in enumerate(self.words)}

    def counts(self, lists: Sequence[Sequence[str]]) -> Any:
        """Count words, a sparse (n, v) matrix."""
        from scipy import sparse

        place = self.place
        found = [[place[w] for w in own if w in place] for own in lists]
        rows = np.repeat(np.arange(len(found)), [len(own) for own in found])
        columns = np.array([c for own in found for c in own], dtype=np.int64)
        shape = (len(found), len(self.words))
        made = sparse.csr_matrix((np.ones(len(columns)), (rows, columns)), shape=shape)
        made.sum_duplicates()
        return made

    def counts_of(self, texts: Sequence[str]) -> Any:
        """Count the words of texts, a sparse (n, v) matrix."""
        return self.counts([[word for word, _ in telling(text)] for text in texts])

    def weighted(self, counts: Any) -> Any:
        """TF-IDF of counts, rows of length one (Salton and Buckley 1988)."""
        from scipy import sparse

        made = counts.copy()
        made.data = 1.0 + np.log(made.data)
        made = made @ sparse.diags(-np.log(self.shares))
        length = np.sqrt(np.asarray(made.multiply(made).sum(axis=1)).ravel())
        return sparse.csr_matrix(sparse.diags(1.0 / np.maximum(length, 1e-12)) @ made)

    def as_plain(self) -> dict[str, Any]:
        """What a file keeps."""
        return {"words": list(self.words), "shown": list(self.shown), "shares": self.shares.tolist()}

    @staticmethod
    def of_plain(kept: dict[str, Any]) -> Vocabulary:
        """Read back what ``as_plain`` gave."""
        return Vocabulary(tuple(kept["words"]), tuple(kept["shown"]), np.array(kept["shares"], dtype=float))
