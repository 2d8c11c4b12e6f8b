"""The support vector regression behind BRISQUE, from the two files that OpenCV's training writes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonaface.core.errors import WeightsError

FEATURES = 36
"""Variables of the regression."""
MOST_BYTES = 4 * 2**20
"""The largest file that is read; the published ones have 0.6 MB."""
DEEPEST = 8
"""Brackets inside brackets, and dashes after dashes, of a file that is read: OpenCV's parser calls itself for each, and
would end the process at some tens of thousands."""


@dataclass(frozen=True, slots=True)
class Regression:
    """A support vector regression of people's ratings on the features.

    Attributes:
        svm: OpenCV's, with an RBF kernel and 36 variables.
        low: (36,) the feature values that become -1.
        high: (36,) those that become 1.
    """

    svm: Any
    low: NDArray[np.float64]
    high: NDArray[np.float64]

    def __call__(self, found: NDArray[np.float64]) -> float:
        """(36,) features -> what people's rating would be, about 0 to 100."""
        scaled = 2 * (found - self.low) / (self.high - self.low) - 1
        return float(self.svm.predict(scaled[None].astype(np.float32))[1][0, 0])


def read_regression(model: Path, extremes: Path) -> Regression:
    """The regression and the ranges of its features, from the two files that OpenCV's training writes.

    Args:
        model: YAML with `opencv_ml_svm`.
        extremes: YAML with a matrix `range` of 2 rows: least and greatest value of each feature.

    Raises:
        WeightsError: a file that is none of these, or damaged, or made to harm.
    """
    import cv2

    for path in (model, extremes):
        _look(path)
    try:
        svm: Any = cv2.ml.SVM_load(str(model))  # type: ignore[attr-defined]  # OpenCV's own types leave it out
        found = (svm.getType(), svm.getKernelType(), svm.getVarCount())
        sound = all(np.isfinite(part).all() for part in (svm.getSupportVectors(), *svm.getDecisionFunction(0)[:2]))
    except (cv2.error, SystemError) as error:
        raise _refused(model, "support vector regression", error) from error
    if found != (cv2.ml.SVM_EPS_SVR, cv2.ml.SVM_RBF, FEATURES) or not sound:
        why = f"type {found[0]}, kernel {found[1]}, {found[2]} variables{'' if sound else ', and values not finite'}"
        raise _refused(model, "support vector regression (type 3, kernel 2, 36 finite variables)", why)
    try:
        storage = cv2.FileStorage(str(extremes), cv2.FILE_STORAGE_READ)  # its nodes live no longer than it does
        held = storage.getNode("range").mat()
    except (cv2.error, SystemError) as error:
        raise _refused(extremes, "range of 36 features", error) from error
    if held is None or held.shape != (2, FEATURES) or not np.isfinite(held).all() or (held[0] >= held[1]).any():
        why = "no matrix `range`" if held is None else f"a matrix of shape {held.shape}, or not rising from row to row"
        raise _refused(extremes, "range of 36 features, least above greatest", why)
    return Regression(svm, *held.astype(np.float64))


def _look(path: Path) -> None:
    """Refuse what could end the process inside OpenCV's parser."""
    size = path.stat().st_size
    text = path.read_bytes() if size <= MOST_BYTES else b""
    steps = np.zeros(256, np.int64)
    steps[list(b"[{")], steps[list(b"]}")] = 1, -1
    depth = int(np.cumsum(steps[np.frombuffer(text, np.uint8)]).max(initial=0))
    dashes = max((len(each.split()) for each in re.findall(rb"(?m)^[ \t]*((?:-[ \t]+)+)", text)), default=0)
    if not text.startswith(b"%YAML") or b"\0" in text or max(depth, dashes) > DEEPEST:
        why = f"{size} bytes that begin with {text[:8]!r}, nested {max(depth, dashes)} deep"
        raise _refused(path, f"YAML file of OpenCV's, at most {MOST_BYTES} bytes, nested {DEEPEST} deep", why)


def _refused(path: Path, what: str, why: object) -> WeightsError:
    reason = " ".join(str(why).split())[:200]
    return WeightsError(
        f"{path} cannot be used ({reason}); expected a {what}. Fetch it again: `bonaface models fetch brisque`."
    )
