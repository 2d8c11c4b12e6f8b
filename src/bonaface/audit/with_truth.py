"""The audit of one face in one output against the real photograph."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any

import numpy as np

from bonaface.audit.compare import Key, Readings, compare, compare_texture, tone_of
from bonaface.audit.drift import part_notes, reader_rates, reading_record
from bonaface.audit.framing import Framing, covered_mask
from bonaface.audit.ledger import findings, floors_of
from bonaface.audit.scene import Scene, parse_counts, parse_truth, set_scene
from bonaface.audit.variants import VARIANTS
from bonaface.audit.view import Lanes, Tools, View, look
from bonaface.audit.whole import floors_of_whole, whole_picture
from bonaface.core.cases import Face
from bonaface.core.errors import FramingError
from bonaface.core.images import Image, Mask, Plane, Points, Similarity, to_bytes
from bonaface.core.regions import Region
from bonaface.core.results import Finding, Score
from bonaface.faces.align import umeyama, warp
from bonaface.measure import texture
from bonaface.measure.damage import damage
from bonaface.measure.geometry import GROUPS
from bonaface.measure.structure import Reference, references

LEAST_FACE = 0.95
"""Share of the face that an output must cover for its landmarks, embedding and symmetry to be its own."""
FACE_CUT = "the output covers only part of the face"


LARGE = 3 * 8_000_000
"""Values (three for a pixel) above which variants and controls are looked at one after another."""


@dataclass(frozen=True)
class Prepared:
    """What a truth gives to every output that is compared with it: computed once.

    The floors may still be under way when an output is looked at; they are waited for when they are asked for.
    """

    scene: Scene
    view: View
    scales: Future[tuple[Reference, ...]]
    compared: Sequence[Future[dict[Key, dict[str, Score]]]]
    measured: Sequence[Future[dict[str, Score]]]

    @cached_property
    def floors(self) -> Mapping[Key, Mapping[str, Score]] | None:
        """Of each reading; None where no floors were asked for."""
        return floors_of(job.result() for job in self.compared) if self.compared else None

    @cached_property
    def whole_floors(self) -> Mapping[str, Score]:
        """Of the numbers of the whole picture; empty where no floors were asked for."""
        return floors_of_whole([job.result() for job in self.measured]) if self.measured else {}


@dataclass(frozen=True, slots=True)
class Other:
    """Another person's picture, the null control: what a face scores that has nothing to do with the truth."""

    image: Image
    landmarks: Points
    name: str


@dataclass(frozen=True, slots=True)
class Examined:
    """Everything that an audit found, before provenance is added; the fields are those of a `Ledger`."""

    findings: tuple[Finding, ...]
    measures: Mapping[str, Score]
    maps: Mapping[str, Plane]
    arrays: Mapping[str, Any]
    faces: Mapping[str, Face]
    damage: Mapping[str, Score]
    regions: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: MappingProxyType({}))
    readings: Mapping[str, Mapping[str, Mapping[str, Score]]] = field(default_factory=lambda: MappingProxyType({}))
    notes: tuple[str, ...] = ()


def prepare(truth: Image, face: Face, tools: Tools, lanes: Lanes, *, floors: bool = True) -> Prepared:
    """Look at the truth and, with `floors`, at its harmless variants.

    Args:
        truth: (H, W, 3).
        face: the face of `truth` that the audit is about.
        tools: loaded models.
        lanes: for the work that needs no model.
        floors: whether noise floors are computed.
    """
    # The truth's landmarks are found exactly as the output's will be, so that equal pictures have equal landmarks.
    face = tools.locator.same_face(to_bytes(truth), face) or face
    parsing = lanes.other.submit(parse_truth, truth, face, tools.parser)
    scales = lanes.other.submit(references, truth)
    batches = list(_batches(list(VARIANTS) if floors else [], truth))
    making = [lanes.other.submit(VARIANTS[name], truth) for name in (batches[0] if batches else ())]
    scene = set_scene(face, (truth.shape[0], truth.shape[1]), parsing.result())
    [view] = look([truth], scene, tools, lanes)
    if view.face is None:
        view = _with_face(view, face, tools)
    compared: list[Future[dict[Key, dict[str, Score]]]] = []
    measured: list[Future[dict[str, Score]]] = []
    for index, names in enumerate(batches):
        if index:
            making = [lanes.other.submit(VARIANTS[name], truth) for name in names]
        variants = [job.result() for job in making]
        # An 8-bit truth comes back from its PNG unchanged. Compared with itself it adds only texture to the floors
        # (detail below the sensor noise counts as lost); every other number of it is the best there is.
        changed = [variant for variant in variants if not np.array_equal(variant, truth)]
        if len(changed) < len(variants):
            compared.append(lanes.other.submit(compare_texture, view, view, scene))
        seen = look(changed, scene, tools, lanes)
        compared += [lanes.other.submit(compare, each, view, scene) for each in seen]
        measured += [lanes.other.submit(whole_picture, each, view, scales, scene) for each in seen]
        making.clear()
        del variants, changed, seen
        if truth.size > LARGE:
            wait(compared)
            wait(measured)
    return Prepared(scene, view, scales, compared, measured)


def _batches(names: Sequence[str], truth: Image) -> Iterator[Sequence[str]]:
    """All at once, or, of large pictures, one after another, so that few of them are held in memory."""
    step = 1 if truth.size > LARGE else max(1, len(names))
    for start in range(0, len(names), step):
        yield names[start : start + step]


def _wait_for(*jobs: Future[Any]) -> None:
    wait(jobs)


def _with_face(view: View, face: Face, tools: Tools) -> View:
    """The truth's face was given or found in another way: its landmarks stand."""
    from bonaface.measure.asymmetry import asymmetry

    return replace(
        view,
        face=face,
        embedding=tools.embed(view.pixels, face.landmarks),
        asymmetry=asymmetry(view.image, face.landmarks),
    )


def examine(
    prepared: Prepared,
    output: Image,
    framing: Framing,
    tools: Tools,
    lanes: Lanes,
    *,
    observed: Image | None = None,
    observed_framing: Framing | None = None,
    other: Other | None = None,
    controls: bool = True,
) -> Examined:
    """Audit `output` against a prepared truth.

    Args:
        prepared: from `prepare`.
        output: (h, w, 3) in its own size.
        framing: from `bonaface.audit.framing.register`.
        tools: loaded models.
        lanes: as for `prepare`.
        observed: the damaged picture, in its own size, or None.
        observed_framing: how it lies on the truth.
        other: another person's picture, or None.
        controls: whether null controls are computed.
    """
    scene, truth = prepared.scene, prepared.view
    placed, covered = _placed(output, framing, scene, truth.image)
    if covered is not None:
        scene = set_scene(scene.face, scene.size, scene.parsed, covered)
    described = lanes.other.submit(damage, output)
    controlled = _controls(prepared, observed, observed_framing, other, controls)
    pictures = {name: each for name, each in controlled.items() if not isinstance(each, str)}
    large = placed.size > LARGE
    view, *looked = look([placed] if large else [placed, *pictures.values()], scene, tools, lanes)
    if covered is not None and not _face_covered(scene, prepared.scene, covered):
        # Where the output has no pixels the truth stands in: its landmarks and embedding would be the truth's own.
        view = replace(view, face=None, embedding=None, asymmetry=None, faceless=FACE_CUT)
    compared = lanes.other.submit(compare, view, truth, scene, covered)
    measured = lanes.other.submit(whole_picture, view, truth, prepared.scales, scene, covered)
    mapped = lanes.other.submit(_maps, view, truth, scene, covered)
    parsed = None if view.face is None else lanes.other.submit(parse_counts, placed, scene.face, tools.parser)
    jobs: dict[str, tuple[Future[dict[Key, dict[str, Score]]], Future[dict[str, Score]]]] = {}
    for name, picture in pictures.items():
        if large:
            _wait_for(compared, measured, mapped, *(job for pair in jobs.values() for job in pair))
            looked = look([picture], scene, tools, lanes)
        control = looked.pop(0)
        jobs[name] = (
            lanes.other.submit(compare, control, truth, prepared.scene),
            lanes.other.submit(whole_picture, control, truth, prepared.scales, prepared.scene),
        )
        del control
    against: dict[str, Readings | str] = {
        name: jobs[name][0].result() if name in jobs else str(why) for name, why in controlled.items()
    }
    control_wholes = {name: job[1].result() for name, job in jobs.items()}
    readings = compared.result()
    rates = reader_rates(tools.attributes.errors, tools.expression.errors)
    found = findings(readings, prepared.floors, against, scene.pixels, rates)
    seen = {"truth": truth, "output": view}
    return Examined(
        findings=found,
        measures=_with_floors(measured.result(), prepared.whole_floors, control_wholes),
        maps=mapped.result(),
        arrays=_arrays(view, truth, scene),
        faces={name: face for name, face in (("truth", truth.face), ("output", view.face)) if face is not None},
        damage=described.result(),
        regions={
            str(region): {
                "found_by": region.found_by,
                "standard_term": region.standard_term,
                "pixels": scene.pixels[region],
            }
            for region in Region
            if region in scene.pixels
        },
        readings={name: reading_record(each.reading) for name, each in seen.items() if each.face is not None},
        notes=() if parsed is None else tuple(part_notes(scene.parsed.counts, parsed.result())),
    )


def _face_covered(scene: Scene, whole: Scene, covered: Mask) -> bool:
    """Whether the output has pixels of its own at all landmarks of the truth and on nearly the whole face."""
    x, y = np.clip(np.rint(scene.face.landmarks).astype(int), 0, np.array(covered.shape)[::-1] - 1).T
    share = scene.pixels[Region.WHOLE_FACE] / max(1, whole.pixels[Region.WHOLE_FACE])
    return bool(covered[y, x].all()) and share >= LEAST_FACE


def _placed(output: Image, framing: Framing, scene: Scene, truth: Image) -> tuple[Image, Mask | None]:
    """The output on the truth's grid; where it has no pixels the truth stands in, and None if that is nowhere."""
    if output.shape == truth.shape and framing.moved == 0:
        return output, None
    placed = warp(output, framing.matrix, scene.size)
    covered = covered_mask(framing, (output.shape[0], output.shape[1]), scene.size)
    if covered.all():
        return placed, None
    if not covered.any():
        raise FramingError("The output covers nothing of the truth. Give an output that shows the truth's face.")
    return np.where(covered[..., None], placed, truth).astype(np.float32), covered


def _controls(
    prepared: Prepared,
    observed: Image | None,
    framing: Framing | None,
    other: Other | None,
    wanted: bool,
) -> dict[str, Image | str]:
    """Each null control as a picture on the truth's grid, or why there is none."""
    if not wanted:
        return {"bicubic": "controls were switched off", "other-face": "controls were switched off"}
    out: dict[str, Image | str] = {
        "bicubic": "no damaged picture was given (--observed)",
        "other-face": "no other face was given (--control), and the job has no other",
    }
    size = prepared.scene.size
    if observed is not None and framing is not None:
        out["bicubic"] = placed_plainly(observed, framing.matrix, size)
    if other is not None:
        matrix = umeyama(other.landmarks, prepared.scene.face.landmarks)
        out["other-face"] = placed_plainly(other.image, matrix, size)
    return out


def placed_plainly(image: Image, matrix: Similarity, size: tuple[int, int]) -> Image:
    """A picture on the truth's grid by bicubic interpolation, or, where it gets smaller, by area averaging."""
    import cv2

    if np.linalg.det(matrix[:, :2]) < 0.9:
        return warp(image, matrix, size)
    if image.shape[:2] == size and np.array_equal(matrix, np.eye(2, 3)):
        return image
    flags, border = cv2.INTER_CUBIC, cv2.BORDER_REPLICATE
    placed = cv2.warpAffine(image, matrix, (size[1], size[0]), flags=flags, borderMode=border)
    return np.clip(np.asarray(placed, np.float32), 0, 1)


def _maps(view: View, truth: View, scene: Scene, covered: Mask | None) -> dict[str, Plane]:
    gain, _ = tone_of(view, truth, scene)
    invented, lost = texture.maps(view.pyramid, truth.pyramid, gain)
    if covered is not None:
        invented, lost = invented * covered, lost * covered
    return {"invented": invented, "lost": lost}


def _with_floors(
    measures: Mapping[str, Score], floors: Mapping[str, Score], controls: Mapping[str, Mapping[str, Score]]
) -> dict[str, Score]:
    out: dict[str, Score] = {}
    for name, score in measures.items():
        out[name] = score
        if name in floors:
            out[f"{name}:floor"] = floors[name]
        for control, scores in controls.items():
            out[f"{name}:{control}"] = scores[name]
    return out


def _arrays(view: View, truth: View, scene: Scene) -> dict[str, Any]:
    """What the pictures of a report are drawn from."""
    import cv2

    pairs = view.partners(truth)
    alone_o = np.ones(len(view.keypoints), bool)
    alone_t = np.ones(len(truth.keypoints), bool)
    alone_o[pairs[:, 0]] = False
    alone_t[pairs[:, 1]] = False
    arrays: dict[str, Any] = {
        "placed": view.pixels,
        "truth": truth.pixels,
        "window": [scene.window[1].start, scene.window[0].start, scene.window[1].stop, scene.window[0].stop],
        "unmatched_output": view.keypoints.points[alone_o],
        "unmatched_output_sizes": view.keypoints.sizes[alone_o],
        "unmatched_output_angles": view.keypoints.angles[alone_o],
        "unmatched_truth": truth.keypoints.points[alone_t],
        "unmatched_truth_sizes": truth.keypoints.sizes[alone_t],
        "matched_output": view.keypoints.points[~alone_o],
        "matched_truth": truth.keypoints.points[pairs[:, 1]],
        "zones": [((zone.window[1].start, zone.window[0].start), dict(zone.regions)) for zone in scene.zones],
        "groups": dict(GROUPS),
    }
    for name, seen in (("output", view), ("truth", truth)):
        if seen.face is not None:
            arrays[f"landmarks_{name}"] = seen.face.landmarks
        arrays[f"histogram_{name}"] = np.stack(
            [cv2.calcHist([seen.pixels], [channel], None, [64], [0, 256])[:, 0] for channel in range(3)]
        )
    arrays["face_points"] = scene.inside(view.keypoints.points[alone_o], Region.WHOLE_FACE)
    return arrays
