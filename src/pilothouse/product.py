"""The workspace: a folder with ``product.toml``, ``data/`` and ``.pilothouse/``.

``product.toml`` is the user's file: it is read strictly, written through tomlkit so
that their comments stay, and nothing else in the program remembers settings. This
module knows no scenario: options and values are checked by whoever runs them.
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from copy import copy
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from pilothouse.errors import BadOption, NotFound
from pilothouse.messages import Language, locale_language, say
from pilothouse.types import Role

KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
_IN_ENVIRONMENT = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]{0,99}")


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ProductSettings(_Strict):
    """``[product]``."""

    name: str = "product"
    language: Language | None = None
    currency: str = "CNY"
    timezone: str = "Asia/Shanghai"
    engine: str = "local"


class TableSettings(_Strict):
    """``[tables.X]``: a declared source with a role for each column."""

    source: str
    format: str | None = None
    query: str | None = None
    columns: dict[str, Role] = Field(default_factory=dict)
    desensitise: bool = True
    day_first: bool | None = None


class UseCaseSettings(_Strict):
    """``[use_cases.Y]``: one scenario applied to this product."""

    scenario: str
    table: str | None = None
    tables: dict[str, str] = Field(default_factory=dict)
    title: str | None = None
    options: dict[str, Any] = Field(default_factory=dict)
    value: dict[str, Any] = Field(default_factory=dict)
    available: dict[str, bool] = Field(default_factory=dict)


class LlmSettings(_Strict):
    """``[llm]``: the language model that may be asked, and what it may cost; see ``docs/llm.md``."""

    base_url: str | None = None
    model: str | None = None
    key: str | None = None
    gguf: str | None = None
    price_in: float | None = Field(None, ge=0)
    price_out: float | None = Field(None, ge=0)
    run_budget: float = Field(5.0, ge=0)
    day_budget: float = Field(20.0, ge=0)
    timeout_s: float = Field(60.0, ge=1, le=600)
    allow_hosts: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _is_whole(self) -> LlmSettings:
        if self.key is not None and not _IN_ENVIRONMENT.fullmatch(self.key):
            raise BadOption(say("llm.key_in_file"), say("llm.key_in_file_fix"))
        if (self.base_url is None) == (self.gguf is None) or (self.base_url and not self.model):
            raise BadOption(say("llm.one_of_two"), say("llm.see_docs"))
        if self.base_url and (self.price_in is None or self.price_out is None):
            raise BadOption(say("llm.needs_price"), say("llm.needs_price_fix"))
        return self


class Settings(_Strict):
    """The whole of ``product.toml``."""

    product: ProductSettings = ProductSettings()
    llm: LlmSettings | None = None
    tables: dict[str, TableSettings] = Field(default_factory=dict)
    use_cases: dict[str, UseCaseSettings] = Field(default_factory=dict)


class Product:
    """A product folder, opened.

    Parameters
    ----------
    folder
        The folder that holds ``product.toml``.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.settings = _read(self.folder / "product.toml")
        self._spoken: Language | None = None

    def speaking(self, language: Language) -> Product:
        """The same product for a reader of ``language``."""
        other = copy(self)
        other._spoken = language
        return other

    @property
    def hidden(self) -> Path:
        """``.pilothouse/``: state, keys, runs and releases."""
        return self.folder / ".pilothouse"

    @property
    def language(self) -> Language:
        """The reader's language, else the product's, else the locale's, else English."""
        return self._spoken or self.settings.product.language or locale_language()

    def runs(self, use_case: str) -> Path:
        """Folder of a use case's runs."""
        return self.hidden / "runs" / use_case

    def outputs(self, use_case: str) -> Path:
        """Folder of what the PM acts on, with their own raw ids."""
        return self.folder / "outputs" / use_case

    def use_case(self, name: str) -> UseCaseSettings:
        """Return one use case's settings.

        Raises
        ------
        NotFound
            When there is none of that name; the nearest name is given.
        """
        found = self.settings.use_cases.get(name)
        if found is None:
            raise NotFound(say("product.no_use_case", name=name), _nearest(name, self.settings.use_cases))
        return found

    def table(self, name: str) -> TableSettings:
        """Return one table's settings; NotFound with the nearest name otherwise."""
        found = self.settings.tables.get(name)
        if found is None:
            raise NotFound(say("product.no_table", name=name), _nearest(name, self.settings.tables))
        return found

    def location(self, table: TableSettings) -> str:
        """Where a table's source lies: a URL as it stands, a path from the product's folder."""
        if "://" in table.source:
            return table.source
        return os.fspath((self.folder / table.source).resolve())

    def declare(self, section: Literal["tables", "use_cases"], name: str, settings: BaseModel) -> None:
        """Add or replace one entry of ``product.toml``, keeping the user's comments."""
        import tomlkit

        if not KEY.fullmatch(name):
            raise BadOption(say("product.bad_key", name=name), say("product.key_form"))
        path = self.folder / "product.toml"
        document = tomlkit.parse(path.read_text(encoding="utf-8"))
        group = document.setdefault(section, tomlkit.table(is_super_table=True))
        group[name] = settings.model_dump(mode="json", exclude_defaults=True, exclude_none=True)
        write_text(path, tomlkit.dumps(document))
        self.settings = _read(path)

    def amend(
        self, name: str, options: dict[str, Any], value: dict[str, Any], available: dict[str, bool]
    ) -> None:
        """Lay a command line's answers over one use case's settings; ``keep`` writes them down."""
        use = self.use_case(name)
        changed = {
            "options": {**use.options, **options},
            "value": {**use.value, **value},
            "available": {**use.available, **available},
        }
        cases = {**self.settings.use_cases, name: use.model_copy(update=changed)}
        self.settings = self.settings.model_copy(update={"use_cases": cases})

    def keep(self, name: str) -> None:
        """Write down a use case that was amended, once its answers proved sound."""
        amended = self.settings
        if _read(self.folder / "product.toml").use_cases.get(name) != amended.use_cases[name]:
            self.declare("use_cases", name, amended.use_cases[name])
            self.settings = amended


def create(folder: Path, product: ProductSettings) -> Product:
    """Make a product folder, or open the one that is there."""
    import tomlkit

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "data").mkdir(exist_ok=True)
    (folder / ".pilothouse").mkdir(exist_ok=True)
    path = folder / "product.toml"
    if not path.exists():
        kept = {"product": product.model_dump(mode="json", exclude_none=True)}
        write_text(path, tomlkit.dumps(kept))
    return Product(folder)


def open_product(folder: Path) -> Product:
    """Open a product folder.

    Raises
    ------
    NotFound
        When the folder has no ``product.toml``.
    """
    if not (folder / "product.toml").is_file():
        raise NotFound(say("product.not_a_product", folder=str(folder)), say("product.make_one"))
    return Product(folder)


def key_of(text: str, otherwise: str = "use_case") -> str:
    """Turn free text into a use-case key: ``Churn?`` becomes ``churn``, what has no letter ``otherwise``."""
    word = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")[:40].rstrip("_")
    return word if KEY.fullmatch(word) else otherwise


def write_text(path: Path, text: str) -> None:
    """Write to a temporary name, sync, rename: the old file or the new one, never half."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with temporary.open("w", encoding="utf-8", newline="") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)


def _read(path: Path) -> Settings:
    try:
        return Settings.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except tomllib.TOMLDecodeError as error:
        raise BadOption(say("product.not_toml", detail=str(error)), say("product.mend_toml")) from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise BadOption(
            say("product.bad_setting", place=place, detail=first["msg"]), say("product.mend_toml")
        ) from None


def _nearest(name: str, known: Any) -> Any:
    close = difflib.get_close_matches(name, list(known), n=1)
    if close:
        return say("product.nearest", name=close[0])
    return say("product.known", names=", ".join(known) or "-")


def from_file(
    path: Path, use_case: UseCaseSettings, table: TableSettings, language: Language | None
) -> tuple[Product, str]:
    """Make or reuse ``./<stem>.pilothouse/`` for one file, or folder of files, with one use case.

    The use case is named after its target column where it has one. Settings that an
    earlier call left in the folder are replaced by this call's.
    """
    if not path.exists():
        raise NotFound(say("product.no_file", file=str(path)), say("product.check_path"))
    stem = path.stem or path.resolve().stem
    folder = Path.cwd() / f"{stem}.pilothouse"
    product = create(folder, ProductSettings(name=stem, language=language))
    name = key_of(str(use_case.options.get("target", use_case.scenario)), use_case.scenario)
    rows = table.model_copy(update={"source": os.path.relpath(path.resolve(), product.folder)})
    product.declare("tables", "rows", rows)
    product.declare("use_cases", name, use_case.model_copy(update={"table": "rows"}))
    return product, name
