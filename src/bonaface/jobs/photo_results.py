"""One photograph of a job: reading it, restoring it, writing its result and stages, and its line in the record."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np

from bonaface import __version__
from bonaface.api.outcomes import PhotoFace
from bonaface.api.photos import PhotoOptions, Prepared, RestoredPhoto, Upscaler, finish, prepare
from bonaface.core.errors import BonafaceError, PictureError, WeightsError
from bonaface.core.images import Picture
from bonaface.io.atomic import write_bytes
from bonaface.io.delivery import Delivered, deliver, kind_of, stage
from bonaface.io.pictures import read_picture
from bonaface.io.provenance import sha256_bytes
from bonaface.io.weights import known_sha256
from bonaface.jobs.journal import Entry
from bonaface.jobs.series import face_line
from bonaface.restore import Restore, Restorer

Cut = TypeVar("Cut")
STAGES = "stages"
STAGE_FILES = ("crop.png", "restored.png", "mask.png")


@dataclass(frozen=True, slots=True)
class Settings:
    """How all photographs of a job are restored.

    Attributes:
        card: of the restorer.
        options: how faces are chosen and put back.
        knobs: of the restorer, by name.
        keep_stages: write crop, restored crop and mask of each face too.
        upscaler: what enlarges the rest of a photograph; None: Lanczos.
        upscaler_id: its name and version, for the record.
        file: a graph of one's own in place of the published one; None: that one.
    """

    card: Restorer
    options: PhotoOptions = field(default_factory=PhotoOptions)
    knobs: Mapping[str, Any] = field(default_factory=dict)
    keep_stages: bool = False
    upscaler: Upscaler | None = None
    upscaler_id: str = "lanczos"
    file: Path | None = None

    def about(self) -> dict[str, Any]:
        """What the record of each photograph says of the settings."""
        return {
            "restorer": self.card.id,
            "weights": {weights.name: known_sha256(weights) for weights in self.card.weights}
            if self.file is None
            else {self.file.name: sha256_file(self.file)},
            "scale": self.options.scale,
            "upscaler": self.upscaler_id,
            "mask": self.options.shape,
            "feather": self.options.feather,
            "colour_match": self.options.match_colour,
            "seed": self.options.seed,
            "knobs": dict(self.knobs),
        }


@dataclass(frozen=True, slots=True)
class Read(Generic[Cut]):
    """A photograph whose faces are cut out, ready for a model.

    Attributes:
        data: its file.
        kind: of picture.
        prepared: the faces.
    """

    data: bytes
    kind: str
    prepared: Cut


def key_of(settings: Settings, about: Mapping[str, Any], input_sha256: str) -> str:
    """SHA-256 of everything that can change a result."""
    options = settings.options
    said = {
        **about,
        "version": __version__,
        "input_sha256": input_sha256,
        "face": options.face,
        "box": options.box,
        "landmarks": None if options.landmarks is None else options.landmarks.tolist(),
    }
    return sha256_bytes(json.dumps(said, sort_keys=True, default=str).encode())


def sha256_file(path: Path) -> str:
    """Empty where the file cannot be read: reading it as a picture will say why."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def read_photo(path: Path, settings: Settings) -> Read[Prepared] | BonafaceError:
    """A photograph with its faces cut out for a restorer; as `read_with`."""
    return read_with(path, lambda picture: prepare(picture, settings.card, settings.options))


def read_with(path: Path, cut: Callable[[Picture], Cut]) -> Read[Cut] | BonafaceError:
    """A photograph with its faces cut out, or why there is none.

    Args:
        path: of the photograph.
        cut: from the photograph as read to its faces.

    Raises:
        WeightsError: the detector's weights cannot be used: nothing can be done for any photograph.
    """
    try:
        picture = read_picture(path)
        data = path.read_bytes()
        if sha256_bytes(data) != picture.sha256:
            raise PictureError(f"{path} was changed while it was read. Start again.")
        return Read(data, kind_of(path), cut(picture))
    except WeightsError:
        raise
    except BonafaceError as error:
        return error
    except OSError as error:
        return PictureError(f"{path} cannot be read ({error.strerror}). Check the path and the rights.")


def restore_one(
    path: Path,
    output: str,
    read: Read[Prepared] | BonafaceError,
    settings: Settings,
    about: Mapping[str, Any],
    ready: Restore,
    folder: Path,
) -> Entry:
    """Restore one photograph and write its result; returns its line for the record."""
    entry: Entry = {
        "input": path.name,
        "input_path": str(path),
        "input_sha256": "",
        "output": None,
        "output_sha256": None,
        "key": None,
        "version": __version__,
        **about,
        "engine": getattr(ready, "engine", None),
        "noise": getattr(ready, "noise", None),
        "status": "failed",
        "why": "",
        "doubts": [],
        "notes": [],
        "smallest_face_looked_for": None,
        "faces": [],
    }
    if isinstance(read, BonafaceError):
        return entry | {"input_sha256": sha256_file(path), "why": str(read)}
    picture = read.prepared.picture
    key = key_of(settings, about, picture.sha256)
    height, width = picture.pixels.shape[:2]
    entry |= {"input_sha256": picture.sha256, "key": key, "size": [width, height]}
    try:
        photo = finish(read.prepared, settings.card, ready, settings.options, settings.upscaler)
        notes = [note for note in photo.notes if note not in photo.doubts]
        entry |= {"status": photo.status, "doubts": [*photo.doubts], "notes": [*of_result(picture), *notes]}
        entry["smallest_face_looked_for"] = round(photo.smallest, 1) or None
        entry["faces"] = [_face(face) for face in photo.faces]
        if photo.status == "failed":
            entry["why"] = "no face could be restored, and nothing was written"
            return entry
        record = {
            "key": key,
            "version": __version__,
            "input_sha256": picture.sha256,
            **about,
            "faces": len(photo.faces),
            "failed": [face.number for face in photo.faces if face.why],
            "note": "Not for identification: a model made the detail of these faces.",
        }
        made = _delivered(read, photo, settings, record)
    except BonafaceError as error:
        return entry | {"status": "failed", "why": str(error)}
    entry["notes"] += made.notes
    if photo.status == "partly":
        failed = [str(face.number) for face in photo.faces if face.why]
        entry["why"] = f"not restored: face {', '.join(failed)}"
    _clear_stages(folder / STAGES / output)
    if settings.keep_stages:
        for face, line in zip(photo.faces, entry["faces"], strict=True):
            line["stages"] = _write_stages(face, folder, f"{STAGES}/{output}/face{face.number}")
    write_bytes(folder / output, made.data, overwrite=True)
    return entry | {"output": output, "output_sha256": sha256_bytes(made.data)}


def of_result(picture: Picture) -> list[str]:
    """What was done to read a photograph and is true of the result as well: profile, alpha and grey are put back."""
    undone = ("converted from the colour profile", "put on mid grey", "grey picture turned", "of one bit turned")
    return [note for note in picture.notes if not any(words in note for words in undone)]


def _delivered(read: Read[Prepared], photo: RestoredPhoto, settings: Settings, record: Mapping[str, Any]) -> Delivered:
    picture = read.prepared.picture
    # What another upscaler made of the rest of the photograph is written as it is, too.
    changed = photo.restored if settings.upscaler is None else np.ones_like(photo.restored)
    return deliver(read.data, read.kind, picture, photo.before, photo.image, changed, f"Bonaface {__version__}", record)


def _face(face: PhotoFace) -> dict[str, Any]:
    """A face's part of the line."""
    return face_line(face) | {
        "colour": None
        if face.colour is None
        else {name: [round(v, 3) for v in getattr(face.colour, name)] for name in ("shift", "gain")},
        "stages": None,
    }


def _write_stages(face: PhotoFace, folder: Path, name: str) -> str | None:
    if face.restored is None:
        return None
    for file, values in zip(STAGE_FILES, (face.crop, face.restored, face.weight), strict=True):
        write_bytes(folder / name / file, stage(values), overwrite=True)
    return name


def stages_there(entry: Entry, folder: Path) -> bool:
    """Whether the stages of every restored face were kept."""
    kept = [face["stages"] for face in entry["faces"] if face["status"] == "ok"]
    return all(name and all((folder / name / file).is_file() for file in STAGE_FILES) for name in kept)


def _clear_stages(place: Path) -> None:
    """Remove what an earlier start kept of the same photograph, and nothing else."""
    for folder in sorted(place.glob("face*")):
        for name in STAGE_FILES:
            (folder / name).unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            folder.rmdir()
    for each in (place, place.parent):
        with contextlib.suppress(OSError):
            each.rmdir()
