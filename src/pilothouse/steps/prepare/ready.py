"""What every preparation yields, whatever a question is made of."""

from __future__ import annotations

from typing import Any, Protocol

from numpy.typing import NDArray

from pilothouse.messages import Message
from pilothouse.steps.prepare.desensitise import PersonalTreatment
from pilothouse.types import Column, Data, Split
from pilothouse.types.contest import Index


class Ready(Protocol):
    """Data ready for the contest; see ``supervise.Prepared`` and ``interactions.PreparedInteractions``."""

    @property
    def data(self) -> Data:
        """What is learnt from and asked; no ids, no personal values."""
        ...

    @property
    def columns(self) -> tuple[Column, ...]:
        """Every column of the sources, as described after desensitising."""
        ...

    @property
    def split(self) -> Split:
        """What is learnt from and what is kept aside."""
        ...

    @property
    def ids(self) -> NDArray[Any]:
        """Pseudonym of each question's subject."""
        ...

    @property
    def id_name(self) -> str:
        """The column that names them, or "row"."""
        ...

    @property
    def personal(self) -> tuple[PersonalTreatment, ...]:
        """What was done about personal data."""
        ...

    @property
    def notes(self) -> tuple[Message, ...]:
        """What the reader should know."""
        ...

    @property
    def features(self) -> tuple[str, ...]:
        """Columns that models may learn from."""
        ...

    @property
    def has_time(self) -> bool:
        """Whether times are known and respected."""
        ...

    @property
    def learnable(self) -> Index:
        """Positions of rows to learn from once nothing is kept aside."""
        ...

    def folds(self, train: Index, folds: int) -> tuple[tuple[Index, Index], ...]:
        """Split a training part again, by the rules of the whole."""
        ...
