"""What changed where the expression needs no change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bonaface.audit.expressions import sentences
from bonaface.audit.expressions.look import Look, variant_images
from bonaface.audit.expressions.rules import NO_FLOOR, OUTSIDE_MARGIN, Judged, decide, finding, nothing
from bonaface.audit.expressions.words import Words
from bonaface.audit.framing import Framing, covered_mask, known, register
from bonaface.audit.sentences import FEWEST_PIXELS
from bonaface.core.errors import FramingError
from bonaface.core.images import Image, Mask, Plane, Points
from bonaface.core.regions import Region
from bonaface.core.results import Aspect, Finding, Score, Verdict
from bonaface.faces.align import transform, warp
from bonaface.faces.regions import landmark_regions
from bonaface.measure.change import MARGIN, NOTICEABLE, VISIBLE, change_map, needed_region, widened
from bonaface.measure.movement import onto

BY_POINTS = "eye corners and bridge of the nose"
"""How pictures are laid on each other that do not show the same scene in the same framing."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A picture on the neutral picture's grid.

    Attributes:
        image: (H, W, 3).
        framing: how it came there.
        covered: (H, W), where it has pixels of its own.
        landmarks: (68, 2) of its face on that grid.
    """

    image: Image
    framing: Framing
    covered: Mask
    landmarks: Points


def place(look: Look, neutral: Look) -> Placed:
    """Bring a picture onto the neutral picture's grid.

    Registered where both show the same scene, as an edit leaves it; a picture that does not, such as a real photograph
    of the expression, is laid on by the points of the face that hardly move. Equal pictures are placed alike.
    """
    if look.face is None or neutral.face is None:
        raise ValueError("a picture is placed by its face")
    there, here = look.face.landmarks, neutral.face.landmarks
    by_points = onto(there, here)
    try:
        framing = register(look.image, neutral.image, lambda: (there, here), window=_upper_face(here, neutral.size))
    except FramingError:
        framing = known(look.image, neutral.image, by_points, BY_POINTS)
    same = look.size == neutral.size and framing.moved == 0
    image = look.image if same else warp(look.image, framing.matrix, neutral.size)
    covered = covered_mask(framing, look.size, neutral.size)
    return Placed(image, framing, covered, transform(there, framing.matrix))


def _upper_face(landmarks: Points, size: tuple[int, int]) -> tuple[slice, slice]:
    """Rows and columns around brows, eyes and nose, which an expression changes less than the rest."""
    last = np.array([size[1], size[0]])
    x0, y0 = np.clip(np.floor(landmarks[17:48].min(axis=0)).astype(int), 0, last)
    x1, y1 = np.clip(np.ceil(landmarks[17:48].max(axis=0)).astype(int) + 1, 0, last)
    return slice(int(y0), int(y1)), slice(int(x0), int(x1))


@dataclass(frozen=True, slots=True)
class Changed:
    """Where the output differs from the neutral picture, and where the expression may.

    Attributes:
        change: (H, W), CIEDE2000 of the blurred pictures; 0 where the output has no pixels of its own.
        needed: (H, W), where the expression may change the picture.
        covered: (H, W), where the output has pixels of its own.
        regions: parts of the neutral face, and of the picture around it.
        floors: the same planes as `change` of harmless variants of the neutral picture.
    """

    change: Plane
    needed: Mask
    covered: Mask
    regions: Mapping[Region, Mask]
    floors: Sequence[Plane]


def changes(neutral: Look, output: Placed, truth: Placed | None, words: Words) -> Changed:
    """Compare the output with the neutral picture, pixel by pixel.

    The expression may change what its muscles move in the neutral face and in the output (`faces.moving.MOVED`) and,
    with a real photograph, whatever differs noticeably between that and the neutral picture.
    """
    if neutral.face is None:
        raise ValueError("the neutral picture needs a face")
    landmarks, distance = neutral.face.landmarks, neutral.face.inter_ocular
    faces = [landmarks, output.landmarks, *([] if truth is None else [truth.landmarks])]
    needed = needed_region(words.label, faces, neutral.size)
    if truth is not None:
        real = change_map(truth.image, neutral.image, distance) > NOTICEABLE
        needed |= widened(real | ~truth.covered, MARGIN * distance)
    change = change_map(output.image, neutral.image, distance) * output.covered
    variants = [make() for make in variant_images(neutral.image).values()] if neutral.variants else []
    floors = [change_map(each, neutral.image, distance) for each in variants]
    return Changed(change, needed, output.covered, landmark_regions(landmarks, *neutral.size), floors)


def findings(changed: Changed, words: Words) -> Iterator[Finding]:
    """One finding for the face, one for what is around it."""
    face = changed.regions[Region.WHOLE_FACE]
    for region, inside in ((Region.WHOLE_FACE, face), (Region.BACKGROUND, ~face)):
        yield _finding(region, inside & changed.covered & ~changed.needed, changed, words)


def _finding(region: Region, where: Mask, changed: Changed, words: Words) -> Finding:
    pixels = int(where.sum())
    if pixels < FEWEST_PIXELS:
        what = f"what lies outside the region that {words.any} needs"
        why = f"{pixels} pixels do, and at least {FEWEST_PIXELS} are needed"
        return nothing(region, Aspect.COLOUR, "outside", what, why, "share")
    score = Score(_share(changed.change, where), "share")
    noise = [_share(each, where) for each in changed.floors]
    floor = Score(max(noise), "share") if noise else Score.not_applicable(NO_FLOOR, "share")
    on = Judged("changed-share", score, floor, Verdict.ALTERED, margin=OUTSIDE_MARGIN)
    verdict, on = decide((on,))
    parts = {
        part: _share(changed.change, mask & where)
        for part, mask in changed.regions.items()
        if part not in (Region.WHOLE_FACE, Region.BACKGROUND) and int((mask & where).sum()) >= FEWEST_PIXELS
    }
    evidence = {
        "changed-share": score,
        "floor:changed-share": floor,
        "mean-change": Score(float(changed.change[where].mean()), "ΔE00"),
        "pixels": Score(pixels, "px²"),
    } | {f"changed-share:{part}": Score(value, "share") for part, value in parts.items()}
    most = max(parts.items(), key=lambda item: item[1], default=None)
    named = None if most is None else (most[0].label, most[1])
    text = sentences.outside(verdict, on, named, words)
    return finding(region, Aspect.COLOUR, "outside", verdict, on, text, evidence)


def _share(change: Plane, where: Mask) -> float:
    return float((change[where] > VISIBLE).mean()) if where.any() else 0.0
