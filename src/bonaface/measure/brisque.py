"""BRISQUE: a guess at how people would rate a picture's distortion, without a reference.

It was fitted on people's ratings of JPEG, JPEG 2000, noise, blur and faded transmission in photographs of everything:
it knows nothing of faces, and nothing of what is true. Never rank by it alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonaface.core.catalog import Source, Weights
from bonaface.core.images import Image, to_bytes
from bonaface.core.results import Score
from bonaface.measure.record import Files, Measure, NotApplicable, Values
from bonaface.measure.regression import read_regression
from bonaface.measure.scenestats import NEIGHBOURS, asymmetric, normalised

_SOURCE = Source("Mittal, Moorthy & Bovik 2012", "doi:10.1109/TIP.2012.2214050")


def features(image: Image) -> NDArray[np.float64]:
    """The 36 features of a picture.

    Args:
        image: (H, W, 3), sRGB in [0, 1].

    Returns:
        (36,), 18 on each scale: shape and variance of the normalised luma; then shape, mean, left and right variance
        of its products with the neighbour to the right, below, and on the two diagonals.

    Raises:
        NotApplicable: there is no texture to take them from.

    Source:
        Mittal, Moorthy & Bovik 2012; rounding, edges and the second scale as OpenCV's edition has them.
    """
    import cv2

    plane = np.asarray(cv2.cvtColor(to_bytes(image), cv2.COLOR_RGB2GRAY), np.float64)
    height, width = plane.shape
    half = cv2.resize(plane, (width // 2, height // 2), interpolation=cv2.INTER_CUBIC)
    found = np.concatenate([_features(each) for each in (plane, half)])
    if not np.isfinite(found).all():
        raise NotApplicable(f"the picture of {width}x{height} has no texture that the fits could be taken from")
    return found


def _features(plane: Any) -> Any:
    """(H, W) grey levels -> (18,)."""
    normal = normalised(plane)[0]
    edged = np.pad(normal, 1)  # where there is no neighbour, the product is 0
    height, width = normal.shape
    fit = asymmetric(normal[None])
    found = [fit.shape, (fit.left**2 + fit.right**2) / 2]
    for down, right in NEIGHBOURS:
        neighbour = edged[1 + down : 1 + down + height, 1 + right : 1 + right + width]
        fit = asymmetric((normal * neighbour)[None])
        found += [fit.shape, fit.mean, fit.left**2, fit.right**2]
    return np.concatenate(found)


def _load(files: Files) -> Callable[[Image], Values]:
    regression = read_regression(files[MODEL.name], files[RANGE.name])

    def brisque(output: Image) -> Values:
        """BRISQUE of a picture (H, W, 3): 0 (as few distortions as a photograph) to 100.

        Returns:
            0 to 100 under ""; "uncut": what the regression finds, which may lie beyond on either side. Good pictures
            often lie below 0, and cannot be told apart by the value that is cut off.

        Raises:
            NotApplicable: there is no texture.
        """
        found = regression(features(output))
        return {"": min(max(found, 0.0), 100.0), "uncut": Score(found, "")}

    return brisque


def _weights(name: str, sha256: str, megabytes: float) -> Weights:
    return Weights(
        name=name,
        sha256=sha256,
        megabytes=megabytes,
        licence="Apache-2.0 (OpenCV contrib); the LIVE ratings: any purpose, with notice and citation",
        commercial=True,
        training_data="LIVE Image Quality Assessment Database, release 2: 779 distorted pictures of 29 photographs",
        source=_SOURCE,
        urls=(f"https://raw.githubusercontent.com/opencv/opencv_contrib/4.x/modules/quality/samples/{name}",),
    )


# The sums are of the files in opencv-contrib-python-headless 4.14.0.94 and in Debian's opencv 4.6.0, which are alike.
MODEL = _weights("brisque_model_live.yml", "4c44c7eec9e5139830c0bb0e4a044c9cd351ba5bbc9e3798beca3243e2782ff4", 0.568)
RANGE = _weights("brisque_range_live.yml", "a18427f4f7ad087524bd0d63389649a3899b51ca6d44a4d5f8d8171f1f914a9c", 0.0014)
BRISQUE = Measure(
    id="brisque",
    version=1,
    needs=("output",),
    unit="",
    better="lower",
    bounds=(0.0, 100.0),
    convention="8-bit BT.601 luma, full range, rounded; window 7x7, sigma 7/6, edges repeated; second scale by bicubic "
    "halving without antialiasing (as OpenCV's edition was trained; others antialias); OpenCV's regression on LIVE, "
    "cut off at 0 and 100 (NOT comparable with editions by the authors' own regression: piq, pyiqa)",
    source=_SOURCE,
    load=_load,
    weights=(MODEL, RANGE),
)
