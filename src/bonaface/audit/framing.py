"""Do two pictures show the same scene in the same framing? If a similarity transform says so, which one?

Every comparison rests on this: a pair that is a few pixels apart scores as if all its detail were made up.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from bonaface.audit.refine import corner_shift, likeness, refine
from bonaface.core.errors import FramingError, ImageError
from bonaface.core.images import Image, Plane, Points, Similarity, luminance
from bonaface.faces.align import compose, invert, rescaling, scale_of, umeyama

REFUSE_BELOW = 0.45
"""Agreement under which two pictures are not of the same scene; see `agreement`.

Measured: pictures of different people, aligned, median 0.18, 95% below 0.43; the same picture restored, blurred or
enlarged from a sixteenth of its size, all above 0.83; a quarter of it covered and enlarged from an eighth, 0.43 to
0.85.
"""
STRETCH_GAIN = 0.05
"""By how much likeness must rise for two pictures to be taken for one that was stretched."""
FACE_ENOUGH = 0.75
"""Agreement of brows, eyes, nose and mouth alone that is enough, where the rest was replaced (another background)."""
DOUBT_BELOW = 0.70
"""Agreement under which a note is made."""
LONGEST_SIDE = 32_766
"""Of a picture that OpenCV can warp, in pixels."""
SAME_FRAMING = 0.90
"""Agreement from which on the pictures' own framing is taken without looking for another."""


@dataclass(frozen=True, slots=True)
class Framing:
    """How an output lies on the truth's pixel grid.

    Attributes:
        matrix: (2, 3), from pixels of the output to pixels of the truth.
        method: "same size", "resized", or by what it was registered: "refined", "phase correlation", "features",
            "landmarks".
        moved: largest shift that registration applied to a corner of the truth, beyond resizing, in pixels.
        agreement: in [-1, 1], see `agreement`.
        scale: of `matrix`.
        rotation: of `matrix`, degrees, clockwise on the screen.
        shift: of the centre beyond resizing, x and y in pixels of the truth.
    """

    matrix: Similarity
    method: str
    moved: float
    agreement: float
    scale: float
    rotation: float
    shift: tuple[float, float]

    @property
    def doubtful(self) -> bool:
        """Whether the pictures agree so little that a reader should look at them."""
        return self.agreement < DOUBT_BELOW


def agreement(output: Plane, truth: Plane, covered: Any = None) -> float:
    """How far two luminance planes of one size show the same scene: the median of their local correlation.

    Both are reduced to 64 px on the shorter side and their shading is taken away (difference of Gaussians, sigma 1 and
    4 px); the correlation is taken under a Gaussian window of sigma 6 px.

    Args:
        output: (H, W).
        truth: (H, W).
        covered: (H, W) bool; only these pixels count.

    Returns:
        In [-1, 1]: 1 for the same scene, near 0 for another.
    """
    import cv2

    height, width = truth.shape
    reduce = 64 / min(height, width)
    size = (max(16, round(width * reduce)), max(16, round(height * reduce)))
    x, y = (_shapes(cv2.resize(plane, size, interpolation=cv2.INTER_AREA)) for plane in (truth, output))
    weight = np.ones_like(x)
    if covered is not None:
        weight = cv2.resize(covered.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    smooth: Callable[[Any], Any] = lambda plane: cv2.GaussianBlur(plane, (0, 0), 6)  # noqa: E731
    local = smooth(weight * x * y) / np.sqrt(smooth(weight * x * x) * smooth(weight * y * y) + 1e-9)
    inside = weight > 0.5
    return float(np.median(local[inside])) if inside.sum() >= 64 else -1.0


def _shapes(plane: Any) -> Any:
    import cv2

    return cv2.GaussianBlur(plane, (0, 0), 1) - cv2.GaussianBlur(plane, (0, 0), 4)


def register(
    output: Image,
    truth: Image,
    landmarks: Callable[[], tuple[Points, Points] | None] = lambda: None,
    *,
    enough: float = SAME_FRAMING,
    window: tuple[slice, slice] | None = None,
    declared: bool = False,
) -> Framing:
    """Bring `output` onto the pixel grid of `truth`.

    First the two are taken to have the same framing, the sizes being free; where they do not agree, other transforms
    are tried (phase correlation, SIFT features, landmarks) and the one with the best agreement is kept. The result is
    refined to about 0.03 px.

    Args:
        output: (H, W, 3), any size.
        truth: (H', W', 3).
        landmarks: called only if needed; the 68 landmarks of the same face in output and truth, or None.
        enough: agreement from which on no other framing is looked for; less for pictures with heavy damage.
        window: rows and columns of the truth that hold nothing but face; elsewhere the pictures may differ.
        declared: somebody says that both are the same crop: pictures that agree with nothing are taken as they are.

    Raises:
        FramingError: no similarity transform makes the pictures agree.
        ImageError: a side is longer than OpenCV can warp.
    """
    for name, image in (("output", output), ("truth", truth)):
        if max(image.shape[:2]) > LONGEST_SIDE:
            raise ImageError(
                f"The {name} is {image.shape[1]}x{image.shape[0]} pixels; at most "
                f"{LONGEST_SIDE} a side can be compared. "
                "Cut the part with the face out of both pictures, alike."
            )
    x, y = luminance(truth), luminance(output)
    resize = rescaling(y.shape, x.shape)
    stretched = abs(resize[0, 0] / resize[1, 1] - 1) > 0.01
    start = _uniform(resize) if stretched else resize
    plain = method = "same size" if x.shape == y.shape else "resized"

    def scored(matrix: Similarity) -> float:
        """Agreement of the whole picture or, where that is too little, of the face if it agrees well."""
        whole = _agreement_under(matrix, y, x)
        face = whole if whole >= REFUSE_BELOW or window is None else _agreement_under(matrix, y, x, window)
        return face if face >= FACE_ENOUGH else whole

    matrix, score = start, scored(start)
    if score < enough or stretched:
        for name, found in _candidates(y, x, landmarks):
            candidate_score = scored(found)
            if candidate_score > score + 0.02:
                matrix, score, method = found, candidate_score, name
    if stretched and likeness(y, x, resize) > likeness(y, x, matrix) + STRETCH_GAIN:
        ratios = f"{y.shape[1]}x{y.shape[0]} against {x.shape[1]}x{x.shape[0]}"
        raise FramingError(
            f"The output is the truth's picture stretched to other proportions ({ratios}), which no similarity "
            f"transform undoes. Resize it to {x.shape[1]}x{x.shape[0]} and run the audit again."
        )
    if score < enough:
        _refuse_mirrored(y, x, score)
    if score < REFUSE_BELOW and declared and not stretched:
        return _described(start, start, plain, scored(start), (x.shape[0], x.shape[1]))
    if score < REFUSE_BELOW:
        raise FramingError(
            f"The two pictures do not show the same scene in the same framing: their agreement is {score:.2f}, and at "
            f"least {REFUSE_BELOW} is expected (output {y.shape[1]}x{y.shape[0]}, truth {x.shape[1]}x{x.shape[0]}; "
            "tried: as they are, phase correlation, features, landmarks). Check that they belong together, and that "
            "both are whole photographs or both the same crop."
        )
    better = refine(y, x, matrix)
    if better is not None:
        finer_score = scored(better)
        if finer_score >= score - 0.01:
            method = "refined" if method in ("same size", "resized") else method
            matrix, score = better, finer_score
    return _described(matrix, start, method, score, (x.shape[0], x.shape[1]))


def placed_agreement(output: Image, truth: Image, matrix: Similarity, window: tuple[slice, slice]) -> float:
    """Agreement of a part of the truth with `output` under `matrix`."""
    return _agreement_under(matrix, luminance(output), luminance(truth), window)


def resized(output: Image, truth: Image) -> Framing:
    """The framing of two pictures that differ in size alone, taken on trust; its agreement is what it is."""
    x, y = luminance(truth), luminance(output)
    matrix = rescaling(y.shape, x.shape)
    return _described(matrix, matrix, "resized", _agreement_under(matrix, y, x), (x.shape[0], x.shape[1]))


def known(output: Image, truth: Image, matrix: Similarity, method: str) -> Framing:
    """A framing that was found elsewhere, taken on trust; its agreement is what it is."""
    x, y = luminance(truth), luminance(output)
    start = _uniform(rescaling(y.shape, x.shape))
    return _described(matrix, start, method, _agreement_under(matrix, y, x), (x.shape[0], x.shape[1]))


def covered_mask(framing: Framing, output_size: tuple[int, int], truth_size: tuple[int, int]) -> Any:
    """(H, W) bool on the truth's grid: where the registered output has pixels of its own."""
    import cv2

    ones = np.ones(output_size, np.float32)
    flags = cv2.INTER_NEAREST
    inside = cv2.warpAffine(ones, framing.matrix, (truth_size[1], truth_size[0]), flags=flags, borderValue=(0.0,))
    if inside.min() > 0:
        return np.ones(truth_size, bool)
    # The detail bands reach over the border: leave a margin out.
    return np.asarray(cv2.erode(inside, np.ones((9, 9), np.uint8), borderValue=(1.0,)) > 0)


def _uniform(matrix: Similarity) -> Similarity:
    scale = float(np.sqrt(abs(matrix[0, 0] * matrix[1, 1])))
    return np.array([[scale, 0, (scale - 1) / 2], [0, scale, (scale - 1) / 2]])


def _agreement_under(
    matrix: Similarity, output: Plane, truth: Plane, window: tuple[slice, slice] | None = None
) -> float:
    """Agreement at a reduced size, so that a trial costs little; with `window`, of that part of the truth alone."""
    import cv2

    if window is not None:
        shift = np.array([[1.0, 0.0, -window[1].start], [0.0, 1.0, -window[0].start]])
        matrix, truth = compose(shift, matrix), np.ascontiguousarray(truth[window])
    height, width = truth.shape
    reduce = min(1.0, 256 / min(height, width))
    small = (max(1, round(height * reduce)), max(1, round(width * reduce)))
    reduced = cv2.resize(truth, (small[1], small[0]), interpolation=cv2.INTER_AREA)
    to_small = compose(rescaling((height, width), small), matrix)
    moved, inside = _warp_plane(output, to_small, small)
    return agreement(moved, np.asarray(reduced), inside)


def _warp_plane(plane: Plane, matrix: Similarity, size: tuple[int, int]) -> tuple[Plane, Any]:
    import cv2

    scale = scale_of(matrix)
    if scale < 0.9:
        height, width = plane.shape
        small = (max(1, round(height * scale)), max(1, round(width * scale)))
        plane = np.asarray(cv2.resize(plane, (small[1], small[0]), interpolation=cv2.INTER_AREA))
        matrix = compose(matrix, rescaling(small, (height, width)))
    moved = cv2.warpAffine(plane, matrix, (size[1], size[0]), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    inside = cv2.warpAffine(np.ones_like(plane), matrix, (size[1], size[0]), flags=cv2.INTER_NEAREST)
    return np.asarray(moved, np.float32), inside > 0


def _candidates(
    output: Plane, truth: Plane, landmarks: Callable[[], tuple[Points, Points] | None]
) -> list[tuple[str, Similarity]]:
    found: list[tuple[str, Similarity]] = []
    shift = _by_phase(output, truth)
    if shift is not None:
        found.append(("phase correlation", shift))
    features = _by_features(output, truth)
    if features is not None:
        found.append(("features", features))
    points = landmarks()
    if points is not None:
        found.append(("landmarks", umeyama(*points)))
    return found


def _by_phase(output: Plane, truth: Plane) -> Similarity | None:
    """A translation after resizing."""
    import cv2

    start = _uniform(rescaling(output.shape, truth.shape))
    reduce = min(1.0, 512 / max(truth.shape))
    small = (max(2, round(truth.shape[0] * reduce)), max(2, round(truth.shape[1] * reduce)))
    to_small = rescaling(truth.shape, small)
    moved, _ = _warp_plane(output, compose(to_small, start), small)
    reduced = np.asarray(cv2.resize(truth, (small[1], small[0]), interpolation=cv2.INTER_AREA))
    window = cv2.createHanningWindow((small[1], small[0]), cv2.CV_32F)
    (dx, dy), _ = cv2.phaseCorrelate(_shapes(reduced), _shapes(moved), window)
    if not np.isfinite([dx, dy]).all():
        return None
    back = np.array([[1, 0, -dx / to_small[0, 0]], [0, 1, -dy / to_small[1, 1]]])
    return compose(back, start)


def _by_features(output: Plane, truth: Plane) -> Similarity | None:
    """A similarity transform on which many SIFT matches agree."""
    import cv2

    from bonaface.measure.keypoints import detect, match

    points, scales = [], []
    for plane in (output, truth):
        reduce = min(1.0, 800 / max(plane.shape))
        size = (max(1, round(plane.shape[0] * reduce)), max(1, round(plane.shape[1] * reduce)))
        small = cv2.resize(plane, (size[1], size[0]), interpolation=cv2.INTER_AREA)
        grey = np.clip(np.rint(small * 255), 0, 255).astype(np.uint8)
        points.append(detect(np.repeat(grey[..., None], 3, axis=2)))
        scales.append(rescaling(plane.shape, size))
    pairs = match(points[0], points[1])
    if len(pairs) < 8:
        return None
    source, target = points[0].points[pairs[:, 0]], points[1].points[pairs[:, 1]]
    cv2.setRNGSeed(0)  # RANSAC draws from OpenCV's own generator
    found, inliers = cv2.estimateAffinePartial2D(source, target, ransacReprojThreshold=3.0, maxIters=5000)
    if found is None or inliers.sum() < max(8, 0.15 * len(pairs)):
        return None
    chosen = inliers[:, 0] > 0
    return compose(invert(scales[1]), compose(umeyama(source[chosen], target[chosen]), scales[0]))


def _refuse_mirrored(output: Plane, truth: Plane, score: float) -> None:
    flipped = np.ascontiguousarray(output[:, ::-1])
    mirrored = _agreement_under(_uniform(rescaling(output.shape, truth.shape)), flipped, truth)
    if mirrored > score + 0.1 and mirrored > DOUBT_BELOW:
        raise FramingError(
            f"The output looks like the mirror image of the truth (agreement {mirrored:.2f} mirrored, {score:.2f} as "
            "it is). Flip one of them."
        )


def _described(matrix: Similarity, start: Similarity, method: str, score: float, size: tuple[int, int]) -> Framing:
    change = compose(matrix, invert(start))
    centre = np.array([(size[1] - 1) / 2, (size[0] - 1) / 2])
    dx, dy = change[:, :2] @ centre + change[:, 2] - centre
    return Framing(
        matrix=matrix,
        method=method,
        moved=corner_shift(change, size),
        agreement=score,
        scale=scale_of(matrix),
        rotation=float(np.degrees(np.arctan2(matrix[1, 0], matrix[0, 0]))),
        shift=(float(dx), float(dy)),
    )
