"""Parsing and reading many pictures, one after another; what cannot be read says why."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bonaface.api.reading import Framed, parse, read_attributes, read_expression
from bonaface.core.errors import BonafaceError, FaceNotFound, InputError, OutputExists, WeightsError
from bonaface.core.results import Status
from bonaface.io.atomic import write_text
from bonaface.io.folders import check_there, list_pictures
from bonaface.io.writing import write_picture
from bonaface.jobs.audits import Failure
from bonaface.measure import attributes, expression

READERS = {"attributes": (read_attributes, attributes.NAMES), "expression": (read_expression, expression.NAMES)}
"""What can be read: the function and the names of its probabilities."""
HEAD = ("name", "status", "why", "framing", "faces")
"""The first columns of a table of readings; after them "expression", where that is read, and the probabilities."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """One written file of labels, how its crop was come by, and how many faces were found."""

    path: Path
    framed: Framed
    faces: int


@dataclass(frozen=True, slots=True)
class Row:
    """What a reader says of one picture.

    Attributes:
        name: as given.
        status: "ok"; "not_applicable" where no face is seen; "failed" where the picture cannot be used.
        why: empty where there are probabilities.
        framed: how the crop was come by; None where there is none.
        faces: how many were found.
        best: the most probable name; empty where there is none.
        probabilities: in the order of the reader's names; empty where there are none.
    """

    name: str
    status: Status
    why: str = ""
    framed: Framed | None = None
    faces: int = 0
    best: str = ""
    probabilities: tuple[float, ...] = ()


def files_of(pictures: Sequence[Path]) -> list[Path]:
    """Files as given, and the pictures of folders.

    Raises:
        InputError: a file that does not exist.
        PictureError: a folder without a picture.
    """
    check_there(*pictures)
    return [path for given in pictures for path in (list_pictures(given) if given.is_dir() else [given])]


def check_targets(files: Sequence[Path], folder: Path, *, overwrite: bool) -> None:
    """Raise before any work where a file of labels would replace something.

    Raises:
        OutputExists: a result is there already, and overwriting was not asked for.
        InputError: two results would have one name, one would replace an input, or `folder` is a file.
    """
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is a file; expected a folder for the results. Choose another name.")
    seen: dict[str, Path] = {}
    inputs = {path.resolve() for path in files}
    for path in files:
        other = seen.setdefault(path.stem.casefold(), path)
        if other is not path:
            raise InputError(
                f"{other} and {path} would both become {path.stem}.png. Give them different --out folders, or rename "
                "one of them."
            )
        target = folder / f"{path.stem}.png"
        if target.resolve() in inputs:
            raise InputError(f"{target} is one of the inputs, which are never overwritten. Choose another folder.")
        if target.exists() and not overwrite:
            raise OutputExists(
                f"{target} is there already. Choose another folder, or pass --overwrite to replace results."
            )


def parse_all(
    files: Sequence[Path], folder: Path, *, aligned: bool = False, overwrite: bool = False
) -> Iterator[Parsed | Failure]:
    """Write the labels of one picture after another as PNGs of the same names and sizes.

    Raises:
        WeightsError: the parser cannot be opened; it could be for none of them.
    """
    for path in files:
        try:
            made = parse(path, aligned=aligned)
            target = folder / f"{path.stem}.png"
            write_picture(target, made.labels, overwrite=overwrite)
        except WeightsError:
            raise
        except BonafaceError as error:
            yield Failure(path.name, str(error))
        else:
            yield Parsed(target, made.framed, made.faces)


def read_all(files: Sequence[Path], what: str, *, aligned: bool = False) -> Iterator[Row]:
    """Read one picture after another.

    Args:
        files: pictures.
        what: of `READERS`.
        aligned: they are crops already.

    Raises:
        WeightsError: the reader cannot be opened; it could be for none of them.
    """
    read, _ = READERS[what]
    names = _names(files)
    for name, path in zip(names, files, strict=True):
        try:
            found = read(path, aligned=aligned)
        except WeightsError:
            raise
        except FaceNotFound as error:
            yield Row(name, Status.NOT_APPLICABLE, str(error))
        except BonafaceError as error:
            yield Row(name, Status.FAILED, str(error))
        else:
            values = tuple(found.probabilities.values())
            yield Row(name, Status.OK, "", found.framed, found.faces, found.best, values)


def write_table(path: Path, rows: Sequence[Row], what: str, *, overwrite: bool = False) -> None:
    """Write readings as CSV in UTF-8, a line for each picture: `HEAD`, the label of an expression, probabilities.

    Raises:
        OutputExists: something is there already, and `overwrite` is false.
        InputError: the place cannot be written to.
    """
    _, names = READERS[what]
    labelled = what == "expression"
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow([*HEAD, *(["expression"] if labelled else []), *names])
    for row in rows:
        there = row.status is Status.OK
        values = [f"{value:.4f}" for value in row.probabilities] if there else [""] * len(names)
        head = [row.name, str(row.status), row.why, str(row.framed or ""), str(row.faces) if there else ""]
        table.writerow([*head, *([row.best] if labelled else []), *values])
    write_text(path, text.getvalue(), overwrite=overwrite)


def _names(files: Sequence[Path]) -> list[str]:
    """Names of files; where two are alike, with their folders."""
    plain = [path.name for path in files]
    return [path.name if plain.count(path.name) == 1 else str(path) for path in files]
