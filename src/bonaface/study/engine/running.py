"""Which process holds a study, and whether it lives."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

OWNER = "running.json"
"""In a study's folder, for as long as a run goes on: its pid, host and when its process began."""


def is_running(folder: Path) -> bool:
    """Whether a living process of this machine holds the study in a folder."""
    left = owner_of(folder / OWNER)
    return left is not None and left.get("host") == socket.gethostname() and is_alive(left)


def is_gone(owner: Mapping[str, Any]) -> bool:
    """Whether the owner of a lease is certainly dead: it ran in this very system, and its process is not there."""
    me = myself()
    here = me["boot"] is not None and all(owner.get(part) == me[part] for part in ("host", "boot"))
    return here and not is_alive(owner)


def owner_of(place: Path) -> dict[str, Any] | None:
    """What a file of an owner says; empty: nothing that can be read; None: there is none."""
    try:
        held = json.loads(place.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        return {}
    return held if isinstance(held, dict) else {}


def myself() -> dict[str, Any]:
    """This process, as `owner_of` has others."""
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


def is_alive(left: Mapping[str, Any]) -> bool:
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
