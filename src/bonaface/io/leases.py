"""One owner at a time of a folder on remote storage, where nothing lets go of a lock when its process dies.

A lease is a file with a number in its name, which only one can make. Its owner writes it again every now and then; one
that was not written for long belongs to nobody any more, and whoever makes the file with the next number is the owner.
An owner that was only slow finds that number, and stops. Times are those of the storage's own clock.
"""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from bonaface.core.errors import InputError
from bonaface.io.remote import Remote, RemoteError, Taken

EVERY = 20.0
"""Seconds after which a lease is written again."""
STALE = 120.0
"""Seconds after which one that was not is nobody's."""
FOLDER = "running"


class LeaseLost(RemoteError):  # noqa: N818 - says what happened
    """Another run has taken over, or may have."""


class Lease:
    """What its owner holds; see `leased`."""

    def __init__(self, remote: Remote, number: int, about: Mapping[str, Any]) -> None:
        """Begin to renew it."""
        self._remote, self._number, self._about = remote, number, about
        self._stop = threading.Event()
        self._written, self._why = time.monotonic(), ""
        self._thread = threading.Thread(target=self._keep, daemon=True, name="lease")
        self._thread.start()

    def check(self) -> None:
        """Raise where the folder may have another owner by now.

        Raises:
            LeaseLost: with what to do.
        """
        silent = time.monotonic() - self._written
        if not self._why and silent < STALE:
            return
        why = self._why or f"it could not be renewed for {silent:.0f} s"
        raise LeaseLost(
            f"{self._remote.address} is not held by this run any more: {why}. What was written is kept; run the same "
            "command again when no other run goes on."
        )

    def end(self) -> None:
        """Let go of it."""
        self._stop.set()
        self._thread.join(EVERY)
        with suppress(RemoteError):  # it goes stale by itself
            self._remote.remove([_name(self._number)])

    def _keep(self) -> None:
        while not self._stop.wait(EVERY):
            try:
                numbers = _numbers(self._remote)
                if self._number not in numbers or max(numbers) > self._number:
                    self._why = "another run has taken it over"
                    return
                self._remote.write(_name(self._number), _form(self._about))
                self._written = time.monotonic()
            except RemoteError:  # tried again; `check` says when it was too long
                continue


@contextmanager
def leased(
    remote: Remote, about: Mapping[str, Any], gone: Callable[[Mapping[str, Any]], bool]
) -> Iterator[tuple[Lease, str]]:
    """Own a folder for as long as the block runs.

    Args:
        remote: the folder.
        about: who this is, for the messages of others: "pid", "host", and whatever `gone` looks at.
        gone: of what another owner said of itself: whether it is certainly dead, so that nobody needs to wait.

    Yields:
        The lease, and a note on an earlier owner that did not let go; empty: there was none.

    Raises:
        InputError: another run owns it, with its process and host; or the storage cannot make a file only where there
            is none, so that nothing would keep two runs apart.
        RemoteError: the storage cannot be reached.
    """
    _check_exclusive(remote)
    numbers = _numbers(remote)
    note = _look(remote, max(numbers), gone) if numbers else ""
    number, said = max(numbers, default=0) + 1, {**about, "token": secrets.token_hex(8)}
    try:
        remote.create(_name(number), _form(said))
    except Taken:
        raise _in_use(remote, number, None) from None
    if max(_numbers(remote), default=number) > number:  # somebody was faster by more than one
        remote.remove([_name(number)])
        raise _in_use(remote, number + 1, None)
    remote.remove([_name(each) for each in numbers])
    lease = Lease(remote, number, said)
    try:
        yield lease, note
    finally:
        lease.end()


def _look(remote: Remote, number: int, gone: Callable[[Mapping[str, Any]], bool]) -> str:
    """A note on an owner that is gone.

    Raises:
        InputError: it may be alive.
    """
    owner, silent = _owner(remote, number), _silence(remote, number)
    if silent is None:
        return ""
    if not gone(owner) and silent < STALE:
        raise _in_use(remote, number, silent)
    return (
        f"An earlier run (process {owner.get('pid')} on {owner.get('host')}) ended without finishing; it is taken up "
        "again."
    )


def _silence(remote: Remote, number: int) -> float | None:
    """Seconds since a lease was written, by the storage's clock; None: it is gone."""
    written = remote.modified(_name(number))
    probe = f"{FOLDER}/.now-{secrets.token_hex(8)}"
    remote.write(probe, b"now")
    now = remote.modified(probe)
    remote.remove([probe])
    return None if written is None or now is None else (now - written).total_seconds()


def _check_exclusive(remote: Remote) -> None:
    probe = f"{FOLDER}/.probe-{secrets.token_hex(8)}"
    try:
        remote.create(probe, b"first")
        with suppress(Taken):
            remote.create(probe, b"second")
            raise InputError(
                f"{remote.address} is on storage that overwrites a file where it was asked to make a new one only, so "
                "that nothing would keep two runs apart. Choose another place (S3 and GCS can), or a folder of this "
                "machine, and copy it afterwards."
            )
    finally:
        with suppress(RemoteError):
            remote.remove([probe])


def _in_use(remote: Remote, number: int, silent: float | None) -> InputError:
    owner = _owner(remote, number)
    who = f"process {owner.get('pid')} on {owner.get('host')}" if owner else "another process"
    heard = "" if silent is None else f", which was heard of {silent:.0f} s ago"
    return InputError(
        f"{remote.address} is in use by {who}{heard}; expected one run at a time. Wait until it is done, or choose "
        f"another place. If that run is gone, wait {STALE:.0f} s, or delete {remote.address}/{_name(number)}."
    )


def _owner(remote: Remote, number: int) -> dict[str, Any]:
    try:
        held = json.loads(remote.read(_name(number)) or b"{}")
    except ValueError:
        return {}
    return held if isinstance(held, dict) else {}


def _numbers(remote: Remote) -> list[int]:
    stems = [name.rpartition("/")[2].removesuffix(".json") for name in remote.states(FOLDER) if name.endswith(".json")]
    return [int(stem) for stem in stems if stem.isdecimal()]


def _name(number: int) -> str:
    return f"{FOLDER}/{number:06d}.json"


def _form(about: Mapping[str, Any]) -> bytes:
    return json.dumps(dict(about), sort_keys=True).encode()
