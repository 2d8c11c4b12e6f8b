"""Denoising, which takes detail away with the noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bonaface.core.cases import Face
from bonaface.core.images import Image, to_bytes
from bonaface.degrade.base import Degraded, finished, require_image
from bonaface.degrade.parameters import Number, WholeNumber, draw, draw_whole, settle


@dataclass(frozen=True, slots=True)
class NonLocalMeans:
    """OpenCV's fastNlMeansDenoisingColored; rounds to 8 bits first.

    Attributes:
        strength: h, for lightness, in 8-bit levels, 0.1 to 255.
        colour_strength: h for the colour components, in 8-bit levels, 0.1 to 255.
        template: side of the patches that are compared, in pixels, odd, 1 to 31.
        search: side of the window in which they are looked for, in pixels, odd, 1 to 101.

    Raises:
        InputError: a number out of range.

    Source:
        Buades, Coll & Morel 2011, doi:10.5201/ipol.2011.bcm_nlm.
    """

    strength: Number
    colour_strength: Number
    template: WholeNumber = 7
    search: WholeNumber = 21

    def __post_init__(self) -> None:
        settle(self, "strength", 0.1, 255, unit="8-bit levels")
        settle(self, "colour_strength", 0.1, 255, unit="8-bit levels")
        settle(self, "template", 1, 31, unit="pixels", odd=True)
        settle(self, "search", 1, 101, unit="pixels", odd=True)

    def __call__(self, image: Image, rng: np.random.Generator, face: Face | None = None) -> Degraded:
        """See `Degradation`."""
        import cv2

        strength, colour_strength = draw(self.strength, rng), draw(self.colour_strength, rng)
        template, search = draw_whole(self.template, rng), draw_whole(self.search, rng)
        bgr = cv2.cvtColor(to_bytes(require_image(image)), cv2.COLOR_RGB2BGR)
        clean = cv2.fastNlMeansDenoisingColored(bgr, None, strength, colour_strength, template, search)
        return Degraded(finished(cv2.cvtColor(clean, cv2.COLOR_BGR2RGB) / np.float32(255)))
