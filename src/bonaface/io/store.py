"""Folders of results that appear whole or not at all, and the files in them."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import warnings
from collections.abc import Iterator
from pathlib import Path

from bonaface.core.errors import InputError, OutputExists
from bonaface.io.atomic import sync_folder, temporary_beside, write_bytes, write_json, write_text
from bonaface.io.tables import iter_parquet, read_parquet, write_parquet, write_tiff

__all__ = [
    "MARKER",
    "iter_parquet",
    "read_parquet",
    "staged_folder",
    "write_bytes",
    "write_json",
    "write_parquet",
    "write_text",
    "write_tiff",
]

MARKER = ".bonaface"
"""The file in every folder of results that lists what Bonaface put there."""
_LITTER = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
"""Written by file managers into any folder that is looked at."""


@contextlib.contextmanager
def staged_folder(target: Path | str, overwrite: bool = False) -> Iterator[Path]:
    """A new folder to write results into, which takes the name `target` when the block ends without an error.

    After an error, an interruption included, `target` is as it was before. With `overwrite`, an older folder of
    results is deleted once the new one is in its place; a folder with anything in it that Bonaface did not write is
    never deleted. If the machine stops in the middle, a folder called `.bonaface-part-...` stays beside `target`; if
    it stops within the exchange, that folder may be the older one.

    Args:
        target: where the results go; folders above it are made.
        overwrite: replace older results.

    Yields:
        The folder to write into, on the same file system as `target`.

    Raises:
        OutputExists: `target` is there and `overwrite` is false, or it holds files that Bonaface did not write.
        InputError: `target` is a file, or the place cannot be written to.
    """
    shown, target = Path(target), Path(os.path.realpath(target))  # through links, so that the exchange is one step
    _check_free(shown, target, overwrite)
    made = [folder for folder in (target.parent, *target.parent.parents) if not os.path.lexists(folder)]
    staging = temporary_beside(target)
    try:
        try:
            staging.mkdir(parents=True)
        except OSError as error:
            raise InputError(
                f"{shown} cannot be made ({error.strerror}); expected a place that can be written to. Choose another."
            ) from error
        yield staging
        _write_marker(staging)
        _check_free(shown, target, overwrite)  # it may have appeared, or grown, meanwhile
        _exchange(shown, staging, target)
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        for folder in made:
            with contextlib.suppress(OSError):  # only where still empty
                folder.rmdir()
        raise


def _check_free(shown: Path, target: Path, overwrite: bool) -> None:
    if not os.path.lexists(target):
        return
    if not os.path.isdir(target):  # noqa: PTH112 - unlike Path's, it does not raise where rights are missing
        raise InputError(f"{shown} is a file; expected the name of a folder to make. Choose another name.")
    if not overwrite:
        raise OutputExists(f"{shown} is there already. Choose another folder, or ask for overwriting (--overwrite).")
    foreign = _foreign_files(target)
    if foreign:
        some = ", ".join(foreign[:3]) + (" and more" if len(foreign) > 3 else "")
        raise OutputExists(
            f"{shown} holds what Bonaface did not write there ({some}), and overwriting would delete it. "
            "Choose another folder, or move these files away."
        )


def _foreign_files(folder: Path) -> list[str]:
    """What is in a folder and not on the list of its marker; everything, where there is no marker."""
    try:
        listed = set(json.loads((folder / MARKER).read_text("utf-8"))["files"])
    except (OSError, ValueError, KeyError, TypeError):
        listed = set()
    else:
        listed.add(MARKER)
    return [name for name in _names(folder) if name not in listed and name.rsplit("/")[-1] not in _LITTER]


def _names(folder: Path) -> list[str]:
    """Everything below a folder except folders, relative to it, with forward slashes, sorted; links are not followed.

    Empty folders count too: a user may have made them.
    """
    found = []
    for place, folders, files in os.walk(folder):
        inside = Path(place).relative_to(folder)
        links = [name for name in folders if (Path(place) / name).is_symlink()]
        found += [(inside / name).as_posix() for name in [*files, *links]]
        if not files and not folders and inside != Path():
            found.append(inside.as_posix())
    return sorted(found)


def _write_marker(folder: Path) -> None:
    says = "Made by Bonaface. It may replace this folder only as long as it holds no files but these."
    write_json(folder / MARKER, {"says": says, "files": _names(folder)}, overwrite=True)


def _exchange(shown: Path, staging: Path, target: Path) -> None:
    """Move `staging` to `target`; an older folder there is put aside first, and put back if anything fails."""
    aside = temporary_beside(target)
    try:
        if target.exists():
            target.rename(aside)
        staging.rename(target)
    except BaseException as error:
        if aside.exists() and not target.exists():
            aside.rename(target)
        if isinstance(error, OSError):
            raise InputError(
                f"{shown} cannot be put in place ({error.strerror}). Close the programs that have files in it open, "
                "and try again."
            ) from error
        raise
    sync_folder(target.parent)
    try:
        if aside.exists():
            shutil.rmtree(aside)
    except OSError as error:
        warnings.warn(f"The older results could not be deleted; they are in {aside} ({error.strerror}).", stacklevel=4)
