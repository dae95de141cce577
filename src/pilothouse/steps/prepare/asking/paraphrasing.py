"""Questions said anew by a language model, where one is configured and they are wished for.

What it writes is a third kind of question, beside people's and those made by rules, and is
told apart everywhere. It is taken only where numbers, names and addresses are those of the
question it was made of, the language is the same, enough words differ, and nobody asked it
already. Whether it still means the same no rule can tell: people may strike it from the sheet.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field

from pilothouse.guards.llm import prompt
from pilothouse.guards.personal import redact
from pilothouse.messages import Message, say
from pilothouse.models.retrieval.grounding import same_facts
from pilothouse.models.retrieval.index import question_terms
from pilothouse.models.texts.language import language
from pilothouse.steps.prepare.asking.making import Entries, by_lot, unit_of
from pilothouse.steps.prepare.asking.sheet import KEPT_ASIDE, MODEL, PARAPHRASE, Asked
from pilothouse.types import Door, Reply

PROMPT = "answer_paraphrase"
MOST_SHARED, LEAST_SHARED = 0.8, 0.1
"""Share of two questions' terms that both have: more are the same words, fewer another question."""
_SHORTEST, _LONGER = 4, 2.5
LOST = ("failed", "facts", "language", "same", "other", "twice")


@dataclass(frozen=True)
class Paraphrased:
    """What came of asking.

    Parameters
    ----------
    asked
        Questions that passed every check.
    wished
        How many were to be made.
    lost
        How many were not taken, by reason.
    waiting
        Of those that failed, how many are not asked for yet; a run asks for them.
    price
        Estimated money and seconds of those that wait.
    refused
        Why the first of those that the language model did not reply to failed.
    """

    asked: tuple[Asked, ...] = field(default=(), repr=False)
    wished: int = 0
    lost: Mapping[str, int] = field(default_factory=dict)
    waiting: int = 0
    price: tuple[float, float] = (0.0, 0.0)
    refused: Message | None = None

    @property
    def told(self) -> list[Message]:
        """How many passed, and why the others did not."""
        lost = {reason: self.lost.get(reason, 0) for reason in LOST}
        told = say("answer.paraphrased", passed=len(self.asked), wished=self.wished, **lost)
        return [told] if self.refused is None else [told, say("answer.not_paraphrased", reason=self.refused)]

    @property
    def awaited(self) -> list[Message]:
        """What a run would still ask the language model."""
        if not self.waiting:
            return []
        money, seconds = self.price
        return [say("answer.paraphrases_wait", count=self.waiting, money=money, minutes=seconds / 60)]


def paraphrase(entries: Entries, taken: Sequence[Asked], llm: Door, most: int, seed: int) -> Paraphrased:
    """Let a language model say the questions of ``most`` entries anew.

    Parameters
    ----------
    entries
        Those with a question are asked about, in the order of their lots, of those kept aside a like share.
    taken
        Questions that are asked already.
    llm
        What is asked, once for each entry.
    """
    chosen = _chosen(entries, most, seed)
    values = [{"question": redact(_question(entries, place))} for place in chosen]
    seen = {_plain(one.question) for one in taken} | {_plain(title) for title in entries.title if title}
    found: list[Asked] = []
    lost: Counter[str] = Counter()
    waiting: list[Mapping[str, str]] = []
    refused: Message | None = None
    for place, value, reply in zip(chosen, values, llm.ask(prompt(PROMPT), values), strict=True):
        if reply.failed is not None and reply.failed.key == "llm.not_kept":
            waiting.append(value)
        elif refused is None:
            refused = reply.failed
        faults = {text: fault_of(text, value["question"], seen) for text in _said(reply)}
        text = next((text for text, fault in faults.items() if fault is None), None)
        if text is None:
            lost[next(iter(faults.values()), None) or "failed"] += 1
            continue
        seen.add(_plain(text))
        inside = not entries.aside[place]
        kind = PARAPHRASE if inside else KEPT_ASIDE
        found.append(Asked(text, place, kind, MODEL, unit_of(entries, place), bool(inside)))
    price = llm.price(prompt(PROMPT), waiting) if waiting else (0.0, 0.0)
    return Paraphrased(tuple(found), len(chosen), dict(lost), len(waiting), price, refused)


def _said(reply: Reply) -> list[str]:
    """What a reply offers, the first that passes is taken."""
    told = reply.data.get("questions") if isinstance(reply.data, Mapping) else None
    return [str(text).strip() for text in told] if isinstance(told, list) else []


def fault_of(text: str, question: str, seen: Container[str] = ()) -> str | None:
    """Say why ``text`` cannot stand for ``question`` in other words: one of ``LOST``, or None.

    ``seen`` are questions that were asked already, in plain letters.
    """
    if len(text) < _SHORTEST or "\n" in text:
        return "failed"
    if not same_facts(text, question):
        return "facts"
    if language(text) != language(question):
        return "language"
    own, other = set(question_terms(text)), set(question_terms(question))
    shared = len(own & other) / max(len(own | other), 1)
    if shared > MOST_SHARED or not own:
        return "same"
    if shared < LEAST_SHARED or len(text) > _LONGER * len(question) + 20:
        return "other"
    return "twice" if _plain(text) in seen else None


def _chosen(entries: Entries, most: int, seed: int) -> list[int]:
    """Positions of up to ``most`` entries, each side by its own lots: the lowest are those kept aside."""
    order = [place for place in by_lot(entries, seed) if _question(entries, place)]
    aside = [place for place in order if entries.aside[place]]
    inside = [place for place in order if not entries.aside[place]]
    share = round(min(most, len(order)) * len(aside) / max(len(order), 1))
    return [*inside[: min(most, len(order)) - share], *aside[:share]]


def _question(entries: Entries, place: int) -> str:
    own = entries.own[place]
    return entries.title[place] or (own[0] if own else "")


def _plain(text: str) -> str:
    return text.strip().rstrip("?？。.!！ ").lower()
