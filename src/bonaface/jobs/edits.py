"""Expressions changed in one photograph after another, into one folder with its record, `edit.jsonl`.

A result is known again by its key: a hash of everything that can change it. Decisions 0011 and 0017 say more.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from bonaface import __version__
from bonaface.api.editing import EditedFace, EditedPhoto, EditOptions, Prepared, finish, prepare
from bonaface.api.editors import files_record, open_editor, reading_side
from bonaface.api.outcomes import check_knobs
from bonaface.core.errors import BonafaceError, InputError
from bonaface.core.images import Mask
from bonaface.edit import Edit, Editor
from bonaface.io.atomic import write_bytes
from bonaface.io.delivery import deliver
from bonaface.io.provenance import sha256_array, sha256_bytes
from bonaface.io.unchanged import EXACT, compare_outside
from bonaface.jobs.journal import EDITS, Entry, filling
from bonaface.jobs.photo_results import Read, of_result, read_with, sha256_file
from bonaface.jobs.series import Outcome, Task, ahead, check_inputs, face_line, named_tasks, sort_out

__all__ = ["FORMATS", "Outcome", "Settings", "Task", "plan", "run"]

FORMATS = {"png": ".png", "tiff": ".tif", "jpeg": ".jpg"}
"""What edited photographs are written as, and how names of them end. A JPEG has losses everywhere."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How all photographs of a job are edited.

    Attributes:
        card: of the editor.
        target: the expression, as `api.editors.target_of` gives it.
        options: how faces are chosen, and how their change is brought back.
        knobs: of the editor, by name.
        file: an expression layer of one's own in place of the editor's; None: those.
        into: the format, one of `FORMATS`.
    """

    card: Editor
    target: str
    options: EditOptions = field(default_factory=EditOptions)
    knobs: Mapping[str, Any] = field(default_factory=dict)
    file: Path | None = None
    into: str = "png"

    def about(self) -> dict[str, Any]:
        """What the record of each photograph says of the settings."""
        options = self.options
        return {
            "editor": self.card.id,
            "to": self.target,
            **files_record(self.card, self.knobs, self.file),
            "strength": options.strength,
            "sharpness": options.sharpness,
            "region_sha256": None if options.region is None else sha256_array(options.region),
            "seed": options.seed,
            "knobs": dict(self.knobs),
            "format": self.into,
        }


def plan(pictures: Sequence[Path], target: str, into: str = "png") -> list[Task]:
    """Which photographs are edited, and the names of their results: that of the photograph, with the expression.

    Args:
        pictures: files, and folders, which stand for the pictures in them.
        target: the expression.
        into: the format, one of `FORMATS`.

    Raises:
        PictureError: a folder without a picture.
        InputError: two photographs would have results of one name; or another format.
    """
    if into not in FORMATS:
        raise InputError(f"The format is {into!r}; expected {', '.join(FORMATS)}.")
    word = re.sub(r"[^\w-]+", "-", target)  # a layer of one's own may call it anything
    return named_tasks(pictures, lambda path: f"{path.stem}-{word}{FORMATS[into]}", "Edit")


def run(
    tasks: Sequence[Task], settings: Settings, folder: Path, *, overwrite: bool = False
) -> Iterator[Outcome | Sequence[Outcome]]:
    """Edit one photograph after another into `folder`.

    Yields:
        First, in a list, what was done by an earlier start; then one outcome after another. Each is on the disk, and
        in the record, before it is yielded.

    Raises:
        OutputExists: a result is there that was not made so, and overwriting was not asked for; nothing was done.
        InputError: settings that mean nothing; a result would replace an input; the folder is no folder, or is in use;
            or it cannot be written to, as when the disk is full.
        WeightsError: the editor cannot be opened.
    """
    settings.options.check()
    reading_side(settings.card)
    check_knobs(settings.card, settings.knobs)
    check_inputs(tasks, folder)
    about = settings.about()

    def key(picture: Path) -> str:
        return _key(settings, about, sha256_file(picture))

    def read(path: Path) -> Read[Prepared] | BonafaceError:
        return read_with(path, lambda picture: prepare(picture, settings.card, settings.target, settings.options))

    with filling(folder, EDITS) as journal:
        todo, done = sort_out(tasks, key, folder, journal, overwrite=overwrite)
        yield done
        if not todo:
            return
        ready = open_editor(settings.card, settings.knobs, settings.file)
        unwritten: list[Entry] = []
        for task, made in ahead(todo, read):
            entry = _edit_one(task, made, settings, about, ready, folder)
            unwritten.append(entry)
            if entry["output"] or not journal.empty:  # where nothing can be done, nothing is written
                for each in unwritten:
                    journal.add(each)
                unwritten.clear()
            yield Outcome(task, entry)


def _key(settings: Settings, about: Mapping[str, Any], input_sha256: str) -> str:
    """SHA-256 of everything that can change a result."""
    options = settings.options
    said = {
        **about,
        "kind": EDITS,
        "version": __version__,
        "input_sha256": input_sha256,
        "face": options.face,
        "box": options.box,
        "landmarks": None if options.landmarks is None else options.landmarks.tolist(),
    }
    return sha256_bytes(json.dumps(said, sort_keys=True, default=str).encode())


def _edit_one(
    task: Task,
    read: Read[Prepared] | BonafaceError,
    settings: Settings,
    about: Mapping[str, Any],
    ready: Edit,
    folder: Path,
) -> Entry:
    """Edit one photograph and write its result; returns its line for the record."""
    entry: Entry = {
        "kind": EDITS,
        "name": task.output,
        "input": task.picture.name,
        "input_path": str(task.picture),
        "input_sha256": "",
        "output": None,
        "output_sha256": None,
        "key": None,
        "version": __version__,
        **about,
        "status": "failed",
        "why": "",
        "given": None,
        "doubts": [],
        "notes": [],
        "smallest_face_looked_for": None,
        "edited_region": None,
        "outside": None,
        "faces": [],
    }
    if isinstance(read, BonafaceError):
        return entry | {"input_sha256": sha256_file(task.picture), "why": str(read)}
    prepared = read.prepared
    picture = prepared.picture
    key = _key(settings, about, picture.sha256)
    height, width = picture.pixels.shape[:2]
    entry |= {"input_sha256": picture.sha256, "key": key, "size": [width, height], "given": prepared.given or None}
    try:
        photo = finish(prepared, settings.card, ready, settings.target, settings.options)
        notes = [note for note in photo.notes if note not in photo.doubts]
        opened = [note.rstrip(".") for note in getattr(ready, "notes", ())]
        entry |= {"status": photo.status, "doubts": [*photo.doubts], "notes": [*of_result(picture), *notes, *opened]}
        entry["smallest_face_looked_for"] = round(photo.smallest, 1) or None
        entry["faces"] = [_face(face) for face in photo.faces]
        if photo.status == "failed":
            entry["why"] = "no face could be edited, and nothing was written"
            return entry
        entry["edited_region"] = _region(photo.changed)
        data = _encoded(read, photo, settings, about, key, entry)
    except BonafaceError as error:
        return entry | {"status": "failed", "why": str(error)}
    if photo.status == "partly":
        entry["why"] = f"not edited: face {', '.join(str(face.number) for face in photo.faces if face.why)}"
    write_bytes(folder / task.output, data, overwrite=True)
    return entry | {"output": task.output, "output_sha256": sha256_bytes(data)}


def _encoded(
    read: Read[Prepared], photo: EditedPhoto, settings: Settings, about: Mapping[str, Any], key: str, entry: Entry
) -> bytes:
    """The file to write, decoded again and compared with the photograph; what is to be said of it goes into its line.

    Raises:
        BonafaceError: outside of the edited region it is not the photograph.
    """
    picture, none = read.prepared.picture, np.zeros(photo.changed.shape, np.float32)
    record = {
        "key": key,
        "version": __version__,
        "input_sha256": picture.sha256,
        **about,
        "given": entry["given"],
        "edited_region": entry["edited_region"],
        "faces": [face.number for face in photo.faces if not face.why],
        "note": f"Not for identification: a model changed the expression of this face to {photo.target}."
        if photo.changed.any()
        else "Nothing was changed.",
    }
    made = deliver(
        read.data, read.kind, picture, photo.before, photo.image, none, f"Bonaface {__version__}", record,
        changed=photo.changed, into=settings.into,
    )  # fmt: skip
    entry["notes"] += made.notes
    outside = compare_outside(made.data, settings.into, read.data, read.kind, picture, photo.changed)
    entry["outside"] = outside.as_dict()
    if settings.into not in EXACT:
        entry["notes"].append(
            f"a {settings.into.upper()} has losses everywhere: outside of the edited region, "
            f"{outside.different / max(outside.pixels, 1):.0%} of the pixels differ from the photograph, by up to "
            f"{outside.largest} of 255 levels ({outside.mean:.2f} on average); as a PNG they would be identical"
        )
    return made.data


def _region(changed: Mask) -> dict[str, Any]:
    """Where the result may differ from the photograph: x0, y0, x1, y1 (the last two beyond it), and its pixels."""
    rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
    box = [int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1] if rows.size else None
    return {"box": box, "pixels": int(changed.sum())}


def _face(face: EditedFace) -> dict[str, Any]:
    """A face's part of the line."""
    return face_line(face) | {
        "sharpened_by": None
        if face.blur is None
        else {"pixels": [round(v, 2) for v in face.blur.sigmas], "degrees": round(face.blur.angle, 1)},
    }
