"""Numbers of the whole picture and of the face's window: PSNR, SSIM, MS-SSIM, colour histograms, tone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future

import numpy as np

from bonaface.audit.compare import tone_of
from bonaface.audit.scene import Scene
from bonaface.audit.view import View
from bonaface.core.images import Mask
from bonaface.core.results import Score
from bonaface.measure import MEASURES
from bonaface.measure.colour import histogram
from bonaface.measure.fidelity import psnr
from bonaface.measure.structure import MS_LEAST_SIDE, Reference, structural

NO_FACE_PART = "the output covers nothing of the face"


def whole_picture(
    view: View, truth: View, scales: Future[tuple[Reference, ...]], scene: Scene, covered: Mask | None = None
) -> dict[str, Score]:
    """Scores by the ids of `bonaface.measure.MEASURES`; "-face" marks those of the face's window alone.

    `scales` are `bonaface.measure.structure.references` of the truth, or will be.

    Where the output covers only part of the truth, all of them are of that part.
    """
    import cv2

    both = structural(view.image, scales.result())
    gain, offset = tone_of(view, truth, scene)
    histograms = view.histogram, truth.histogram
    view_face, truth_face, plane = view.image[scene.window], truth.image[scene.window], both.plane[scene.window]
    if covered is None:
        whole, similarity = psnr(view.image, truth.image), both.ssim
        multi = both.ms_ssim
        why = f"five scales need at least {MS_LEAST_SIDE} px a side; the picture is {scene.size[1]}x{scene.size[0]}"
    else:
        whole = psnr(view.image[covered], truth.image[covered])
        similarity = float(both.plane[covered].mean(dtype=np.float64))
        multi, why = None, "the output covers only part of the truth"
        histograms = histogram(view.pixels, covered), histogram(truth.pixels, covered)
        inside = covered[scene.window]
        view_face, truth_face, plane = view_face[inside], truth_face[inside], plane[inside]
    face, face_similarity = Score.not_applicable(NO_FACE_PART, "dB"), Score.not_applicable(NO_FACE_PART)
    if plane.size:
        face = Score(psnr(view_face, truth_face), "dB")
        face_similarity = Score(float(plane.mean(dtype=np.float64)))
    return {
        "psnr": Score(whole, "dB"),
        "ssim": Score(similarity),
        "ms-ssim": Score.not_applicable(why) if multi is None else Score(multi),
        "psnr-face": face,
        "ssim-face": face_similarity,
        "histogram-correlation": Score(float(cv2.compareHist(*histograms, cv2.HISTCMP_CORREL))),
        "tone-gain": Score(gain, "x"),
        "tone-offset": Score(255 * offset, "grey levels"),
    }


def floors_of_whole(variants: Sequence[Mapping[str, Score]]) -> dict[str, Score]:
    """The worst value of each number over the harmless variants of the truth."""
    floors: dict[str, Score] = {}
    for name in ("psnr", "ssim", "ms-ssim", "psnr-face", "ssim-face", "histogram-correlation"):
        held = [scores[name] for scores in variants]
        known = [score for score in held if score.value is not None]
        worst = min if MEASURES[name.removesuffix("-face")].better == "higher" else max
        floors[name] = worst(known, key=lambda score: score.value or 0.0) if known else held[0]
    return floors
