"""The weighted mixture of several rankers, and how its weights are found.

Scores of each member are standardised within a request and added up. The weights are
found on a rehearsal inside the learning part and differ with the length of a history
and with whether its last event belongs to the same visit: what helps somebody new, or
somebody back after weeks, is not what helps somebody in the midst of it. A member that
earns no weight is not fitted again.

References
----------
Standardised sums: Lee, "Analyses of multiple evidence combination", 1997. The search
is a coordinate ascent on the measure itself: Metzler and Croft, 2007; that a step must
gain more than its standard error is after Breiman et al., "Classification and
regression trees", 1984.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from pilothouse.guards.modelfile import load_file, save_file
from pilothouse.messages import Message, say
from pilothouse.models.rankers.rehearsal import DEPTH, Rehearsal, rehearse
from pilothouse.models.ranking import Codes, Matrix, Ranker
from pilothouse.models.shelf import load_model, save_model
from pilothouse.types import Candidate, Context, Cost, Data, Shape, Table
from pilothouse.types.candidate import Parameters

_EDGES = (1, 11)
_VISIT_US = 30 * 60 * 1_000_000
_KINDS = 5
_POOL = 40
_LEAST = 50
_STEPS = (0.0, 0.05, 0.1, 0.2, 0.4, 0.7, 1.0, 1.5)
_PASSES = 2
_ERRORS = 2.0
_AT_ONCE = 8_000_000
_FOR_NEWCOMERS = ("lately", "popular")
_STATE = "mixture.json"

Weights = tuple[float, ...]


@dataclass(frozen=True)
class Mixture(Candidate):
    """A mixture of what ``members`` say; they are fitted once to weigh them and once on everything."""

    items: int
    repeats: bool
    members: tuple[Candidate, ...] = ()
    name: ClassVar[str] = "mixture"
    label: ClassVar[Message] = say("rankers.mixture")
    rank: ClassVar[int] = 40

    def feasible(self, shape: Shape, budget_s: float) -> Message | None:
        """Decline where a member does; it is fitted twice."""
        reasons = (member.feasible(shape, budget_s / 2) for member in self.members)
        return next((reason for reason in reasons if reason is not None), None)

    def cost(self, shape: Shape) -> Cost:
        """Add up the members, most of them a second time, and the search of the weights."""
        costs = [member.cost(shape) for member in self.members]
        return Cost(0.5 + 1.2 * sum(c.seconds for c in costs), sum(c.memory_mb for c in costs))

    def build(self, parameters: Parameters) -> MixtureModel:
        """Make an unfitted mixture."""
        own = parameters.get("members", {})
        models = tuple(member.build(own.get(member.name, {})) for member in self.members)
        return MixtureModel(self.items, self.repeats, models)


@dataclass(frozen=True)
class MixtureModel(Ranker):
    """Members and their weights.

    Parameters
    ----------
    members
        Fitted rankers.
    weights
        A weight for each member, for each kind of request that ``kinds`` tells apart.
    """

    members: tuple[Any, ...] = ()
    weights: tuple[Weights, ...] = ()
    kind: ClassVar[str] = "mixture"

    def fit(self, data: Data, context: Context) -> Self:
        """Find the weights on a rehearsal, then fit who got any on everything."""
        held = rehearse(data, repeats=self.repeats, seed=context.seed)
        weights = self._equal()
        if held is not None:
            rehearsed = [
                member.fit(held.learn, self._part(context, n)) for n, member in enumerate(self.members)
            ]
            weights = self._found(rehearsed, held)
            del rehearsed
        whole = len(self.members)
        used = [n for n in range(whole) if any(own[n] > 0.0 for own in weights)]
        fitted = tuple(self.members[n].fit(data, self._part(context, whole + n)) for n in used)
        return replace(self, members=fitted, weights=tuple(tuple(own[n] for n in used) for own in weights))

    def scores(self, requests: Table) -> Matrix:
        """Add up what the members say."""
        found = np.zeros((requests.rows, self.items), dtype=np.float32)
        own = np.array(self.weights, dtype=np.float32)[kinds(requests)]
        for number, member in enumerate(self.members):
            if own[:, number].any():
                found += own[:, number][:, None] * standard(member.scores(requests))
        return found

    def save(self, folder: Path) -> None:
        """Write each member into a folder of its own, and the weights."""
        for number, member in enumerate(self.members):
            save_model(member, folder / str(number))
        state = {"items": self.items, "repeats": self.repeats, "weights": self.weights}
        save_file(folder / _STATE, {**state, "members": len(self.members)}, "json")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read back what ``save`` wrote."""
        state = load_file(folder / _STATE, "json")
        members = tuple(load_model(folder / str(number)) for number in range(int(state["members"])))
        weights = tuple(tuple(float(one) for one in own) for own in state["weights"])
        return cls(state["items"], state["repeats"], members, weights)

    def _equal(self) -> tuple[Weights, ...]:
        """Weights where nothing could be rehearsed: newcomers get popularity, others all alike."""
        alike = tuple(1.0 for _ in self.members)
        return (self._for_newcomers() or alike, *[alike] * (_KINDS - 1))

    def _for_newcomers(self) -> Weights | None:
        """Say what counts for an empty history where there were too few to learn it from."""
        named = [member.kind for member in self.members]
        first = next((kind for kind in _FOR_NEWCOMERS if kind in named), None)
        return None if first is None else tuple(float(kind == first) for kind in named)

    def _found(self, rehearsed: Sequence[Ranker], held: Rehearsal) -> tuple[Weights, ...]:
        """Find the weights of each kind of request, starting from those of all together."""
        pool = Pool.of(rehearsed, held, self.repeats)
        own = kinds(held.requests)
        known = own > 0 if (own > 0).sum() >= _LEAST else own >= 0
        all_known = search(pool.take(known), start(pool.take(known)))
        newcomers = pool.take(own == 0)
        found = [self._for_newcomers() or all_known]
        if len(newcomers.gain) >= _LEAST:
            found = [search(newcomers, start(newcomers, most=1))]

        def narrowed(some: NDArray[np.bool_], more: NDArray[np.bool_], weights: Weights) -> Weights:
            return weights if some.sum() == more.sum() else _refined(pool.take(some), weights)

        for pair in ((1, 2), (3, 4)):
            both = np.isin(own, pair)
            together = narrowed(both, known, all_known)
            found += [narrowed(own == kind, both, together) for kind in pair]
        return tuple(found)

    def _part(self, context: Context, number: int) -> Context:
        """One fit's context: checkpoints of its own, progress as a part of the whole."""
        folder = None if context.checkpoints is None else context.checkpoints / str(number)
        whole = 2 * len(self.members)
        return replace(
            context, checkpoints=folder, progress=lambda done: context.progress((number + done) / whole)
        )


@dataclass(frozen=True)
class Pool:
    """For each request the items that any member puts near its top, and what each says of them.

    Parameters
    ----------
    said
        (members, n, width) standardised scores; -inf where a place is empty.
    gain
        (n, width) one where the item was taken.
    ideal
        (n,) the best discounted gain that a list could have.
    """

    said: Matrix = field(repr=False)
    gain: Matrix = field(repr=False)
    ideal: NDArray[np.float64] = field(repr=False)

    @staticmethod
    def of(members: Sequence[Ranker], held: Rehearsal, repeats: bool) -> Pool:
        """Ask every member."""
        requests, width = held.requests, _POOL * len(members)
        said = np.full((len(members), requests.rows, width), -np.inf, dtype=np.float32)
        gain = np.zeros((requests.rows, width), dtype=np.float32)
        items = members[0].items
        size = max(1, _AT_ONCE // (items * (len(members) + 1)))
        for start in range(0, requests.rows, size):
            asked = requests.take(slice(start, start + size))
            scores = np.stack([standard(member.scores(asked)) for member in members])
            for row, history in enumerate(asked["history"]):
                if not repeats:
                    scores[:, row, history] = -np.inf
                near, right = _near(scores[:, row]), np.zeros(items, dtype=bool)
                right[held.wanted[start + row]] = True
                said[:, start + row, : len(near)] = scores[:, row, near]
                gain[start + row, : len(near)] = right[near]
        kept = np.isfinite(said).any(axis=(0, 1))
        most = np.array([min(DEPTH, len(one)) for one in held.wanted])
        return Pool(said[:, :, kept], gain[:, kept], np.cumsum(_worth())[most - 1])

    def take(self, mask: NDArray[np.bool_]) -> Pool:
        """Return the pool of some requests."""
        return Pool(self.said[:, mask], self.gain[mask], self.ideal[mask])

    def filled(self) -> Matrix:
        """Return what is said with a very low score in empty places, which sums can bear."""
        return np.where(np.isfinite(self.said), self.said, np.float32(-1e6))

    def mixed(self, weights: Weights) -> Matrix:
        """Add up with ``weights``, (n, width)."""
        return np.asarray(np.tensordot(np.array(weights, dtype=np.float32), self.filled(), axes=1))

    def worth(self, mixed: Matrix) -> NDArray[np.float64]:
        """Normalised discounted gain, (n,), of lists by mixed scores, (n, width)."""
        depth = min(DEPTH, mixed.shape[1])
        top = np.argpartition(-mixed, depth - 1, axis=1)[:, :depth]
        order = np.argsort(-np.take_along_axis(mixed, top, axis=1), axis=1)
        hits = np.take_along_axis(self.gain, np.take_along_axis(top, order, axis=1), axis=1)
        return np.asarray(hits @ _worth()[:depth] / self.ideal)


def start(pool: Pool, most: int = 2) -> Weights:
    """Return the best single member, or where ``most`` is 2 the best pair with equal weights if better."""
    alone = np.eye(len(pool.said))
    tried = [alone[n] for n in range(len(alone))]
    if most == 2:
        tried += [alone[n] + alone[m] for n, m in combinations(range(len(alone)), 2)]
    worths = [pool.worth(pool.mixed(tuple(one))).mean() for one in tried]
    return tuple(tried[int(np.argmax(worths))].tolist())


def _refined(pool: Pool, together: Weights) -> Weights:
    """Search for some requests, from the weights of more or, where surely better, from their own start."""
    if len(pool.gain) < _LEAST:
        return together
    own = start(pool)
    gain = pool.worth(pool.mixed(own)) - pool.worth(pool.mixed(together))
    return search(pool, own if gain.mean() > gain.std() / np.sqrt(len(gain)) else together)


def search(pool: Pool, begin: Weights) -> Weights:
    """Climb from ``begin``, one weight at a time.

    A step is taken where the mean gain grows by more than two standard errors.
    """
    said, weights = pool.filled(), np.array(begin, dtype=np.float32)
    mixed = pool.mixed(begin)
    reached = pool.worth(mixed)
    for _ in range(_PASSES):
        before = weights.copy()
        for number, own in enumerate(said):
            rest = mixed - weights[number] * own
            others = weights.sum() - weights[number]
            tried = {
                step: pool.worth(rest + np.float32(step) * own)
                for step in _STEPS
                if step != weights[number] and (step > 0.0 or others > 0.0)
            }
            step = max(tried, key=lambda one: tried[one].mean())
            gain = tried[step] - reached
            if gain.mean() > _ERRORS * gain.std() / np.sqrt(len(gain)):
                reached, weights[number] = tried[step], step
                mixed = rest + np.float32(step) * own
        if np.array_equal(before, weights):
            break
    return tuple(float(one) for one in weights)


def standard(scores: Matrix) -> Matrix:
    """Bring each row to mean zero and deviation one; a row that says nothing becomes zeros."""
    centred = scores - scores.mean(axis=1, keepdims=True, dtype=np.float64).astype(np.float32)
    deviation = np.sqrt(np.einsum("ij,ij->i", centred, centred) / max(1, scores.shape[1]))
    return np.asarray(centred / np.maximum(deviation, 1e-12)[:, None], dtype=np.float32)


def kinds(requests: Table) -> Codes:
    """Tell requests apart, (n,).

    Returns
    -------
    ndarray
        0 for an empty history; 1 short and 2 long (over ten) ones; 3 and 4 likewise,
        where the last event is less than the usual half hour of a visit ago.
    """
    lengths = np.array([len(history) for history in requests["history"]], dtype=np.int64)
    found = np.searchsorted(np.array(_EDGES), lengths, side="right").astype(np.int64)
    if "time" in requests and "now" in requests:
        now = requests["now"].astype("datetime64[us]").astype(np.int64)
        last = np.array([times[-1] if len(times) else 0 for times in requests["time"]], dtype=np.int64)
        found[(lengths > 0) & (now - last < _VISIT_US) & (now >= last)] += len(_EDGES)
    return found


def _near(scores: Matrix) -> Codes:
    """Return the codes that any member puts near its top, (members, items) scores."""
    depth = min(_POOL, scores.shape[1])
    top = np.argpartition(-scores, depth - 1, axis=1)[:, :depth]
    near = np.unique(top)
    return np.asarray(near[np.isfinite(scores[0, near])], dtype=np.int64)


def _worth() -> NDArray[np.float64]:
    """What a hit at each place is worth."""
    return np.asarray(1.0 / np.log2(np.arange(2, DEPTH + 2)))
