"""Faces of a study of expressions: a folder `neutral`, and beside it a folder for each other expression.

The same people are in all of them, under the same names: `neutral/anna.jpg`, `smiling/anna.jpg`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from bonaface.core.errors import InputError, UnknownName
from bonaface.core.expressions import expression_named
from bonaface.io.folders import list_pictures, pair_by_name
from bonaface.study.plan.plans import NEUTRAL
from bonaface.study.plan.subject import MISSING, Subject, of_file


def has_expressions(where: Path) -> bool:
    """Whether a folder is one of these."""
    return any(folder.name.strip().lower() == NEUTRAL for folder in _folders(where))


def of_expressions(where: Path) -> list[Subject]:
    """A subject for each person: the neutral picture, with the others under `real`.

    A picture of another expression whose person has no neutral one is a subject that says so.

    Args:
        where: the folder. A folder in it is called as an expression is, by any of its names: "happy", "smiling".

    Raises:
        InputError: a folder that is called otherwise, two of one expression, or one that has no name in common with
            `neutral`.
        PictureError: one holds no pictures.
    """
    found = _by_expression(where)
    neutral = list_pictures(found.pop(NEUTRAL))
    real: dict[Path, dict[str, Subject]] = {path: {} for path in neutral}
    alone = []
    for target, folder in sorted(found.items()):
        pictures = list_pictures(folder)
        pairs, _, rest = pair_by_name(neutral, pictures)
        if not pairs:
            raise InputError(
                f"No picture of {folder} has the name of one in {where / NEUTRAL} ({pictures[0].name}, "
                f"{neutral[0].name}); expected the same people under the same names. Rename them."
            )
        for path, other in pairs:
            real[path][target] = _real(path, other, target)
        alone += [_alone(path, target) for path in rest]
    return [*(_with(of_file(path.stem, path), real[path]) for path in neutral), *alone]


def _real(neutral: Path, other: Path, target: str) -> Subject:
    found = of_file(f"{neutral.stem} ({target})", other, neutral.stem)
    if not found.why and other.stat().st_size == neutral.stat().st_size and other.read_bytes() == neutral.read_bytes():
        return replace(found, id=MISSING + found.name, why=f"{other.name} is the neutral picture, byte for byte")
    return found


def _with(subject: Subject, real: Mapping[str, Subject]) -> Subject:
    return replace(subject, real=real)


def _alone(path: Path, target: str) -> Subject:
    name = f"{path.stem} ({target})"
    why = f"{path.parent.name}/{path.name} has no neutral picture of that name, and editors begin with that"
    return Subject(name, MISSING + name, path, None, path.stem, why=why)


def _by_expression(where: Path) -> dict[str, Path]:
    out: dict[str, Path] = {}
    for folder in _folders(where):
        try:
            target = expression_named(folder.name).id
        except UnknownName as error:
            raise InputError(
                f"The folder {folder.name} in {where} is called as no expression is. {error} Rename it, or move it."
            ) from error
        other = out.setdefault(target, folder)
        if other is not folder:
            raise InputError(
                f"{other.name} and {folder.name} in {where} stand for one expression ({target}); expected one folder "
                "for each. Join them."
            )
    return out


def _folders(where: Path) -> Iterator[Path]:
    return (path for path in sorted(where.iterdir()) if path.is_dir() and not path.name.startswith("."))
