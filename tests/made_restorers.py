"""Restorers of photographs without weights, which change a face in a known way; and pictures for them."""

from __future__ import annotations

import cv2
import numpy as np

from bonaface.core.catalog import Source
from bonaface.faces.crops import TEMPLATE
from bonaface.restore import Restorer


class Made:
    """A restorer that is ready."""

    def __init__(self, change):
        self.change = change
        self.calls = 0

    def __call__(self, image, rng=None, occlusion=None, landmarks=None):
        self.calls += 1
        made = self.change(image) if rng is None or self.change.__code__.co_argcount == 1 else self.change(image, rng)
        return np.asarray(made, np.float32)

    def restore_many(self, images, rng=None, occlusions=None, landmarks=None):
        return [self(image, rng) for image in images]


def made(change, name="made", side=512, **more) -> Restorer:
    """The card of a restorer that applies a function to each crop."""
    fields = {"output_size": (side, side), "generative": True, "pastes": True, **more}
    return Restorer(
        id=name, licence="none", source=Source("a test"), load=lambda files, **knobs: Made(change),
        input_size=(side, side), crop=TEMPLATE, **fields,
    )  # fmt: skip


def nearly(image):
    """What it was given, but for a little more than half a level of 8 bits."""
    return np.clip(image + np.where(image < 0.5, 0.6, -0.6) / 255, 0, 1)


def tint(image):
    return image * np.array([1, 0.9, 0.6])


def sharpen(image):
    return np.clip(image + 1.5 * (image - cv2.GaussianBlur(image, (0, 0), 4)), 0, 1)


def group(astronaut, columns=3, rows=1) -> np.ndarray:
    """(H, W, 3) uint8: the astronaut's head several times, each a little smaller than the one before."""
    out = []
    for number in range(columns * rows):
        head = astronaut[0:240, 110:350]
        if number % 2:
            head = head[:, ::-1]
        side = 240 - 12 * number
        tile = np.full((250, 250, 3), 150, np.uint8)
        tile[:side, :side] = cv2.resize(head, (side, side), interpolation=cv2.INTER_AREA)
        out.append(tile)
    return np.concatenate([np.concatenate(out[row * columns : (row + 1) * columns], axis=1) for row in range(rows)])
