"""A tiny encoder of transformers with random weights, made on the spot."""

from __future__ import annotations

from pathlib import Path

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ":"]
WORDS = [*SPECIAL, "query", "passage", "card", "lost", "open", "account", "money", "bank"]


def save_encoder(folder: Path, labels: int | None = None) -> Path:
    """Write config, tokenizer and weights; with ``labels`` a classifier (a cross-encoder has 1)."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification, BertModel, BertTokenizerFast

    (folder / "vocab.txt").write_text("\n".join(WORDS), encoding="utf-8")
    torch.manual_seed(0)
    size = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    config = BertConfig(vocab_size=len(WORDS), max_position_embeddings=64, num_labels=labels or 1, **size)
    model = BertModel(config) if labels is None else BertForSequenceClassification(config)
    model.save_pretrained(folder)
    BertTokenizerFast(str(folder / "vocab.txt")).save_pretrained(folder)
    return folder
