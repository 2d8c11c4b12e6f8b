"""The astronaut's face as Pro-UIGAN reads and delivers it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest


@pytest.fixture(scope="session")
def face_128(astronaut) -> np.ndarray:
    """(128, 128, 3) float32: aligned and cut out as the faces of the training data."""
    from bonaface.api.faces import find_faces
    from bonaface.api.sources import open_picture
    from bonaface.faces.crops import CELEBA, cut, to_crop

    photo = open_picture(astronaut, "astronaut")
    return cut(photo.image(), to_crop(find_faces(photo)[0].landmarks, 128, CELEBA), 128)


@pytest.fixture(scope="session")
def face_16(face_128) -> np.ndarray:
    """(16, 16, 3) float32, locked."""
    small = np.asarray(cv2.resize(face_128, (16, 16), interpolation=cv2.INTER_AREA))
    small.flags.writeable = False
    return small


@pytest.fixture(scope="session")
def mouth() -> np.ndarray:
    """(128, 128): what a medical mask covers."""
    mask = np.zeros((128, 128), bool)
    mask[72:112, 32:96] = True
    return mask


@pytest.fixture(scope="session")
def pro_uigan():
    from bonaface.api import wiring

    return wiring.restorer("pro-uigan-compact")
