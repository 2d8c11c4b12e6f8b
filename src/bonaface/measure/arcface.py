"""Angle between ArcFace embeddings. It never says whether two pictures show the same person."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bonaface.core.cases import Face
from bonaface.core.images import Image, Points, Similarity
from bonaface.faces.align import five_points, umeyama
from bonaface.faces.cards import CARDS
from bonaface.faces.crops import cut
from bonaface.measure.identity import Embedding, angle
from bonaface.measure.published import ARCFACE, network
from bonaface.measure.record import Files, Measure, Values, face_of

SIDE = 112
"""Of the crop that the network reads, in pixels."""
TEMPLATE: Points = np.array(
    [(38.2946, 51.6963), (73.5318, 51.5014), (56.0252, 71.7366), (41.5493, 92.3655), (70.7299, 92.2041)]
)
"""Where InsightFace's crop has the centres of the eyes, the tip of the nose and the corners of the mouth."""
SIZE = 512
"""Numbers of an embedding."""


def to_arcface_crop(landmarks: Points) -> Similarity:
    """From pixels of the picture to pixels of the crop of 112 x 112.

    Args:
        landmarks: (68, 2); the centre of an eye is the mean of its six points.

    Source:
        Deng et al. 2019, arXiv:1801.07698; the points as InsightFace has them.
    """
    return umeyama(five_points(landmarks), TEMPLATE)


def network_input(crop: Image) -> NDArray[np.float32]:
    """(112, 112, 3) RGB [0, 1] -> what ArcFace reads: RGB (x - 127.5) / 127.5, (1, 3, 112, 112)."""
    return np.ascontiguousarray(crop.transpose(2, 0, 1)[None] * np.float32(2) - np.float32(1))


class ArcFace:
    """The embeddings of faces. The last few are kept, since two measures ask for the same ones."""

    def __init__(self, file: Path) -> None:
        """`file`: the verified graph.

        Raises:
            GraphMismatch: another graph.
        """
        self._run = network(file, SIDE, (SIZE,))
        self._vector = lru_cache(maxsize=4)(self._of_bytes)

    def __call__(self, image: Image, landmarks: Points) -> Embedding:
        """(H, W, 3) and (68, 2) -> (512,), not normalised."""
        return self._vector(cut(image, to_arcface_crop(landmarks), SIDE).tobytes())

    def _of_bytes(self, crop: bytes) -> Embedding:
        pixels = np.frombuffer(crop, np.float32).reshape(SIDE, SIDE, 3)
        return np.asarray(self._run(network_input(pixels))[0], np.float64)


_embedder = cache(ArcFace)


def _degrees(embed: ArcFace, output: Image, truth: Image, faces: Mapping[str, Face]) -> float:
    return angle(embed(output, face_of(faces, "output").landmarks), embed(truth, face_of(faces, "truth").landmarks))


def _load_angle(files: Files) -> Callable[..., Values]:
    embed = _embedder(files[ARCFACE.name])

    def identity_arcface_angle(output: Image, truth: Image, faces: Mapping[str, Face]) -> float:
        """Angle between the ArcFace embeddings of output and truth, in degrees, 0 to 180.

        Args:
            output: (H, W, 3).
            truth: (H, W, 3).
            faces: "output" and "truth": each picture's own landmarks place its crop.

        Raises:
            NotApplicable: a face was not found.
        """
        return _degrees(embed, output, truth, faces)

    return identity_arcface_angle


def _load_cosine(files: Files) -> Callable[..., Values]:
    embed = _embedder(files[ARCFACE.name])

    def identity_arcface_cosine(output: Image, truth: Image, faces: Mapping[str, Face]) -> float:
        """Cosine of the angle between the ArcFace embeddings of output and truth; see `identity-arcface-angle`."""
        return float(np.cos(np.radians(_degrees(embed, output, truth, faces))))

    return identity_arcface_cosine


_CONVENTION = (
    "InsightFace's ArcFace, ResNet-50 on WebFace600K; RGB crop of 112 px by its five points (from dlib's 68 landmarks, "
    "centres of the eyes as means of six), each picture by its own, resampled by area and Lanczos (InsightFace: "
    "bilinear, by its own detector's points); no pair left out (NOT the Deg. of papers, which use other networks and "
    "crops, some in radians or without small angles); never says whether two pictures show one person"
)
IDENTITY_ARCFACE_ANGLE = Measure(
    id="identity-arcface-angle",
    version=1,
    needs=("output", "truth", "faces"),
    faces=("output", "truth"),
    unit="°",
    better="lower",
    bounds=(0.0, 180.0),
    convention=f"degrees; {_CONVENTION}",
    source=ARCFACE.source,
    load=_load_angle,
    weights=(ARCFACE, *CARDS),
    implementation="Bonaface, by InsightFace's network",
)
IDENTITY_ARCFACE_COSINE = replace(
    IDENTITY_ARCFACE_ANGLE,
    id="identity-arcface-cosine",
    unit="",
    better="higher",
    bounds=(-1.0, 1.0),
    convention=f"cosine; {_CONVENTION}",
    load=_load_cosine,
)
