"""Bringing output and truth of a measurement onto one grid, and making sure that they belong together."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from bonaface.api import wiring
from bonaface.api.sources import PictureSource, open_picture
from bonaface.core.errors import FramingError, InputError
from bonaface.core.images import Image, to_bytes

NOTED = 0.3
"""Pixels that an output may lie off its truth without a note."""
REFUSED = 0.01
"""Share of the longer side that it may lie off at most; at least `REFUSED_PIXELS`."""
REFUSED_PIXELS = 2.0
AS_THEY_ARE = "To measure them as they are: --no-framing (in Python, framing=False)."
FLAT = 1e-3
"""Standard deviation under which a picture is of one colour: no framing can be told."""


def open_pair(
    output: PictureSource,
    truth: PictureSource,
    *,
    declared: bool = False,
    framing: bool = True,
    resize: Literal["output", "truth"] | None = None,
) -> tuple[Image, Image, list[str]]:
    """Read output and truth, bring them to one size, and make sure that they belong together.

    Args:
        output: a path or an array.
        truth: likewise.
        declared: somebody says that both are the same crop of a face.
        framing: check it.
        resize: as for `on_one_grid`.

    Returns:
        Both, and notes.

    Raises:
        PictureError: a file that cannot be used.
        InputError: as for `on_one_grid`.
        FramingError: as for `check_framing`.
    """
    made, real = open_picture(output, "output"), open_picture(truth, "truth")
    notes = [f"{role}: {note}" for role, picture in (("output", made), ("truth", real)) for note in picture.notes]
    image, reference = on_one_grid(made.image(), real.image(), resize)
    with wiring.one_thread_each():
        notes += check_framing(image, reference, declared=declared) if framing else []
    return image, reference, notes


def on_one_grid(output: Image, truth: Image, resize: Literal["output", "truth"] | None) -> tuple[Image, Image]:
    """Output and truth in one size.

    Args:
        output: (H, W, 3).
        truth: (H', W', 3).
        resize: which is brought to the other's size: by area averaging, or by Lanczos where it is enlarged.

    Raises:
        InputError: the sizes differ and `resize` is None, or the proportions differ by 1% or more.
    """
    if output.shape == truth.shape:
        return output, truth
    sizes = f"the output is {output.shape[1]}x{output.shape[0]} pixels and the truth {truth.shape[1]}x{truth.shape[0]}"
    if abs(output.shape[1] / output.shape[0] * truth.shape[0] / truth.shape[1] - 1) >= 0.01:
        raise InputError(
            f"The proportions differ: {sizes}; expected the same. Cut both to the same framing; resizing would stretch "
            "one of them."
        )
    if resize is None:
        raise InputError(
            f"The sizes differ: {sizes}; expected the same. Say which is brought to the other's size: --resize output "
            "or --resize truth (in Python, resize=). The numbers depend on it."
        )
    if resize == "output":
        return _to_size(output, truth.shape), truth
    return output, _to_size(truth, output.shape)


def check_framing(output: Image, truth: Image, *, declared: bool = False) -> list[str]:
    """Make sure that two pictures of one size show the same scene in the same framing.

    Args:
        output: (H, W, 3).
        truth: the same shape.
        declared: somebody says that both are the same crop of a face.

    Returns:
        Notes: the output lies a little off, or agrees weakly.

    Raises:
        FramingError: another scene, or the output lies off by more than 2 px and 1% of the longer side.
    """
    from bonaface.audit.framing import register

    if np.array_equal(output, truth):
        return []
    if min(float(image.std()) for image in (output, truth)) < FLAT:
        return ["One of the pictures is of one colour: whether they are framed alike cannot be checked."]
    try:
        framing = register(output, truth, declared=declared)
    except FramingError as error:
        try:
            framing = _by_face(output, truth, error)
        except FramingError as refused:
            raise FramingError(f"{refused} {AS_THEY_ARE}") from refused
    limit = max(REFUSED_PIXELS, REFUSED * max(truth.shape[:2]))
    off = (
        f"the output lies up to {framing.moved:.1f} px off the truth ({framing.method}: scaled x{framing.scale:.4f}, "
        f"turned by {framing.rotation:.2f}°, shifted by {framing.shift[0]:.1f}, {framing.shift[1]:.1f} px)"
    )
    if framing.moved > limit:
        raise FramingError(
            f"The framings differ: {off}; expected at most {limit:.1f} px, since measures compare pixel by pixel. "
            f"Register the pictures (`bonaface audit` does so for its own numbers). {AS_THEY_ARE}"
        )
    notes = []
    if framing.moved > NOTED:
        notes.append(f"{off[0].upper()}{off[1:]}; it is measured as it is.")
    if framing.doubtful:
        notes.append(f"The output and the truth agree only weakly ({framing.agreement:.2f} of 1): look at them.")
    return notes


def _by_face(output: Image, truth: Image, refused: FramingError) -> Any:
    """Once more with a face to hold on to: another background is no other scene."""
    from bonaface.audit.framing import register
    from bonaface.faces.regions import inner_window

    locator = wiring.locator()
    found = locator.faces(to_bytes(truth))
    if not found:
        raise refused
    same = locator.faces(to_bytes(output), network=False)
    window = inner_window(found[0].landmarks, truth.shape[0], truth.shape[1])
    return register(output, truth, lambda: (same[0].landmarks, found[0].landmarks) if same else None, window=window)


def _to_size(image: Image, shape: tuple[int, ...]) -> Image:
    import cv2

    smaller = shape[0] <= image.shape[0] and shape[1] <= image.shape[1]
    method = cv2.INTER_AREA if smaller else cv2.INTER_LANCZOS4
    resized = cv2.resize(image, (shape[1], shape[0]), interpolation=method)
    return np.clip(np.asarray(resized, np.float32), 0, 1)
