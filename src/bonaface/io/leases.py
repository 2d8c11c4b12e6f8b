"""One owner at a time of a folder on remote storage, where nothing lets go of a lock when its process dies.

A lease is a file with a number in its name, which only one can make. Its owner writes it again every now and then; one
that was not written for long belongs to nobody any more, and whoever makes the file with the next number is the owner.
An owner that was only slow finds that number, or another's word in its own file, and stops. Whether a lease is stale is
told by the storage's own clock.
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
SILENT = 80.0
"""Seconds without it after which its owner does not take itself for the owner any more."""
STALE = 120.0
"""Seconds after which nobody else does."""
FOLDER = "running"


class LeaseLost(RemoteError):  # noqa: N818 - says what happened
    """Another run has taken over, or may have."""


class Lease:
    """What its owner holds; see `leased`."""

    def __init__(self, remote: Remote, number: int, about: Mapping[str, Any]) -> None:
        """Begin to renew it."""
        self._remote, self._number, self._about = remote, number, about
        self._stop = threading.Event()
        self._renewed, self._lost = _now(), False
        self._thread = threading.Thread(target=self._keep, daemon=True, name="lease")
        self._thread.start()

    def check(self) -> None:
        """Raise where the folder may have another owner by now, as far as this machine knows.

        Raises:
            LeaseLost: with what to do.
        """
        silent = max(now - then for now, then in zip(_now(), self._renewed, strict=True))
        if not self._lost and silent < SILENT:
            return
        why = "another run has taken it over" if self._lost else f"it could not be renewed for {silent:.0f} s"
        raise LeaseLost(
            f"{self._remote.address} is not held by this run any more: {why}. What was written is kept; run the same "
            "command again when no other run goes on."
        )

    def confirm(self) -> None:
        """The same, and ask the storage; before something is replaced or deleted there.

        Raises:
            LeaseLost: as `check`.
            RemoteError: the storage cannot be reached.
        """
        self._lost |= not self._is_mine()
        self.check()

    def end(self) -> None:
        """Let go of it."""
        self._stop.set()
        self._thread.join(EVERY)
        with suppress(RemoteError):  # it goes stale by itself
            self._remove()

    def _keep(self) -> None:
        while not self._stop.wait(EVERY):
            try:
                begun = _now()
                if not self._is_mine():
                    self._lost = True
                    return
                self._remote.write(_name(self._number), _form(self._about))
                self._renewed = begun
                if self._stop.is_set():  # it was let go of meanwhile
                    self._remove()
            except RemoteError:  # tried again; `check` says when it was too long
                continue

    def _is_mine(self) -> bool:
        numbers = _numbers(self._remote)
        mine = self._number in numbers and max(numbers) == self._number
        return mine and _owner(self._remote, self._number).get("token") == self._about["token"]

    def _remove(self) -> None:
        if _owner(self._remote, self._number).get("token") == self._about["token"]:
            self._remote.remove([_name(self._number)])


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
    lease = Lease(remote, number, said)
    try:
        if max(_numbers(remote), default=number) > number:  # somebody was faster by more than one
            raise _in_use(remote, number + 1, None)
        remote.remove([_name(each) for each in numbers])
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


def _now() -> tuple[float, float]:
    """By two clocks: one goes on while a machine sleeps, the other is set by nobody."""
    return time.time(), time.monotonic()
