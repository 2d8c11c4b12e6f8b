"""The people whose faces are edited: those of the London set whom no editor of this project learnt from.

Each has two photographs. One is cut out as editors read it; the other, which shows in reality what the editor is asked
for, is laid on it by the landmarks that no expression moves (`train.pairs`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

from bonaface.api import wiring
from bonaface.api.faces import find_faces
from bonaface.bench.subjects import drawn
from bonaface.core.cases import Face
from bonaface.core.errors import InputError
from bonaface.core.expressions import expression_named
from bonaface.core.images import Bytes8, Image, Picture, Points, to_bytes, to_image
from bonaface.faces.crops import FFHQ
from bonaface.io.folders import list_pictures
from bonaface.train.expression_pairs import HELD_BACK
from bonaface.train.faces import Skipped
from bonaface.train.pairs import Pairs, open_pairs
from bonaface.train.splits import held_back_names

SIDE = 256
"""Pixels of the crops that are measured."""
CROP = FFHQ
MAPPINGS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {"happy": ("neutral", "smiling"), "neutral": ("smiling", "neutral")}
)
"""By the expression to make: the folder of `london` that is edited, and the one that shows it in reality."""


@dataclass(frozen=True, slots=True)
class Person:
    """One person, before and in reality.

    Attributes:
        name: of both photographs.
        before: (256, 256, 3), what is edited.
        real: (256, 256, 3), the expression in reality, laid on `before`.
        face: found on `before`, with the place where it is looked for on other crops.
        landmarks: (68, 2) of `before`.
        real_landmarks: (68, 2) of `real`; None: no face was found there.
    """

    name: str
    before: Image
    real: Image
    face: Face
    landmarks: Points
    real_landmarks: Points | None


def target_named(word: str) -> str:
    """The expression that a word stands for, if there are real pictures of it.

    Raises:
        UnknownName: there is no such expression.
        InputError: there are no pictures of people with and without it.
    """
    target = expression_named(word).id
    if target not in MAPPINGS:
        raise InputError(
            f"{target} cannot be measured: the London set has people neutral and smiling, and expressions.parquet does "
            f"not say who is who. Ask for {' or '.join(MAPPINGS)}."
        )
    return target


class People:
    """The held-back people of the London set for one expression; photographs are read when they are needed."""

    def __init__(self, folder: Path, target: str, count: int | None = None) -> None:
        """Choose them.

        Args:
            folder: of the data.
            target: one of `MAPPINGS`.
            count: so many of them, the same ones at every call; None: all.

        Raises:
            InputError: the London set is not there, or too few people of it.
        """
        self.target = target
        self.folders = tuple(folder / "london" / name for name in MAPPINGS[target])
        names = [path.stem for path in list_pictures(self.folders[0])]
        held = held_back_names(names, HELD_BACK)
        self._held = drawn([name for name, out in zip(names, held, strict=True) if out], count)
        self._others = [name for name, out in zip(names, held, strict=True) if not out]
        if not self._held:
            raise InputError(
                f"None of the {len(names)} people in {self.folders[0]} is held back; expected one in five."
            )
        self._pairs: dict[int, Pairs] = {}

    @cached_property
    def all(self) -> tuple[Person, ...]:
        """Those whose photographs could be laid on each other."""
        pairs = self._at(SIDE)
        both = zip(pairs.names, pairs.inputs, pairs.targets, strict=True)
        return tuple(_person(name, before, real) for name, before, real in both)

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """Who was left out, and why."""
        return self._at(SIDE).skipped

    def crops(self, side: int) -> dict[str, Image]:
        """By name, what is edited in another size, (side, side, 3), cut out of the photographs."""
        pairs = self._at(side)
        return {name: to_image(each) for name, each in zip(pairs.names, pairs.inputs, strict=True)}

    @cached_property
    def reference(self) -> list[Bytes8]:
        """Real pictures of the expression, (256, 256, 3), of everyone who is not held back: for FID."""
        first, second = self.folders
        return list(open_pairs(first, second, SIDE, CROP, self._others).targets)

    def _at(self, side: int) -> Pairs:
        if side not in self._pairs:
            first, second = self.folders
            self._pairs[side] = open_pairs(first, second, side, CROP, self._held)
        return self._pairs[side]


def landmarks_at(image: Image, near: Face) -> Points | None:
    """The 68 landmarks of the face of a crop at the place of another crop's face; None: there is none."""
    found = wiring.locator().same_face(to_bytes(image), near)
    return None if found is None else found.landmarks


def _person(name: str, before: Bytes8, real: Bytes8) -> Person:
    """All crops of a person are looked at alike, at the same place and scale: equal pictures have equal landmarks."""
    face = find_faces(Picture(before, "", name), aligned=True)[0]
    image, other = to_image(before), to_image(real)
    points = landmarks_at(image, face)
    return Person(name, image, other, face, face.landmarks if points is None else points, landmarks_at(other, face))
