"""Blur: Gaussian, Gaussian along two axes, and motion.

Pixels outside the picture are its reflection without the edge pixel (OpenCV's default border).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from bonaface.core.cases import Face
from bonaface.core.errors import InputError
from bonaface.core.images import Image, Plane
from bonaface.degrade.base import Degraded, finished, require_image
from bonaface.degrade.parameters import Number, WholeNumber, draw, draw_whole, settle

_WIDEST = 999
"""The largest kernel, in pixels."""


@dataclass(frozen=True, slots=True)
class GaussianBlur:
    """Gaussian blur, as OpenCV's GaussianBlur; at least one of its two numbers is given.

    Attributes:
        kernel: side of the kernel in pixels, odd, 1 to 999. None: about 8 sigma wide.
        sigma: standard deviation in pixels, 0.01 to 120. None: OpenCV's own for the kernel,
            0.3 ((kernel - 1) / 2 - 1) + 0.8, and its fixed table for kernels up to 7.

    Raises:
        InputError: neither is given, or one is out of range.

    Source:
        OpenCV, getGaussianKernel.
    """

    kernel: WholeNumber | None = None
    sigma: Number | None = None

    def __post_init__(self) -> None:
        if self.kernel is None and self.sigma is None:
            raise InputError(
                "GaussianBlur has neither a kernel nor a sigma; expected one of them, in pixels. Give one."
            )
        if self.kernel is not None:
            settle(self, "kernel", 1, _WIDEST, unit="pixels", odd=True)
        if self.sigma is not None:
            settle(self, "sigma", 0.01, 120, unit="pixels")

    def __call__(self, image: Image, rng: np.random.Generator, face: Face | None = None) -> Degraded:
        """See `Degradation`."""
        import cv2

        # OpenCV reads 0 as "derive this one from the other".
        kernel = 0 if self.kernel is None else draw_whole(self.kernel, rng)
        sigma = 0.0 if self.sigma is None else draw(self.sigma, rng)
        return Degraded(finished(cv2.GaussianBlur(require_image(image), (kernel, kernel), sigma)))


@dataclass(frozen=True, slots=True)
class AnisotropicBlur:
    """Gaussian blur with two widths along two turned axes.

    Attributes:
        sigma_x: standard deviation along the first axis in pixels, 0.01 to 120.
        sigma_y: standard deviation along the second axis in pixels, 0.01 to 120.
        angle: of the first axis in degrees, anticlockwise as seen from the picture's horizontal, -360 to 360.
        kernel: side of the kernel in pixels, odd, 1 to 999. None: about 8 times the larger sigma.

    Raises:
        InputError: a number out of range.

    Source:
        Wang et al. 2021 (GFP-GAN), doi:10.1109/CVPR46437.2021.00905: the released training options.
    """

    sigma_x: Number
    sigma_y: Number
    angle: Number
    kernel: WholeNumber | None = None

    def __post_init__(self) -> None:
        settle(self, "sigma_x", 0.01, 120, unit="pixels")
        settle(self, "sigma_y", 0.01, 120, unit="pixels")
        settle(self, "angle", -360, 360, unit="degrees")
        if self.kernel is not None:
            settle(self, "kernel", 1, _WIDEST, unit="pixels", odd=True)

    def __call__(self, image: Image, rng: np.random.Generator, face: Face | None = None) -> Degraded:
        """See `Degradation`."""
        sigma_x, sigma_y, angle = draw(self.sigma_x, rng), draw(self.sigma_y, rng), draw(self.angle, rng)
        kernel = (round(8 * max(sigma_x, sigma_y)) + 1) | 1 if self.kernel is None else draw_whole(self.kernel, rng)
        return Degraded(_filtered(require_image(image), gaussian_kernel(sigma_x, sigma_y, angle, kernel)))


@dataclass(frozen=True, slots=True)
class MotionBlur:
    """The blur of a straight, even motion.

    Attributes:
        length: of the motion in pixels, counting its first and its last pixel, 1 to 500; 1 changes nothing.
        angle: in degrees, anticlockwise as seen from the picture's horizontal, -360 to 360.

    Raises:
        InputError: a number out of range.
    """

    length: Number
    angle: Number

    def __post_init__(self) -> None:
        settle(self, "length", 1, 500, unit="pixels")
        settle(self, "angle", -360, 360, unit="degrees")

    def __call__(self, image: Image, rng: np.random.Generator, face: Face | None = None) -> Degraded:
        """See `Degradation`."""
        return Degraded(_filtered(require_image(image), motion_kernel(draw(self.length, rng), draw(self.angle, rng))))


def gaussian_kernel(sigma_x: float, sigma_y: float, angle: float, side: int) -> Plane:
    """(side, side), sums to 1: the density of a Gaussian sampled at whole pixels; see `AnisotropicBlur`."""
    reach = np.arange(side) - side // 2
    x, y = np.meshgrid(reach, -reach)  # y points up, as the angle is seen
    turn = math.radians(angle)
    along = x * math.cos(turn) + y * math.sin(turn)
    across = y * math.cos(turn) - x * math.sin(turn)
    density = np.exp(-0.5 * ((along / sigma_x) ** 2 + (across / sigma_y) ** 2))
    return np.asarray(density / density.sum(), np.float32)


def motion_kernel(length: float, angle: float) -> Plane:
    """(side, side), sums to 1: points about one pixel apart on a line, each shared among its four nearest pixels."""
    half = (length - 1) / 2
    offsets = np.linspace(-half, half, math.ceil(length))
    turn = math.radians(angle)
    # Rounding keeps the line of a right angle on its own row or column.
    x, y = np.round(offsets * math.cos(turn), 9), np.round(-offsets * math.sin(turn), 9)
    reach = math.ceil(half) + 1
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1))
    left, top = np.floor(x).astype(int), np.floor(y).astype(int)
    for right in (0, 1):
        for down in (0, 1):
            share = np.abs(1 - right - (x - left)) * np.abs(1 - down - (y - top))
            np.add.at(kernel, (top + down + reach, left + right + reach), share)
    return np.asarray(kernel / kernel.sum(), np.float32)


def _filtered(image: Image, kernel: Plane) -> Image:
    import cv2

    return finished(cv2.filter2D(image, -1, kernel))
