"""The record of a folder that `bonaface restore` filled: reading `restore.jsonl`, which anybody may have changed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

import numpy as np

from bonaface.core.errors import InputError
from bonaface.core.images import Similarity

RECORD = "restore.jsonl"
PHOTOGRAPHS, CROPS = "photographs", "crops"
"""What the lines of a record are about; lines without a `kind` are about photographs."""
MAX_SIDE = 4096
"""Of a crop, in pixels."""


@dataclass(frozen=True, slots=True)
class FaceRecord:
    """One face of a restored photograph.

    Attributes:
        face: its number, from 1.
        status: "ok" or "failed".
        why: it failed.
        to_crop: (2, 3), from pixels of the photograph as it was to pixels of the crop.
        crop_side: of the crop, in pixels.
        stages: folder with crop.png, restored.png and mask.png, relative to the restored folder; empty: not kept.
    """

    face: int
    status: str
    why: str
    to_crop: Similarity
    crop_side: int
    stages: str


@dataclass(frozen=True, slots=True)
class PhotoRecord:
    """One restored photograph; see `docs/decisions/0011-photographs.md`.

    Attributes:
        input: the name of the photograph.
        input_path: as it was given.
        input_sha256: of its file.
        output: the name of the result in the folder; empty: there is none.
        output_sha256: of its file.
        status: "ok", "partly" or "failed".
        why: it failed.
        scale: how many times larger the result is.
        colour_match: crops were brought to the photograph's tone before they were pasted.
        faces: in their order.
    """

    input: str
    input_path: str
    input_sha256: str
    output: str
    output_sha256: str
    status: str
    why: str
    scale: float
    faces: tuple[FaceRecord, ...]
    colour_match: bool


def is_restored(folder: Path) -> bool:
    """Whether `bonaface restore` filled a folder with whole photographs; one of crops is a folder of pictures."""
    place = folder / RECORD
    return folder.is_dir() and place.is_file() and not _holds_crops(place)


def _holds_crops(place: Path) -> bool:
    """By the first line; one that cannot be read is left to `read_records`, which says so."""
    try:
        with place.open("rb") as file:
            first = json.loads(file.readline())
    except (OSError, ValueError):
        return False
    return isinstance(first, dict) and first.get("kind") == CROPS


def whole_lines(data: bytes) -> list[bytes]:
    """The lines of a record; a last one without its end was cut short, by a power cut, and is left out."""
    return data.split(b"\n")[:-1]


def read_records(folder: Path) -> list[PhotoRecord]:
    """The record of a restored folder: for each photograph the last line that speaks of it, in the order of the lines.

    Raises:
        InputError: a line that is none of `bonaface restore`'s, or one that points out of the folder.
    """
    place = folder / RECORD
    try:
        data = place.read_bytes()
    except OSError as error:
        raise InputError(f"{place} cannot be read ({error}). Restore the photographs again.") from error
    found: dict[str, PhotoRecord] = {}
    for number, line in enumerate(whole_lines(data), 1):
        try:
            record = _photo(json.loads(line))
        except (json.JSONDecodeError, UnicodeDecodeError) as error:
            raise InputError(f"{place}, line {number}: no JSON ({error}). Restore the photographs again.") from error
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(
                f"{place}, line {number}: no record of a restored photograph ({error}). Restore them again."
            ) from error
        found[record.input] = record
    return list(found.values())


def _photo(line: dict[str, Any]) -> PhotoRecord:
    return PhotoRecord(
        input=str(line["input"]),
        input_path=str(line["input_path"]),
        input_sha256=str(line["input_sha256"]),
        output=_inside(line["output"]),
        output_sha256=str(line["output_sha256"] or ""),
        status=_one_of(line["status"], ("ok", "partly", "failed")),
        why=str(line["why"] or ""),
        scale=float(line["scale"]),
        faces=tuple(_face(face) for face in line["faces"]),
        colour_match=bool(line["colour_match"]),
    )


def _face(held: dict[str, Any]) -> FaceRecord:
    matrix = np.array(held["to_crop"] if held["to_crop"] is not None else np.zeros((2, 3)), np.float64)
    if matrix.shape != (2, 3) or not np.isfinite(matrix).all():
        raise ValueError(f"to_crop has shape {matrix.shape}; expected 2x3 numbers")
    side = int(held["crop_side"] or 0)
    if not 0 <= side <= MAX_SIDE:
        raise ValueError(f"crop_side is {side}; expected at most {MAX_SIDE}")
    status = _one_of(held["status"], ("ok", "failed"))
    if status == "ok" and (side == 0 or abs(np.linalg.det(matrix[:, :2])) < 1e-9):
        raise ValueError("a face without a place")
    return FaceRecord(int(held["face"]), status, str(held["why"] or ""), matrix, side, _inside(held["stages"]))


def _one_of(value: Any, known: tuple[str, ...]) -> str:
    if value not in known:
        raise ValueError(f"the status {value!r}; expected {', '.join(known)}")
    return str(value)


def _inside(value: Any) -> str:
    """A relative path that stays in the folder, on any system."""
    text = str(value or "")
    path, windows = PurePosixPath(text), PureWindowsPath(text)
    if path.is_absolute() or windows.drive or windows.root or ".." in (*path.parts, *windows.parts):
        raise ValueError(f"the path {text!r} leads out of the folder")
    return text
