"""S2's section V: what other tools make of restored faces. Any restorer can go through these.

The recognition rate is a measure of restorers: how often, of 80 embeddings, the nearest is that of another photograph
of the same person, which is among them by construction. It says nothing about the identification of people: faces of
16 px hold too little of them, and what a restorer adds is made up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

import numpy as np

from bonaface.api import wiring
from bonaface.bench import subjects as sets
from bonaface.bench.entrants import INPAINTED, Entrant
from bonaface.bench.hallucination import BATCH, restored
from bonaface.bench.numbers import CONVENTIONS as NUMBERS
from bonaface.bench.numbers import FAILED, Judge
from bonaface.bench.results import TRUTH, Row, told
from bonaface.bench.subjects import Subject
from bonaface.bench.thumbnails import IRREGULAR, NOTHING, PARTS, SQUARE
from bonaface.core.errors import InputError, UnknownName
from bonaface.core.images import Bytes8, Image, Points, to_bytes
from bonaface.faces.locate import Locator
from bonaface.measure.expression import ExpressionReader, label
from bonaface.measure.identity import Embedding
from bonaface.study.costs.recognition import nearest
from bonaface.study.numbers.intervals import Estimate, balanced_of, mean_of


class Embed(Protocol):
    """Such as `measure.identity.Embedder`."""

    def __call__(self, pixels: Bytes8, landmarks: Points) -> Embedding:
        """(H, W, 3) and (68, 2) -> (128,)."""


def alignment(entrant: Entrant | None, subjects: Sequence[Subject], mask: str, judge: Judge) -> dict[str, Estimate]:
    """NRMSE of landmarks on restored faces, and the share that failed; see `numbers.CONVENTIONS`.

    Args:
        entrant: the restorer; None: the faces themselves.
        subjects: faces; those whose truth has no box are not counted.
        mask: see `thumbnails.MASKS`.
        judge: measures.
    """
    errors = [judge.alignment(image, one) for one, image in _pairs(entrant, subjects, mask)]
    there = [(error, one.person) for error, one in zip(errors, subjects, strict=True) if error is not None]
    people = [person for _, person in there]
    return {
        "nrmse": mean_of([error for error, _ in there], people),
        "failed": mean_of([float(error > FAILED) for error, _ in there], people, share=True),
    }


def parsing(entrant: Entrant | None, subjects: Sequence[Subject], mask: str, judge: Judge) -> dict[str, Estimate]:
    """IoU of parsing on restored faces; arguments as for `alignment`."""
    found = [(judge.parsing(image, one), one.person) for one, image in _pairs(entrant, subjects, mask)]
    names = list(dict.fromkeys(name for values, _ in found for name in values))
    return {
        name: mean_of([v[name] for v, _ in found if name in v], [person for v, person in found if name in v])
        for name in names
    }


class Gallery:
    """Embeddings of uncovered faces, one a person, and how restored faces are compared with them."""

    def __init__(self, subjects: Sequence[Subject], locator: Locator, embed: Embed) -> None:
        """`subjects` are one face a person."""
        self.people = [subject.person for subject in subjects]
        if len(set(self.people)) != len(self.people) or len(self.people) < 2:
            raise InputError(f"The gallery holds {len(self.people)} faces; expected two or more, one a person.")
        self._locator, self._embed = locator, embed
        self._held = np.stack([self._embedding(subject.truth, subject) for subject in subjects])

    def nearest(self, image: Image, subject: Subject) -> str:
        """The person of the gallery whose embedding has the least Euclidean distance."""
        return self.people[nearest(self._embedding(image, subject), self._held)]

    def _embedding(self, image: Image, subject: Subject) -> Embedding:
        if subject.box is None:
            raise InputError(f"{subject.name} has no face box; expected one. Leave the picture out.")
        pixels = to_bytes(image)
        return self._embed(pixels, self._locator.landmarks(pixels, subject.box).landmarks)


def recognition(entrant: Entrant | None, probes: Sequence[Subject], mask: str, gallery: Gallery) -> Estimate:
    """Rank-1 recognition rate of restored faces, S2's V.C. A measure of restorers, not of people: see above.

    Args:
        entrant: the restorer; None: the uncovered faces of 128 px, the upper bound.
        probes: other photographs of the people of the gallery.
        mask: see `thumbnails.MASKS`; S2's four types are `thumbnails.PARTS`.
        gallery: uncovered faces.

    Returns:
        A share; by chance, one over the people of the gallery.
    """
    hits = [float(gallery.nearest(image, one) == one.person) for one, image in _pairs(entrant, probes, mask)]
    return mean_of(hits, [one.person for one in probes], share=True)


def expression(
    entrant: Entrant | None, subjects: Sequence[Subject], mask: str, reader: ExpressionReader
) -> dict[str, Estimate]:
    """How often the expression reader says on restored faces what the label says, S2's V.D.

    Args:
        entrant: the restorer; None: the uncovered faces of 128 px, the upper bound. The lower bound is bicubic.
        subjects: faces with an expression, of people whom the reader never saw.
        mask: see `thumbnails.MASKS`.
        reader: of one out of eight expressions.

    Returns:
        "accuracy": share of the pictures. "balanced": mean over the expressions of the share of each.
    """
    made = [image for _, image in _pairs(entrant, subjects, mask)]
    said = [label(one) for start in range(0, len(made), BATCH) for one in reader(made[start : start + BATCH])]
    right = [float(word == one.expression) for word, one in zip(said, subjects, strict=True)]
    people = [one.person for one in subjects]
    return {
        "accuracy": mean_of(right, people, share=True),
        "balanced": balanced_of(right, [one.expression for one in subjects], people),
    }


def _pairs(entrant: Entrant | None, subjects: Sequence[Subject], mask: str) -> zip[tuple[Subject, Image]]:
    return zip(subjects, restored(entrant, subjects, mask), strict=True)


CHECKS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = MappingProxyType(
    {
        "alignment": (("facial-area",), (SQUARE, IRREGULAR)),
        "parsing": (("facial-area",), (SQUARE, IRREGULAR)),
        "recognition": (("london",), (NOTHING, *PARTS)),
        "expression": (("london", "press"), (SQUARE, IRREGULAR)),
    }
)
"""By name: the faces, and how they are covered. S2's recognition has four types of occlusion, its other checks the
masks that it trains on."""
CONVENTIONS: Mapping[str, str] = MappingProxyType(
    {
        **NUMBERS,
        "rate": "share of smiling photographs of the London set, restored, whose dlib embedding is nearest "
        "(Euclidean) to that of the same person's neutral photograph, uncovered at 128 px, among all people's; "
        "landmarks of the chip by dlib from the box on the uncovered photograph; a measure of restorers, not of the "
        "identification of people",
        "accuracy": "share of the pictures of which the expression reader, choosing out of eight, says the label; "
        "smiling of the London set counts as happiness",
        "balanced": "mean over the expressions of the share of each that is read rightly",
    }
)
"""By the name of a number."""


@dataclass(frozen=True, slots=True)
class Job:
    """One row to be measured.

    Attributes:
        check: see `CHECKS`.
        faces: see `results.FRAMINGS`.
        mask: see `thumbnails.MASKS`.
        entrant: None: the truth itself.
    """

    check: str
    faces: str
    mask: str
    entrant: Entrant | None


def plan(checks: Sequence[str], entrants: Sequence[Entrant]) -> list[Job]:
    """Every row; the truth, uncovered, once for each check and set of faces.

    Raises:
        UnknownName: there is no such check.
    """
    jobs = []
    for check in checks:
        if check not in CHECKS:
            raise UnknownName(f"There is no check called {check!r}. Known: {', '.join(CHECKS)}.")
        faces, masks = CHECKS[check]
        for name in faces:
            jobs.append(Job(check, name, NOTHING, None))
            for mask, entrant in product(masks, entrants):
                if (mask, entrant.name) != (NOTHING, INPAINTED):  # there is nothing to inpaint
                    jobs.append(Job(check, name, mask, entrant))
    return jobs


class Runner:
    """Measures rows; opens each set of faces when it is first needed."""

    def __init__(self, folder: Path, count: int | None = None, checks: Sequence[str] = tuple(CHECKS)) -> None:
        """Open the tools.

        Args:
            folder: of the data.
            count: faces of each set; None: all.
            checks: that will be run; a tool that is missing or broken is found before anything is measured.

        Raises:
            WeightsError: a tool's weights are not there, or are others than its card names.
        """
        self._folder, self._count = folder, count
        self._opened: dict[str, list[Subject]] = {}
        if {"alignment", "parsing"} & set(checks):
            wiring.parser()
        if "expression" in checks:
            wiring.expression_reader()
        if "recognition" in checks:
            wiring.tools()

    def run(self, job: Job) -> Row:
        """Measure one row."""
        subjects = self._subjects(job.faces if job.check != "recognition" else "smiling")
        if job.check == "alignment":
            numbers = alignment(job.entrant, subjects, job.mask, self._judge)
        elif job.check == "parsing":
            numbers = parsing(job.entrant, subjects, job.mask, self._judge)
        elif job.check == "recognition":
            probes = [one for one in subjects if one.person in self._gallery.people]
            numbers = {"rate": recognition(job.entrant, probes, job.mask, self._gallery)}
        else:
            numbers = expression(job.entrant, subjects, job.mask, wiring.expression_reader())
        name = job.entrant.name if job.entrant else TRUTH
        return Row(job.check, job.faces, job.mask, name, told(job.entrant, job.mask), len(subjects), numbers)

    def _subjects(self, name: str) -> list[Subject]:
        if name not in self._opened:
            self._opened[name] = {
                "facial-area": lambda: sets.facial_area(self._folder, self._count),
                "neutral": lambda: sets.london(self._folder, "neutral", self._count),
                "smiling": lambda: sets.london(self._folder, "smiling", self._count),
                "london": lambda: self._subjects("neutral") + self._subjects("smiling"),
                "press": lambda: sets.press(self._folder, self._count),
            }[name]()
        return self._opened[name]

    @cached_property
    def _judge(self) -> Judge:
        return Judge(wiring.locator(), wiring.parser())

    @cached_property
    def _gallery(self) -> Gallery:
        return Gallery(self._subjects("neutral"), wiring.locator(), wiring.tools().embedder)
