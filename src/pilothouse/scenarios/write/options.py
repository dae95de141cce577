"""What a user may set for ``write``."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from pilothouse.models.writing.rules import Rules, TextKind
from pilothouse.scenario import Options

Word = Annotated[str, StringConstraints(min_length=1, max_length=60)]


def _listed(value: Any) -> Any:
    """A command line gives words with commas between them."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.replace("，", ",").split(",") if part.strip())
    return tuple(value) if isinstance(value, list) else value


Listed = Annotated[tuple[Word, ...], BeforeValidator(_listed), Field(max_length=100)]


class WriteOptions(Options):
    """Options of ``write``."""

    kind: TextKind = Field("description", description="write.option_kind")
    language: Literal["auto", "zh", "en"] = Field("auto", description="write.option_language")
    name: str = Field("", max_length=200, description="write.option_name")
    benefit: str = Field("", max_length=200, description="write.option_benefit")
    existing: str = Field("", max_length=200, description="write.option_existing")
    template: str = Field("", max_length=2_000, description="write.option_template")
    voice: str = Field("", max_length=500, description="write.option_voice")
    must_have: Listed = Field((), description="write.option_must_have")
    one_of: Listed = Field((), description="write.option_one_of")
    forbidden: Listed = Field((), description="write.option_forbidden")
    shortest: int = Field(0, ge=0, le=5_000, description="write.option_shortest")
    longest: int = Field(0, ge=0, le=5_000, description="write.option_longest")
    easiest: float = Field(30.0, ge=0, le=100, description="write.option_easiest")
    currency: str = Field("", max_length=8, description="write.option_currency")
    reaction: float = Field(0.05, gt=0, lt=0.5, description="write.option_reaction")

    @model_validator(mode="after")
    def _order(self) -> Self:
        if self.longest and self.longest < self.shortest:
            raise ValueError("longest < shortest")
        return self

    def rules(self, language: str) -> Rules:
        """What texts are held to, in the language that was found."""
        return Rules(
            kind=self.kind,
            language=language,
            shortest=self.shortest,
            longest=self.longest,
            must_have=self.must_have,
            one_of=self.one_of,
            forbidden=self.forbidden,
            currency=self.currency,
            easiest=self.easiest,
            benefit=self.benefit,
            voice=self.voice,
            template=self.template,
        )
