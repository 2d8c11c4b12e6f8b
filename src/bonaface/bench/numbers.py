"""What is measured on one restored face: S2's PSNR and SSIM, the NRMSE of landmarks, the IoU of parsing."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from bonaface.bench.subjects import Subject
from bonaface.core.images import Image, to_bytes
from bonaface.faces.locate import Locator
from bonaface.faces.parse import Labels, Parser
from bonaface.measure.fidelity import PSNR, psnr
from bonaface.measure.geometry import raw_nrmse
from bonaface.measure.parsing import overlaps
from bonaface.measure.structure import SSIM, ssim

FAILED = 10.0
"""NRMSE in %, beyond which the landmarks of a face count as failed."""
FEWEST = 16
"""Pixels, of 128 x 128, under which a class counts as absent: an eighth of a percent."""
CONVENTIONS: Mapping[str, str] = MappingProxyType(
    {
        "psnr": f"dB; {PSNR.convention}; mean over pictures of dB",
        "ssim": f"{SSIM.convention}; mean over pictures",
        "nrmse": "dlib's 68 landmarks, found on the restored picture from the box that its detector gives on the "
        "truth, against those found on the photograph in its own size; root of the mean square distance, without "
        "alignment, in % of the inter-ocular distance (outer corners, points 36 and 45); faces without a box are not "
        "counted",
        "failed": f"share of those faces whose NRMSE is above {FAILED:g}%",
        "iou_parser": "parts of the face by bonaface-parser on the restored picture against the same on the truth, "
        "each brought into CelebA-HQ's framing by the truth's landmarks (edges repeated); per picture the mean of the "
        f"IoU over the classes, background included, with {FEWEST} pixels or more in the reference; mean over pictures",
        "iou_human": "likewise, against the human masks of CelebAMask-HQ",
    }
)
"""By the name of a number."""


class Judge:
    """Measures restored faces. Keeps what it knows of the truths."""

    def __init__(self, locator: Locator, parser: Parser) -> None:
        self._locator, self._parser = locator, parser
        self._parsed: dict[tuple[str, bytes], Labels] = {}

    def fidelity(self, restored: Image, subject: Subject) -> dict[str, float]:
        """PSNR in dB and SSIM."""
        return {"psnr": psnr(restored, subject.truth), "ssim": ssim(restored, subject.truth)}

    def alignment(self, restored: Image, subject: Subject) -> float | None:
        """NRMSE of the landmarks in %; None where the truth has no box.

        Source:
            Zhang et al. 2021 (Pro-UIGAN), arXiv:2108.00602, V.A; there with the landmarks of FAN.
        """
        if subject.box is None:
            return None
        found = self._locator.landmarks(to_bytes(restored), subject.box).landmarks
        return raw_nrmse(found, subject.landmarks)

    def parsing(self, restored: Image, subject: Subject) -> dict[str, float]:
        """IoU against the parser on the truth, and, where there are human masks, against these.

        Source:
            Zhang et al. 2021 (Pro-UIGAN), arXiv:2108.00602, V.B; there with another parser.
        """
        found = self._parser.parse_face(restored, subject.landmarks)
        out = {"iou_parser": mean_iou(found, self._of_truth(subject))}
        if subject.labels is not None:
            out["iou_human"] = mean_iou(found, subject.labels)
        return out

    def _of_truth(self, subject: Subject) -> Labels:
        key = (subject.name, subject.landmarks.tobytes())
        if key not in self._parsed:
            self._parsed[key] = self._parser.parse_face(subject.truth, subject.landmarks)
        return self._parsed[key]


def mean_iou(found: Labels, reference: Labels) -> float:
    """Mean over the classes of the reference of intersection over union, in [0, 1].

    Args:
        found: (H, W).
        reference: (H, W); classes with fewer than 16 pixels in it are left out.
    """
    return float(np.mean(list(overlaps(found, reference, FEWEST).values())))
