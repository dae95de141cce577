"""Run in cornac's own environment: ``cornac_lists.py MODEL asked.npz PLACES``; prints lists as JSON."""

import json
import sys
import time

import numpy as np
from cornac.data import Dataset
from cornac.models import BPR, EASE

MODELS = {
    "bpr": lambda: BPR(k=200, max_iter=100, learning_rate=0.01, lambda_reg=0.001, seed=42, num_threads=1),
    "ease": lambda: EASE(verbose=False),
}


def main() -> None:
    given = np.load(sys.argv[2])
    places, users, items = int(sys.argv[3]), int(given["users"]), int(given["items"])
    pairs = np.unique(given["user"] * items + given["item"])
    user, item = pairs // items, pairs % items
    triples = [(str(u), str(i), 1.0) for u, i in zip(user.tolist(), item.tolist(), strict=True)]
    data = Dataset.from_uir(triples, seed=42)
    started = time.process_time()
    model = MODELS[sys.argv[1]]().fit(data)
    fit_s = time.process_time() - started
    codes = np.array([int(name) for name in data.iid_map])
    starts = np.searchsorted(user, np.arange(users + 1))
    started = time.process_time()
    lists = [
        best(model, data, codes, item[starts[u] : starts[u + 1]], u, places) for u in given["asked"].tolist()
    ]
    ask_s = time.process_time() - started
    print(json.dumps({"fit_s": fit_s, "ask_s": ask_s, "lists": lists}))


def best(model, data, codes, history, user, places):
    """A user's list, own items left out; -1 throughout for a user that cornac has not seen."""
    if str(user) not in data.uid_map:
        return [-1] * places
    scores = np.full(int(codes.max()) + 1, -np.inf)
    scores[codes] = np.asarray(model.score(data.uid_map[str(user)])).ravel()[: len(codes)]
    scores[history] = -np.inf
    return np.argsort(-scores, kind="stable")[:places].tolist()


main()
