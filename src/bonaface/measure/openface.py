"""How alike OpenFace's network finds two faces. It never says whether two pictures show the same person."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from bonaface.core.cases import Face
from bonaface.core.catalog import Source, Weights
from bonaface.core.errors import WeightsError
from bonaface.core.images import Image, Points
from bonaface.core.results import Score
from bonaface.faces.cards import CARDS
from bonaface.faces.crops import cut
from bonaface.measure.identity import Embedding
from bonaface.measure.record import Files, Measure, NotApplicable, Values, face_of
from bonaface.measure.torch7 import check_torch7

SIDE = 96
"""Of the crop that the network reads, in pixels."""
SIZE = 128
"""Numbers of an embedding."""
POINTS = (36, 45, 33)
"""The landmarks that place the crop: outer corners of the eyes, and the base of the nose between its wings."""
TEMPLATE: Points = SIDE * np.array([(0.194157, 0.169267), (0.788859, 0.158171), (0.494951, 0.514441)])
"""Where the crop has these three: OpenFace's mean face, stretched so that its 68 points fill the crop."""
OPENFACE = Weights(
    name="nn4.small2.v1.t7",
    sha256="",
    megabytes=31.5,
    licence="Apache-2.0 (OpenFace); trained on faces that are for non-commercial research",
    commercial=False,
    training_data="CASIA-WebFace and FaceScrub: about 500,000 faces",
    source=Source(
        "Amos, Ludwiczuk & Satyanarayanan 2016 (OpenFace), as S4 uses it", "https://cmusatyalab.github.io/openface"
    ),
    urls=("https://storage.cmusatyalab.org/openface-models/nn4.small2.v1.t7",),
)

Network = Callable[[NDArray[np.float32]], NDArray[np.float32]]
"""From (1, 3, 96, 96), RGB in [0, 1], to (1, 128)."""


def to_openface_crop(landmarks: Points) -> NDArray[np.float64]:
    """The affine map from pixels of the picture to pixels of the crop of 96 x 96: three points go onto three exactly.

    Args:
        landmarks: (68, 2).

    Returns:
        (2, 3); it may stretch and shear, as OpenFace's own does.

    Raises:
        NotApplicable: the three points lie on one line.
    """
    corners = np.hstack([landmarks[list(POINTS)], np.ones((3, 1))])
    if abs(np.linalg.det(corners)) < 1e-6:
        raise NotApplicable("the corners of the eyes and the nose lie on one line, so that no crop can be placed")
    return np.asarray(np.linalg.solve(corners, TEMPLATE).T)


def network_input(crop: Image) -> NDArray[np.float32]:
    """(96, 96, 3) RGB [0, 1] -> what OpenFace reads: the same values, (1, 3, 96, 96)."""
    return np.ascontiguousarray(crop.transpose(2, 0, 1)[None])


def read_network(file: Path) -> Network:
    """OpenFace's network, from a file of Torch 7, which holds layers and numbers, and no code.

    Raises:
        WeightsError: no such file, another network, or an OpenCV that cannot read it.
    """
    import cv2

    wanted = f"{file} cannot be used ({{}}); expected OpenFace's nn4.small2.v1.t7. Fetch it again: {_FETCH}."
    if not hasattr(cv2.dnn, "readNetFromTorch"):
        raise WeightsError(f"{file.name} needs an OpenCV that reads Torch 7, before 5.0; here is {cv2.__version__}.")
    check_torch7(file)
    turn = Lock()  # OpenCV's networks hold the arrays of their layers
    try:
        net = cv2.dnn.readNetFromTorch(str(file))
    except (cv2.error, SystemError) as error:
        raise WeightsError(wanted.format(" ".join(str(error).split())[:200])) from error

    def run(picture: NDArray[np.float32]) -> NDArray[np.float32]:
        try:
            with turn:
                net.setInput(picture)
                found = np.array(net.forward(), np.float32)
        except cv2.error as error:
            raise WeightsError(wanted.format(" ".join(str(error).split())[:200])) from error
        if found.shape != (1, SIZE) or not np.isfinite(found).all():
            raise WeightsError(wanted.format(f"it delivers {found.shape}, or numbers that are not finite"))
        return found

    run(np.zeros((1, 3, SIDE, SIDE), np.float32))  # another network is told when it is loaded
    return run


def embedding(network: Network, image: Image, landmarks: Points) -> Embedding:
    """(H, W, 3) and (68, 2) -> (128,) of length 1."""
    found = network(network_input(cut(image, to_openface_crop(landmarks), SIDE)))[0].astype(np.float64)
    return np.asarray(found / max(float(np.linalg.norm(found)), 1e-12))


_FETCH = f"`bonaface models fetch {OPENFACE.id}`"
_network_of = cache(read_network)


def _load(files: Files) -> Callable[..., Values]:
    network = _network_of(files[OPENFACE.name])

    def openface_similarity(output: Image, truth: Image, faces: Mapping[str, Face]) -> Values:
        """Cosine of the OpenFace embeddings of output and truth, -1 to 1.

        Args:
            output: (H, W, 3).
            truth: (H, W, 3); for S4's score, the picture that was edited.
            faces: "output" and "truth": each picture's own landmarks place its crop.

        Returns:
            The cosine under ""; "distance": squared Euclidean distance, OpenFace's own scale, 0 to 4.

        Raises:
            NotApplicable: a face was not found.
        """
        first, second = (
            embedding(network, image, face_of(faces, role).landmarks)
            for image, role in ((output, "output"), (truth, "truth"))
        )
        return {"": float(np.clip(first @ second, -1, 1)), "distance": Score(float(np.sum((first - second) ** 2)), "")}

    return openface_similarity


OPENFACE_SIMILARITY = Measure(
    id="openface-similarity",
    version=1,
    needs=("output", "truth", "faces"),
    faces=("output", "truth"),
    unit="",
    better="higher",
    bounds=(-1.0, 1.0),
    convention="cosine of OpenFace's nn4.small2.v1; RGB crop of 96 px by the outer corners of the eyes and the base of "
    "the nose (dlib's points 36, 45, 33; affine, OpenFace's template), each picture by its own, resampled by area and "
    "Lanczos (OpenFace: bilinear). S4's FSS compares with the picture that was edited and does not say its formula: a "
    "cosine is a reading of it; never says whether two pictures show one person",
    source=OPENFACE.source,
    load=_load,
    weights=(OPENFACE, *CARDS),
    implementation="Bonaface, by OpenFace's network in OpenCV",
)
