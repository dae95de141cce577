"""What a practitioner writes: FastAPI around a scikit-learn pipeline, one worker of uvicorn.

``python -m benchmarks.serve.by_hand FILE TARGET POSITIVE`` fits, serves on a free port of
the loopback and prints its URL.
"""

import csv
import socket
import sys
from typing import Any

import numpy as np
import uvicorn
from fastapi import FastAPI
from pydantic import create_model
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from benchmarks.predict.peers import is_number


def make_app(path: str, target: str, positive: str) -> FastAPI:
    """Fit the pipeline on a file and wrap it."""
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    names = [name for name in rows[0] if name != target]
    numbers = [n for n in names if all(is_number(row[n]) for row in rows if row[n].strip())]
    words = [n for n in names if n not in numbers and len({row[n] for row in rows}) < 0.9 * len(rows)]
    names = [*numbers, *words]

    def parts(given: list[dict[str, Any]]) -> np.ndarray:
        table = np.empty((len(given), len(names)), dtype=object)
        for i, row in enumerate(given):
            table[i] = [_number(row[n]) for n in numbers] + [row[n] for n in words]
        return table

    encode = ColumnTransformer(
        [
            ("numbers", make_pipeline(SimpleImputer(), StandardScaler()), list(range(len(numbers)))),
            ("words", OneHotEncoder(handle_unknown="ignore"), list(range(len(numbers), len(names)))),
        ]
    )
    model = make_pipeline(encode, LogisticRegression(max_iter=2_000))
    model.fit(parts(rows), [row[target] == positive for row in rows])
    fields: dict[str, Any] = {n: (float | None, None) for n in numbers} | {
        n: (str | None, None) for n in words
    }
    row_type: Any = create_model("Row", **fields)
    app = FastAPI()

    @app.post("/predict")
    def predict(row: row_type) -> dict[str, float]:
        said = model.predict_proba(parts([row.model_dump()]))
        return {"probability": float(said[0, 1])}

    return app


def _number(value: Any) -> float:
    return float(value) if value is not None and is_number(str(value)) else float("nan")


if __name__ == "__main__":
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    served = make_app(*sys.argv[1:4])
    print(f"http://127.0.0.1:{port}", flush=True)
    uvicorn.run(served, host="127.0.0.1", port=port, log_level="warning")
