"""What an editor changed in a face, and bringing this change, and nothing else, into the photograph."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from bonaface.core.images import Image, Mask, Plane, Similarity
from bonaface.edit.sharpness import NONE, Blur, blurred, relative_blur
from bonaface.faces.paste import laid_back, reached, smoothstep

GONE = (0.06, 0.14)
"""Changes, as root mean squares over R, G and B in [0, 1], between which the photograph's finer detail fades: what is
beyond shows something else, and the edges of teeth that are gone must not stay as ghosts. Less than that is what
masked regression changes at eyes whose gaze and lids stay (looked at on 5 people of the London set, both ways)."""
_NEAR = 1 / 80
"""Standard deviation of the Gaussian under which changes are measured, as a share of the crop's side."""


@dataclass(frozen=True, slots=True)
class Change:
    """What an editor changed, on the grid of the crop that it read.

    Attributes:
        before: (s, s, 3), the crop, no sharper than `after`.
        after: (s, s, 3), the edited crop, no sharper than the photograph.
        gone: (s, s) in [0, 1], how much of the photograph's detail beyond `before` goes with what was changed.
        blur: by how much crop and edited crop differed in sharpness (the crop is the first); None: it could not be
            told, or was not asked for.
    """

    before: Image
    after: Image
    gone: Plane
    blur: Blur | None


def change_of(crop: Image, edited: Image, weight: Plane, *, keep_sharpness: bool) -> Change:
    """What an editor changed.

    With `keep_sharpness` the two are brought to the same sharpness before they are compared. An edited crop that is
    sharper than the crop is blurred to it: a blurred photograph stays blurred. A crop that is sharper is blurred in its
    own turn, so that its detail counts as the photograph's, and stays.

    Args:
        crop: (s, s, 3), what the editor read.
        edited: (s, s, 3), what it made of it.
        weight: (s, s) in [0, 1], the edited region with its soft edge.
        keep_sharpness: see above; else the edited crop counts as it is.
    """
    import cv2

    blur = relative_blur(crop, edited, weight) if keep_sharpness else None
    told = blur or NONE
    before, after = blurred(crop, told.of_first), blurred(edited, told.of_second)
    power = ((after - before) ** 2).mean(axis=2)
    amount = np.sqrt(np.asarray(cv2.GaussianBlur(power, (0, 0), max(0.5, _NEAR * len(crop))), np.float32))
    return Change(before, after, smoothstep((amount - GONE[0]) / (GONE[1] - GONE[0])), blur)


@dataclass(frozen=True, slots=True)
class Brought:
    """A change on its way into the photograph.

    Attributes:
        change: on the grid of the crop.
        weight: (s, s) in [0, 1], the edited region with its soft edge.
        to_crop: (2, 3), from pixels of the photograph to pixels of the crop.
    """

    change: Change
    weight: Plane
    to_crop: Similarity


def bring_back(
    photo: Image, changes: Iterable[Brought], strength: float = 1.0, region: Plane | None = None
) -> tuple[Image, Mask]:
    """The photograph with changes added to it, at its own resolution.

    photo + w (strength (after - before) - min(strength, 1) gone (photo - before)), where the weight w, `after`,
    `before` and `gone` are laid onto the photograph's grid. Where nothing was changed, its own detail stays, also the
    detail that is finer than the editor reads.

    Args:
        photo: (H, W, 3).
        changes: of one face each; where two overlap, both are added.
        strength: 0 gives back the photograph; more than 1 exaggerates.
        region: (H, W) in [0, 1], multiplied with every weight; None: 1.

    Returns:
        (H, W, 3) in [0, 1], and (H, W): True where it may differ from the photograph. Elsewhere it has its values.
    """
    out = photo.copy()
    changed = np.zeros(photo.shape[:2], np.bool_)
    for each in changes if strength else ():
        window = reached(len(each.weight), each.to_crop, photo.shape[0], photo.shape[1])
        if window is None:
            continue
        change = each.change
        (before, after, gone), weight = laid_back(
            (change.before, change.after, change.gone), each.weight, each.to_crop, window
        )
        if region is not None:
            weight = weight * region[window]
        detail = photo[window] - before
        moved = strength * (after - before) - min(strength, 1.0) * np.clip(gone, 0, 1)[..., None] * detail
        out[window] += weight[..., None] * moved
        changed[window] |= weight > 0
    np.clip(out, 0, 1, out=out)
    return out, changed
