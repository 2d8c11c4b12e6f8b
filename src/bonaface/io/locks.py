"""Keeping two processes from writing the same thing."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bonaface.core.errors import InputError


class Held(InputError):  # noqa: N818 - says what happened
    """Another process does it already."""


@contextmanager
def lock(path: Path, what: str, *, wait: bool = False) -> Iterator[None]:
    """Hold the file `path` for as long as the block runs; it is made, and deleted afterwards.

    The system lets go of it when a process ends, however it ends: nothing has to be cleaned up by hand. Where the file
    system knows no locks (some network folders), nothing is held.

    Args:
        path: the file to hold; its folder is there.
        what: what is done under it, for the message: "gfpgan_1.4.onnx is being fetched".
        wait: until another process is done, instead of raising.

    Raises:
        Held: another process holds it.
        OSError: the file cannot be made.
    """
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            if not _hold(handle, wait):
                raise Held(f"{what} by another process ({path} is held). Wait until it is done, then try again.")
            if not _same(handle, path):  # another process deleted it in between: what is held is a file without a name
                continue
            try:
                yield
            finally:
                with suppress(OSError):  # on Windows, a file that is held cannot be deleted; it is empty
                    path.unlink()
            return
        finally:
            os.close(handle)


def _same(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


if sys.platform == "win32":
    import msvcrt

    def _hold(handle: int, wait: bool) -> bool:
        try:
            msvcrt.locking(handle, msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _hold(handle: int, wait: bool) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            return False
        except OSError:  # the file system knows no locks
            return True
        return True
