"""A rough head pose from landmarks."""

from __future__ import annotations

import numpy as np

from bonaface.core.images import Points

_POINTS = (30, 8, 36, 45, 48, 54)
_MODEL = np.array(  # an average adult head, millimetres: nose tip, chin, outer eye corners, mouth corners
    [(0, 0, 0), (0, 63.6, -12.5), (-43.3, -32.7, -26), (43.3, -32.7, -26), (-28.9, 28.9, -24.1), (28.9, 28.9, -24.1)],
    np.float64,
)


def head_pose(landmarks: Points) -> tuple[float, float, float] | None:
    """Yaw, pitch and roll in degrees; positive yaw turns towards the picture's right, positive pitch looks up, positive
    roll is clockwise.

    Rough (about ten degrees): a camera without perspective and an average head are assumed. None where the landmarks
    allow no solution.

    Args:
        landmarks: (68, 2).
    """
    observed = landmarks[list(_POINTS)]
    centred, model = observed - observed.mean(axis=0), _MODEL - _MODEL.mean(axis=0)
    # Scaled orthography: two rows of a scaled rotation, by least squares.
    rows, *_ = np.linalg.lstsq(model, centred, rcond=None)
    first, second = rows.T
    lengths = float(np.linalg.norm(first)), float(np.linalg.norm(second))
    if min(lengths) < 1e-9:
        return None
    u, _, vt = np.linalg.svd(np.stack([first / lengths[0], second / lengths[1]]), full_matrices=False)
    r1, r2 = u @ vt
    r3 = np.cross(r1, r2)
    yaw = np.degrees(np.arcsin(np.clip(-r3[0], -1, 1)))
    pitch = np.degrees(np.arctan2(r3[1], r3[2]))
    roll = np.degrees(np.arctan2(r2[0], r1[0]))
    return float(yaw), float(pitch), float(roll)
