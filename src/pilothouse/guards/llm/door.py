"""The door itself: fill, hide, look whether it was asked before, pay, ask, check, show.

``LlmDoor`` is what stands behind ``types.Door``. It holds plain values and crosses to
another process, where connections, weights and locks are made anew. A call that fails
comes back as a ``Reply`` that says why; only a mistake in our own code raises.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

from pilothouse.errors import PilothouseError, Refused
from pilothouse.guards.llm.access import Access
from pilothouse.guards.llm.calling import Asked, Calls, Said
from pilothouse.guards.llm.patience import Patience
from pilothouse.guards.llm.question import Question, fault_of, question_of, shown, without_inventions
from pilothouse.guards.llm.remote import Remote
from pilothouse.guards.llm.tokens import likely_tokens
from pilothouse.guards.llm.works import Works
from pilothouse.guards.personal import name_finder
from pilothouse.lazy import installed
from pilothouse.messages import Message, say
from pilothouse.types import Prompt, Reply

_LOCAL_IN_S, _LOCAL_OUT_S = 1 / 60, 1 / 12
_REMOTE_S, _REMOTE_OUT_S = 1.0, 1 / 50
"""Seconds of a call and of a token, measured with half a billion parameters on two cores; guessed afar."""


class LlmDoor:
    """The way to one language model.

    Parameters
    ----------
    access
        Whom to ask and what it may cost.
    run
        The run whose budget pays, or None for the day's alone.
    folder
        Where calls are listed and replies kept; None keeps nothing.
    keeps
        Whether replies are kept in ``folder`` and answer the same question again.
    replays
        Answer from what is kept and from nothing else.
    """

    def __init__(
        self,
        access: Access,
        *,
        run: str | None = None,
        folder: Path | None = None,
        keeps: bool = True,
        replays: bool = False,
        patience: Patience | None = None,
    ) -> None:
        self.access = access
        self._run = run
        self._folder = folder
        self._keeps = keeps
        self._replays = replays
        self._patience = patience or Patience()

    def __getstate__(self) -> dict[str, Any]:
        own = ("access", "_run", "_folder", "_keeps", "_replays", "_patience")
        return {name: self.__dict__[name] for name in own}

    def at(
        self, folder: Path, *, run: str | None = None, keeps: bool = True, replays: bool = False
    ) -> LlmDoor:
        """Return the same door, paid and kept elsewhere."""
        return LlmDoor(
            self.access, run=run, folder=folder, keeps=keeps, replays=replays, patience=self._patience
        )

    @property
    def model(self) -> str:
        """Name of the model."""
        return self.access.model

    @property
    def remote(self) -> bool:
        """Whether what is asked leaves this machine."""
        return self._works.line is not None and not self._works.line.stays_here

    @property
    def closed(self) -> Message | None:
        """Why it cannot be asked on this machine as it is installed; None where it can."""
        module = "xllamacpp" if self._works.line is None else "httpcore"
        if not installed(module):
            return say("errors.missing_extra", module=module)
        return say("llm.needs_privacy") if self.remote and name_finder() is None else None

    def check(self) -> None:
        """Raise ``Refused`` when its key or its file is not there: better before a run than within."""
        self._works.speaker.check()

    def ask(self, prompt: Prompt, values: Sequence[Mapping[str, str]]) -> list[Reply]:
        """Fill the prompt with each of ``values`` and ask; replies come in their order.

        The same question is asked once. Questions to a remote model go out a few at a time.
        """
        try:
            if self.closed is not None and not self._replays:
                raise Refused(self.closed)
            questions = [question_of(prompt, one, self.model, self._works.search) for one in values]
            found = {q.key: kept for q in questions if (kept := self._kept(q.key)) is not None}
            new = list({q.key: q for q in questions if q.key not in found}.values())
            said: dict[str, Said | Message] = dict(
                zip((q.key for q in new), self._all(new, prompt), strict=True)
            )
        except PilothouseError as fault:
            return [Reply("", failed=fault.problem) for _ in values]
        replies = []
        for question in questions:
            answer = said.get(question.key) or found[question.key]
            if isinstance(answer, Said):
                found[question.key] = Said(answer.text)  # whoever asks the same once more pays nothing
                said.pop(question.key, None)
            replies.append(shown(question, prompt, answer))
        return replies

    def price(self, prompt: Prompt, values: Sequence[Mapping[str, str]]) -> tuple[float, float]:
        """Estimate money and seconds of asking; asks nothing, and what is kept is free."""
        made = [question_of(prompt, one, self.model, self._works.search) for one in values]
        questions = {q.key: q for q in made}
        new = [q for q in questions.values() if self._kept(q.key) is None]
        tokens_in = sum(likely_tokens(q.request) for q in new)
        tokens_out = prompt.most_tokens * len(new)
        if self._works.line is None:
            seconds = tokens_in * _LOCAL_IN_S + tokens_out * _LOCAL_OUT_S
        else:
            seconds = (_REMOTE_S * len(new) + tokens_out * _REMOTE_OUT_S) / Remote.at_once
        return self.access.cost(tokens_in, tokens_out), seconds

    @cached_property
    def _works(self) -> Works:
        return Works(self.access, self._run, self._folder, self._keeps, self._patience)

    def _all(self, questions: list[Question], prompt: Prompt) -> list[Said | Message]:
        if self._replays:
            return [say("llm.not_kept") for _ in questions]
        calls = self._works.calls  # made before there are threads
        if len(questions) < 2 or self._works.speaker.at_once == 1:
            return [self._one(calls, q, prompt) for q in questions]
        with ThreadPoolExecutor(self._works.speaker.at_once) as pool:
            return list(pool.map(lambda q: self._one(calls, q, prompt), questions))

    def _one(self, calls: Calls, question: Question, prompt: Prompt) -> Said | Message:
        label = {"prompt": prompt.name, "version": prompt.version, "model": self.model, "key": question.key}
        drawer = self._works.drawer
        asked = Asked(question.request, label, lambda text: fault_of(question, prompt, text))
        try:
            with nullcontext() if drawer is None else drawer.turn(question.key):
                kept = self._kept(question.key)  # by another process, meanwhile
                said = kept or calls.ask(asked)
                if kept is None and isinstance(said, Said):
                    said = replace(said, text=without_inventions(said.text, prompt))
                    if drawer is not None:
                        standing = drawer.keep(question.key, {"text": said.text, "cost": said.cost})
                        said = replace(said, text=str(standing["text"]))
        except PilothouseError as fault:
            return fault.problem
        return said

    def _kept(self, key: str) -> Said | None:
        drawer = self._works.drawer
        kept = drawer.find(key) if drawer is not None else None
        return Said(str(kept["text"])) if kept is not None and "text" in kept else None
