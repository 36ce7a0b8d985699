"""How well needs find the results judged to answer them, measured and compared (D4, D13)."""

import hashlib
import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from statistics import fmean
from typing import NamedTuple

from node.search.index import Document, TextIndex
from node.search.question import FULL, Question, Weights, weigh
from node.search.thesaurus import to_terms

DEPTH = 1_000
"""How deep a judged result is looked for; deeper counts as not found."""
SAMPLES = 10_000
"""Bootstrap samples."""
MEASURES = ("mrr", "hit1", "hit10", "ndcg10")

RANKERS: Mapping[str, Weights] = {
    "words": Weights(title=1, pair=0, meaning=0, field=0),
    "words+pairs": Weights(title=1, pair=0.6, meaning=0, field=0),
    "words+pairs+title": Weights(meaning=0, field=0),
    "words+pairs+thesaurus": Weights(title=1, field=0),
    "words+pairs+field": Weights(title=1, meaning=0),
    "full-pairs": Weights(pair=0),
    "full-title": Weights(title=1),
    "full-thesaurus": Weights(meaning=0),
    "full-field": Weights(field=0),
    "full": FULL,
}
"""The rankers compared: plain ones, what each ingredient adds to them, what each lacking takes."""
BASELINES = ("words", "words+pairs")


class JudgedNeed(NamedTuple):
    """A need as a question, and the results judged to answer it, by id."""

    id: str
    question: Question
    answers: Mapping[str, int]


class Scores(NamedTuple):
    """One need's measures, each 0..1."""

    mrr: float
    hit1: float
    hit10: float
    ndcg10: float


@dataclass(frozen=True, slots=True)
class Gain:
    """What one ranker has over another: the mean difference, its 95 % interval, and p.

    ``p`` is the share of bootstrap samples, two-sided, in which the difference is not there.
    """

    mean: float
    low: float
    high: float
    p: float


@dataclass(frozen=True, slots=True)
class Half:
    """The measures of every ranker on some needs, and the gain over the best baseline."""

    needs: int
    means: dict[str, Scores]
    baseline: str
    gains: dict[str, Gain]

    def as_json(self) -> dict[str, object]:
        """The same as plain values."""
        return {
            "needs": self.needs,
            "means": {name: scores._asdict() for name, scores in self.means.items()},
            "baseline": self.baseline,
            "gains": {name: asdict(gain) for name, gain in self.gains.items()},
        }


def measure(judged: Sequence[JudgedNeed], documents: Sequence[Document]) -> dict[str, Half]:
    """Rank the documents for every need with every ranker.

    Needs are halved by the digest of their id, so that nobody chooses which are kept back.

    Returns:
        ``all``, ``development`` and ``kept-back``; a half without needs is left out.
    """
    index = TextIndex(None)
    index.put("results", documents)
    scores = {
        name: {need.id: _score(need, _rank(index, need.question, weights)) for need in judged}
        for name, weights in RANKERS.items()
    }
    parts = {
        "all": [need.id for need in judged],
        "development": [need.id for need in judged if not is_kept_back(need.id)],
        "kept-back": [need.id for need in judged if is_kept_back(need.id)],
    }
    return {name: _half(ids, scores) for name, ids in parts.items() if ids}


def is_kept_back(need: str) -> bool:
    """Whether a need belongs to the half that is only measured on."""
    return bool(hashlib.sha256(need.encode()).digest()[0] & 1)


def _rank(index: TextIndex, question: Question, weights: Weights) -> list[str]:
    asked = weigh(question, to_terms(), partial(index.rarity, "results"), weights)
    return [id_ for id_, _ in index.rank("results", asked, DEPTH)]


def _score(need: JudgedNeed, ranking: Sequence[str]) -> Scores:
    places = [place for place, id_ in enumerate(ranking, 1) if need.answers.get(id_, 0) > 0]
    first = places[0] if places else 0
    got = math.fsum(
        (2 ** need.answers.get(id_, 0) - 1) / math.log2(place + 1)
        for place, id_ in enumerate(ranking[:10], 1)
    )
    grades = sorted(need.answers.values(), reverse=True)[:10]
    best = math.fsum((2**grade - 1) / math.log2(place + 1) for place, grade in enumerate(grades, 1))
    return Scores(
        1 / first if first else 0.0, float(first == 1), float(0 < first <= 10), got / best
    )


def _half(ids: Sequence[str], scores: Mapping[str, Mapping[str, Scores]]) -> Half:
    means = {
        name: Scores(*(fmean(column) for column in zip(*(of[id_] for id_ in ids), strict=True)))
        for name, of in scores.items()
    }
    baseline = max(BASELINES, key=lambda name: (means[name].mrr, means[name].hit10))
    gains = {
        measured: _gain([
            getattr(scores["full"][id_], measured) - getattr(scores[baseline][id_], measured)
            for id_ in ids
        ])
        for measured in MEASURES
    }  # fmt: skip
    return Half(len(ids), means, baseline, gains)


def _gain(differences: Sequence[float]) -> Gain:
    """Paired bootstrap over needs; the seed is fixed, so the same input gives the same answer."""
    # Not for secrets: a figure others can compute again.
    draw = random.Random(20260101)  # noqa: S311
    size = len(differences)
    means = sorted(fmean(draw.choices(differences, k=size)) for _ in range(SAMPLES))
    below = sum(mean <= 0 for mean in means) / SAMPLES
    above = sum(mean >= 0 for mean in means) / SAMPLES
    low, high = means[round(0.025 * SAMPLES)], means[round(0.975 * SAMPLES) - 1]
    return Gain(fmean(differences), low, high, min(1.0, 2 * min(below, above)))
