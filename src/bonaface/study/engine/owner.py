"""One run at a time on a store: a lock that says whose it is."""

from __future__ import annotations

import contextlib
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bonaface.core.errors import InputError
from bonaface.io.atomic import PART_PREFIX, write_json
from bonaface.io.locks import lock

OWNER = "running.json"
"""In the store, for as long as a run goes on: its pid, host and when its process began."""


@contextmanager
def owned(folder: Path) -> Iterator[str]:
    """Hold a store for as long as the block runs.

    Yields:
        A note on a run that ended without letting go of it, as when it was killed; empty: there was none.

    Raises:
        InputError: another run holds it; with its pid and host.
    """
    place = folder / OWNER
    try:
        with lock(folder / f"{PART_PREFIX}study.lock", f"{folder} is in use"):
            note = _stale(place)
            write_json(place, _self(), overwrite=True)
            try:
                yield note
            finally:
                with contextlib.suppress(OSError):
                    place.unlink()
    except InputError as error:
        if "is held" in str(error):
            raise _in_use(folder, _read(place)) from None
        raise


def _stale(place: Path) -> str:
    """What is left of a run that is gone.

    Raises:
        InputError: it may be alive: the file system knows no locks, or it is on another machine.
    """
    left = _read(place)
    if left is None:
        return ""
    here = left.get("host") == socket.gethostname()
    if here and not _alive(left):
        return f"An earlier run (process {left.get('pid')}) ended without finishing; it is taken up again."
    if here and left == _self():
        return ""
    raise _in_use(place.parent, left)


def _in_use(folder: Path, owner: dict[str, Any] | None) -> InputError:
    who = "another process" if owner is None else f"process {owner.get('pid')} on {owner.get('host')}"
    return InputError(
        f"{folder} is in use by {who}; expected one run at a time. Wait until it is done, or choose another folder. If "
        f"that run is gone, delete {folder / OWNER}."
    )


def _read(place: Path) -> dict[str, Any] | None:
    try:
        held = json.loads(place.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        return {}
    return held if isinstance(held, dict) else {}


def _self() -> dict[str, Any]:
    return {"pid": os.getpid(), "host": socket.gethostname(), "began": _began(os.getpid())}


def _alive(left: dict[str, Any]) -> bool:
    """Whether that very process lives: a pid is given again, so that its beginning is compared where it is known."""
    pid = left.get("pid")
    if not isinstance(pid, int) or pid < 1:
        return False
    if os.name != "posix":
        return False  # the lock itself, which the system lets go of, is the truth there
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    began = _began(pid)
    return began is None or left.get("began") is None or began == left.get("began")


def _began(pid: int) -> str | None:
    """When a process began, in ticks since the start of the machine, on Linux; None: not known."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return None
