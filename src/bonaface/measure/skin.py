"""How light or dark skin is in a picture."""

from __future__ import annotations

import math

import numpy as np

from bonaface.core.images import Image, Mask
from bonaface.measure.colour import to_lab

FEWEST = 50
"""Pixels of skin under which nothing is said."""
GREY = 2.0
"""b* up to which a picture is as good as grey, and the angle is one of rounding: skin has 5 and more."""


def typology_angle(image: Image, skin: Mask) -> float | None:
    """The individual typology angle of the skin's median colour, as pictured: light and white balance are part of it.

    Args:
        image: (H, W, 3), sRGB in [0, 1].
        skin: (H, W), where skin is.

    Returns:
        arctan((L* - 50) / b*) in degrees, -90 to 90: over 55 very light, 41 to 55 light, 28 to 41 intermediate, 10 to
        28 tan, -30 to 10 brown, under -30 dark. None where there are fewer than 50 pixels of skin, or where it has
        hardly any yellow (b* to 2), as in a grey picture. Cheeks of the London set, evenly lit: median 46 of 54 people
        listed as white, -62 of 11 as black.

    Source:
        Chardon, Cretois & Hourseau 1991, doi:10.1111/j.1467-2494.1991.tb00561.x; its use on photographs of faces:
        Merler et al. 2019, arXiv:1901.10436.
    """
    if int(skin.sum()) < FEWEST:
        return None
    light, _, yellow = (float(np.median(plane)) for plane in to_lab(image[skin][None])[0].T)
    return None if yellow <= GREY else math.degrees(math.atan2(light - 50, yellow))
