"""A message that leans on what was asked before: "and how much does it cost?", “那要多少钱？”.

What the message says by itself is looked for together with the terms of an earlier question;
of those only what the passage found holds is kept, for either the subject or what was asked
about it is left unsaid. It is taken only where that passage holds nearly all that the message
says and a part of the earlier question, and where the answer is surer than to the message
alone. It resolves no pronoun, and joins with one earlier question only. Where there is a language
model it may say the message anew, in words of the conversation alone and where that makes it surer.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pilothouse.guards.llm import prompt
from pilothouse.models.retrieval.answerer import AnswerModel
from pilothouse.models.retrieval.index import Index, question_terms
from pilothouse.models.texts.language import language
from pilothouse.types import Door

PROMPT = "answer_follow"

MOST_BEFORE = 3
"""Earlier questions that are looked back at, the last first."""
LEAST_SAID, LEAST_BEFORE = 0.8, 0.2
"""Shares, by what terms tell, that the passage must hold: of the message, of the earlier question."""
_MOST_TERMS, _LONGEST = 16, 300
_LEANS = re.compile(
    r"(?i)\b(?:what about|how about|okay|ok|thanks|also|again|instead|it|that|this|one|ones|and)\b|"
    r"那么|那个|那种|那|这个|这种|这|它们|它|他们|该|此|请问|还有|另外|呢|吗|啊|也|的话"
)
"""Words that point back or begin what goes on; they say nothing themselves."""
_ASKS = re.compile(
    r"什么|哪些|哪里|哪儿|哪个|哪|多少|多久|多长|几个|几|如何|怎么样|怎么办|怎么|怎样|为什么|为何|谁|何时|何处|"
    r"是否|是|有|会|被|能|可以|的|了|在|于|要|和|与|对|到|叫|由"
)
"""Chinese has no stop words among its terms; a document does not say what asks."""
_PRICE = re.compile(r"(?i)\bhow much\b|多少钱|什么价[格钱]?|几块钱")
_PRICED = {
    "zh": ("费用", "费用是多少", "价格", "价格是多少", "收费", "怎么收费"),
    "en": ("cost", "price", "fee", "charge"),
}
"""What texts call that which people ask for with "how much" alone."""
_JOINING = "的是吗呢在有和"
"""Characters that join words and say nothing."""
_PIECE = re.compile(r"[^\W_\u2e80-\U0003ffff]+|\w")


@dataclass(frozen=True)
class Followed:
    """What a message was taken to ask: the text that is looked up, and how people are told."""

    asked: str
    shown: str


def followed(
    message: str, before: Sequence[str], model: AnswerModel, scope: str | None, llm: Door | None = None
) -> Followed | None:
    """Join a message with an earlier question, where that makes the answer surer.

    Parameters
    ----------
    message
        As it came, personal values masked.
    before
        Earlier questions of the same person and scope as they were understood, the last at the end.
    model, scope
        What answers, and on whose behalf: nothing of another scope is looked at.
    llm
        Asked first, about a message that is not answered by itself.
    """
    alone, _ = model.sure(message, scope)
    last = list(before)[: -MOST_BEFORE - 1 : -1]
    if llm is not None and last and not model.answers(alone):
        text = rewritten(message, last[::-1], llm)
        sure = model.sure(text, scope)[0] if text else 0.0
        if text and sure > alone and model.answers(sure):
            return Followed(text, text)
    for earlier in (text[:_LONGEST] for text in last):
        best: Followed | None = None
        for way in _ways(message):
            kept = _kept_of(way, earlier, model.ready, scope)
            sure, first = model.sure(f"{way} {kept}", scope) if kept else (0.0, None)
            if first is not None and sure > alone and _fits(way, earlier, model.ready, first):
                best, alone = Followed(f"{way} {kept}", f"{message} ({kept})"), sure
        if best is not None and model.answers(alone):
            return best
    return None


def rewritten(message: str, before: Sequence[str], llm: Door) -> str | None:
    """Let a language model say the message so that it stands by itself; None where it adds a word."""
    (reply,) = llm.ask(prompt(PROMPT), [{"before": "\n".join(before), "message": message}])
    text = str(reply.data.get("question", "")).strip() if isinstance(reply.data, dict) else ""
    known = _words(" ".join([*before, message])) | set(_JOINING)
    return text if text and text != message and _words(text) <= known else None


def _words(text: str) -> set[str]:
    """Terms of words, and each Chinese character."""
    return {term for piece in _PIECE.findall(text) for term in question_terms(piece)}


def _ways(message: str) -> list[str]:
    """What the message says by itself; "how much" alone as texts call it."""
    bare = " ".join(_LEANS.sub(" ", message).split())
    rest = " ".join(_PRICE.sub(" ", bare).split())
    if rest == bare:
        return [bare]
    return [bare, rest] if question_terms(_said(rest)) else [bare, *_PRICED[_spoken(message)]]


def _spoken(text: str) -> str:
    return "zh" if language(text) == "zh" else "en"


def _kept_of(way: str, earlier: str, index: Index, scope: str | None) -> str:
    """What of the earlier question stands in the passage nearest to both; "" for nothing."""
    own = dict.fromkeys(index.heard(way))
    more = [term for term in dict.fromkeys(index.heard(earlier)) if term not in own]
    if not own or not more or len(own) > _MOST_TERMS:
        return ""
    often = max(2, 2 * len(more) // len(own))  # what the message says must weigh more than what it leaves out
    first = index.nearest([*(list(own) * often), *more], index.passages.visible(scope))
    if first is None:
        return ""
    return _kept(earlier, {term for term in more if index.whole.holds(term, first)})


def _fits(way: str, earlier: str, index: Index, passage: int) -> bool:
    """Whether the passage holds enough of both."""
    said = max(_share(index, text, passage) for text in (way, _said(way)))
    own = set(index.heard(way))
    leant = max(_share(index, text, passage, own) for text in (earlier, _said(earlier)))
    return said >= LEAST_SAID and leant >= LEAST_BEFORE


def _share(index: Index, text: str, passage: int, but: set[str] | frozenset[str] = frozenset()) -> float:
    """How much of what a text tells a passage holds, without the terms ``but``."""
    worth = {term: index.whole.idf(term) for term in index.heard(text) if term not in but}
    held = sum(told for term, told in worth.items() if index.whole.holds(term, passage))
    return held / max(sum(worth.values()), 1e-9)


def _said(text: str) -> str:
    """Without what asks."""
    return _ASKS.sub(" ", text)


def _kept(text: str, held: set[str]) -> str:
    """The words of a text whose terms are held, of Chinese the characters, in their order."""
    pieces = list(_PIECE.finditer(text))
    parts, end = [], -1
    for place, piece in enumerate(pieces):
        around = pieces[max(0, place - 1) : place + 2]
        near = [a[0] + b[0] for a, b in zip(around, around[1:], strict=False) if a.end() == b.start()]
        found = [question_terms(word) for word in (piece[0], *near)]
        if any(terms and held.issuperset(terms) for terms in found):
            parts.append(("" if piece.start() == end else " ") + piece[0])
            end = piece.end()
    return "".join(parts).strip()
