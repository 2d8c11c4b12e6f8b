"""One picture of a job of crops: restoring it, writing its results, and its line in the record."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bonaface import __version__
from bonaface.api.restoring import not_looked_for, restore, restore_found
from bonaface.api.sources import open_picture
from bonaface.core.errors import BonafaceError, OutputExists, WeightsError
from bonaface.core.images import MIN_SIDE, MIN_THUMBNAIL, Image, Picture, Points, to_bytes
from bonaface.faces.align import scale_of
from bonaface.faces.locate import DOUBTED
from bonaface.io.provenance import sha256_bytes
from bonaface.io.weights import known_sha256
from bonaface.io.writing import write_picture
from bonaface.jobs.journal import Entry, Journal, results
from bonaface.jobs.photo_results import sha256_file
from bonaface.jobs.restored import CROPS
from bonaface.restore import RESTORERS, Restorer
from bonaface.restore.landmarks import Moves

FINER = 1.5
"""From how many times the result's width on a photograph's face is said to have more detail than the result."""


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


def about_of(options: Options) -> dict[str, Any]:
    """What the record of each picture says of the settings."""
    card = RESTORERS[options.restorer]
    return {
        "restorer": card.id,
        "weights": {weights.name: known_sha256(weights) for weights in card.weights},
        "aligned": options.aligned,
        "seed": options.seed,
        "knobs": dict(options.knobs),
    }


def key_of(task: Task, options: Options, about: Mapping[str, Any]) -> str:
    """SHA-256 of everything that can change a result."""
    said = {
        **about,
        "kind": CROPS,
        "version": __version__,
        "input_sha256": sha256_file(task.picture),
        "mask_sha256": None if task.mask is None else sha256_file(task.mask),
        "reduce": options.reduce,
        "face": options.face,
        "box": options.box,
        "landmarks": None if options.landmarks is None else options.landmarks.tolist(),
        "edit": dict(options.edit),
    }
    return sha256_bytes(json.dumps(said, sort_keys=True, default=str).encode())


def owner(path: Path, task: Task, journal: Journal) -> str | None:
    """Another picture whose result a file is: the names of faces may meet those of pictures. None: there is none."""
    entry = journal.of(path.name)
    if entry is None or entry["input"] == task.picture.name or results(entry)[path.name] != sha256_file(path):
        return None
    return str(entry["input"])


def restore_one(task: Task, options: Options, about: Mapping[str, Any], folder: Path, journal: Journal) -> Entry:
    """Restore one picture and write its results; returns its line for the record.

    Raises:
        InputError: the folder cannot be written to.
        WeightsError: the restorer cannot be opened.
    """
    key = key_of(task, options, about)
    entry: Entry = {
        "kind": CROPS,
        "input": task.picture.name,
        "input_path": str(task.picture),
        "input_sha256": sha256_file(task.picture),
        "mask": None if task.mask is None else str(task.mask),
        "key": key,
        "version": __version__,
        **about,
        "status": "failed",
        "why": "",
        "doubts": [],
        "notes": [],
        "smallest_face_looked_for": None,
        "outputs": [],
    }
    try:
        picture = open_picture(task.picture, "picture", MIN_THUMBNAIL if options.aligned else MIN_SIDE)
        mask = None if task.mask is None else open_picture(task.mask, "mask", MIN_THUMBNAIL)
        made = _made(task, options, picture, mask, entry)
        for each in made:  # before any is written
            if other := owner(folder / each.name, task, journal):
                raise OutputExists(f"{each.name} is the result of {other} already. Rename one of them.")
    except WeightsError:
        raise
    except BonafaceError as error:
        return entry | {"why": str(error)}
    earlier = results(journal.on(task.picture.name) or {})
    for each in made:
        path = folder / each.name
        text = _text(options, picture, mask, each.about, key)
        write_picture(path, to_bytes(each.image), overwrite=True, text=text)
        line = {"output": each.name, "output_sha256": sha256_file(path), "crop_width": round(each.width, 1)}
        entry["outputs"].append(line | each.about)
    for name in earlier.keys() - {each.name for each in made}:  # of a picture that had more faces before
        if sha256_file(folder / name) == earlier[name]:
            (folder / name).unlink()
    return entry | {"status": "ok"}


@dataclass(frozen=True, slots=True)
class _Made:
    """One result: its file's name, how wide the crop is in the picture that it is from, and where the face was."""

    name: str
    image: Image
    width: float
    about: dict[str, Any]

    @property
    def unsure(self) -> bool:
        return self.about.get("detector") == "hog" and self.about["confidence"] < DOUBTED


def _made(task: Task, options: Options, picture: Picture, mask: Picture | None, entry: Entry) -> list[_Made]:
    """The results of one picture; what is to be said of them goes into its line."""
    card = RESTORERS[options.restorer]
    more: dict[str, Any] = {"occlusion": mask, "landmarks": options.landmarks, "edit": options.edit,
                            "seed": options.seed, "knobs": options.knobs}  # fmt: skip
    if options.aligned:
        size = card.output_size or (128, 128)
        image = restore(picture, options.restorer, size, reduce=options.reduce, **more)
        return [_Made(f"{task.name}.png", image, float(picture.pixels.shape[1]), {})]
    faces, search = restore_found(picture, options.restorer, face=options.face, box=options.box, **more)
    made = []
    for number, face in enumerate(faces, options.face or 1):
        name = task.name if len(faces) == 1 and options.face is None else f"{task.name}-face{number}"
        about: dict[str, Any] = {
            "face": number,
            "detector": face.face.detector,
            "confidence": round(face.face.confidence, 3),
            "box": [round(v, 2) for v in face.face.box],
            "to_crop": [[round(float(v), 6) for v in row] for row in face.to_crop],
        }
        made.append(_Made(f"{name}.png", face.image, face.image.shape[1] / scale_of(face.to_crop), about))
    entry["doubts"] = [*_unsure(made), *(not_looked_for(search) if options.face is None else ())]
    entry["notes"] = _finer(made, card)
    entry["smallest_face_looked_for"] = round(search.smallest, 1) or None
    return made


def _unsure(made: Sequence[_Made]) -> list[str]:
    names = [each.name for each in made if each.unsure]
    if not names:
        return []
    places = "1 place" if len(names) == 1 else f"{len(names)} places"
    return [
        f"the detector is not sure that there is a face in {places}, and the restorer paints one in any case: look at "
        f"{', '.join(names[:5])}{' and more' if len(names) > 5 else ''}"
    ]


def _finer(made: Sequence[_Made], card: Restorer) -> list[str]:
    """That a photograph has more detail than its result."""
    reads = (card.input_size or (16, 16))[1]
    finer = [each for each in made if each.width > FINER * each.image.shape[1]]
    if not finer:
        return []
    return [
        f"{len(finer)} of {len(made)} faces are larger in the photograph than in the result (the crop of "
        f"{finer[0].name} is {finer[0].width:.0f} px wide there); the model reads {reads} px of each: the photograph "
        "is the better picture"
    ]


def _text(options: Options, picture: Picture, mask: Picture | None, face: dict[str, Any], key: str) -> dict[str, str]:
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
        "key": key,
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
