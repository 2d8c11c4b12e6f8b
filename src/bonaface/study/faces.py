"""The faces of a study: from a folder, a list, or a Parquet file, with the groups that its columns name."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bonaface.core.errors import InputError, PictureError
from bonaface.core.images import MIN_SIDE, Picture
from bonaface.io.decode import decode
from bonaface.io.folders import check_there, list_pictures
from bonaface.io.formats import recognise
from bonaface.io.pictures import read_picture
from bonaface.io.provenance import sha256_bytes
from bonaface.io.tables import iter_parquet, parquet_columns

MISSING = "missing:"
"""How the id of a face begins whose picture cannot be read: there is no content to tell it by."""
GROUPS: Mapping[str, str] = {
    **{
        name: name for name in ("age", "gender", "ethnicity", "expression", "pose", "glasses", "occlusion", "skin_tone")
    },
    **{"face_age": "age", "face_gender": "gender", "face_eth": "ethnicity", "race": "ethnicity", "sex": "gender"},
    **{"attr_Male": "male", "attr_Young": "young", "attr_Eyeglasses": "glasses", "attr_Smiling": "smiling"},
}
"""Columns that name groups, and what the groups are called here."""
_PERSON = ("person", "identity", "face_id")
_NAME = ("name", "id")
_PATH = ("path", "file", "picture", "image")
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
    """

    name: str
    id: str
    file: Path
    row: int | None = None
    person: str = ""
    groups: Mapping[str, str] = field(default_factory=dict)
    why: str = ""

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


def subjects(where: Path, limit: int | None = None) -> list[Subject]:
    """The faces in a place, in order of their names.

    Args:
        where: a folder of pictures; a .txt with a path a line; a .csv with a column "path", and "name", "person" and
            groups where they are known; or a .parquet with pictures as bytes in a column "image" and the same others.
            Paths in lists are meant from the list's folder on. A picture of UTKFace tells its groups by its name.
        limit: take the first so many; None: all.

    Raises:
        InputError: no such place, no faces in it, or two of one name.
    """
    check_there(where)
    if where.is_dir():
        found: Iterable[Subject] = (_of_file(path.stem, path) for path in list_pictures(where))
    elif where.suffix.lower() == ".parquet":
        found = _of_parquet(where)
    elif where.suffix.lower() in (".csv", ".txt"):
        found = _of_list(where)
    else:
        raise InputError(f"{where} is no place of faces; expected a folder, a .txt, a .csv or a .parquet.")
    out = sorted(_checked(where, found), key=lambda subject: subject.name)
    if not out:
        raise InputError(f"{where} holds no faces; expected one or more. Check that it is the right one.")
    return out[:limit]


def _checked(where: Path, found: Iterable[Subject]) -> list[Subject]:
    """Two of one name are refused; the same picture twice would count one person twice, and is a row with a reason."""
    out, names, ids = list[Subject](), dict[str, Subject](), dict[str, str]()
    for subject in found:
        other = names.setdefault(subject.name.casefold(), subject)
        if other is not subject:
            raise InputError(
                f"Two faces in {where} are called {subject.name!r} ({other.file.name} and {subject.file.name}); "
                "expected each name once, since results are told by it. Rename one, or give a list with a column name."
            )
        first = ids.setdefault(subject.id, subject.name)
        if first != subject.name:
            why = f"the same picture as {first}, byte for byte: it would count twice"
            subject = Subject(subject.name, MISSING + subject.name, subject.file, subject.row, subject.person,
                              subject.groups, why)  # fmt: skip
        out.append(subject)
    return out


def _of_file(name: str, path: Path, person: str = "", groups: Mapping[str, str] | None = None) -> Subject:
    groups = dict(groups or {}) or _utkface(path.stem)
    try:
        return Subject(name, sha256_bytes(path.read_bytes()), path, None, person or name, groups)
    except OSError as error:
        why = f"{path.name} cannot be read ({error.strerror})"
        return Subject(name, MISSING + name, path, None, person or name, groups, why)


def _of_list(where: Path) -> Iterator[Subject]:
    for number, line in enumerate(_lines(where), 1):
        given = next((line[key] for key in _PATH if line.get(key)), None)
        if not given:
            raise InputError(f"Line {number} of {where} names no picture; expected a column path. Fill it in.")
        path = where.parent / given
        name = next((line[key] for key in _NAME if line.get(key)), path.stem)
        yield _of_file(name, path, next((line[key] for key in _PERSON if line.get(key)), ""), _groups(line))


def _lines(where: Path) -> list[dict[str, str]]:
    try:
        with where.open(newline="", encoding="utf-8-sig") as file:
            if where.suffix.lower() == ".txt":
                return [{"path": line.strip()} for line in file if line.strip() and not line.startswith("#")]
            return [{k: v for k, v in row.items() if k and v} for row in csv.DictReader(file)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{where} cannot be read as a list in UTF-8 ({error}). Check the file.") from (error)


def _of_parquet(where: Path) -> Iterator[Subject]:
    there = parquet_columns(where)
    if "image" not in there:
        raise InputError(f"{where} has the columns {', '.join(there[:12])}; expected image, with pictures as bytes.")
    column = _bytes_column(where)
    others = [name for name in there if name in GROUPS or name in _PERSON or name in _NAME]
    for number, row in enumerate(iter_parquet(where, [column, *others])):
        line = {name: _said(row[name]) for name in others if row[name] is not None}
        name = next((line[key] for key in _NAME if line.get(key)), f"{where.stem}-{number:06d}")
        person = next((line[key] for key in _PERSON if line.get(key)), name)
        held = row[column]
        if held is None:
            yield Subject(name, MISSING + name, where, number, person, _groups(line), "its row has no picture")
        else:
            yield Subject(name, sha256_bytes(held), where, number, person, _groups(line))


def _bytes_column(where: Path) -> str:
    """The column of pictures: bytes, or a field of that name, as Hugging Face's data sets have it."""
    import contextlib

    with contextlib.suppress(InputError):
        next(iter_parquet(where, ["image.bytes"], batch=1), None)
        return "image.bytes"
    return "image"


def _bytes_of(where: Path, row: int) -> bytes:
    import duckdb

    column = ".".join(f'"{part}"' for part in _bytes_column(where).split("."))
    query = f"SELECT {column} FROM read_parquet(?, file_row_number=true) WHERE file_row_number = ?"  # noqa: S608
    with duckdb.connect(":memory:", config={"threads": 1}) as database:
        found = database.execute(query, [str(where.absolute()), row]).fetchone()
    if found is None or found[0] is None:
        raise PictureError(f"{where.name} has no picture in row {row}: it changed while the study ran. Run it again.")
    return bytes(found[0])


def decoded(data: bytes, name: str, min_side: int = MIN_SIDE) -> Picture:
    """A picture from its bytes, as `io.pictures.read_picture` from its file.

    Raises:
        PictureError: they are none; with `name`.
    """
    done = decode(data, recognise(Path(name), data), name, min_side)
    return Picture(
        done.pixels, sha256_bytes(data), name, done.icc_profile, done.exif, done.alpha, done.notes, done.details
    )


def _groups(line: Mapping[str, str]) -> dict[str, str]:
    return {GROUPS[name]: value for name, value in sorted(line.items()) if name in GROUPS}


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _utkface(stem: str) -> dict[str, str]:
    """Groups from a name of UTKFace, age_gender_race_date; empty for other names."""
    found = _UTKFACE.match(stem.partition(".")[0])
    if found is None:
        return {}
    age, gender, race = (int(part) for part in found.groups())
    return {"age": str(age), "ethnicity": _UTK_RACE[race], "gender": _UTK_GENDER[gender]}


def counted(there: Sequence[Subject]) -> str:
    """For people: "10 faces of 10 people"."""
    people = len({subject.person for subject in there})
    return f"{len(there)} {'face' if len(there) == 1 else 'faces'} of {people} {'person' if people == 1 else 'people'}"
