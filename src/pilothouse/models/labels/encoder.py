"""A user's own encoder, fine-tuned on the labels by small matrices beside its weights (LoRA).

The folder is one of transformers, weights as safetensors; nothing is fetched and no code
of the folder runs. Beside the weights of attention, matrices of rank 8 learn, with a head
over the mean of the last layer, by the house's trainer; then they are added to the
weights, and the whole is kept as JSON and safetensors, so that a release needs the folder
no longer. Needs the extra ``finetune``.

References
----------
Hu et al., "LoRA: low-rank adaptation of large language models", 2022.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from pilothouse.errors import BadOption
from pilothouse.guards.modelfile import load_file, save_file
from pilothouse.lazy import require
from pilothouse.messages import Message, say
from pilothouse.models.costs import decline
from pilothouse.models.labels.simple import texts_of
from pilothouse.models.networks.weights import filled, weights_of
from pilothouse.models.target import Target
from pilothouse.models.training import Lesson, Taught, Trained, TrainingPlan, train
from pilothouse.models.training.precision import alone
from pilothouse.types import Answers, Candidate, Context, Cost, Data, Shape, Table
from pilothouse.types.candidate import Parameters

_RANK, _BATCH, _RATE = 8, 16, 5e-4
_FEWEST, _MOST, _STEPS = 4, 40, 240
_WINDOW, _SHORTEST, _SHARE = 128, 8, 0.95
"""The most tokens of a text that are read; as many as 95 of 100 texts have are enough."""
_CHECK_SHARE = 0.1
_AT_ONCE = 64
_PRODUCT_S = 2.5e-11
"""CPU seconds of one multiplication, forward and back."""
_TOLD = {"local_files_only": True, "trust_remote_code": False}


@dataclass(frozen=True)
class FineTuned(Candidate):
    """LoRA on the encoder in ``folder``.

    Parameters
    ----------
    length
        Mean number of characters of a text.
    products
        Multiplications of one token.
    """

    target: Target
    folder: str
    length: float
    products: float
    name: ClassVar[str] = "fine_tuned"
    label: ClassVar[Message] = say("classify.fine_tuned")
    rank: ClassVar[int] = 35
    extra: ClassVar[str | None] = "finetune"
    needs_module: ClassVar[str | None] = "peft"

    @staticmethod
    def of(target: Target, folder: Path, length: float) -> FineTuned:
        """Look at the folder.

        Raises
        ------
        BadOption
            Where there is no encoder of transformers with weights as safetensors.
        """
        try:
            told = json.loads((folder / "config.json").read_text(encoding="utf-8"))
            width = float(told.get("hidden_size", 768))
            layers, inner = (
                float(told.get(n, d))
                for n, d in (("num_hidden_layers", 12), ("intermediate_size", 4 * width))
            )
        except (OSError, ValueError, AttributeError, TypeError):
            told = None
        if told is None or not list(folder.glob("*.safetensors")):
            raise BadOption(say("classify.no_encoder", path=folder.name), say("classify.no_encoder_fix"))
        return FineTuned(target, str(folder), length, layers * (4 * width**2 + 2 * width * inner))

    def feasible(self, shape: Shape, budget_s: float) -> Message | None:
        """Decline beyond memory or time."""
        return decline(self.cost(shape), budget_s)

    def cost(self, shape: Shape) -> Cost:
        """Grow with epochs x tokens x multiplications."""
        tokens = shape.rows * min(float(_WINDOW), max(8.0, self.length / 1.5))
        return Cost(
            5.0 + usual_epochs(shape.rows) * tokens * 3 * self.products * _PRODUCT_S,
            800.0 + 4e-5 * self.products,
        )

    def build(self, parameters: Parameters) -> FineTunedModel:
        """Make an unfitted model."""
        return FineTunedModel(self.target, self.folder, **parameters)


@dataclass(frozen=True)
class FineTunedModel:
    """The encoder with what was learnt added to its weights, and a head.

    Parameters
    ----------
    folder
        Where the encoder came from; not needed once fitted.
    epochs
        None for the usual number.
    half
        Learn in bfloat16 where the CPU multiplies it: quicker, and not the same on all CPUs.
    window
        Tokens of a text that are read; found when fitted, no more than it starts with.
    config, reader
        The encoder's configuration, and its tokenizer as JSON text.
    """

    target: Target
    folder: str
    epochs: int | None = None
    rate: float = _RATE
    half: bool = False
    window: int = _WINDOW
    config: Mapping[str, Any] = field(default_factory=dict, repr=False)
    reader: str = field(default="", repr=False)
    trained: Trained = field(default_factory=Trained, compare=False)
    weights: Mapping[str, NDArray[Any]] = field(default_factory=dict, repr=False)
    network: Any = field(default=None, repr=False, compare=False)
    kind: ClassVar[str] = "fine_tuned"

    def fit(self, data: Data, context: Context) -> Self:
        """Learn from the rows of ``data``, of which a tenth checks."""
        torch = require("torch", extra="deep")
        transformers, peft = (require(name, extra="finetune") for name in ("transformers", "peft"))
        transformers.utils.logging.disable_progress_bar()
        tokenizer = transformers.AutoTokenizer.from_pretrained(self.folder, **_TOLD)
        encoder = transformers.AutoModel.from_pretrained(self.folder, use_safetensors=True, **_TOLD).float()
        texts = texts_of(data.table)
        read = replace(self, config=encoder.config.to_dict(), reader=tokenizer.backend_tokenizer.to_str())
        made = replace(read, window=read._enough(texts))
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(context.seed)
            wish = peft.LoraConfig(
                r=_RANK, lora_alpha=2 * _RANK, lora_dropout=0.05, target_modules=_attention(encoder)
            )
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", FutureWarning)  # the libraries' words to each other
                adapted = peft.get_peft_model(encoder, wish)
            network = _headed(adapted, len(self.target.classes))
        rows = [*made._tokens(texts), torch.from_numpy(self.target.truth(data.table))]
        order = torch.from_numpy(np.random.default_rng(context.seed).permutation(data.rows))
        kept = data.rows - int(data.rows * _CHECK_SHARE)
        learn, check = ([one[part] for one in rows] for part in (order[:kept], order[kept:]))
        lesson = Lesson(
            learn,
            check if data.rows > kept else None,
            torch.nn.functional.cross_entropy,
            metric=lambda out, aim: float((out.argmax(1) == aim).float().mean()),
        )
        plan = TrainingPlan(
            epochs=self.epochs or usual_epochs(kept),
            batch=_BATCH,
            rate=self.rate,
            patience=None,
            check_batch=_AT_ONCE,
            half=self.half,
        )
        done = train(network, lesson, plan, context)
        network.encoder = network.encoder.merge_and_unload()
        weights = weights_of(network)
        return replace(made, trained=done, weights=weights, network=made._filled(weights))

    def _tokens(self, texts: list[str]) -> tuple[Any, Any]:
        """Number the tokens: (n, window) each, and which are there."""
        torch = require("torch", extra="deep")
        rows = self._numbers(texts)
        ids = np.full((len(rows), self.window), int(self.config.get("pad_token_id") or 0), dtype=np.int64)
        present = np.zeros_like(ids)
        for place, row in enumerate(rows):
            ids[place, : len(row)], present[place, : len(row)] = row, 1
        return torch.from_numpy(ids), torch.from_numpy(present)

    def _numbers(self, texts: list[str]) -> list[list[int]]:
        reader = require("tokenizers", extra="finetune").Tokenizer.from_str(self.reader)
        reader.no_padding()
        reader.enable_truncation(min(self.window, int(self.config.get("max_position_embeddings", 512)) - 2))
        return [one.ids for one in reader.encode_batch([text or " " for text in texts])]

    def _enough(self, texts: list[str]) -> int:
        """Tokens that nearly all texts have room in."""
        return max(_SHORTEST, int(np.quantile([len(row) for row in self._numbers(texts)], _SHARE)))

    @property
    def taught(self) -> tuple[Taught, ...]:
        """How it learnt, for the reader."""
        return (Taught(say("classify.fine_tuned"), say("labels.texts"), self.trained),)

    def _filled(self, weights: Mapping[str, NDArray[Any]]) -> Any:
        transformers = require("transformers", extra="finetune")
        kind = str(self.config["model_type"])
        config = transformers.AutoConfig.for_model(
            kind, **{k: v for k, v in self.config.items() if k != "model_type"}
        )
        return filled(
            _headed(transformers.AutoModel.from_config(config).float(), len(self.target.classes)), weights
        )

    def predict(self, requests: Table, context: Context) -> Answers:
        """Answer each text, one at a time on one thread: more would change the last digits."""
        torch = require("torch", extra="deep")
        if self.network is None:
            raise RuntimeError("predict before fit")
        ids, present = self._tokens(texts_of(requests))
        found = [np.empty((0, len(self.target.classes)))]
        with alone(torch, 1), torch.no_grad():
            for start in range(0, len(ids), _AT_ONCE):
                part = slice(start, start + _AT_ONCE)
                found.append(torch.softmax(self.network(ids[part], present[part]).double(), dim=1).numpy())
        return self.target.answers(np.concatenate(found))

    def save(self, folder: Path) -> None:
        """Write JSON and safetensors."""
        if not self.weights:
            raise RuntimeError("save before fit")
        state = {
            "target": self.target.state(),
            "epochs": self.epochs,
            "rate": self.rate,
            "half": self.half,
            "window": self.window,
            "config": json.loads(json.dumps(dict(self.config), default=str)),
            "reader": self.reader,
            "trained": self.trained.state(),
        }
        save_file(folder / "encoder.json", state, "json")
        save_file(folder / "encoder.safetensors", dict(self.weights), "tensors")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read back what ``save`` wrote."""
        state = load_file(folder / "encoder.json", "json")
        target, trained = Target.restore(state["target"]), Trained.restore(state["trained"])
        weights = load_file(folder / "encoder.safetensors", "tensors")
        plan = (state["epochs"], state["rate"], state.get("half", False), state.get("window", _WINDOW))
        made = cls(target, "", *plan, state["config"], state["reader"], trained, weights)
        return replace(made, network=made._filled(weights))

    def __getstate__(self) -> dict[str, Any]:
        """Leave the torch module out: it is made again from configuration and weights."""
        return {**self.__dict__, "network": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        if self.weights:
            self.__dict__["network"] = self._filled(self.weights)


def usual_epochs(rows: int) -> int:
    """Four passes; more where texts are few, so that there are about 240 steps."""
    return min(_MOST, max(_FEWEST, -(-_STEPS * _BATCH // max(1, rows))))


def _attention(encoder: Any) -> list[str]:
    """Name the layers of attention that matrices are put beside: queries and values, however called."""
    ends = {name.rpartition(".")[2] for name, _ in encoder.named_modules()}
    known = (
        ("query", "value"),
        ("q_proj", "v_proj"),
        ("q_lin", "v_lin"),
        ("q", "v"),
        ("Wqkv",),
        ("query_key_value",),
    )
    for names in known:
        if set(names) <= ends:
            return list(names)
    raise BadOption(say("classify.odd_encoder"), say("classify.no_encoder_fix"))


def _headed(encoder: Any, labels: int) -> Any:
    """Put a head over the mean of the last layer: ids, present (n, window) -> (n, labels)."""
    torch = require("torch", extra="deep")
    nn = torch.nn

    class Headed(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.encoder = encoder
            self.head = nn.Linear(int(encoder.config.hidden_size), labels)

        def forward(self, ids: Any, present: Any) -> Any:
            hidden = self.encoder(input_ids=ids, attention_mask=present).last_hidden_state
            share = present / present.sum(dim=1, keepdim=True).clamp(min=1)
            return self.head((hidden * share[:, :, None]).sum(dim=1))

    return Headed()
