"""The faces of a study: from a folder, a list, or a Parquet file, with the groups that its columns name."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from bonaface.core.errors import InputError
from bonaface.io.folders import check_there, list_pictures
from bonaface.io.provenance import sha256_bytes
from bonaface.io.tables import iter_parquet, parquet_columns
from bonaface.study.plan.expression_folders import has_expressions, of_expressions
from bonaface.study.plan.subject import MISSING, Subject, bytes_column, decoded, of_file

__all__ = ["GROUPS", "MISSING", "Subject", "counted", "decoded", "subjects"]

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


def subjects(where: Path, limit: int | None = None) -> list[Subject]:
    """The faces in a place, in order of their names.

    Args:
        where: a folder of pictures; one with a folder `neutral` in it, as `expression_folders` has it; a .txt with a
            path a line; a .csv with a column "path", and "name", "person" and groups where they are known; or a
            .parquet with pictures as bytes in a column "image" and the same others.
            Paths in lists are meant from the list's folder on. A picture of UTKFace tells its groups by its name.
        limit: take the first so many; None: all.

    Raises:
        InputError: no such place, no faces in it, or two of one name.
    """
    check_there(where)
    if where.is_dir() and has_expressions(where):
        found: Iterable[Subject] = of_expressions(where)
    elif where.is_dir():
        found = (of_file(path.stem, path) for path in list_pictures(where))
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
            subject = replace(subject, id=MISSING + subject.name, why=why)
        out.append(subject)
    return out


def _of_list(where: Path) -> Iterator[Subject]:
    for number, line in enumerate(_lines(where), 1):
        given = next((line[key] for key in _PATH if line.get(key)), None)
        if not given:
            raise InputError(f"Line {number} of {where} names no picture; expected a column path. Fill it in.")
        path = where.parent / given
        name = next((line[key] for key in _NAME if line.get(key)), path.stem)
        yield of_file(name, path, next((line[key] for key in _PERSON if line.get(key)), ""), _groups(line))


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
    column = bytes_column(where)
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


def _groups(line: Mapping[str, str]) -> dict[str, str]:
    return {GROUPS[name]: value for name, value in sorted(line.items()) if name in GROUPS}


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def counted(there: Sequence[Subject]) -> str:
    """For people: "10 faces of 10 people"."""
    people = len({subject.person for subject in there})
    return f"{len(there)} {'face' if len(there) == 1 else 'faces'} of {people} {'person' if people == 1 else 'people'}"
