"""What a practitioner would fit in a few lines: a logistic pipeline, and LightGBM.

Both read a column as numbers where every value of the learning rows is one, else as
categories; neither knows the tables. AutoGluon is asked in an environment of its own,
where ``PILOTHOUSE_AUTOGLUON`` names that environment's Python.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.predict.tables import Rows

Part = list[list[str]]

AUTOGLUON = """
import json, sys, pandas as pd
from autogluon.tabular import TabularPredictor
given = json.loads(sys.argv[1])
made = TabularPredictor(given["target"], eval_metric="roc_auc", path=given["folder"], verbosity=0)
made.fit(pd.read_csv(given["train"]), presets="medium_quality")
said = made.predict_proba(pd.read_csv(given["test"]))
said.columns = [str(c).upper() for c in said.columns]
print(json.dumps(said[given["positive"].upper()].tolist()))
"""


def logistic(table: Rows, train: Part, test: Part, seed: int) -> np.ndarray:
    """scikit-learn's textbook pipeline: impute, scale, one-hot, logistic regression."""
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    learn, ask, numbers, words = _columns(table, train, test)
    encode = ColumnTransformer(
        [
            ("numbers", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), numbers),
            ("words", OneHotEncoder(handle_unknown="ignore"), words),
        ]
    )
    model = make_pipeline(encode, LogisticRegression(max_iter=2_000, random_state=seed))
    return model.fit(learn, table.truth_of(train)).predict_proba(ask)[:, 1]


def lightgbm(table: Rows, train: Part, test: Part, seed: int) -> np.ndarray:
    """LightGBM, 300 trees at .03 with 15 leaves, categories as such."""
    from lightgbm import LGBMClassifier

    learn, ask, numbers, words = _columns(table, train, test)
    for place in words:
        levels = {level: code for code, level in enumerate(sorted(set(learn[:, place])))}
        for part in (learn, ask):
            part[:, place] = [levels.get(value, -1) for value in part[:, place]]
    model = LGBMClassifier(
        n_estimators=300, learning_rate=0.03, num_leaves=15, verbose=-1, random_state=seed, n_jobs=2
    )
    model.fit(learn.astype(float), table.truth_of(train), categorical_feature=words)
    return np.asarray(model.predict_proba(ask.astype(float)))[:, 1]


def autogluon(table: Rows, train: Part, test: Part, seed: int) -> np.ndarray:
    """AutoGluon's ``medium_quality``, in its own environment."""
    with tempfile.TemporaryDirectory() as folder:
        given = {"target": table.target, "positive": table.positive, "folder": f"{folder}/model"}
        place = table.header.index(table.target)
        for name, part in (("train", train), ("test", test)):
            cut = part if name == "train" else [row[:place] + row[place + 1 :] for row in part]
            header = table.header if name == "train" else table.header[:place] + table.header[place + 1 :]
            given[name] = f"{folder}/{name}.csv"
            with Path(given[name]).open("w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows([header, *cut])
        command = [os.environ["PILOTHOUSE_AUTOGLUON"], "-c", AUTOGLUON, json.dumps(given)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        return np.array(json.loads(done.stdout.strip().splitlines()[-1]))


PEERS: dict[str, Callable[[Rows, Part, Part, int], np.ndarray]] = {"logistic": logistic, "lightgbm": lightgbm}


def _columns(table: Rows, train: Part, test: Part) -> tuple[np.ndarray, np.ndarray, list[int], list[int]]:
    """Features of both parts as object arrays, with the places of numbers and of words.

    A column in which nearly every value differs and none is a number is an id, and is
    left out, as anybody would.
    """
    target = table.header.index(table.target)
    kept: list[np.ndarray] = []
    numbers, words = [], []
    for place in range(len(table.header)):
        own, asked = [row[place] for row in train], [row[place] for row in test]
        numeric = all(is_number(v) for v in own if v.strip())
        if place == target or (not numeric and len(set(own)) > 0.9 * len(own)):
            continue
        (numbers if numeric else words).append(len(kept))
        made = np.array([*own, *asked], dtype=object)
        if numeric:
            made = np.array([float(v) if is_number(v) else np.nan for v in made], dtype=object)
        kept.append(made)
    whole = np.stack(kept, axis=1)
    return whole[: len(train)].copy(), whole[len(train) :].copy(), numbers, words


def is_number(value: str) -> bool:
    """Tell whether a cell is a number."""
    try:
        float(value)
    except ValueError:
        return False
    return True
