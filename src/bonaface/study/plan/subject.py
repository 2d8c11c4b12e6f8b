"""One face of a study: where its picture is, and what is known of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bonaface.core.errors import InputError, PictureError
from bonaface.core.images import MIN_SIDE, Picture
from bonaface.io.decode import decode
from bonaface.io.formats import recognise
from bonaface.io.pictures import read_picture
from bonaface.io.provenance import sha256_bytes
from bonaface.io.tables import iter_parquet

MISSING = "missing:"
"""How the id of a face begins whose picture cannot be read: there is no content to tell it by."""
_UTKFACE = re.compile(r"(\d{1,3})_([01])_([0-4])_\d+$")
_UTK_GENDER, _UTK_RACE = ("male", "female"), ("white", "black", "asian", "indian", "other")


@dataclass(frozen=True, slots=True)
class Subject:
    """One face that is studied.

    Attributes:
        name: of it, unlike all others.
        id: SHA-256 of the file's bytes; `MISSING` and the name where it cannot be read.
        file: the picture, or the Parquet file that it is in.
        row: in the Parquet file, from 0; None: it is a picture.
        person: whom it shows, as far as is known; else the name.
        groups: what is known of the person or the picture, by name.
        why: it cannot be used; empty: it can.
        real: other pictures of the same person, by the expression that they show: ids of
            `core.expressions.EXPRESSIONS`.
    """

    name: str
    id: str
    file: Path
    row: int | None = None
    person: str = ""
    groups: Mapping[str, str] = field(default_factory=dict)
    why: str = ""
    real: Mapping[str, Subject] = field(default_factory=dict)

    def read(self) -> Picture:
        """The picture.

        Raises:
            PictureError: it cannot be read, or was changed since the study looked at it.
        """
        if self.why:
            raise PictureError(self.why)
        return self._same(read_picture(self.file) if self.row is None else decoded(self.content(), self.name))

    def content(self) -> bytes:
        """The bytes of the picture's file, or of its place in a Parquet file.

        Raises:
            PictureError: they cannot be read.
        """
        if self.row is not None:
            return _bytes_of(self.file, self.row)
        try:
            return self.file.read_bytes()
        except OSError as error:
            raise PictureError(f"{self.file} cannot be read ({error.strerror}). Check the path and the rights.") from (
                error
            )

    def picture_of(self, content: bytes) -> Picture:
        """As `read`, from bytes that were carried here: the file need not be."""
        if self.why:
            raise PictureError(self.why)
        return self._same(decoded(content, str(self.file) if self.row is None else self.name))

    def _same(self, picture: Picture) -> Picture:
        if picture.sha256 != self.id:
            raise PictureError(f"{self.file.name} changed while the study ran. Run the study again.")
        return picture


def decoded(data: bytes, name: str, min_side: int = MIN_SIDE) -> Picture:
    """A picture from its bytes, as `io.pictures.read_picture` from its file.

    Raises:
        PictureError: they are none; with `name`.
    """
    done = decode(data, recognise(Path(name), data), name, min_side)
    return Picture(
        done.pixels, sha256_bytes(data), name, done.icc_profile, done.exif, done.alpha, done.notes, done.details
    )


def of_file(name: str, path: Path, person: str = "", groups: Mapping[str, str] | None = None) -> Subject:
    """A picture in a file; where it cannot be read, the subject says why.

    Args:
        name: of the face.
        path: of the picture.
        person: whom it shows; empty: the name stands for it.
        groups: what is known; a picture of UTKFace tells its groups by its name.
    """
    groups = dict(groups or {}) or _utkface(path.stem)
    try:
        return Subject(name, sha256_bytes(path.read_bytes()), path, None, person or name, groups)
    except OSError as error:
        why = f"{path.name} cannot be read ({error.strerror})"
        return Subject(name, MISSING + name, path, None, person or name, groups, why)


def bytes_column(where: Path) -> str:
    """The column of pictures: bytes, or a field of that name, as Hugging Face's data sets have it."""
    import contextlib

    with contextlib.suppress(InputError):
        next(iter_parquet(where, ["image.bytes"], batch=1), None)
        return "image.bytes"
    return "image"


def _bytes_of(where: Path, row: int) -> bytes:
    import duckdb

    column = ".".join(f'"{part}"' for part in bytes_column(where).split("."))
    query = f"SELECT {column} FROM read_parquet(?, file_row_number=true) WHERE file_row_number = ?"  # noqa: S608
    with duckdb.connect(":memory:", config={"threads": 1}) as database:
        found = database.execute(query, [str(where.absolute()), row]).fetchone()
    if found is None or found[0] is None:
        raise PictureError(f"{where.name} has no picture in row {row}: it changed while the study ran. Run it again.")
    return bytes(found[0])


def _utkface(stem: str) -> dict[str, str]:
    """Groups from a name of UTKFace, age_gender_race_date; empty for other names."""
    found = _UTKFACE.match(stem.partition(".")[0])
    if found is None:
        return {}
    age, gender, race = (int(part) for part in found.groups())
    return {"age": str(age), "ethnicity": _UTK_RACE[race], "gender": _UTK_GENDER[gender]}
