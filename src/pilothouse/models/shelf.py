"""Models on disk: a folder that says which kind of model it holds.

Knows every kind of model by name and imports it only when it is met. Hashes are the
door's (``guards.modelfile``); a name that is neither in the table nor installed under
the entry-point group ``pilothouse.models`` is refused, so that a file cannot choose
what is imported.
"""

from __future__ import annotations

import importlib
from importlib import metadata
from pathlib import Path
from typing import Any, ClassVar, Protocol

from pilothouse.errors import Corrupt
from pilothouse.guards.modelfile import load_file, save_file
from pilothouse.messages import say
from pilothouse.types import Model

_WHERE = {
    "constant": ("pilothouse.models.baselines", "ConstantModel"),
    "today": ("pilothouse.models.baselines", "TodayModel"),
    "rule": ("pilothouse.models.rule", "RuleModel"),
    "linear": ("pilothouse.models.linear", "LinearModel"),
    "boosting": ("pilothouse.models.boosting", "BoostingModel"),
    "network": ("pilothouse.models.network", "NetworkModel"),
    "behaviour": ("pilothouse.models.behaviour", "BehaviourModel"),
    "blend": ("pilothouse.models.blend", "BlendModel"),
    "popular": ("pilothouse.models.rankers.popularity", "PopularModel"),
    "lately": ("pilothouse.models.rankers.popularity", "LatelyModel"),
    "neighbours": ("pilothouse.models.rankers.neighbours", "NeighboursModel"),
    "transitions": ("pilothouse.models.rankers.transitions", "TransitionsModel"),
    "ease": ("pilothouse.models.rankers.ease", "EaseModel"),
    "als": ("pilothouse.models.rankers.factors", "AlsModel"),
    "bpr": ("pilothouse.models.rankers.factors", "BprModel"),
    "towers": ("pilothouse.models.rankers.towers", "TowersModel"),
    "attention": ("pilothouse.models.rankers.attention", "AttentionModel"),
    "gaussian": ("pilothouse.models.generators.baselines", "GaussianModel"),
    "copier": ("pilothouse.models.generators.baselines", "CopierModel"),
    "vae": ("pilothouse.models.generators.trained", "VaeModel"),
    "gan": ("pilothouse.models.generators.trained", "GanModel"),
    "pixels": ("pilothouse.models.pictures.simple", "PixelsModel"),
    "nearest": ("pilothouse.models.pictures.simple", "NearestModel"),
    "picture_network": ("pilothouse.models.pictures.network", "PictureNetwork"),
    "keywords": ("pilothouse.models.labels.simple", "KeywordsModel"),
    "means": ("pilothouse.models.labels.means", "MeansModel"),
    "embedded": ("pilothouse.models.labels.means", "EmbeddedModel"),
    "text_network": ("pilothouse.models.labels.network", "TextNetwork"),
    "fine_tuned": ("pilothouse.models.labels.encoder", "FineTunedModel"),
    "asked_label": ("pilothouse.models.labels.asked", "AskedModel"),
    "weighed": ("pilothouse.models.labels.weighed", "WeighedModel"),
    "transfer": ("pilothouse.models.pictures.transfer", "TransferModel"),
    "need_keywords": ("pilothouse.models.needs.keywords", "KeywordsModel"),
    "need_topics": ("pilothouse.models.needs.topics", "TopicsModel"),
    "need_told": ("pilothouse.models.needs.told", "ToldModel"),
    "answers": ("pilothouse.models.retrieval.answerer", "AnswerModel"),
    "mixture": ("pilothouse.models.rankers.mixture", "MixtureModel"),
    "plain_text": ("pilothouse.models.writing.rulemade", "PlainModel"),
    "own_text": ("pilothouse.models.writing.rulemade", "OwnModel"),
    "grammar_text": ("pilothouse.models.writing.rulemade", "GrammarModel"),
    "asked_text": ("pilothouse.models.writing.asked", "AskedModel"),
}
_MARK = "kind.json"


class Kept(Model, Protocol):
    """A model that the shelf can keep."""

    kind: ClassVar[str]


def save_model(model: Any, folder: Path) -> None:
    """Write ``model`` (a ``Kept``) and its kind into ``folder``; the manifest is the caller's."""
    model.save(folder)
    save_file(folder / _MARK, {"kind": model.kind}, "json")


def load_model(folder: Path) -> Any:
    """Read back what ``save_model`` wrote, from a folder whose manifest was checked.

    Raises
    ------
    Corrupt
        When the kind is unknown or the files do not fit it.
    """
    mark = load_file(folder / _MARK, "json")
    kind = mark.get("kind") if isinstance(mark, dict) else None
    made = _class_of(kind)
    try:
        return made.load(folder)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as fault:
        raise Corrupt(say("modelfile.corrupt", file=folder.name), say("modelfile.again")) from fault


def _class_of(kind: Any) -> Any:
    """Find the class of one kind: ours by the table, a plug-in's by its entry point."""
    if kind in _WHERE:
        module, name = _WHERE[kind]
        return getattr(importlib.import_module(module), name)
    points = metadata.entry_points(group="pilothouse.models", name=kind) if isinstance(kind, str) else ()
    for point in points:
        return point.load()
    raise Corrupt(say("modelfile.corrupt", file=_MARK), say("modelfile.again"))
