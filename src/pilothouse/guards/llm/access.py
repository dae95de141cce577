"""What a door is told: whom to ask, at what price, within which limits, and where it keeps things.

Plain values that cross to another process; of a secret only the name of the environment
variable that holds it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Access:
    """A language model and what it may cost.

    Parameters
    ----------
    model
        Its name, as the server knows it.
    base_url, gguf
        An OpenAI-compatible address, or a file with weights; one of the two.
    key
        Environment variable that holds the server's key, or None.
    price_in, price_out
        Money for a million tokens.
    run_budget, day_budget
        Most money a run, and the product in a day of its time zone.
    timeout_s
        For one attempt, however slowly its reply comes in.
    allow_hosts
        See ``guards.egress.Line``.
    state
        ``state.db``, which keeps what is spent.
    """

    model: str
    state: Path
    base_url: str | None = None
    gguf: Path | None = None
    key: str | None = field(default=None, repr=False)
    price_in: float = 0.0
    price_out: float = 0.0
    run_budget: float = 0.0
    day_budget: float = 0.0
    timeout_s: float = 60.0
    allow_hosts: tuple[str, ...] = ()
    timezone: str = "UTC"

    @property
    def is_free(self) -> bool:
        """Whether no budget is needed."""
        return self.price_in == 0 and self.price_out == 0

    def cost(self, tokens_in: int, tokens_out: int) -> float:
        """Money for so many tokens."""
        return (tokens_in * self.price_in + tokens_out * self.price_out) / 1e6

    def purses(self, run: str | None) -> dict[str, float]:
        """Purses that a call of ``run`` is paid from, with what each may hold."""
        today = datetime.now(ZoneInfo(self.timezone)).date().isoformat()
        found = {f"llm day {today}": self.day_budget}
        return found if run is None else {**found, self.purse_of(run): self.run_budget}

    @staticmethod
    def purse_of(run: str) -> str:
        """Name of the purse of a run."""
        return f"llm run {run}"
