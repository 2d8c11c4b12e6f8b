"""Pro-UIGAN: a face of 16 px, covered or not, to 128 px, guided by landmarks.

Zhang et al. 2021, arXiv:2108.00602; trained by `bonaface.train`, with the project's own landmark estimator before it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonaface.core.catalog import Source, Weights
from bonaface.core.errors import ImageError, InputError
from bonaface.core.images import Image, Mask, Points, check_image
from bonaface.core.knobs import NAMES, SWITCH, Knob, whole
from bonaface.faces.crops import CELEBA
from bonaface.graphs.bundled import LANDMARKS_16, PRO_UIGAN_COMPACT, PRO_UIGAN_FULL, PRO_UIGAN_PLAIN
from bonaface.graphs.onnx import CPU, Graph, Signature, Tensor
from bonaface.restore.landmarks import Moves, check_moves, move_landmarks, moved_points
from bonaface.restore.record import Restorer

INPUT, OUTPUT = 16, 128
CELL = OUTPUT // INPUT
"""Pixels of the result, along a side, that one pixel of the input stands for."""
BATCH = 8
"""Faces that go through the graphs together, at most: more of them no longer fit into the caches of a processor."""
SURE = 1.0
"""Standard deviation, in pixels of the result, of landmarks that a person gives."""
_BEYOND = 64
"""How far outside the crop a landmark may lie, in its pixels: of turned faces, a part of the jaw does."""

Spread = NDArray[np.float64]
"""(68,): the standard deviation of each landmark, in pixels of the result."""

_IMAGE = Tensor("image", ("N", 3, INPUT, INPUT))
_OCCLUSION = Tensor("occlusion", ("N", 1, OUTPUT, OUTPUT))
_PRIOR = (Tensor("landmarks", ("N", 68, 2)), Tensor("spread", ("N", 68)))
ESTIMATOR_SIGNATURE = Signature(inputs=(_IMAGE, _OCCLUSION), outputs=_PRIOR)
GENERATOR_SIGNATURE = Signature(
    inputs=(_IMAGE, _OCCLUSION, *_PRIOR), outputs=(Tensor("restored", ("N", 3, OUTPUT, OUTPUT)),)
)


class ProUigan:
    """The estimator of landmarks and the generator, ready; see `Restore`. Threads may share one."""

    def __init__(self, estimator: Graph, generator: Graph, *, reduce: bool = False, guided: bool = True) -> None:
        """`reduce`: bring larger square pictures to 16 px by area averaging, instead of refusing them.

        `guided`: the generator follows landmarks; one that does not refuses them.
        """
        self._estimator, self._generator, self._reduce, self._guided = estimator, generator, reduce, guided

    def __call__(
        self,
        image: Image,
        rng: np.random.Generator | None = None,
        occlusion: Mask | None = None,
        landmarks: Points | None = None,
        spread: Spread | None = None,
    ) -> Image:
        """Restore one face.

        Args:
            image: (16, 16, 3), a face aligned and cut out as the card's `crop` says; what is covered is black. Pixels
                that are covered together with their neighbours are made black.
            rng: not used: nothing here is random.
            occlusion: (128, 128), True where the face was covered; None: unknown, or nowhere.
            landmarks: (68, 2) in pixels of the result, in place of the estimated ones: features move with them.
            spread: (68,), how sure they are: 1 px each unless given.

        Returns:
            (128, 128, 3) in [0, 1].

        Raises:
            ImageError: the picture is not 16x16, or not in [0, 1].
            InputError: an occlusion or landmarks of another form.
        """
        return self.restore_many([image], rng, [occlusion], [landmarks], [spread])[0]

    def restore_many(
        self,
        images: Sequence[Image],
        rng: np.random.Generator | None = None,
        occlusions: Sequence[Mask | None] | None = None,
        landmarks: Sequence[Points | None] | None = None,
        spreads: Sequence[Spread | None] | None = None,
    ) -> list[Image]:
        """As calling it for one face after another, in batches; equal to that within rounding."""
        count = len(images)
        covered, faces = self._inputs(images, occlusions)
        given = _filled(landmarks, count, "landmarks")
        if not self._guided and any(points is not None for points in given):
            raise InputError("This network takes no landmarks: it has no priors. Leave them out.")
        sure = _filled(spreads, count, "spreads")
        out: list[Image] = []
        for start in range(0, count, BATCH):
            part = slice(start, start + BATCH)
            prior = self._priors(faces[part], covered[part], given[part], sure[part])
            made = self._generator.run({"image": faces[part], "occlusion": covered[part], **prior})["restored"]
            out += [np.ascontiguousarray(np.clip(face, 0, 1).transpose(1, 2, 0)) for face in made]
        return out

    def estimate_landmarks(self, image: Image, occlusion: Mask | None = None) -> tuple[Points, Spread]:
        """Where the features of a face are, as the estimator reads them from 16 px.

        Args:
            image: as for a restoration.
            occlusion: likewise.

        Returns:
            (68, 2) in pixels of the result, and their standard deviations, (68,).
        """
        covered, faces = self._inputs([image], [occlusion])
        found = self._estimator.run({"image": faces, "occlusion": covered})
        return found["landmarks"][0].astype(np.float64), found["spread"][0].astype(np.float64)

    def edited(
        self, image: Image, moves: Moves, occlusion: Mask | None = None, landmarks: Points | None = None
    ) -> Image:
        """Restore one face with its mouth, nose or eyes moved.

        Args:
            image: as for a restoration.
            moves: how far groups of `restore.landmarks.GROUPS` move, in pixels of the result.
            occlusion: as for a restoration.
            landmarks: what is moved; None: the estimated ones. What does not move stays as sure as it was.

        Source:
            Zhang et al. 2021, IV.F.
        """
        check_moves(moves)
        points, spread = self.estimate_landmarks(image, occlusion)
        if landmarks is not None:
            points, spread = _landmarks(landmarks), np.full(68, SURE)
        spread = np.where(moved_points(moves), SURE, spread)
        return self(image, None, occlusion, move_landmarks(points, moves), spread)

    def _inputs(
        self, images: Sequence[Image], occlusions: Sequence[Mask | None] | None
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Occlusions (N, 1, 128, 128) and faces (N, 3, 16, 16), as the graphs read them."""
        if not images:
            empty = np.zeros((0, 1, OUTPUT, OUTPUT), np.float32)
            return empty, np.zeros((0, 3, INPUT, INPUT), np.float32)
        masks = [_occlusion(mask) for mask in _filled(occlusions, len(images), "occlusions")]
        faces = [self._thumbnail(image, mask) for image, mask in zip(images, masks, strict=True)]
        return np.stack(masks)[:, None].astype(np.float32), np.stack(faces).transpose(0, 3, 1, 2)

    def _thumbnail(self, image: Image, covered: Mask) -> Image:
        """(16, 16, 3) with black where the face was covered."""
        check_image(image, "The picture to restore", INPUT)
        height, width = image.shape[:2]
        if (height, width) == (INPUT, INPUT):
            return np.where(_deep(covered)[..., None], np.float32(0), image)
        if not self._reduce or height != width:
            todo = "Reduce it by area averaging (reduce=True, or --reduce)" if height == width else "Cut it to a square"
            raise ImageError(
                f"The picture to restore is {width}x{height} pixels; {PRO_UIGAN.id} reads faces of {INPUT}x{INPUT}, "
                f"aligned as FFHQ's are. {todo}; or give the whole photograph, and its faces are found and aligned."
            )
        return reduce_covered(image, covered)

    def _priors(
        self,
        faces: NDArray[np.float32],
        covered: NDArray[np.float32],
        given: Sequence[Points | None],
        spreads: Sequence[Spread | None],
    ) -> dict[str, NDArray[Any]]:
        """Landmarks (N, 68, 2) and spreads (N, 68): what a person gave, else what the estimator reads."""
        landmarks = np.zeros((len(faces), 68, 2), np.float32)
        spread = np.full((len(faces), 68), SURE, np.float32)
        unknown = [i for i, points in enumerate(given) if points is None]
        if unknown:
            found = self._estimator.run({"image": faces[unknown], "occlusion": covered[unknown]})
            landmarks[unknown], spread[unknown] = found["landmarks"], found["spread"]
        for i, (points, sure) in enumerate(zip(given, spreads, strict=True)):
            if points is not None:
                landmarks[i] = _landmarks(points)
                spread[i] = SURE if sure is None else _spread(sure)
        return {"landmarks": landmarks, "spread": spread}


def reduce_covered(image: Image, covered: Mask) -> Image:
    """A square crop of a face -> (16, 16, 3) by area averaging, black where it is covered.

    Args:
        image: (S, S, 3), S at least 16.
        covered: (128, 128).
    """
    import cv2

    side = image.shape[0]
    how = cv2.INTER_AREA if side < OUTPUT else cv2.INTER_NEAREST
    there = cv2.resize(covered.astype(np.float32), (side, side), interpolation=how) > 0
    bare = np.where(there[..., None], np.float32(0), image)
    return np.clip(np.asarray(cv2.resize(bare, (INPUT, INPUT), interpolation=cv2.INTER_AREA), np.float32), 0, 1)


def _deep(covered: Mask) -> Mask:
    """(128, 128) -> (16, 16): covered together with all neighbours, so that no visible pixel had a part in it."""
    import cv2

    whole = np.asarray(covered.reshape(INPUT, CELL, INPUT, CELL).all(axis=(1, 3)), np.float32)
    return np.asarray(cv2.erode(whole, np.ones((3, 3), np.uint8)) > 0)  # what is outside the crop counts as covered


def _occlusion(mask: Mask | None) -> Mask:
    if mask is None:
        return np.zeros((OUTPUT, OUTPUT), np.bool_)
    if mask.shape != (OUTPUT, OUTPUT) or mask.dtype != np.bool_:
        raise InputError(
            f"The occlusion is {mask.dtype} of shape {mask.shape}; expected bool of shape ({OUTPUT}, {OUTPUT}), True "
            "where the face was covered, on the grid of the result."
        )
    if mask.all():
        raise InputError("The occlusion covers the whole face, so nothing of it was seen. Nothing can be restored.")
    return mask


def _landmarks(points: Points) -> Points:
    array = np.asarray(points, np.float64)
    if array.shape != (68, 2) or not np.isfinite(array).all():
        raise InputError(
            f"The landmarks have shape {array.shape}; expected (68, 2) finite numbers: x, y of each point."
        )
    low, high = float(array.min()), float(array.max())
    if low < -_BEYOND or high > OUTPUT + _BEYOND:
        raise InputError(
            f"The landmarks reach from {low:.0f} to {high:.0f}; expected pixels of the {OUTPUT} px result. Bring them "
            "onto the aligned crop first, or give the whole photograph with landmarks in its own pixels."
        )
    return array


def _spread(spread: Spread) -> Spread:
    array = np.asarray(spread, np.float64)
    if array.shape != (68,) or not (array > 0).all() or not np.isfinite(array).all():
        raise InputError(f"The spread of landmarks has shape {array.shape}; expected (68,) positive numbers of pixels.")
    return array


def _filled(given: Sequence[Any] | None, count: int, what: str) -> list[Any]:
    """One for each picture; None where none was given."""
    if given is None:
        return [None] * count
    if len(given) != count:
        raise InputError(f"There are {len(given)} {what} for {count} pictures; expected one for each, or None.")
    return list(given)


def loader(generator: Weights, *, guided: bool = True) -> Callable[..., ProUigan]:
    """How one of the generators is opened; see `load`. `guided`: it follows landmarks."""

    def load(
        files: Mapping[str, Path], *, reduce: bool = False, threads: int | None = None, providers: Sequence[str] = CPU
    ) -> ProUigan:
        """The restorer from its verified files.

        Args:
            files: local paths by the names on the cards.
            reduce: bring larger square crops to 16 px by area averaging, instead of refusing them.
            threads: see `Graph`.
            providers: see `Graph`.

        Raises:
            GraphMismatch: a file is not the graph that is expected.
        """
        estimator = Graph(files[LANDMARKS_16.name], ESTIMATOR_SIGNATURE, threads=threads, providers=providers)
        opened = Graph(files[generator.name], GENERATOR_SIGNATURE, threads=threads, providers=providers)
        return ProUigan(estimator, opened, reduce=reduce, guided=guided)

    return load


load = loader(PRO_UIGAN_COMPACT)
"""The fidelity form."""
PRO_UIGAN = Restorer(
    id="pro-uigan-compact",
    licence="code Apache-2.0; weights for non-commercial research only (trained on CelebA)",
    source=Source("Zhang et al. 2021 (Pro-UIGAN), own implementation and weights", "arXiv:2108.00602"),
    load=load,
    weights=(PRO_UIGAN_COMPACT, LANDMARKS_16),
    input_size=(INPUT, INPUT),
    output_size=(OUTPUT, OUTPUT),
    crop=CELEBA,
    generative=True,
    takes=("occlusion", "landmarks"),
    knobs=(
        Knob("reduce", "bring larger square crops to 16 px by area averaging; False: they are refused", SWITCH),
        Knob("threads", "for one call; as many as there are processors, at most 4", whole(1)),
        Knob("providers", "ONNX Runtime's names of what may compute; the CPU", NAMES),
    ),
    limits=(
        "16 px hold too little to tell people apart: most detail of the result is invented.",
        "Trained on photographs of public figures: children, old people and strongly turned faces are rare there.",
        "What is smaller than a pixel of the input (scars, rims of glasses, lashes) vanishes or is made up.",
        "What covers a face and is not named by an occlusion is painted as a part of the face.",
    ),
)
PRO_UIGAN_FULL_FORM = replace(
    PRO_UIGAN,
    id="pro-uigan-compact-full",
    load=loader(PRO_UIGAN_FULL),
    weights=(PRO_UIGAN_FULL, LANDMARKS_16),
    limits=(
        *PRO_UIGAN.limits,
        "Trained on with discriminators: sharper than the fidelity form, and further from the truth.",
    ),
)
"""With all five losses of the paper."""
PLAIN_NETWORK = replace(
    PRO_UIGAN,
    id="pro-uigan-plain",
    source=Source("a network of Pro-UIGAN's size without landmarks and attention, by the pixel loss alone"),
    load=loader(PRO_UIGAN_PLAIN, guided=False),
    weights=(PRO_UIGAN_PLAIN, LANDMARKS_16),
    takes=("occlusion",),
    limits=(*PRO_UIGAN.limits, "A baseline to compare with, not to use."),
)
"""What Pro-UIGAN is measured against."""
