"""Numbers of the whole picture and of the face's window: PSNR, SSIM, MS-SSIM, colour histograms, tone."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from bonaface.audit.compare import tone_of
from bonaface.audit.view import Scene, View
from bonaface.core.images import Mask
from bonaface.core.results import Score
from bonaface.measure import MEASURES
from bonaface.measure.fidelity import psnr
from bonaface.measure.structure import MS_LEAST_SIDE, structural


def whole_picture(view: View, truth: View, scene: Scene, covered: Mask | None = None) -> dict[str, Score]:
    """Scores by the ids of `bonaface.measure.MEASURES`; "-face" marks those of the face's window alone.

    Where the output covers only part of the truth, PSNR and SSIM are of that part.
    """
    import cv2

    both = structural(view.image, truth.image)
    face = psnr(view.image[scene.window], truth.image[scene.window])
    gain, offset = tone_of(view, truth, scene)
    correlation = float(cv2.compareHist(view.histogram, truth.histogram, cv2.HISTCMP_CORREL))
    if covered is None:
        whole, similarity = psnr(view.image, truth.image), both.ssim
        multi = both.ms_ssim
        why = f"five scales need at least {MS_LEAST_SIDE} px a side; the picture is {scene.size[1]}x{scene.size[0]}"
    else:
        whole = psnr(view.image[covered], truth.image[covered])
        similarity = float(both.plane[covered].mean(dtype=np.float64))
        multi, why = None, "the output covers only part of the truth"
    return {
        "psnr": Score(whole, "dB"),
        "ssim": Score(similarity),
        "ms-ssim": Score.not_applicable(why) if multi is None else Score(multi),
        "psnr-face": Score(face, "dB"),
        "ssim-face": Score(float(both.plane[scene.window].mean(dtype=np.float64))),
        "histogram-correlation": Score(correlation),
        "tone-gain": Score(gain, "x"),
        "tone-offset": Score(255 * offset, "grey levels"),
    }


def floors_of_whole(variants: Mapping[str, Mapping[str, Score]]) -> dict[str, Score]:
    """The worst value of each number over the harmless variants of the truth."""
    floors: dict[str, Score] = {}
    for name in ("psnr", "ssim", "ms-ssim", "psnr-face", "ssim-face", "histogram-correlation"):
        held = [scores[name] for scores in variants.values()]
        known = [score for score in held if score.value is not None]
        worst = min if MEASURES[name.removesuffix("-face")].better == "higher" else max
        floors[name] = worst(known, key=lambda score: score.value or 0.0) if known else held[0]
    return floors
