"""Pictures for training: encoded bytes in memory, with their columns, from Parquet or folders."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonaface.core.errors import InputError
from bonaface.core.images import Bytes8

PICTURE_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp")
LANDMARKS = "landmarks68"
MAX_PIXELS = 4096 * 4096


@dataclass(frozen=True, slots=True)
class Skipped:
    """A picture that is not used, and why."""

    name: str
    why: str


@dataclass(frozen=True, slots=True)
class FaceData:
    """Faces to learn from.

    Attributes:
        names: of the pictures.
        encoded: the pictures' files as they are (JPEG or PNG).
        columns: arrays of the same length by column name; `landmarks68` is (N, 68, 2) pixels.
        skipped: what could not be read.
    """

    names: tuple[str, ...]
    encoded: tuple[bytes, ...]
    columns: Mapping[str, NDArray[Any]]
    skipped: tuple[Skipped, ...] = ()

    def __len__(self) -> int:
        return len(self.encoded)

    def picture(self, index: int) -> Bytes8:
        """(H, W, 3) uint8 RGB."""
        image = decode(self.encoded[index])
        if image is None:  # was decoded when the data were opened
            raise InputError(f"{self.names[index]} cannot be decoded any more.")
        return image

    def select(self, indices: Sequence[int] | NDArray[np.integer]) -> FaceData:
        """Some of the faces, in the order given."""
        chosen = np.asarray(indices, np.int64)
        return FaceData(
            tuple(self.names[i] for i in chosen),
            tuple(self.encoded[i] for i in chosen),
            {name: values[chosen] for name, values in self.columns.items()},
            self.skipped,
        )


def open_faces(place: Path | str, columns: Sequence[str] = ()) -> FaceData:
    """Read faces from a Parquet file, a folder of Parquet files, a Hugging Face `datasets` folder or pictures.

    Every picture is decoded once to see that it can be: one that cannot is skipped and named.

    Args:
        place: the file or folder. A folder of pictures has no columns.
        columns: what the training needs besides the pictures; names that end in "*" stand for all that start so.

    Raises:
        InputError: nothing there, no face data in it, or a column is missing.
    """
    place = Path(place)
    if not place.exists():
        raise InputError(f"{place} is not there; expected a Parquet file or a folder of faces. Check --data.")
    parquet = [place] if place.is_file() else sorted(place.rglob("*.parquet"))
    if place.is_file() and place.suffix != ".parquet":
        raise InputError(f"{place} is no Parquet file; expected one, or a folder. Check --data.")
    if parquet:
        return _checked(_parquet_rows(parquet, columns))
    if (place / "state.json").is_file() or (place / "dataset_dict.json").is_file():
        return _checked(_hugging_face_rows(place, columns))
    pictures = sorted(path for path in place.rglob("*") if path.suffix.lower() in PICTURE_SUFFIXES)
    if not pictures:
        raise InputError(
            f"{place} holds no face data: no Parquet file, no Hugging Face data set (state.json) and no pictures. "
            "Check --data."
        )
    if columns:
        raise InputError(
            f"{place} holds pictures only, and this recipe also needs {', '.join(columns)}. Give a Parquet file with "
            "these columns beside image.bytes."
        )
    return _checked({"name": path.relative_to(place).as_posix(), "bytes": path.read_bytes()} for path in pictures)


def decode(encoded: bytes) -> Bytes8 | None:
    """A JPEG or PNG as (H, W, 3) uint8 RGB; None where it is broken or beyond 4096 x 4096 pixels."""
    import cv2

    try:
        image = cv2.imdecode(np.frombuffer(encoded, np.uint8), cv2.IMREAD_COLOR_RGB)
    except cv2.error:
        return None
    return None if image is None or image.shape[0] * image.shape[1] > MAX_PIXELS else np.asarray(image, np.uint8)


def _checked(rows: Iterable[dict[str, Any]]) -> FaceData:
    listed = list(rows)
    with ThreadPoolExecutor() as pool:
        reasons = list(pool.map(_why_unusable, listed))
    kept = [row for row, why in zip(listed, reasons, strict=True) if not why]
    skipped = tuple(Skipped(row["name"], why) for row, why in zip(listed, reasons, strict=True) if why)
    if not kept:
        raise InputError(f"None of {len(listed)} pictures can be used; the first: {skipped[0] if skipped else 'none'}.")
    names = [name for name in kept[0] if name not in ("name", "bytes")]
    columns = {name: np.asarray([row[name] for row in kept]) for name in names}
    if LANDMARKS in columns:
        columns[LANDMARKS] = columns[LANDMARKS].astype(np.float32).reshape(-1, 68, 2)
    return FaceData(tuple(row["name"] for row in kept), tuple(row["bytes"] for row in kept), columns, skipped)


def _why_unusable(row: dict[str, Any]) -> str:
    """Empty for a usable row."""
    if not row["bytes"]:
        return "no picture in the row"
    if decode(row["bytes"]) is None:
        return "not a JPEG or PNG that can be decoded"
    if LANDMARKS in row and (row[LANDMARKS] is None or len(row[LANDMARKS]) != 136):
        return "not 136 numbers in landmarks68"
    missing = [name for name, value in row.items() if value is None]
    return f"no value in {', '.join(missing)}" if missing else ""


def _parquet_rows(files: Sequence[Path], columns: Sequence[str]) -> Iterator[dict[str, Any]]:
    from bonaface.io.tables import iter_parquet, parquet_columns

    for file in files:
        there = parquet_columns(file)
        wanted = _expanded(columns, there, str(file))
        named = ["name"] if "name" in there else []
        if "image" not in there:
            raise InputError(
                f"{file} has no column 'image' with the pictures' bytes; it has {', '.join(there[:12])}. "
                "Expected the layout of Hugging Face images: a struct with the field `bytes`."
            )
        for number, row in enumerate(iter_parquet(file, [*named, "image.bytes", *wanted])):
            encoded = row.pop("image.bytes")
            name = str(row.pop("name", f"{file.stem}-{number:06d}"))
            yield {"name": name, "bytes": encoded, **row}


def _hugging_face_rows(folder: Path, columns: Sequence[str]) -> Iterator[dict[str, Any]]:
    try:
        import datasets
    except ImportError as error:
        raise InputError(
            f"{folder} is a Hugging Face data set in Arrow form, which needs one more package: "
            "`pip install datasets`. Or save it as Parquet."
        ) from error
    loaded = datasets.load_from_disk(str(folder))
    parts = loaded.values() if isinstance(loaded, dict) else [loaded]
    for part in parts:
        wanted = _expanded(columns, part.column_names, str(folder))
        if "image" not in part.column_names:
            raise InputError(f"{folder} has no column 'image'; it has {', '.join(part.column_names[:12])}.")
        raw = part.cast_column("image", datasets.Image(decode=False))
        for number, row in enumerate(raw):
            picture = row["image"]
            encoded = picture["bytes"] or (Path(picture["path"]).read_bytes() if picture["path"] else b"")
            name = str(row.get("name", f"{number:06d}"))
            yield {"name": name, "bytes": encoded, **{column: row[column] for column in wanted}}


def _expanded(columns: Sequence[str], there: Sequence[str], where: str) -> list[str]:
    wanted: list[str] = []
    for column in columns:
        found = [name for name in there if name == column or (column[-1] == "*" and name.startswith(column[:-1]))]
        if not found:
            raise InputError(
                f"{where} has no column {column!r}, which this recipe needs; it has {', '.join(there[:12])}."
            )
        wanted += found
    return wanted


def with_landmarks(faces: FaceData) -> FaceData:
    """The faces in which dlib finds landmarks, with them as a column; identity is -1 (not known).

    The others are added to `skipped`.
    """
    from bonaface.api.wiring import tools

    locator = tools().locator
    kept, points, skipped = [], [], list(faces.skipped)
    for index, name in enumerate(faces.names):
        found = locator.faces(faces.picture(index))
        if found:
            kept.append(index)
            points.append(found[0].landmarks.astype(np.float32))
        else:
            skipped.append(Skipped(name, "no face was found"))
    if not kept:
        raise InputError(f"No face was found in any of {len(faces)} pictures, and their landmarks are needed.")
    chosen = faces.select(kept)
    columns = {**chosen.columns, LANDMARKS: np.stack(points), "identity": np.full(len(kept), -1, np.int64)}
    return FaceData(chosen.names, chosen.encoded, columns, tuple(skipped))


def merged(parts: Sequence[FaceData]) -> FaceData:
    """Faces from several places, one after the other, with the columns that all of them have."""
    shared = [name for name in parts[0].columns if all(name in part.columns for part in parts)]
    return FaceData(
        tuple(name for part in parts for name in part.names),
        tuple(one for part in parts for one in part.encoded),
        {name: np.concatenate([part.columns[name] for part in parts]) for name in shared},
        tuple(one for part in parts for one in part.skipped),
    )
