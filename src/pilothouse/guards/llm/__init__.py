"""The one door to language models: any OpenAI-compatible address, or weights on this machine.

``LlmDoor`` implements ``types.Door``; ``prompt(name)`` reads a versioned prompt of the package.
What holds for every call, whoever makes it:

- personal values are out before anything is sent, and no call is made when the search for
  them fails (``masking``);
- the most that it may cost is set aside before it is made (``store.purse``);
- it leaves through ``guards.egress`` alone, within its time, and is repeated only where a
  fault may pass (``remote``, ``patience``, ``calling``);
- the reply is text that loads nothing and leads nowhere new (``inert``), of the prompt's
  schema where there is one (``schemas``);
- it is listed without its text, and kept by its content, so that a run that goes on or is
  verified asks nothing twice (``drawer``).

It gives a model no tool, and promises no reply: a call that fails is a ``Reply`` that says why.
"""

from pilothouse.guards.llm.access import Access
from pilothouse.guards.llm.door import LlmDoor
from pilothouse.guards.llm.patience import Patience
from pilothouse.guards.llm.prompts import prompt, read_prompt

__all__ = ["Access", "LlmDoor", "Patience", "prompt", "read_prompt"]
