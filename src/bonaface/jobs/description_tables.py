"""Comparing files of descriptions: the study's two tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bonaface.api.describing import embedder, splitter
from bonaface.core.errors import InputError
from bonaface.core.results import NOT_FOR_IDENTIFICATION, Score
from bonaface.io.folders import pair_by_name
from bonaface.jobs.audits import Failure
from bonaface.jobs.descriptions import Described, File, read_file
from bonaface.measure.description import MINILM, UNIT, Compared, compare
from bonaface.measure.words import frequent

SAME = ("model", "temperature", "template_sha256")
"""Settings that both files must have been asked with."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One output beside its truth.

    Attributes:
        restorer: what made the output, as its file says, else the file's name.
        resolution: side in pixels of what the restorer was given; None where it is not said.
        name: of the output's picture.
        compared: how far the two agree.
    """

    restorer: str
    resolution: int | None
    name: str
    compared: Compared


@dataclass(frozen=True, slots=True)
class Cell:
    """One restorer at one resolution: means over pictures, and how many of them lie below their floor.

    Attributes:
        cosine: mean of the pictures' cosines.
        usual: mean of the same between descriptions of the truth alone.
        pictures: how many.
        below: how many of them have a cosine below the floor.
    """

    restorer: str
    resolution: int | None
    cosine: Score
    usual: Score
    pictures: int
    below: int


@dataclass(frozen=True, slots=True)
class Tables:
    """Everything that a comparison says.

    Attributes:
        pairs: by file and picture.
        cells: mean cosine by restorer and resolution.
        added: adjectives, with the number of pairs that have them; the most frequent first.
        removed: likewise.
        words_by: what found the adjectives.
        failures: pictures without a partner, or without descriptions.
    """

    pairs: tuple[Pair, ...]
    cells: tuple[Cell, ...]
    added: tuple[tuple[str, int], ...]
    removed: tuple[tuple[str, int], ...]
    words_by: str
    failures: tuple[Failure, ...]

    def as_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {
            "schema": "bonaface/descriptions-compared",
            "schema_version": 1,
            "note": NOT_FOR_IDENTIFICATION,
            "embedding": MINILM.name.removesuffix(".safetensors"),
            "words_by": self.words_by,
            "means": [
                {
                    **{"restorer": cell.restorer, "resolution": cell.resolution, "pictures": cell.pictures},
                    **{"cosine": cell.cosine.as_dict(), "usual": cell.usual.as_dict(), "below_floor": cell.below},
                }
                for cell in self.cells
            ],
            "adjectives": {
                what: [{"word": word, "pairs": count} for word, count in counted]
                for what, counted in (("added", self.added), ("removed", self.removed))
            },
            "pairs": [
                {"restorer": pair.restorer, "resolution": pair.resolution, "name": pair.name, **pair.compared.as_dict()}
                for pair in self.pairs
            ],
            "failures": [{"name": failure.name, "why": failure.why} for failure in self.failures],
        }


def compare_files(truth: Path, outputs: Sequence[Path]) -> Tables:
    """Compare the descriptions of outputs with those of the truths of the same names.

    Raises:
        InputError: a file that cannot be used, files that were asked for in different ways, or nothing to compare.
    """
    real = read_file(truth)
    embed, (split, words_by) = embedder(), splitter()
    pairs: list[Pair] = []
    failures: list[Failure] = []
    for place in outputs:
        file = read_file(place)
        _check_same(truth, real, place, file)
        restorer = file.restorer or place.stem
        by_path = {Path(name): picture for name, picture in file.pictures.items()}
        truths = {Path(name): picture for name, picture in real.pictures.items()}
        together, lonely, _ = pair_by_name(list(by_path), list(truths))
        failures += [Failure(f"{place.name}: {path}", f"{truth.name} has no picture of that name") for path in lonely]
        for path, partner in together:
            shown, made = _sections(truths[partner]), _sections(by_path[path])
            if shown and made:
                pairs.append(Pair(restorer, file.resolution, path.name, compare(shown, made, embed, split)))
            else:
                role = "the output" if shown else "the real photograph"
                failures.append(Failure(f"{place.name}: {path}", f"there is no description of {role}"))
    if not pairs:
        raise InputError("Nothing can be compared: " + "; ".join(f"{each.name}: {each.why}" for each in failures[:3]))
    added, removed = _counted(pairs, "added"), _counted(pairs, "removed")
    return Tables(tuple(pairs), _cells(pairs), added, removed, words_by, tuple(failures))


def _sections(picture: Described) -> list[Any]:
    tries = (picture.tries[repeat] for repeat in sorted(picture.tries))
    return [each.description.sections for each in tries if each.description is not None]


def _check_same(truth: Path, real: File, place: Path, file: File) -> None:
    other = [name for name in SAME if real.describer.get(name) != file.describer.get(name)]
    if other:
        was = ", ".join(f"{name} {real.describer.get(name)!r} and {file.describer.get(name)!r}" for name in other)
        raise InputError(
            f"{truth} and {place} were not asked for alike ({was}), so that their difference would say nothing of the "
            "pictures. Describe both in the same way."
        )


def _cells(pairs: Sequence[Pair]) -> tuple[Cell, ...]:
    groups: dict[tuple[str, int | None], list[Compared]] = {}
    for pair in pairs:
        groups.setdefault((pair.restorer, pair.resolution), []).append(pair.compared)
    return tuple(
        Cell(
            *key,
            _mean([each.cosine for each in group]),
            _mean([each.usual for each in group]),
            len(group),
            sum(each.below is True for each in group),
        )
        for key, group in groups.items()
    )


def _mean(scores: Sequence[Score]) -> Score:
    values = [score.value for score in scores if score.value is not None]
    return Score(float(np.mean(values)), UNIT) if values else scores[0]


def _counted(pairs: Sequence[Pair], which: str) -> tuple[tuple[str, int], ...]:
    return frequent([getattr(section, which) for section in pair.compared.sections] for pair in pairs)
