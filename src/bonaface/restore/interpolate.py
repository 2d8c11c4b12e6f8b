"""Enlarging without a model: what a restorer has to beat, and what invents nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np

from bonaface.core.catalog import Source
from bonaface.core.errors import InputError
from bonaface.core.images import Image, Mask, Points
from bonaface.core.knobs import SIZE, Knob
from bonaface.restore.record import Restorer

Kernel = Literal["bicubic", "lanczos"]


def resize(image: Image, size: tuple[int, int], kernel: Kernel) -> Image:
    """Enlarge (or, by area averaging, reduce) to height and width `size`.

    Args:
        image: (H, W, 3).
        size: height and width in pixels, positive.
        kernel: of the interpolation.

    Returns:
        (size[0], size[1], 3) in [0, 1].
    """
    import cv2

    smaller = size[0] < image.shape[0] or size[1] < image.shape[1]
    flags = {"bicubic": cv2.INTER_CUBIC, "lanczos": cv2.INTER_LANCZOS4}
    interpolation = cv2.INTER_AREA if smaller else flags[kernel]
    out = cv2.resize(image, (size[1], size[0]), interpolation=interpolation)
    return np.clip(np.asarray(out, np.float32), 0, 1)


@dataclass(frozen=True, slots=True)
class Interpolation:
    """A restorer that only enlarges; see `Restore`."""

    kernel: Kernel
    size: tuple[int, int]

    def __call__(
        self,
        image: Image,
        rng: np.random.Generator | None = None,
        occlusion: Mask | None = None,
        landmarks: Points | None = None,
    ) -> Image:
        """Enlarge one picture."""
        if occlusion is not None or landmarks is not None:
            what = "an occlusion" if occlusion is not None else "landmarks"
            raise InputError(
                f"{self.kernel} was given {what}; it only enlarges and knows nothing of faces. Leave it out, or choose "
                "a restorer that takes it."
            )
        return resize(image, self.size, self.kernel)

    def restore_many(
        self,
        images: Sequence[Image],
        rng: np.random.Generator | None = None,
        occlusions: Sequence[Mask | None] | None = None,
        landmarks: Sequence[Points | None] | None = None,
    ) -> list[Image]:
        """Enlarge one picture after another."""
        covered = occlusions if occlusions is not None else [None] * len(images)
        places = landmarks if landmarks is not None else [None] * len(images)
        return [self(*each) for each in zip(images, [rng] * len(images), covered, places, strict=True)]


def load(files: Mapping[str, Path], *, size: tuple[int, int], kernel: Kernel) -> Interpolation:
    """A restorer that delivers height and width `size`; `files` are not needed.

    Raises:
        InputError: no size.
    """
    if min(size) < 1:
        raise InputError(f"The size asked for is {size[1]}x{size[0]}; expected at least 1x1.")
    return Interpolation(kernel, size)


_SIZE = (Knob("size", "height and width of the result, in pixels; needed", SIZE),)
BICUBIC = Restorer(
    id="bicubic",
    licence="no weights",
    source=Source("Keys 1981, a = -0.75", "doi:10.1109/TASSP.1981.1163711"),
    load=partial(load, kernel="bicubic"),
    knobs=_SIZE,
    limits=("Adds no detail; slight ringing at edges.",),
)
LANCZOS = Restorer(
    id="lanczos",
    licence="no weights",
    source=Source("Duchon 1979, eight taps", "doi:10.1175/1520-0450(1979)018"),
    load=partial(load, kernel="lanczos"),
    knobs=_SIZE,
    limits=("Adds no detail; ringing at edges.",),
)
