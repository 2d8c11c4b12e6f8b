"""One picture against the truth: every reading of every region, before anything is judged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from bonaface.audit.scene import Scene
from bonaface.audit.view import View
from bonaface.core.images import Mask, Plane
from bonaface.core.regions import Region
from bonaface.core.results import Aspect, Score
from bonaface.measure import asymmetry, attributes, colour, expression, geometry, identity, texture
from bonaface.measure.baselines import BASELINES

PROBABILITY = "probability"
"""The unit of what readers say: from 0 to 1."""
FEWEST_POINTS = 5
"""Keypoints under which a share of them says nothing."""


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """What a reading is about: a part of the face, an aspect, and which part of the aspect."""

    region: Region
    aspect: Aspect
    detail: str


Readings = Mapping[Key, Mapping[str, Score]]
"""Scores by name for each key. The names that verdicts rest on are in `audit.ledger`."""

GROUP_REGIONS = {
    "jaw": Region.CHIN_JAW,
    "right-brow": Region.RIGHT_BROW,
    "left-brow": Region.LEFT_BROW,
    "nose": Region.NOSE,
    "right-eye": Region.RIGHT_EYE,
    "left-eye": Region.LEFT_EYE,
    "mouth": Region.MOUTH,
}
ASYMMETRY_REGIONS = {
    "brow colour": Region.LEFT_BROW,
    "brow size": Region.LEFT_BROW,
    "mirror image around the eyes": Region.PERIOCULAR,
}


def compare(view: View, truth: View, scene: Scene, covered: Mask | None = None) -> dict[Key, dict[str, Score]]:
    """All readings of `view` against `truth`, region by region."""
    readings: dict[Key, dict[str, Score]] = {}
    readings.update(_texture(view, truth, scene, covered))
    readings.update(_keypoints(view, truth, scene))
    readings.update(_colour(view, truth, scene))
    readings.update(_geometry(view, truth))
    readings.update(_identity(view, truth))
    readings.update(_asymmetry(view, truth))
    readings.update(_attributes(view, truth))
    readings.update(_expression(view, truth))
    return readings


def compare_texture(view: View, truth: View, scene: Scene) -> dict[Key, dict[str, Score]]:
    """The readings of texture alone."""
    return dict(_texture(view, truth, scene, None))


def tone_of(view: View, truth: View, scene: Scene) -> tuple[float, float]:
    """Gain and offset of luminance that bring the view's face to the truth's tone."""
    face = scene.zones[0].on_grid(len(texture.BANDS))[scene.whole_face]
    part = face.rows, face.columns
    return texture.tone(view.pyramid.rest[part], truth.pyramid.rest[part], face.weights)


def _texture(view: View, truth: View, scene: Scene, covered: Mask | None) -> Iterator[tuple[Key, dict[str, Score]]]:
    gain, _ = tone_of(view, truth, scene)
    names = [*scene.regions, Region.BACKGROUND]
    for index, band in enumerate(texture.BANDS):
        y, x = view.pyramid.bands[index] * np.float32(gain), truth.pyramid.bands[index]
        patches = [patch for zone in scene.zones for patch in zone.on_grid(index)]
        sums = texture.band_sums(y, x, [*patches, _everywhere(covered, x, index)])
        sums[:, -1] -= sums[:, scene.whole_face]
        for region, (xx, yy, xy, pixels) in zip(names, sums.T, strict=True):
            noise = texture.noise_energies()[index]
            found = texture.shares(max(xx, 0), max(yy, 0), xy, max(pixels, 0), noise)
            yield (
                Key(region, Aspect.TEXTURE, band),
                {
                    "invented-share": _share(found.invented, "the output has no detail here above sensor noise"),
                    "lost-share": _share(found.lost, "the truth has no detail here"),
                    "invented-amount": Score(found.amount, "x"),
                    "correlation": Score(found.correlation, ""),
                },
            )


def _everywhere(covered: Mask | None, plane: Plane, band: int) -> texture.Patch:
    """The whole picture, or what of it the output covers, on the grid of a band."""
    import cv2

    weights = np.ones_like(plane) if covered is None else covered.astype(np.float32)
    for _ in range(0 if covered is None else band):
        weights = np.asarray(cv2.pyrDown(weights), np.float32)
    return texture.Patch(slice(0, plane.shape[0]), slice(0, plane.shape[1]), weights)


def _share(value: float | None, why: str) -> Score:
    return Score.not_applicable(why, "share") if value is None else Score(float(value), "share")


def _keypoints(view: View, truth: View, scene: Scene) -> Iterator[tuple[Key, dict[str, Score]]]:
    pairs = view.partners(truth)
    matched_o = np.zeros(len(view.keypoints), bool)
    matched_t = np.zeros(len(truth.keypoints), bool)
    matched_o[pairs[:, 0]] = True
    matched_t[pairs[:, 1]] = True
    for region in (*scene.regions, Region.BACKGROUND):
        here_o = scene.inside(view.keypoints.points, region)
        here_t = scene.inside(truth.keypoints.points, region)
        count_o, count_t = int(here_o.sum()), int(here_t.sum())
        alone_o, alone_t = int((here_o & ~matched_o).sum()), int((here_t & ~matched_t).sum())
        yield (
            Key(region, Aspect.KEYPOINTS, "sift"),
            {
                "unmatched-share": _point_share(alone_o, count_o, "output"),
                "missing-share": _point_share(alone_t, count_t, "truth"),
                "points-output": Score(count_o, "points"),
                "points-truth": Score(count_t, "points"),
                "unmatched-output": Score(alone_o, "points"),
                "unmatched-truth": Score(alone_t, "points"),
            },
        )


def _point_share(part: int, of: int, where: str) -> Score:
    if of < FEWEST_POINTS:
        return Score.not_applicable(f"{of} keypoints in the {where}; at least {FEWEST_POINTS} make a share", "share")
    return Score(part / of, "share")


def _colour(view: View, truth: View, scene: Scene) -> Iterator[tuple[Key, dict[str, Score]]]:
    for zone, ours, real in zip(scene.zones, view.labs, truth.labs, strict=True):
        if ours is None or real is None:
            continue
        difference = colour.ciede2000(real, ours)
        planes = [[np.ascontiguousarray(lab[..., channel]) for channel in range(3)] for lab in (real, ours)]
        for region, patch in zip(zone.regions, zone.colours, strict=True):
            yield Key(region, Aspect.COLOUR, "ciede2000"), _colour_scores(difference, planes, patch)


def _colour_scores(difference: Plane, planes: list[list[Plane]], patch: texture.Patch) -> dict[str, Score]:
    """Of one region; `planes` are L*, a* and b* of the truth and of the output."""
    if patch.pixels < 1:
        why = "the region lies outside the picture"
        return dict.fromkeys(("ciede2000", "ciede2000-of-means"), Score.not_applicable(why, "ΔE00"))
    means = [np.array([patch.sum(plane) for plane in lab], np.float32) / np.float32(patch.pixels) for lab in planes]
    return {
        "ciede2000": Score(patch.sum(difference) / patch.pixels, "ΔE00"),
        "ciede2000-of-means": Score(float(colour.ciede2000(*means)), "ΔE00"),
    }


def _geometry(view: View, truth: View) -> Iterator[tuple[Key, dict[str, Score]]]:
    for group, indices in (*geometry.GROUPS.items(), ("all", tuple(range(68)))):
        key = Key(GROUP_REGIONS.get(group, Region.WHOLE_FACE), Aspect.GEOMETRY, group)
        if view.face is None or truth.face is None:
            why = _no_face(view)
            yield key, {"shift": Score.not_applicable(why, "% IOD"), "shift-raw": Score.not_applicable(why, "px")}
            continue
        shifts = geometry.aligned_shifts(view.face.landmarks, truth.face.landmarks)
        raw = geometry.raw_shifts(view.face.landmarks, truth.face.landmarks)
        chosen = list(indices)
        yield (
            key,
            {
                "shift": Score(float(shifts[chosen].mean()), "% IOD"),
                "shift-raw": Score(float(raw[chosen].mean()), "px"),
            },
        )


def _identity(view: View, truth: View) -> Iterator[tuple[Key, dict[str, Score]]]:
    key = Key(Region.WHOLE_FACE, Aspect.IDENTITY, "embedding")
    if view.embedding is None or truth.embedding is None:
        why = _no_face(view)
        yield key, {"angle": Score.not_applicable(why, "°"), "distance": Score.not_applicable(why)}
        return
    yield (
        key,
        {
            "angle": Score(identity.angle(view.embedding, truth.embedding), "°"),
            "distance": Score(identity.distance(view.embedding, truth.embedding), ""),
            **usual_angles(),
        },
    )


def usual_angles() -> dict[str, Score]:
    """Percentiles of the angle between pictures of one person and of different people."""
    places = [BASELINES["percentiles"].index(percent) for percent in (5, 50, 95)]
    return {
        f"{group}:p{BASELINES['percentiles'][place]}": Score(BASELINES[group.replace("-", "_")]["values"][place], "°")
        for group in ("same-person", "different-people")
        for place in places
    }


def _asymmetry(view: View, truth: View) -> Iterator[tuple[Key, dict[str, Score]]]:
    for detail, (unit, _) in asymmetry.DETAILS.items():
        key = Key(ASYMMETRY_REGIONS.get(detail, Region.LEFT_EYE), Aspect.ASYMMETRY, detail)
        if view.asymmetry is None or truth.asymmetry is None:
            yield key, {"added": Score.not_applicable(_no_face(view), unit)}
            continue
        mine, real = view.asymmetry[detail], truth.asymmetry[detail]
        if mine.value is None or real.value is None:
            yield key, {"added": mine if mine.value is None else real}
            continue
        added = Score(max(0.0, mine.value - real.value), unit)
        yield key, {"added": added, "in-output": mine, "in-truth": real}


def _attributes(view: View, truth: View) -> Iterator[tuple[Key, dict[str, Score]]]:
    """What the attribute reader sees in both; its error rates are added where findings are made."""
    for drift in attributes.DRIFTS:
        key = Key(drift.region, Aspect.ATTRIBUTES, drift.words)
        if view.face is None or truth.face is None:
            yield key, {"change": Score.not_applicable(_no_face(view), PROBABILITY)}
            continue
        mine, real = (attributes.drift_probabilities(each.reading.attributes)[drift.name] for each in (view, truth))
        yield (
            key,
            {
                "change": Score(round(abs(mine - real), 4), PROBABILITY),
                "in-output": Score(mine, PROBABILITY),
                "in-truth": Score(real, PROBABILITY),
            },
        )


def _expression(view: View, truth: View) -> Iterator[tuple[Key, dict[str, Score]]]:
    """How far the probabilities of the eight expressions are apart: half the sum of their differences."""
    key = Key(Region.WHOLE_FACE, Aspect.EXPRESSION, "expression")
    if view.face is None or truth.face is None:
        yield key, {"change": Score.not_applicable(_no_face(view), PROBABILITY)}
        return
    mine, real = view.reading.expression, truth.reading.expression
    scores = {"change": Score(round(float(np.abs(mine - real).sum()) / 2, 4), PROBABILITY)}
    for where, held in (("in-output", mine), ("in-truth", real)):
        known = zip(expression.NAMES, held, strict=True)
        scores |= {f"{where}:{name}": Score(float(value), PROBABILITY) for name, value in known}
    yield key, scores


def _no_face(view: View) -> str:
    return view.faceless or f"no face was found in the {'output' if view.face is None else 'truth'} by the detector"
