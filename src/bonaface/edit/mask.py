"""Where an expression changes a face: from a real expression as S0 makes it, or from landmarks where there is none.

S0 (section VI.E) takes the absolute difference of the pixels of the real expression and of the neutral face, by
threshold, dilated, blurred, and inverted "as required by the model". It does not say by how much: the numbers here are
chosen (docs/decisions/0018-diffusion-editors.md has what they give on real pairs).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bonaface.core.errors import InputError
from bonaface.core.expressions import expression_named
from bonaface.core.images import Image, Mask, Plane, Points
from bonaface.core.regions import Region
from bonaface.edit.record import Editor
from bonaface.faces.moving import MOVED
from bonaface.faces.regions import landmark_regions

MOST = 0.9
"""The largest share of the picture that a mask may cover: beyond, it tells no place from another."""


@dataclass(frozen=True, slots=True)
class DifferenceMask:
    """S0's mask, with numbers that S0 does not give.

    Attributes:
        threshold: the least difference of a pixel that counts, the largest of its three channels, in 8-bit levels.
        dilation: how far what counts reaches out, as a share of the side: 6 px of S0's 256.
        blur: standard deviation of the Gaussian after that, as a share of the side: 4 px of 256.
        invert: 1 where the picture is kept, for pipelines that read masks so. Those of diffusers do not.
    """

    threshold: float = 25.0
    dilation: float = 6 / 256
    blur: float = 4 / 256
    invert: bool = False

    def __call__(self, neutral: Image, real: Image, within: Mask | None = None) -> Plane:
        """Where a real expression differs from the neutral face.

        Args:
            neutral: (H, W, 3).
            real: the same person with the expression, aligned onto `neutral`; another size is brought to its size.
            within: (H, W), where a difference counts; S0 has none, and so its mask also holds the outline of hair and
                head, which never stay quite still. None: everywhere.

        Returns:
            (H, W) in [0, 1], soft: 1 where the picture shall change (0 there with `invert`).

        Raises:
            InputError: nothing differs, or nearly everything: these are no two aligned pictures of one person.
        """
        import cv2

        height, width = neutral.shape[:2]
        if real.shape != neutral.shape:
            real = np.asarray(cv2.resize(real, (width, height), interpolation=cv2.INTER_AREA), np.float32)
        counts = np.abs(real - neutral).max(axis=2) * 255 > self.threshold
        counts = counts if within is None else counts & within
        if not counts.any():
            raise InputError(
                f"No pixel of the two pictures differs by more than {self.threshold:g} of 255 levels, so that there is "
                "nothing to repaint. Give a picture with the expression, or a lower threshold."
            )
        mask = _softened(_dilated(counts, self.dilation * max(height, width)), self.blur * max(height, width))
        if (share := float(as_region(mask).mean())) > MOST:
            raise InputError(
                f"{share:.0%} of the picture would be repainted; expected at most {MOST:.0%}. The two pictures are not "
                "framed or lit alike: align both on their landmarks first, or raise the threshold."
            )
        return 1 - mask if self.invert else mask


def landmark_mask(
    landmarks: Points,
    size: tuple[int, int],
    target: str | None = None,
    *,
    parts: tuple[Region, ...] = (),
    margin: float = 0.16,
    blur: float = 0.04,
    invert: bool = False,
) -> Plane:
    """Where an expression is expected to change a face, from where its features are.

    Args:
        landmarks: (68, 2) in pixels of the picture.
        size: height and width of the picture.
        target: the expression, whose parts in `faces.moving.MOVED` are taken.
        parts: regions that are taken instead.
        margin: how far beyond them it reaches, as a share of the distance between the outer corners of the eyes: lips
            and brows move out of where they are. It stays inside the face, except below a jaw that may drop.
        blur: standard deviation of the Gaussian after that, as the same share.
        invert: as for `DifferenceMask`.

    Returns:
        (H, W) in [0, 1], soft: 1 where the picture shall change.

    Raises:
        InputError: neither a target nor parts were given, a part that landmarks do not show, or none of them lies in
            the picture.
        UnknownName: no such expression.
    """
    if not parts:
        if target is None:
            raise InputError("Neither an expression nor parts of the face were given, so that no mask can be made.")
        parts = MOVED[expression_named(target).id].parts
    regions = landmark_regions(landmarks, *size)
    if unknown := [part.value for part in parts if part not in regions]:
        able = ", ".join(region.value for region in regions)
        raise InputError(f"{', '.join(unknown)}: landmarks do not show it. They show {able}.")
    union = np.any([regions[part] for part in parts], axis=0)
    face = regions[Region.WHOLE_FACE]
    if not union.any():
        raise InputError("The parts of the face that shall change lie outside the picture. Check the landmarks.")
    span = float(np.hypot(*(landmarks[45] - landmarks[36])))
    reached = _dilated(union, margin * span)
    allowed = face | _dropped(landmarks, size, margin * span) if Region.CHIN_JAW in parts else face
    mask = _softened(np.where(allowed, reached, np.float32(0)), blur * span)
    return 1 - mask if invert else mask


def is_told(card: Editor, target: str) -> bool:
    """Whether an editor is told where to paint: it can be, and what the expression moves is known."""
    return card.takes_region and target in MOVED


def told_where(card: Editor, target: str, landmarks: Points, size: tuple[int, int]) -> Plane | None:
    """How far an editor may change each pixel of the face that it reads, where no person gave a region.

    Args:
        card: of the editor.
        target: the expression.
        landmarks: (68, 2) in pixels of what it reads.
        size: height and width of that.

    Returns:
        (H, W) in [0, 1], soft: the parts that the expression moves; the editor's region is where this is above 0. None:
        it is told nothing.
    """
    return landmark_mask(landmarks, size, target) if is_told(card, target) else None


def as_region(mask: Plane) -> Mask:
    """A soft mask -> True from one half on, as the pipelines of diffusers read masks.

    >>> as_region(np.array([[0.2, 0.5]], np.float32)).tolist()
    [[False, True]]
    """
    return np.asarray(mask >= 0.5)


def _dropped(landmarks: Points, size: tuple[int, int], by: float) -> Mask:
    """The face with its jaw so many pixels lower, along the line from the nose's root to the chin."""
    down = landmarks[8] - landmarks[27]
    moved = landmarks.copy()
    moved[4:13] += by * down / max(float(np.hypot(*down)), 1e-9)
    return landmark_regions(moved, *size)[Region.WHOLE_FACE]


def _dilated(mask: Mask, radius: float) -> Plane:
    """(H, W): what lies within `radius` pixels of it."""
    import cv2

    reach = round(radius)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    return np.asarray(cv2.dilate(mask.astype(np.float32), disc), np.float32)


def _softened(mask: Plane, sigma: float) -> Plane:
    import cv2

    if sigma <= 0:
        return mask
    blurred = cv2.GaussianBlur(mask, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
    return np.clip(np.asarray(blurred, np.float32), 0, 1)
