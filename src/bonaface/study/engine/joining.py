"""A Ray cluster: whether one can be used, and this process's part in it, for `cluster`."""

from __future__ import annotations

import importlib.util
import os
import re
import secrets
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from bonaface.core.errors import InputError, first_line
from bonaface.graphs.engines import processors
from bonaface.study.engine.processes import environment

LOCAL, AUTO = "local", "auto"
ANSWERS = 5.0
"""Seconds in which a cluster's port has to answer: Ray itself waits for minutes, and ends the process."""
_SYSTEM = "/tmp" if os.name == "posix" else None  # noqa: S108
"""Where Ray keeps what it has, unless told otherwise; None: where Python does."""
_TOKEN = secrets.token_hex(32)
"""Of clusters that this process begins: Ray reads it once for a process."""
_imported_here = False
"""Whether Ray was imported by this module first, with the token."""
_ADDRESS = re.compile(r"(?P<host>[^\s:/\[\]]+|\[[0-9a-fA-F:.]+\]):(?P<port>\d{1,5})")


def check(address: str) -> None:
    """Raise where no cluster can be used, before anything is made.

    Args:
        address: "local", "auto" or host:port.

    Raises:
        InputError: Ray is not installed, this is no address, or nothing answers there.
    """
    found = importlib.util.find_spec("ray")
    if found is None or found.origin is None:  # a folder of that name, as Ray makes one in /tmp, is no Ray
        raise InputError(
            "--ray needs Ray, which is not installed: pip install 'bonaface[distributed]'. Without --ray, this "
            "machine's own processes do the same."
        )
    if address == LOCAL:
        return
    if address == AUTO:
        address = _of_this_machine()
    if address.startswith("ray://"):
        raise InputError(
            f"{address} is for Ray's client, and a study must be started on a machine of the cluster. Run the command "
            "on one of them, with --ray auto."
        )
    parts = _ADDRESS.fullmatch(address)
    if parts is None:
        raise InputError(
            f"The cluster's address is {address!r}; expected local, auto, or the host:port of a cluster's head."
        )
    try:
        socket.create_connection((parts["host"].strip("[]"), int(parts["port"])), ANSWERS).close()
    except (OSError, OverflowError) as error:
        raise InputError(
            f"Nothing answers at {address} ({getattr(error, 'strerror', None) or error}); expected the head of a Ray "
            f"cluster. Begin one there (`ray start --head --port={parts['port']}`), or check the address."
        ) from error


def _of_this_machine() -> str:
    """The address of the cluster that this machine is a part of, as `ray start` wrote it down.

    Ray would also take any cluster that it finds among the processes, another study's own included.

    Raises:
        InputError: none is known.
    """
    if told := os.environ.get("RAY_ADDRESS"):
        return told
    root = os.environ.get("RAY_TMPDIR") or (sys.platform == "linux" and os.environ.get("TMPDIR")) or _SYSTEM
    try:
        return (Path(root or tempfile.gettempdir()) / "ray" / "ray_current_cluster").read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            "This machine is a part of no Ray cluster. Begin one with `ray start --head`, join one with `ray start "
            "--address=host:port`, name its address, or use --ray local."
        ) from error


@contextmanager
def joined(address: str, workers: int | None) -> Iterator[Any]:
    """Ray, with a cluster; one that was joined here is left, one that was begun here is ended."""
    check(address)
    with ExitStack() as kept:
        address = _of_this_machine() if address == AUTO else address
        settings: dict[str, Any] = {"address": address, "log_to_driver": False, "logging_level": "error"}
        if address == LOCAL:
            # A token, as Ray listens on all of the machine's addresses; and nothing is told to Ray's makers.
            own = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": _TOKEN}
            kept.enter_context(environment(own))
            # Names of sockets in it must be short, and it may hold faces: it does not stay.
            place = tempfile.TemporaryDirectory(prefix="bonaface-ray-", dir=_SYSTEM, ignore_cleanup_errors=True)
            settings |= {"num_cpus": workers or processors(), "include_dashboard": False}
            settings["_temp_dir"] = kept.enter_context(place)
        global _imported_here
        _imported_here |= "ray" not in sys.modules and address == LOCAL
        import ray

        if not ray.is_initialized():
            if address == LOCAL and not _imported_here:
                raise InputError(
                    "Ray was imported in this process before the study, without the token of the study's own cluster, "
                    "which Ray reads when it is imported. Call ray.init() first, and that cluster is used; or import "
                    "Ray later; or use the command line."
                )
            with _signals():  # Ray takes SIGTERM for itself
                kept.callback(ray.shutdown)
                try:
                    ray.init(**settings)
                except (ConnectionError, RuntimeError, ValueError) as error:
                    begin = "" if address == LOCAL else " Begin one with `ray start --head`, or use --ray local."
                    raise InputError(f"No cluster can be used at {address} ({first_line(error)}).{begin}") from error
        yield ray


@contextmanager
def _signals() -> Iterator[None]:
    """What this process does when it is ended stays its own matter."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, does in before.items():
            signal.signal(number, does)
