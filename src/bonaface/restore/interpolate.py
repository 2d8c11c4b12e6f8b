"""Enlarging without a model: what a restorer has to beat, and what invents nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from bonaface.core.catalog import Source
from bonaface.core.errors import InputError
from bonaface.core.images import Image


@dataclass(frozen=True, slots=True)
class Interpolation:
    """A restorer that only enlarges.

    Attributes:
        id: as on the command line.
        kernel: of the interpolation.
        licence: of the method.
        generative: whether it can paint detail that the input does not have.
        source: where it is described.
    """

    id: str
    kernel: Literal["bicubic", "lanczos"]
    source: Source
    licence: str = "no weights"
    generative: bool = False

    def __call__(self, image: Image, size: tuple[int, int]) -> Image:
        """Enlarge (or, by area averaging, reduce) to height and width `size`.

        Args:
            image: (H, W, 3).
            size: height and width in pixels, positive.

        Returns:
            (size[0], size[1], 3) in [0, 1].
        """
        import cv2

        if min(size) < 1:
            raise InputError(f"The size asked for is {size[1]}x{size[0]}; expected at least 1x1.")
        smaller = size[0] < image.shape[0] or size[1] < image.shape[1]
        flags = {"bicubic": cv2.INTER_CUBIC, "lanczos": cv2.INTER_LANCZOS4}
        interpolation = cv2.INTER_AREA if smaller else flags[self.kernel]
        out = cv2.resize(image, (size[1], size[0]), interpolation=interpolation)
        return np.clip(np.asarray(out, np.float32), 0, 1)


BICUBIC = Interpolation("bicubic", "bicubic", Source("Keys 1981, a = -0.75", "doi:10.1109/TASSP.1981.1163711"))
LANCZOS = Interpolation("lanczos", "lanczos", Source("Duchon 1979, eight taps", "doi:10.1175/1520-0450(1979)018"))
