"""Prepare an FAQ or documents: passages, what is kept aside of them, questions, split.

Rows that are learnt from and asked are questions; the passages stand beside them and every
fold looks through all that are not kept aside, as the shipped answerer will. Questions of
one entry stay on one side. Personal values are masked before anything is indexed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from pilothouse.errors import MissingColumn, UserFault
from pilothouse.guards.personal import Pseudonyms
from pilothouse.messages import Message, say
from pilothouse.models.retrieval.answerer import QUESTION, SCOPE, TRUTH
from pilothouse.models.retrieval.passages import CORPUS, Passages, objects
from pilothouse.models.texts.language import language
from pilothouse.steps.prepare.asking.apart import alike, kept_aside, neighbours
from pilothouse.steps.prepare.asking.making import Entries, make_questions
from pilothouse.steps.prepare.asking.paraphrasing import Paraphrased, paraphrase
from pilothouse.steps.prepare.asking.sheet import HUMAN, MODEL, Asked, lines, read_sheet
from pilothouse.steps.prepare.desensitise import PersonalTreatment, desensitise
from pilothouse.steps.prepare.split import HOLDOUT_FROM, SplitRules, inner_folds, make_split
from pilothouse.types import Column, Data, Door, Kind, Role, Split, Table
from pilothouse.types.contest import Index

FEWEST = 20
KIND, ORIGIN, LANGUAGE, UNIT = "kind", "origin", "language", "unit"
_IS_QUESTION = re.compile(
    r"^(faq_?)?(question|query|ask|q|title|问题|提问|问|标准问|用户问题|标题)s?$", re.IGNORECASE
)
_IS_ANSWER = re.compile(
    r"^(faq_?)?(answer|reply|response|a|回答|答案|答复|答|回复|标准答案)s?$", re.IGNORECASE
)
_IS_DOCUMENT = re.compile(
    r"^(text|context|document|doc|passage|paragraph|content|body|article|正文|文档|文章|段落|内容|原文)s?$",
    re.IGNORECASE,
)
_REPEATS = 1.5
"""Rows for one text from which its questions are questions about it, and not its title."""


@dataclass(frozen=True)
class AnswerWish:
    """What a use case wants.

    Parameters
    ----------
    question, answer
        Columns; None finds them.
    scope
        Column that says who may see a row; None for everybody.
    index
        Whether questions are looked through ("both") or only asked ("answers").
    sheet
        The questions to judge by, as people changed them; None makes them.
    paraphrases, llm
        Entries whose question a language model says anew, and that model; not with a sheet.
    seed
        Of everything that is drawn.
    """

    question: str | None = None
    answer: str | None = None
    scope: str | None = None
    index: Literal["auto", "both", "answers"] = "auto"
    sheet: Path | None = None
    paraphrases: int = 0
    llm: Door | None = None
    seed: int = 0


@dataclass(frozen=True)
class PreparedAnswers:
    """Questions and passages ready for the contest.

    Parameters
    ----------
    data
        "rows" with a question each; "corpus" with the passages.
    asked
        The questions, as the sheet tells them.
    names
        What the sheet calls each passage.
    said
        What a language model said anew.
    """

    data: Data
    columns: tuple[Column, ...]
    split: Split
    ids: NDArray[np.object_] = field(repr=False)
    notes: tuple[Message, ...]
    personal: tuple[PersonalTreatment, ...]
    features: tuple[str, ...]
    asked: tuple[Asked, ...] = field(repr=False)
    names: tuple[str, ...] = field(repr=False)
    rules: SplitRules
    said: Paraphrased = Paraphrased()
    id_name: str = "row"
    has_time: bool = True  # nothing is told from the past

    @property
    def learnable(self) -> Index:
        """Every question."""
        return np.arange(self.data.rows, dtype=np.int64)

    @property
    def sheet(self) -> list[tuple[str, ...]]:
        """Rows of the sheet of questions."""
        return lines(self.asked, self.names)

    def folds(self, train: Index, folds: int) -> tuple[tuple[Index, Index], ...]:
        """Split a training part again; questions of one entry stay together."""
        return inner_folds(_ties(self.data.table), truths(self.data.table), self.rules, train, folds=folds)


def prepare_answers(
    table: Table, wish: AnswerWish, pseudonyms: Pseudonyms, masked: bool = True
) -> PreparedAnswers:
    """Make a table of questions and answers, or of passages, ready.

    Raises
    ------
    MissingColumn
        When no column holds texts.
    UserFault
        With fewer than 20 different passages.
    BadTable, NotFound
        When the sheet of questions cannot be read.
    """
    if wish.scope is not None and wish.scope in table:  # its words are compared as they are
        table = table.describe([replace(table.column(wish.scope), role=Role.IGNORE)])
    done = desensitise(table, pseudonyms, enabled=masked)
    question, answer = find_columns(done.table, wish)
    entries, passages, notes = _entries(done.table, question, answer, wish)
    names = _names(passages)
    said = Paraphrased()
    if wish.sheet is None:
        asked = make_questions(entries, wish.seed)
        said, told = _said_anew(entries, asked, wish)
        asked, notes = [*asked, *said.asked], [*notes, *told]
    else:
        inside, outside = _known(entries, names)
        asked, told = read_sheet(wish.sheet, inside, outside)
        notes = [*notes, *told]
    rows = _rows(asked, entries, passages)
    if len(set(truths(rows).tolist())) < 2:
        raise UserFault(say("answer.one_sided"), say("answer.one_sided_fix"))
    enough = fewest_asked(rows) >= HOLDOUT_FROM
    rules = SplitRules(
        "binary", wish.seed, group=UNIT, holdout_from=HOLDOUT_FROM if enough else rows.rows + 1
    )
    split = make_split(_ties(rows), truths(rows), rules)
    used = tuple(name for name in (question, answer) if name is not None)
    return PreparedAnswers(
        data=Data(
            {
                "rows": rows.drop([UNIT]).put(_UNIT, rows[UNIT]),
                CORPUS: passages.table(entries.aside.tolist()),
            },
            "rows",
        ),
        columns=done.table.columns,
        split=replace(split, unit_name="entry"),
        ids=rows[UNIT],
        notes=(*notes, *_counts(asked)),
        personal=done.report,
        features=used,
        asked=tuple(asked),
        names=names,
        rules=rules,
        said=said,
    )


def _said_anew(
    entries: Entries, asked: Sequence[Asked], wish: AnswerWish
) -> tuple[Paraphrased, list[Message]]:
    """Add questions by a language model, where they are wished for and there is one."""
    if not wish.paraphrases:
        return Paraphrased(), []
    if wish.llm is None:
        return Paraphrased(), [say("answer.no_paraphrases")]
    said = paraphrase(entries, asked, wish.llm, wish.paraphrases, wish.seed)
    return said, said.told


def find_columns(table: Table, wish: AnswerWish) -> tuple[str | None, str]:
    """Find the columns of questions (None for none) and of what is looked through.

    Raises
    ------
    MissingColumn
        When a named column is not there, or none holds texts.
    """
    for named in (wish.question, wish.answer, wish.scope):
        if named is not None and named not in table:
            raise MissingColumn(say("answer.no_column", column=named), say("answer.name_columns"))
    passed = (Role.IGNORE, Role.ID)
    worded = [c for c in table.columns if c.kind in (Kind.TEXT, Kind.CATEGORY) and c.role not in passed]
    texts = [c.name for c in worded if c.name != wish.scope]
    question = wish.question or next((n for n in texts if _IS_QUESTION.match(n)), None)
    others = [n for n in texts if n != question]
    known = [n for pattern in (_IS_ANSWER, _IS_DOCUMENT) for n in others if pattern.match(n)]
    long = [c.name for c in worded if c.kind is Kind.TEXT and c.name in others]
    long.sort(key=lambda n: -_mean_length(table, n))
    answer = wish.answer or next(iter([*known, *long, *others]), None)
    if answer is None:
        raise MissingColumn(say("answer.no_texts"), say("answer.name_columns"))
    if question is None and len(long) == 2 and answer == long[0] and _asks(table, long[1]):
        question = long[1]
    return question, answer


def _mean_length(table: Table, name: str) -> float:
    return float(np.mean([len(v or "") for v in table[name]])) if table.rows else 0.0


def _asks(table: Table, name: str) -> bool:
    """Whether most values of a column are questions."""
    return float(np.mean([(v or "").rstrip().endswith(("?", "？")) for v in table[name]])) > 0.5


def _entries(
    table: Table, question: str | None, answer: str, wish: AnswerWish
) -> tuple[Entries, Passages, list[Message]]:
    """Join rows of one text; tell titles from questions that are only asked."""
    asks = table[question].tolist() if question is not None else [None] * table.rows
    scopes = table[wish.scope].tolist() if wish.scope is not None else [None] * table.rows
    told = [
        (row, (q or "").strip(), (t or "").strip(), s or "")
        for row, (q, t, s) in enumerate(zip(asks, table[answer].tolist(), scopes, strict=True))
    ]
    told = [one for one in told if one[2]]
    texts = Counter((text, scope) for _, _, text, scope in told)
    per_text = sum(1 for _, q, *_ in told if q) / max(1, len(texts))
    document = _IS_DOCUMENT.match(answer) is not None and question is not None
    titled = wish.index == "both" or (wish.index == "auto" and not (document or per_text >= _REPEATS))
    places: dict[tuple[str, ...], int] = {}
    first: list[int] = []
    own: list[list[str]] = []
    for row, asked, text, scope in told:
        key = (asked, text, scope) if titled else (text, scope)
        place = places.setdefault(key, len(places))
        if place == len(first):
            first.append(row)
            own.append([])
        if asked and not titled:
            own[place].append(asked)
    if len(first) < FEWEST:
        raise UserFault(say("answer.too_few", rows=len(first), least=FEWEST), say("answer.too_few_fix"))
    passages = _passages(table, first, (question if titled else None, answer), wish)
    questions = passages.title if titled else tuple(q[0] if q else "" for q in own)
    headed = titled and question is not None
    group = alike(passages.title if headed else [""] * len(first), passages.text)
    clusters = neighbours(questions, group) if any(questions) else group
    aside = kept_aside(
        [f"{q}\0{t}" for q, t in zip(questions, passages.text, strict=True)], clusters, wish.seed
    )
    entries = Entries(
        passages.title if headed else ("",) * len(first),
        passages.text,
        tuple(tuple(dict.fromkeys(one)) for one in own),
        group,
        aside,
    )
    return entries, replace(passages, group=group), _disagreeing(entries)


def _passages(
    table: Table, rows: Sequence[int], columns: tuple[str | None, str], wish: AnswerWish
) -> Passages:
    """Read the passages out of the rows that first tell them."""
    question, answer = columns
    title = question or ("heading" if "heading" in table else None)

    def cells(name: str | None) -> tuple[str, ...]:
        return (
            tuple((table[name][row] or "").strip() for row in rows) if name is not None else ("",) * len(rows)
        )

    source = cells("source" if "source" in table else None)
    place = cells("place") if "place" in table else tuple(f"row {row + 1}" for row in rows)
    ref = tuple(f"{s}, {p}" if s else p for s, p in zip(source, place, strict=True))
    return Passages(
        ref,
        cells(title),
        cells(answer),
        source,
        place,
        cells(wish.scope),
        np.arange(len(rows), dtype=np.int64),
    )


def _disagreeing(entries: Entries) -> list[Message]:
    """Tell the reader of one question that is answered with different numbers."""
    said: dict[str, set[str]] = {}
    for title, text in zip(entries.title, entries.text, strict=True):
        if title:
            said.setdefault(title.lower(), set()).add(
                " ".join(sorted(set(re.findall(r"\d+(?:\.\d+)?", text))))
            )
    several = [title for title, numbers in said.items() if len(numbers) > 1]
    return [say("answer.disagree", count=len(several), first=several[0][:60])] if several else []


def _names(passages: Passages) -> tuple[str, ...]:
    """What the sheet calls each passage: its question where that is its own, else where it stands."""
    often = Counter(passages.title)
    placed = any(passages.source)
    return tuple(
        title if title and often[title] == 1 and not placed else f"{title} [{ref}]" if title else ref
        for title, ref in zip(passages.title, passages.ref, strict=True)
    )


def _known(entries: Entries, names: Sequence[str]) -> tuple[Mapping[str, int], Mapping[str, int]]:
    """Names by which a sheet may speak of entries in the index, and of those kept aside."""
    inside: dict[str, int] = {}
    outside: dict[str, int] = {}
    for place, name in enumerate(names):
        known = outside if entries.aside[place] else inside
        for word in (name, entries.title[place], *entries.own[place]):
            if word:
                known.setdefault(word, place)
    return inside, outside


_UNIT = Column(UNIT, Kind.CATEGORY, Role.GROUP)


def _rows(asked: Sequence[Asked], entries: Entries, passages: Passages) -> Table:
    """The questions as a table; the truth names every passage that is right, by position."""
    inside = np.flatnonzero(~entries.aside)
    same: dict[int, list[str]] = {}
    for place in inside.tolist():
        same.setdefault(int(entries.group[place]), []).append(str(place))
    truth = [
        " ".join(same[int(entries.group[one.entry])]) if one.answerable and one.entry is not None else ""
        for one in asked
    ]
    scope = [passages.scope[one.entry] if one.entry is not None else "" for one in asked]
    told: list[tuple[Column, Sequence[str]]] = [
        (Column(QUESTION, Kind.TEXT, Role.TEXT), [one.question for one in asked]),
        (Column(SCOPE, Kind.CATEGORY, Role.IGNORE), scope),
        (Column(KIND, Kind.CATEGORY, Role.IGNORE), [one.kind for one in asked]),
        (Column(ORIGIN, Kind.CATEGORY, Role.IGNORE), [one.origin for one in asked]),
        (Column(LANGUAGE, Kind.CATEGORY, Role.IGNORE), [language(one.question) for one in asked]),
        (_UNIT, [one.unit for one in asked]),
        (Column(TRUTH, Kind.CATEGORY, Role.TARGET), truth),
    ]
    return Table(tuple(c for c, _ in told), {c.name: objects(values) for c, values in told})


def _ties(rows: Table) -> Table:
    """What the split looks at: which questions belong together."""
    return rows.select([QUESTION, UNIT])


def truths(rows: Table) -> NDArray[np.int64]:
    """1 where a question can be answered, (n,)."""
    return np.array([int(bool(truth)) for truth in rows[TRUTH]], dtype=np.int64)


def fewest_asked(rows: Table) -> int:
    """Entries asked about on the rarer side, answerable or not: questions of one are no separate evidence."""
    units, answerable = rows[UNIT], truths(rows) == 1
    return min(len(set(units[side].tolist())) for side in (answerable, ~answerable))


def _counts(asked: Sequence[Asked]) -> list[Message]:
    origins, answerable = Counter(one.origin for one in asked), sum(one.answerable for one in asked)
    words: dict[str, Any] = {"answerable": answerable, "not_answerable": len(asked) - answerable}
    words |= {"human": origins[HUMAN], "model": origins[MODEL]}
    return [say("answer.asked" if not origins[MODEL] else "answer.asked_thrice", count=len(asked), **words)]
