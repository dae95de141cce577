"""From a prompt to what is sent, and from what a model said to what is shown."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pilothouse.guards.llm.calling import Said
from pilothouse.guards.llm.inert import inert, inert_in, recites
from pilothouse.guards.llm.masking import Masking, Search, nested
from pilothouse.guards.llm.prompts import RULE, filled, system_text
from pilothouse.guards.llm.schemas import fault_in, read_json
from pilothouse.guards.personal import redact
from pilothouse.messages import Message, say
from pilothouse.types import Prompt, Reply


@dataclass(frozen=True)
class Question:
    """One filled prompt as it is sent, and the marks that stand in it.

    Parameters
    ----------
    request
        In OpenAI's form, without personal values.
    masking
        Marks and values; stays in memory.
    key
        SHA-256 of prompt, version and request: equal questions get one reply.
    asked
        The filled template, as it stands in the request.
    """

    request: Mapping[str, Any] = field(repr=False)
    masking: Masking = field(repr=False)
    key: str
    asked: str = field(repr=False)


def question_of(prompt: Prompt, values: Mapping[str, str], model: str, search: Search) -> Question:
    """Fill the prompt and take personal values out.

    Raises
    ------
    Refused
        When the search for personal values fails.
    """
    masking = Masking(search)
    system, asked = masking.hide(system_text(prompt)), masking.hide(filled(prompt, values))
    request: dict[str, Any] = {
        "model": model,
        "messages": [{"role": "system", "content": system}, {"role": "user", "content": asked}],
        "max_tokens": prompt.most_tokens,
        "temperature": 0,
        "seed": 0,
    }
    if prompt.schema is not None:
        schema = {"name": "reply", "strict": True, "schema": masking.hide_in(prompt.schema)}
        request["response_format"] = {"type": "json_schema", "json_schema": schema}
    told = json.dumps([prompt.name, prompt.version, request], sort_keys=True, ensure_ascii=True)
    return Question(request, masking, hashlib.sha256(told.encode()).hexdigest(), asked)


def fault_of(question: Question, prompt: Prompt, text: str) -> str | None:
    """Say in what ``text`` is not of the prompt's schema; None where it is, or where there is none."""
    if prompt.schema is None:
        return None
    try:
        schema = question.request["response_format"]["json_schema"]["schema"]
        return fault_in(read_json(text), schema)
    except ValueError as fault:
        return f"it is no JSON ({fault})"


def without_inventions(text: str, prompt: Prompt) -> str:
    """Mask what looks personal: the model saw marks only, so it was made up or comes from elsewhere."""
    if prompt.schema is None:
        return redact(text)
    return json.dumps(nested(read_json(text), redact), ensure_ascii=False)


def shown(question: Question, prompt: Prompt, answer: Said | Message) -> Reply:
    """Make a reply harmless, put personal values back in, and say what it took."""
    if isinstance(answer, Message):
        return Reply("", failed=answer)
    if recites(answer.text, prompt.system) or recites(answer.text, RULE):
        return Reply("", failed=say("llm.recited"))
    text, data = answer.text, None
    if prompt.schema is None:
        text = question.masking.show(inert(text, question.asked)).strip()
    elif fault_of(question, prompt, text) is not None:  # a kept reply that somebody altered
        return Reply("", failed=say("llm.bad_reply"))
    else:
        data = question.masking.show_in(inert_in(read_json(text), question.asked))
        text = json.dumps(data, ensure_ascii=False)
    return Reply(text, data, answer.tokens_in, answer.tokens_out, answer.cost, answer.seconds)
