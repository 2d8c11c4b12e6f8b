"""Keypoints of the face: where they crowd, how large they are, which way they point, and which have partners."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from bonaface.audit.expressions import sentences
from bonaface.audit.expressions.look import Look, variant_images
from bonaface.audit.expressions.rules import KEPT_BELOW, NO_FLOOR, OTHER_PHOTO, Judged, finding, nothing
from bonaface.audit.expressions.words import NO_REAL, Words
from bonaface.audit.ledger import severity
from bonaface.audit.sentences import KEPT_FLOOR
from bonaface.core.images import Image, Points, Similarity, to_bytes
from bonaface.core.regions import Region
from bonaface.core.results import Aspect, Finding, Score, Verdict
from bonaface.faces.align import compose, scale_of, to_ffhq_crop, transform
from bonaface.faces.crops import cut
from bonaface.measure import features
from bonaface.measure.keypoints import FEWEST, Keypoints, detect, match
from bonaface.measure.movement import onto

LARGEST = 1024
"""Pixels of the crop that keypoints are looked for in, at most."""
REGIONS = {"jaw": Region.CHIN_JAW, "upper face": Region.WHOLE_FACE}


@dataclass(frozen=True, slots=True)
class Found:
    """Keypoints of one picture on the crop that all pictures share.

    Attributes:
        keypoints: SIFT.
        counts: of each facial feature.
    """

    keypoints: Keypoints
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class AllPoints:
    """Keypoints of every picture, and of the harmless variants of the one that the output is compared with.

    Attributes:
        found: by role.
        reference: the role of the picture compared with: "truth" or, without one, "neutral".
        variants: of the reference.
        side: of the crop in pixels.
    """

    found: Mapping[str, Found]
    reference: str
    variants: tuple[Found, ...]
    side: int


def find(looks: Mapping[str, Look]) -> AllPoints:
    """Look for keypoints on one crop: the neutral face's, all pictures brought onto it by the points that hardly move.

    No picture is enlarged for it: more pixels have more keypoints.

    Args:
        looks: with "neutral" and "output", all with a face.
    """
    base = _landmarks(looks["neutral"])
    onto_base = {role: onto(_landmarks(look), base) for role, look in looks.items()}
    whole = to_ffhq_crop(base, LARGEST)
    # How much the crop of the largest size would enlarge each picture; the one with the fewest pixels decides.
    factor = max(scale_of(compose(whole, matrix)) for matrix in onto_base.values())
    side = max(64, int(LARGEST / max(1.0, factor)))
    crop = to_ffhq_crop(base, side)
    reference = "truth" if "truth" in looks else "neutral"
    placed = {role: compose(crop, matrix) for role, matrix in onto_base.items()}
    found = {role: _found(look.image, placed[role], side, _landmarks(look)) for role, look in looks.items()}
    variants: list[Found] = []
    if looks[reference].variants:
        marks = {each.name: each.landmarks for each in looks[reference].variants}
        variants = [
            _found(make(), placed[reference], side, marks[name])
            for name, make in variant_images(looks[reference].image).items()
        ]
    return AllPoints(found, reference, tuple(variants), side)


def _found(image: Image, matrix: Similarity, side: int, landmarks: Points) -> Found:
    keypoints = detect(to_bytes(cut(image, matrix, side)))
    return Found(keypoints, features.by_feature(keypoints.points, transform(landmarks, matrix)))


def findings(points: AllPoints, words: Words) -> Iterator[Finding]:
    """Jaw and upper face against the reference, and the distributions of sizes and orientations."""
    than = words.real if points.reference == "truth" else words.before
    for part in features.PARTS:
        yield _part(part, points, than)
    for what in ("sizes", "orientations"):
        yield _distribution(what, points, than)


def _part(part: str, points: AllPoints, than: str) -> Finding:
    mine, reference = (features.in_part(points.found[role].counts, part) for role in ("output", points.reference))
    region = REGIONS[part]
    if reference[0] < FEWEST or mine[1] < FEWEST:
        why = (
            f"there are {mine[1]} keypoints on the output's features and {reference[0]} in the {part} of {than}; at "
            f"least {FEWEST} make a share"
        )
        return nothing(region, Aspect.KEYPOINTS, part, f"keypoints of the {part}", why, "x")
    ratio, chance = features.share_ratio(mine, reference)
    noise = [_ratio(features.in_part(each.counts, part), reference) for each in points.variants]
    factor = max([chance, OTHER_PHOTO[part], *(max(each, 1 / each) for each in noise if each > 0)])
    score, floor = Score(ratio, "x"), Score(factor, "x") if noise else Score.not_applicable(NO_FLOOR, "x")
    # Both as shares of full scale: of twice as many points, half are too many.
    off, usual = 1 - min(ratio, 1 / max(ratio, 1e-9)), 1 - 1 / factor
    verdict = Verdict.KEPT if usual < KEPT_BELOW else Verdict.UNDECIDABLE
    if not noise:
        verdict = Verdict.UNDECIDABLE
    elif off > usual:
        verdict = Verdict.INVENTED if ratio > 1 else Verdict.LOST
    counts = {"part": mine[0], "all": mine[1], "reference-part": reference[0], "reference-all": reference[1]}
    evidence = {"share-ratio": score, "floor:share-ratio": floor, "chance": Score(chance, "x")}
    evidence |= {f"points-{name}": Score(value, "points") for name, value in counts.items()}
    text = sentences.keypoint_share(part, verdict, score, floor, counts, than)
    grade = None if verdict is Verdict.UNDECIDABLE else 0.0 if verdict is Verdict.KEPT else severity(off, usual)
    said = f"{region.label}: {text}"
    return Finding(region, Aspect.KEYPOINTS, part, verdict, score, floor, grade, said, evidence)


def _ratio(mine: tuple[int, int], reference: tuple[int, int]) -> float:
    return features.share_ratio(mine, reference)[0]


def _distribution(what: str, points: AllPoints, than: str) -> Finding:
    mine, real = points.found["output"].keypoints, points.found[points.reference].keypoints
    region = Region.WHOLE_FACE
    if min(len(mine), len(real)) < FEWEST:
        why = f"there are {len(mine)} keypoints in the output and {len(real)} in {than}; at least {FEWEST} are needed"
        return nothing(region, Aspect.KEYPOINTS, what, f"the {what} of its keypoints", why, "share")
    score = Score(_apart(what, mine, real), "share")
    chance = features.by_chance(features.KOLMOGOROV if what == "sizes" else features.KUIPER, len(mine), len(real))
    noise = [_apart(what, each.keypoints, real) for each in points.variants if len(each.keypoints) >= FEWEST]
    usual = max([chance, OTHER_PHOTO[what], *noise])
    floor = Score(usual, "share") if noise else Score.not_applicable(NO_FLOOR, "share")
    on = Judged(f"{what}-apart", score, floor, Verdict.ALTERED)
    verdict = Verdict.UNDECIDABLE
    if noise:
        verdict = Verdict.ALTERED if on.above else Verdict.KEPT if on.shares[1] < KEPT_FLOOR else Verdict.UNDECIDABLE
    evidence = {on.name: score, f"floor:{on.name}": floor, "chance": Score(chance, "share")}
    if what == "sizes":
        sizes = {role: held.keypoints.sizes for role, held in points.found.items() if len(held.keypoints)}
        evidence |= {f"median:{role}": Score(float(np.median(each)), "px") for role, each in sizes.items()}
    text = sentences.distribution(what, verdict, on, than, (len(mine), len(real)))
    return finding(region, Aspect.KEYPOINTS, what, verdict, on, text, evidence)


def _apart(what: str, mine: Keypoints, real: Keypoints) -> float:
    compare = features.sizes_apart if what == "sizes" else features.angles_apart
    return compare(_values(what, mine), _values(what, real))


def _values(what: str, keypoints: Keypoints) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return keypoints.sizes if what == "sizes" else keypoints.angles


def matches(points: AllPoints) -> dict[str, Score]:
    """How many keypoints of the real photograph have a partner in the output, as the hallucination study counts (S0).

    ":neutral" is the same number of the neutral picture, what an editor that did nothing scores; ":floor" of the worst
    harmless variant of the photograph.
    """
    name = "keypoint-matches"
    if points.reference != "truth":
        return {name: Score.not_applicable(NO_REAL, "points")}
    real = points.found["truth"].keypoints
    out = {
        name: Score(len(match(points.found["output"].keypoints, real)), "points"),
        f"{name}:of": Score(len(real), "points"),
        f"{name}:neutral": Score(len(match(points.found["neutral"].keypoints, real)), "points"),
    }
    if points.variants:
        out[f"{name}:floor"] = Score(min(len(match(each.keypoints, real)) for each in points.variants), "points")
    return out


def _landmarks(look: Look) -> Points:
    if look.face is None:
        raise ValueError("a look without a face")
    return look.face.landmarks
