"""Writing a file so that it is either whole or not there."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from pathlib import Path
from typing import Any

from bonaface.core.errors import InputError, OutputExists

PART_PREFIX = ".bonaface-part-"
"""How the names of things being written start; one that stays after a power cut can be deleted."""


def temporary_beside(path: Path) -> Path:
    """A name that is free, in the same folder, so that moving it into place is one step."""
    return path.with_name(PART_PREFIX + secrets.token_hex(8))


def check_free(path: Path | str, *, overwrite: bool) -> None:
    """Raise where a file would replace something; for a look before any work, too.

    Raises:
        OutputExists: something is there already, a broken link included, and `overwrite` is false.
    """
    if not overwrite and os.path.lexists(path):
        raise OutputExists(f"{path} is there already. Choose another name, or ask for overwriting (--overwrite).")


def write_bytes(path: Path | str, data: bytes, *, overwrite: bool = False) -> None:
    """Write a file beside its place, flush it to the disk, and move it into place; folders above it are made.

    Raises:
        OutputExists: something is there already, and `overwrite` is false.
        InputError: a folder is there, or the place cannot be written to.
    """
    path = Path(path)
    if os.path.isdir(path):  # noqa: PTH112 - unlike Path's, it does not raise where rights are missing
        raise InputError(f"{path} is a folder; expected the name of a file to write. Add a file name to it.")
    check_free(path, overwrite=overwrite)
    part = temporary_beside(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with part.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)
    except OSError as error:
        raise InputError(f"{path} cannot be written ({error.strerror}). Choose a place that can be.") from error


def write_text(path: Path | str, text: str, *, overwrite: bool = False) -> None:
    """As `write_bytes`, in UTF-8; bytes of file names that are no UTF-8 are written as escapes."""
    write_bytes(path, text.encode("utf-8", "backslashreplace"), overwrite=overwrite)


def write_json(path: Path | str, value: Any, *, overwrite: bool = False) -> None:
    """As `write_text`: JSON, indented by 2, keys in the order given, with a newline at the end.

    Raises:
        ValueError: NaN or an infinite number somewhere inside; say why there is no number instead.
    """
    write_text(path, json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False) + "\n", overwrite=overwrite)


def sync_folder(folder: Path) -> None:
    """Flush a folder's list of names to the disk, where the system can (Windows cannot)."""
    if os.name != "posix":
        return
    with contextlib.suppress(OSError):  # some network file systems refuse it; the file itself is safe
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
