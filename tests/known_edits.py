"""Editors of expressions without weights for whole photographs, and changes of faces that are known."""

from __future__ import annotations

import cv2
import numpy as np

from bonaface.core.catalog import Source
from bonaface.edit import Editor
from bonaface.faces.crops import FFHQ


class Made:
    """An editor that is ready; it remembers what it was asked for."""

    def __init__(self, change):
        self.change = change
        self.asked = []

    def __call__(self, image, target, rng=None, region=None):
        self.asked.append((target, region))
        made = self.change(image) if self.change.__code__.co_argcount == 1 else self.change(image, rng)
        return np.asarray(made, np.float32)


def made(change, name="made", side=256, **more) -> Editor:
    """The card of an editor that applies a function to each crop."""
    fields = {"targets": ("happy", "neutral"), "crop": FFHQ, "input_size": (side, side), **more}
    ready = Made(change)
    return Editor(id=name, licence="none", source=Source("a test"), load=lambda files, **knobs: ready, **fields)


def redden(image):
    """The same everywhere, within the range."""
    return np.clip(image + np.array([0.1, -0.05, -0.05]), 0, 1)


def soften(image):
    return cv2.GaussianBlur(image, (0, 0), 2)


def moved(length, degrees, image):
    """A picture under a motion blur: the mean along a line of that length in pixels."""
    half = int(np.ceil(length / 2)) + 1
    kernel = np.zeros((2 * half + 1, 2 * half + 1), np.float32)
    for step in np.linspace(-length / 2, length / 2, 1001):
        x, y = half + step * np.cos(np.radians(degrees)), half + step * np.sin(np.radians(degrees))
        x0, y0 = int(x), int(y)
        for row, column, share in (
            (y0, x0, (1 - x + x0) * (1 - y + y0)), (y0, x0 + 1, (x - x0) * (1 - y + y0)),
            (y0 + 1, x0, (1 - x + x0) * (y - y0)), (y0 + 1, x0 + 1, (x - x0) * (y - y0)),
        ):  # fmt: skip
            kernel[row, column] += share
    return cv2.filter2D(image, -1, kernel / kernel.sum(), borderType=cv2.BORDER_REPLICATE)
