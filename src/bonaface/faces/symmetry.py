"""How alike the left and the right half of a face are in shape, from landmarks."""

from __future__ import annotations

import numpy as np

from bonaface.core.images import Points

PAIRS = (
    *((17, 26), (18, 25), (19, 24), (20, 23), (21, 22)),  # brows
    *((31, 35), (32, 34)),  # wings of the nose
    *((36, 45), (37, 44), (38, 43), (39, 42), (40, 47), (41, 46)),  # eyes
    *((48, 54), (49, 53), (50, 52), (55, 59), (56, 58)),  # the lips' outer line
    *((60, 64), (61, 63), (65, 67)),  # and their inner one
)
"""Points of the 68 that are each other's mirror image. Those of the jaw are left out: on a turned head they lie on its
outline, which is another place of the face on either side."""


def asymmetry_of_shape(landmarks: Points) -> float | None:
    """How far the two halves of a face are from being each other's mirror image, whichever way the face is turned.

    In a picture of a symmetric body, however it is turned, the lines between mirrored points are parallel (without
    perspective). So the number is the mean distance of the points from where their lines would be parallel: brows,
    eyes, nose and mouth that stand at different heights, or askew to each other. What lies along the lines, as one half
    that is wider, cannot be told from a turned head, and is not counted.

    Args:
        landmarks: (68, 2), in pixels of any size.

    Returns:
        In shares of the distance between the eyes, >= 0; 0 for a symmetric face. None where the eyes are in one place.
        Perspective adds to it beyond 15 degrees of yaw: on 628 faces of CelebA (128 px) it has nothing to do with yaw
        up to there (correlation .03) and is about twice as large at 30. Two photographs of one person, neutral and
        smiling, correlate by .56 (80 people of the London set, 800 px).

    Source:
        Kanade 1981, doi:10.1016/0004-3702(81)90031-X (skewed symmetry: parallel lines between mirrored points); pairs
        that change places in the mirror as in Mardia, Bookstein & Moreton 2000, doi:10.1093/biomet/87.2.285.
    """
    eyes = float(np.hypot(*(landmarks[42:48].mean(axis=0) - landmarks[36:42].mean(axis=0))))
    if eyes < 1e-9:
        return None
    first, second = (landmarks[list(side)] for side in zip(*PAIRS, strict=True))
    lines = second - first
    # The direction that all lines come closest to, and what of each lies across: half of it on either side.
    _, _, directions = np.linalg.svd(lines, full_matrices=False)
    return float(np.abs(lines @ directions[1]).mean()) / 2 / eyes
