"""S2's Table I next to ours: every restorer on every kind of mask, in two framings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from types import MappingProxyType

from bonaface.bench.entrants import INPAINTED, Entrant
from bonaface.bench.numbers import FAILED, Judge
from bonaface.bench.results import TRUTH, Row, told
from bonaface.bench.subjects import Subject
from bonaface.bench.thumbnails import IRREGULAR, NOTHING, SERIES, SQUARE, thumbnail
from bonaface.core.errors import ImageError, UnknownName
from bonaface.core.images import Image
from bonaface.study.numbers.intervals import absent, mean_of

BATCH = 32
LANDMARKED = 200
"""Faces of a row, at most, whose landmarks are found."""
PARSED = 100
"""Faces of a row, at most, that are parsed."""
IN_SERIES = 200
"""Faces of a row of the series of mask sizes, at most; only PSNR and SSIM are measured there."""
CHOICES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {SQUARE: (SQUARE,), IRREGULAR: (IRREGULAR,), "all": (NOTHING, SQUARE, IRREGULAR, *SERIES)}
)
"""Masks by the value of `--masks`."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One row to be measured.

    Attributes:
        faces: "ffhq" or "facial-area".
        mask: see `thumbnails.MASKS`.
        entrant: None: the truth itself.
    """

    faces: str
    mask: str
    entrant: Entrant | None


def plan(framings: Sequence[str], masks: str, entrants: Sequence[Entrant]) -> list[Cell]:
    """Every row.

    Networks that can be told what was covered have two rows on square and on irregular masks: told and not told.

    Raises:
        UnknownName: `masks` is none of `CHOICES`.
    """
    if masks not in CHOICES:
        raise UnknownName(f"There are no masks called {masks!r}. Known: {', '.join(CHOICES)}.")
    cells = []
    for faces in framings:
        cells.append(Cell(faces, NOTHING, None))
        for mask, entrant in product(CHOICES[masks], entrants):
            if mask == NOTHING:  # there is nothing to tell, and nothing to inpaint
                cells += [Cell(faces, mask, entrant)] if entrant.name != INPAINTED else []
                continue
            cells.append(Cell(faces, mask, entrant))
            if entrant.takes_mask and entrant.name != INPAINTED and mask not in SERIES:
                cells.append(Cell(faces, mask, entrant.untold()))
    return cells


def restored(entrant: Entrant | None, subjects: Sequence[Subject], mask: str) -> Iterator[Image]:
    """Each subject restored, (128, 128, 3), a batch at a time; the truths where there is no entrant.

    Raises:
        ImageError: the restorer delivered something else.
    """
    for start in range(0, len(subjects), BATCH):
        part = subjects[start : start + BATCH]
        if entrant is None:
            yield from (subject.truth for subject in part)
            continue
        given = [thumbnail(subject, mask) for subject in part]
        made = entrant([one.image for one in given], [one.occlusion for one in given])
        for subject, image in zip(part, made, strict=True):
            if image.shape != subject.truth.shape:
                raise ImageError(
                    f"{entrant.name} delivered a picture of shape {image.shape}; expected {subject.truth.shape}. "
                    "A restorer that is measured delivers faces of 128 px."
                )
            yield image


def measure(cell: Cell, subjects: Sequence[Subject], judge: Judge) -> Row:
    """Restore and measure the subjects of one row."""
    series = cell.mask in SERIES
    most = IN_SERIES if series else len(subjects) if cell.entrant else max(LANDMARKED, PARSED)
    shown = subjects[:most]
    held: dict[str, list[float]] = {}
    whose: dict[str, list[str]] = {}
    for number, (subject, image) in enumerate(zip(shown, restored(cell.entrant, shown, cell.mask), strict=True)):
        found = judge.fidelity(image, subject) if cell.entrant else {}
        if number < LANDMARKED and not series:
            error = judge.alignment(image, subject)
            found |= {} if error is None else {"nrmse": error, "failed": float(error > FAILED)}
        if number < PARSED and not series:
            found |= judge.parsing(image, subject)
        for name, value in found.items():
            held.setdefault(name, []).append(value)
            whose.setdefault(name, []).append(subject.person)
    numbers = {name: mean_of(values, whose[name], share=name == "failed") for name, values in held.items()}
    if cell.entrant is None:
        numbers |= {name: absent("it is the truth") for name in ("psnr", "ssim")}
    name = cell.entrant.name if cell.entrant else TRUTH
    return Row("hallucination", cell.faces, cell.mask, name, told(cell.entrant, cell.mask), len(shown), numbers)
