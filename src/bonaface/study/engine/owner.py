"""One run at a time on a store: a lock that says whose it is."""

from __future__ import annotations

import contextlib
import json
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bonaface.core.errors import InputError
from bonaface.io.atomic import write_json
from bonaface.io.leases import leased
from bonaface.io.locks import lock
from bonaface.study.engine.store import LOCK, Store

OWNER = "running.json"
"""In the store, for as long as a run goes on: its pid, host and when its process began."""


@contextmanager
def owned(store: Store) -> Iterator[str]:
    """Hold a store for as long as the block runs.

    Yields:
        A note on a run that ended without letting go of it, as when it was killed; empty: there was none.

    Raises:
        InputError: another run holds it; with its pid and host.
    """
    place = store.folder / OWNER
    try:
        with lock(store.folder / LOCK, f"{store.place} is in use"):
            note = _stale(place)
            write_json(place, _self(), overwrite=True)
            try:
                if store.mirror is None:
                    yield note
                else:
                    with leased(store.mirror.remote, _self(), _gone) as (lease, other):
                        store.mirror.lease = lease
                        store.refresh()
                        yield note or other
                        store.push()
            finally:
                with contextlib.suppress(OSError):
                    place.unlink()
    except InputError as error:
        if "is held" in str(error):
            raise _in_use(store.folder, _read(place)) from None
        raise


def _gone(owner: Mapping[str, Any]) -> bool:
    """Whether the owner of a lease is certainly dead: it ran in this very system, and its process is not there."""
    me = _self()
    here = me["boot"] is not None and all(owner.get(part) == me[part] for part in ("host", "boot"))
    return here and not _alive(owner)


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
    began = _began(os.getpid())
    return {"pid": os.getpid(), "host": socket.gethostname(), "began": began, "boot": _boot()}


def _boot() -> str | None:
    """Which start of which machine this is, and which of its containers, on Linux; None: not known.

    Hosts of one name are told apart by it, and processes of one number.
    """
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
        return f"{boot} {os.readlink('/proc/self/ns/pid')}"  # noqa: PTH115 - it is no path
    except OSError:
        return None


def _alive(left: Mapping[str, Any]) -> bool:
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
