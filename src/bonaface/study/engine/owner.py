"""One run at a time on a store: a lock that says whose it is; on remote storage a lease as well."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from bonaface.core.errors import InputError
from bonaface.io.atomic import write_json
from bonaface.io.leases import leased
from bonaface.io.locks import Held, lock
from bonaface.study.engine.running import OWNER, is_alive, is_gone, myself, owner_of
from bonaface.study.engine.store import LOCK, Store


@contextmanager
def owned(store: Store) -> Iterator[str]:
    """Hold a store for as long as the block runs.

    Yields:
        A note on a run that ended without letting go of it, as when it was killed; empty: there was none.

    Raises:
        InputError: another run holds it; with its pid and host.
    """
    place, mirror = store.folder / OWNER, store.mirror
    with ExitStack() as kept:
        try:
            kept.enter_context(lock(store.folder / LOCK, f"{store.place} is in use"))
        except Held:
            raise _in_use(store.place, place, owner_of(place)) from None
        if mirror is None:
            note = _stale(place)
            write_json(place, myself(), overwrite=True)
        else:
            mirror.lease, note = kept.enter_context(leased(mirror.remote, myself(), is_gone))
            kept.callback(setattr, mirror, "lease", None)
            with store.refreshing():  # whoever only reads waits until it is known that this run goes on
                store.refresh()
                write_json(place, myself(), overwrite=True)
        kept.callback(_unlink, place)
        yield note
        store.settle()


def _unlink(place: Path) -> None:
    with contextlib.suppress(OSError):
        place.unlink()


def _stale(place: Path) -> str:
    """What is left of a run that is gone.

    Raises:
        InputError: it may be alive: the file system knows no locks, or it is on another machine.
    """
    left = owner_of(place)
    if left is None:
        return ""
    here = left.get("host") == socket.gethostname()
    if here and not is_alive(left):
        return f"An earlier run (process {left.get('pid')}) ended without finishing; it is taken up again."
    if here and left == myself():
        return ""
    raise _in_use(str(place.parent), place, left)


def _in_use(where: str, place: Path, owner: dict[str, Any] | None) -> InputError:
    who = "another process" if not owner else f"process {owner.get('pid')} on {owner.get('host')}"
    rest = f" If that run is gone, delete {place}." if owner is not None else ""
    return InputError(
        f"{where} is in use by {who}; expected one run at a time. Wait until it is done, or choose another "
        f"folder.{rest}"
    )
