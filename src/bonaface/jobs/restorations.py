"""Many restorations: which mask belongs to which picture, one picture after another, and what each result says."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bonaface import __version__
from bonaface.api.restoring import restore, restore_faces
from bonaface.api.sources import open_picture
from bonaface.core.errors import BonafaceError, InputError, OutputExists, WeightsError
from bonaface.core.images import MIN_SIDE, MIN_THUMBNAIL, Image, Picture, Points, to_bytes
from bonaface.faces.align import scale_of
from bonaface.faces.locate import SURE
from bonaface.io.folders import list_pictures, pair_by_name
from bonaface.io.weights import known_sha256
from bonaface.io.writing import write_picture
from bonaface.jobs.audits import Failure
from bonaface.restore import RESTORERS
from bonaface.restore.landmarks import Moves


@dataclass(frozen=True, slots=True)
class Task:
    """One picture to restore.

    Attributes:
        picture: an aligned face, or a photograph.
        mask: what is covered in it, or None.
    """

    picture: Path
    mask: Path | None = None

    @property
    def name(self) -> str:
        """Of the result, without its ending."""
        return self.picture.stem


@dataclass(frozen=True, slots=True)
class Options:
    """How pictures are restored; see `bonaface.restore` and `bonaface.api.restore_faces`.

    Attributes:
        restorer: its id.
        aligned: the pictures are aligned faces, not photographs.
        reduce: bring larger aligned faces to the size that the restorer reads.
        face: which face of each photograph; None: all.
        box: of the one face, in pixels of the photograph.
        landmarks: of the one face: in pixels of the result where it is aligned, else of the photograph.
        edit: how far groups of landmarks move.
        seed: of restorers that are random.
        knobs: of the restorer, by name.
    """

    restorer: str
    aligned: bool = False
    reduce: bool = False
    face: int | None = None
    box: tuple[float, float, float, float] | None = None
    landmarks: Points | None = None
    edit: Moves = field(default_factory=dict)
    seed: int = 0
    knobs: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Written:
    """One result.

    Attributes:
        path: its file.
        crop_width: how wide the crop is in the picture that it comes from, in pixels.
        unsure: whether the detector was not sure that there is a face at all.
    """

    path: Path
    crop_width: float
    unsure: bool = False


def plan(pictures: Sequence[Path], masks: Path | None = None) -> tuple[list[Task], list[Failure], list[Path]]:
    """Which pictures are restored, and with which masks.

    Args:
        pictures: files, and folders, which stand for the pictures in them.
        masks: a folder with a mask for each picture, of the same name up to the ending.

    Returns:
        Tasks in the order of the pictures, the pictures without a mask, and the masks without a picture.

    Raises:
        PictureError: a folder without a picture.
        InputError: two pictures would have results of one name.
    """
    files = [path for given in pictures for path in (list_pictures(given) if given.is_dir() else [given])]
    seen: dict[str, Path] = {}
    for path in files:
        other = seen.setdefault(path.stem.casefold(), path)
        if other is not path:
            raise InputError(
                f"{other} and {path} would both become {path.stem}.png. Restore them into different folders, or "
                "rename one of them."
            )
    if masks is None:
        return [Task(path) for path in files], [], []
    pairs, lonely, unused = pair_by_name(files, list_pictures(masks))
    partner = dict(pairs)
    tasks = [Task(path, partner[path]) for path in files if path in partner]
    return tasks, [Failure(path.name, f"no mask of the name {path.stem} in {masks}") for path in lonely], unused


def check_targets(tasks: Sequence[Task], folder: Path, *, aligned: bool, overwrite: bool) -> None:
    """Raise before any work where a result would replace something.

    Raises:
        OutputExists: a result is there already, and overwriting was not asked for.
        InputError: a result would replace one of the inputs, or `folder` is a file.
    """
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is a file; expected a folder for the results. Choose another name.")
    inputs = {path.resolve() for task in tasks for path in (task.picture, task.mask) if path is not None}
    older = []
    for task in tasks:
        faces = [] if aligned else sorted(folder.glob(f"{_escaped(task.name)}-face*.png"))
        there = [path for path in (folder / f"{task.name}.png", *faces) if path.exists()]
        for path in there:
            if path.resolve() in inputs:
                raise InputError(f"{path} is one of the inputs, which are never overwritten. Choose another folder.")
        older += there
    if older and not overwrite:
        more = f" and {len(older) - 1} more" if len(older) > 1 else ""
        raise OutputExists(
            f"{older[0]}{more} is there already. Choose another folder, or pass --overwrite to replace results."
        )


def run(
    tasks: Sequence[Task], options: Options, folder: Path, *, overwrite: bool = False
) -> Iterator[tuple[Task, list[Written] | Failure]]:
    """Restore one picture after another, and write the results into `folder`.

    Each picture goes through by itself, so that a result does not depend on what else is in the job.

    Raises:
        WeightsError: the restorer cannot be opened; it could be for none of them.
    """
    for task in tasks:
        try:
            yield task, _restore(task, options, folder, overwrite)
        except WeightsError:
            raise
        except BonafaceError as error:
            yield task, Failure(task.picture.name, str(error))


def _restore(task: Task, options: Options, folder: Path, overwrite: bool) -> list[Written]:
    picture = open_picture(task.picture, "picture", MIN_THUMBNAIL if options.aligned else MIN_SIDE)
    mask = None if task.mask is None else open_picture(task.mask, "mask", MIN_THUMBNAIL)
    made: list[tuple[str, Image, float, dict[str, Any]]] = []  # name, result, width of the crop, where the face was
    if options.aligned:
        card = RESTORERS[options.restorer]
        image = restore(
            picture,
            options.restorer,
            card.output_size or (128, 128),
            occlusion=mask,
            landmarks=options.landmarks,
            edit=options.edit,
            reduce=options.reduce,
            seed=options.seed,
            knobs=options.knobs,
        )
        made.append((task.name, image, float(picture.pixels.shape[1]), {}))
    else:
        faces = restore_faces(
            picture,
            options.restorer,
            face=options.face,
            box=options.box,
            landmarks=options.landmarks,
            occlusion=mask,
            edit=options.edit,
            seed=options.seed,
            knobs=options.knobs,
        )
        for number, face in enumerate(faces, options.face or 1):
            name = task.name if len(faces) == 1 and options.face is None else f"{task.name}-face{number}"
            about: dict[str, Any] = {
                "detector": face.face.detector,
                "confidence": round(face.face.confidence, 3),
                "box": [round(v, 2) for v in face.face.box],
                "to_crop": [[round(float(v), 6) for v in row] for row in face.to_crop],
            }
            made.append((name, face.image, face.image.shape[1] / scale_of(face.to_crop), about))
    written = []
    for name, image, width, about in made:
        path = folder / f"{name}.png"
        write_picture(path, to_bytes(image), overwrite=overwrite, text=_text(options, picture, mask, about))
        unsure = about.get("detector") == "hog" and about["confidence"] < SURE
        written.append(Written(path, width, unsure))
    return written


def _text(options: Options, picture: Picture, mask: Picture | None, face: dict[str, Any]) -> dict[str, str]:
    """What a result says of itself: that a model made it, and what is needed to make it again."""
    card = RESTORERS[options.restorer]
    size = "x".join(map(str, card.input_size or picture.pixels.shape[1::-1]))
    said = f"Enlarged by {card.id} from {size} pixels."
    if card.generative:
        said = (
            f"Made by the model {card.id} from {size} pixels: most of its detail is invented. Not for identification."
        )
    record: dict[str, Any] = {
        "version": __version__,
        "restorer": card.id,
        "weights": {weights.name: known_sha256(weights) for weights in card.weights},
        "input_sha256": picture.sha256,
    }
    if mask is not None:
        record["mask_sha256"] = mask.sha256
    if face:
        record["face"] = face
    if options.landmarks is not None:
        record["landmarks"] = [[round(float(x), 2), round(float(y), 2)] for x, y in options.landmarks]
    if card.random:
        record["seed"] = options.seed
    if options.knobs:
        record["knobs"] = dict(options.knobs)
    if options.edit:
        record["edit"] = {name: list(move) for name, move in options.edit.items()}
    return {
        "Software": f"Bonaface {__version__}",
        "Description": said,
        "bonaface": json.dumps(record, ensure_ascii=False, allow_nan=False),
    }


def _escaped(name: str) -> str:
    import glob

    return glob.escape(name)
