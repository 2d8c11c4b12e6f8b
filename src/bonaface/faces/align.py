"""Similarity transforms: estimating them, applying them, and the crops that restorers expect."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bonaface.core.errors import InputError
from bonaface.core.images import Image, Mask, Points, Similarity

FFHQ_TEMPLATE_512: Points = np.array(
    [(192.98, 239.95), (318.90, 240.19), (256.63, 314.02), (201.26, 371.41), (313.09, 371.15)]
)
"""Left eye, right eye, nose tip, mouth corners (as seen in the picture) of an FFHQ crop at 512 px."""

FACIAL_AREA_128: Points = np.array([(36.2, 35.7), (89.0, 35.7), (62.4, 65.9), (38.6, 90.3), (87.0, 90.3)])
"""The same five points where a crop of 128 px holds the main facial area only, from the brows to the chin.

Means over 3,000 CelebA faces in dlib's upright face chips with a padding of 0.15: Pro-UIGAN aligns and crops by dlib
and does not state the padding. Without occlusion bicubic reaches 23.4 dB so (90 CelebA-HQ faces at 256 px).
"""


def umeyama(source: Points, target: Points, weights: NDArray[np.float64] | None = None) -> Similarity:
    """The similarity transform that brings `source` closest to `target` in the (weighted) least-squares sense.

    Args:
        source: (N, 2), N >= 2, not all the same point.
        target: (N, 2).
        weights: (N,) non-negative, or None for equal weights.

    Returns:
        (2, 3): scaled rotation and translation, never a reflection.

    Raises:
        InputError: all points of `source` coincide.

    Source:
        Umeyama 1991, doi:10.1109/34.88573.
    """
    share = np.full(len(source), 1 / len(source)) if weights is None else weights / weights.sum()
    mean_s, mean_t = share @ source, share @ target
    centred_s, centred_t = source - mean_s, target - mean_t
    variance = float(share @ (centred_s**2).sum(axis=1))
    if variance < 1e-12:
        raise InputError("All points coincide, so no similarity transform can be estimated from them.")
    u, singular, vt = np.linalg.svd((centred_t * share[:, None]).T @ centred_s)
    sign = np.array([1.0, np.sign(np.linalg.det(u @ vt))])
    rotation = u @ np.diag(sign) @ vt
    linear = (singular @ sign) / variance * rotation
    return np.hstack([linear, (mean_t - linear @ mean_s)[:, None]])


def transform(points: Points, matrix: Similarity) -> Points:
    """(N, 2) -> (N, 2)."""
    return points @ matrix[:, :2].T + matrix[:, 2]


def invert(matrix: Similarity) -> Similarity:
    """The transform that undoes `matrix`."""
    linear = np.linalg.inv(matrix[:, :2])
    return np.hstack([linear, -(linear @ matrix[:, 2])[:, None]])


def scale_of(matrix: Similarity) -> float:
    """How many pixels of the result one pixel becomes, along a side."""
    return float(np.sqrt(abs(np.linalg.det(matrix[:, :2]))))


def compose(second: Similarity, first: Similarity) -> Similarity:
    """`first`, then `second`."""
    return np.hstack([second[:, :2] @ first[:, :2], (second[:, :2] @ first[:, 2] + second[:, 2])[:, None]])


def rescaling(from_size: tuple[int, int], to_size: tuple[int, int]) -> Similarity:
    """The transform of pixel coordinates when a picture is resized.

    Args:
        from_size: height and width before.
        to_size: height and width after.

    Returns:
        (2, 3). Pixel centres lie on whole numbers, so the edges of both pictures coincide (half-pixel convention).
    """
    sy, sx = to_size[0] / from_size[0], to_size[1] / from_size[1]
    return np.array([[sx, 0, (sx - 1) / 2], [0, sy, (sy - 1) / 2]])


def warp(image: Image, matrix: Similarity, size: tuple[int, int]) -> Image:
    """Resample `image` under `matrix` to height and width `size`, by Lanczos or, when it gets smaller, by area first.

    Args:
        image: (H, W, 3).
        matrix: (2, 3), from pixels of `image` to pixels of the result.
        size: height and width of the result.

    Returns:
        (size[0], size[1], 3) in [0, 1]; what lies outside `image` repeats its edge.
    """
    import cv2

    scale = scale_of(matrix)
    if scale < 1:
        # Lanczos alone would alias: bring the picture to about the target's scale by area averaging first.
        height, width = image.shape[:2]
        small = (max(1, round(height * scale)), max(1, round(width * scale)))
        reduced = cv2.resize(image, (small[1], small[0]), interpolation=cv2.INTER_AREA)
        matrix = compose(matrix, rescaling(small, (height, width)))
        image = np.asarray(reduced, np.float32)
        if small == size and np.allclose(matrix, np.eye(2, 3), atol=1e-6):
            return image
    out = cv2.warpAffine(image, matrix, (size[1], size[0]), flags=cv2.INTER_LANCZOS4, borderMode=cv2.BORDER_REPLICATE)
    return np.clip(np.asarray(out, np.float32), 0, 1)


def warp_mask(mask: Mask, matrix: Similarity, size: tuple[int, int]) -> Mask:
    """Bring a mask onto another grid: True wherever the mask reaches into a pixel, False outside of it.

    Args:
        mask: (H, W).
        matrix: (2, 3), from pixels of `mask` to pixels of the result.
        size: height and width of the result.
    """
    import cv2

    plane = mask.astype(np.float32)
    scale = scale_of(matrix)
    if scale < 1:
        height, width = mask.shape
        small = (max(1, round(height * scale)), max(1, round(width * scale)))
        plane = np.asarray(cv2.resize(plane, small[::-1], interpolation=cv2.INTER_AREA), np.float32)
        matrix = compose(matrix, rescaling(small, (height, width)))
    return np.asarray(cv2.warpAffine(plane, matrix, size[::-1], flags=cv2.INTER_LINEAR) > 1e-3)


def five_points(landmarks: Points) -> Points:
    """(68, 2) -> (5, 2): centres of the eyes, tip of the nose, corners of the mouth, as seen from left to right."""
    return np.stack(
        [
            landmarks[36:42].mean(axis=0),
            landmarks[42:48].mean(axis=0),
            landmarks[30],
            landmarks[48],
            landmarks[54],
        ]
    )


def ffhq_quad(landmarks: Points) -> Points:
    """The oriented square that FFHQ cuts out around a face.

    Args:
        landmarks: (68, 2).

    Returns:
        (4, 2): corners from the top left, anticlockwise as seen (top left, bottom left, bottom right, top right).

    Source:
        Karras et al. 2019, doi:10.1109/CVPR.2019.00453; formula as in FFHQ's own preparation of its pictures.
    """
    left_eye, right_eye = landmarks[36:42].mean(axis=0), landmarks[42:48].mean(axis=0)
    eye_centre = (left_eye + right_eye) / 2
    eye_to_eye = right_eye - left_eye
    eye_to_mouth = (landmarks[48] + landmarks[54]) / 2 - eye_centre
    x = eye_to_eye - eye_to_mouth[::-1] * np.array([-1, 1])
    x = x / np.hypot(*x) * max(2.0 * np.hypot(*eye_to_eye), 1.8 * np.hypot(*eye_to_mouth))
    y = x[::-1] * np.array([-1, 1])
    centre = eye_centre + 0.1 * eye_to_mouth
    return np.stack([centre - x - y, centre - x + y, centre + x + y, centre + x - y])


def to_ffhq_crop(landmarks: Points, side: int) -> Similarity:
    """From pixels of the picture to pixels of the FFHQ crop of `side` x `side` pixels."""
    quad = ffhq_quad(landmarks)
    corners = np.array([(0, 0), (0, side), (side, side), (side, 0)], np.float64) - 0.5
    return umeyama(quad, corners)


def to_facial_area(landmarks: Points, side: int) -> Similarity:
    """From pixels of the picture to pixels of the crop of the main facial area, `side` x `side` pixels.

    Args:
        landmarks: (68, 2).
        side: of the crop.

    Source:
        Zhang et al. 2021 (Pro-UIGAN), arXiv:2108.00602, IV.A.2; see `FACIAL_AREA_128`.
    """
    target = (FACIAL_AREA_128 + 0.5) * (side / 128) - 0.5
    return umeyama(five_points(landmarks), target)
