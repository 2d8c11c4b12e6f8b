"""The faces that are measured, each with its truth of 128 px, in one of two framings.

`ffhq`: the faces of `celeba_val.parquet` as they are, cut out as FFHQ's but tighter (`faces.crops.CELEBA`): with hair
and background, and harder.

`facial-area`: S2's own framing, from the brows to the chin (`faces.align.to_facial_area`). Only the held-back tenth of
`celebamask` is measured in it: that is S2's database, and at 256 px its faces have more pixels than the crop. Cutting
the facial area out of the 128 px faces of the Parquet files would enlarge the truth, which makes it smooth and the
figure better than it is (bicubic without occlusion, these faces: 23.6 dB by way of such crops, 23.3 dB straight from
256 px).

Left out of both: what `bonaface.bench.leaks` lists.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import numpy as np

from bonaface.api import wiring
from bonaface.bench.leaks import CELEBA_VAL_IN_CELEBAMASK, CELEBAMASK_IN_CELEBA_TRAIN
from bonaface.core.errors import InputError
from bonaface.core.images import Bytes8, Image, Points, Similarity, to_image
from bonaface.faces.align import scale_of, to_facial_area, transform
from bonaface.faces.crops import CELEBA, cut, to_crop
from bonaface.faces.locate import Box
from bonaface.faces.parse import CLASSES, Labels
from bonaface.io.pictures import read_picture
from bonaface.train.faces import LANDMARKS, FaceData, open_faces
from bonaface.train.splits import fold_of_people, held_back_names

SIDE = 128
"""Pixels of a truth."""
HELD_BACK = 10
"""One picture in so many of `celebamask` is kept out of every training."""
FOLDS = 5
"""The expression reader never saw the first of so many folds of people in `expressions.parquet`."""


@dataclass(frozen=True, slots=True)
class Subject:
    """One face.

    Attributes:
        name: of the picture.
        truth: (128, 128, 3).
        landmarks: (68, 2) in pixels of the truth, found on the photograph in the size in which it is at hand.
        box: what dlib's landmark predictor starts from, in pixels of the truth; None: no face was detected.
        person: who it is, as far as is known; else the name.
        labels: (128, 128), the parts of the face by human annotators; None: there are none.
        expression: shown, by a label of the data; empty: there is none.
    """

    name: str
    truth: Image
    landmarks: Points
    box: Box | None
    person: str
    labels: Labels | None = None
    expression: str = ""


def ffhq(folder: Path, count: int | None = None) -> list[Subject]:
    """Faces of `celeba_val.parquet` in `folder`, as they are.

    Args:
        folder: of the data.
        count: so many of them, the same ones at every call; None: all.

    Raises:
        InputError: the file is not there, or is another one.
    """
    faces = open_faces(folder / "celeba_val.parquet", [LANDMARKS, "identity"])
    chosen = drawn([name for name in faces.names if name not in CELEBA_VAL_IN_CELEBAMASK], count)
    places = {name: index for index, name in enumerate(faces.names)}
    out: list[Subject] = []
    for name in chosen:
        index = places[name]
        pixels = faces.picture(index)
        if pixels.shape != (SIDE, SIDE, 3):
            raise InputError(f"{name} of celeba_val.parquet is {pixels.shape}; expected ({SIDE}, {SIDE}, 3).")
        found = wiring.locator().faces(pixels, network=False)
        landmarks = faces.columns[LANDMARKS][index].astype(np.float64)
        person = f"identity {int(faces.columns['identity'][index])}"
        out.append(Subject(name, to_image(pixels), landmarks, found[0].box if found else None, person))
    return out


def facial_area(folder: Path, count: int | None = None) -> list[Subject]:
    """The held-back tenth of `celebamask` in `folder` in S2's framing, with human masks; for the rest see `ffhq`.

    Pictures in which dlib finds no face are left out, as S2 does.
    """
    faces = open_faces(folder / "celebamask" / "images")
    held = held_back_names(faces.names, HELD_BACK)
    names = [name for name, out in zip(faces.names, held, strict=True) if out]
    chosen = drawn([name for name in names if name not in CELEBAMASK_IN_CELEBA_TRAIN], None)
    places = {name: index for index, name in enumerate(faces.names)}
    out: list[Subject] = []
    for name in chosen:
        if count is not None and len(out) == count:
            break
        pixels = faces.picture(places[name])
        found = wiring.locator().faces(pixels)
        if not found:
            continue
        landmarks = found[0].landmarks
        matrix = to_facial_area(landmarks, SIDE)
        labels = _warped(_human_labels(folder, name, pixels), matrix)
        truth = cut(to_image(pixels), matrix, SIDE)
        box = carried(found[0].box, matrix)
        out.append(Subject(name, truth, transform(landmarks, matrix), box, name, labels))
    return out


def london(folder: Path, expression: str, count: int | None = None) -> list[Subject]:
    """Photographs of the Face Research Lab London Set, cut out as the faces of `ffhq`.

    Args:
        folder: of the data.
        expression: "neutral" or "smiling".
        count: as for `ffhq`; the same people for both expressions.
    """
    faces = open_faces(folder / "london" / expression)
    label = {"neutral": "neutral", "smiling": "happiness"}[expression]
    return _cut_out(faces, drawn(faces.names, count), dict.fromkeys(faces.names, label), by_name=True)


def press(folder: Path, count: int | None = None) -> list[Subject]:
    """Faces of people in `expressions.parquet` whom the expression reader never saw, cut out as those of `ffhq`.

    Pictures in which dlib's HOG detector finds no face are left out: nothing says where their parts are.
    """
    faces = open_faces(folder / "expressions.parquet", ["expression"])
    held = fold_of_people(faces.names, FOLDS) == 0
    labels = {name: str(label) for name, label in zip(faces.names, faces.columns["expression"], strict=True)}
    names = [name for name, out in zip(faces.names, held, strict=True) if out]
    return _cut_out(faces, drawn(names, count), labels, by_name=False)


def drawn(names: Sequence[str], count: int | None) -> list[str]:
    """The first `count` names in the order of their checksums: any number of them is a fair sample."""
    if count is not None and count < 1:
        raise InputError(f"{count} faces were asked for; expected one or more.")
    return sorted(names, key=lambda name: (crc32(Path(name).stem.encode()), name))[:count]


def carried(box: Box, matrix: Similarity) -> Box:
    """An upright box of the same size and centre after a similarity transform."""
    x0, y0, x1, y1 = box
    (x, y), scale = transform(np.array([((x0 + x1) / 2, (y0 + y1) / 2)]), matrix)[0], scale_of(matrix)
    across, down = scale * (x1 - x0) / 2, scale * (y1 - y0) / 2
    return float(x - across), float(y - down), float(x + across), float(y + down)


def _cut_out(faces: FaceData, names: Sequence[str], labels: dict[str, str], *, by_name: bool) -> list[Subject]:
    places = {name: index for index, name in enumerate(faces.names)}
    out: list[Subject] = []
    for name in names:
        pixels = faces.picture(places[name])
        found = wiring.locator().faces(pixels, network=False)
        if not found:
            continue
        matrix = to_crop(found[0].landmarks, SIDE, CELEBA)
        truth = cut(to_image(pixels, name, 1), matrix, SIDE)
        points, box = transform(found[0].landmarks, matrix), carried(found[0].box, matrix)
        person = name if by_name else Path(name).stem.rstrip("0123456789").rstrip("_-").lower()
        out.append(Subject(name, truth, points, box, person, expression=labels[name]))
    return out


def _human_labels(folder: Path, name: str, pixels: Bytes8) -> Labels:
    file = (folder / "celebamask" / "masks" / name).with_suffix(".png")
    labels = read_picture(file).pixels[..., 0]
    if labels.shape != pixels.shape[:2] or int(labels.max()) >= len(CLASSES):
        raise InputError(
            f"{file} is {labels.shape} with values up to {labels.max()}; expected {pixels.shape[:2]} and at most "
            f"{len(CLASSES) - 1}, the classes of celebamask."
        )
    return np.ascontiguousarray(labels, np.uint8)


def _warped(labels: Labels, matrix: Similarity) -> Labels:
    """The nearest label at each of 128 x 128 pixels; background outside."""
    import cv2

    return np.asarray(cv2.warpAffine(labels, matrix, (SIDE, SIDE), flags=cv2.INTER_NEAREST), np.uint8)
