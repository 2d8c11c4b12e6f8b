"""A study on remote storage, and its working copy on this machine.

DuckDB and whoever looks at a picture read the working copy. Whatever is new there is sent: pictures before the rows
that name them, so that what lies on the storage is whole at any moment. The storage is the truth: files of rows that it
does not have are not taken for done.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import socket
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from bonaface.core.errors import InputError
from bonaface.io.atomic import write_json
from bonaface.io.leases import Lease
from bonaface.io.provenance import sha256_bytes
from bonaface.io.remote import Remote, RemoteError

FOLDER_VARIABLE = "BONAFACE_STUDIES"
KNOWN = "mirror.json"
"""In the working copy: of the files that were fetched or sent, their states there, and size and time here."""
PICTURES = "outputs"
ROOM = 10e9
"""Bytes of pictures that a working copy keeps; beyond, those that nobody used for longest are left to the storage."""
ROWS = ("parts", "tables")
"""Folders that a working copy has whole."""
ROUNDS = 5
"""How often rows are listed anew that another machine joined while they were fetched."""
_ROWS = re.compile(r"parts/[a-z]+/\d+\.parquet|tables/[a-z-]+\.(csv|parquet)")
_PICTURE = re.compile(r"outputs/[0-9a-f]{2}/[0-9a-f]{64}\.png")


def working_copy(address: str) -> Path:
    """Where an address has its working copy: in the folder that BONAFACE_STUDIES names, else in the user's cache."""
    import platformdirs

    named = os.environ.get(FOLDER_VARIABLE)
    root = Path(named) if named else Path(platformdirs.user_cache_dir("bonaface", appauthor=False)) / "studies"
    # Machines that share a home folder have a copy each: who writes to it is known on its own machine only.
    mine = hashlib.sha256(f"{socket.gethostname()} {address}".encode()).hexdigest()[:12]
    return root / f"{re.sub(r'[^A-Za-z0-9_-]', '_', address.rpartition('/')[2])[:40]}-{mine}"


class Mirror:
    """Brings a working copy and its storage together."""

    def __init__(self, remote: Remote, folder: Path) -> None:
        """Nothing is asked of the storage yet.

        Args:
            remote: where the study is.
            folder: of the working copy.
        """
        self.remote, self.folder = remote, folder
        self.lease: Lease | None = None
        self._there: set[str] | None = None
        self._pictures: list[Path] = []
        self._rows: list[Path] = []
        self._mine = set[str]()
        self._written = 0.0

    def __reduce__(self) -> tuple[type[Mirror], tuple[Remote, Path]]:
        """For other processes, which only fetch."""
        return Mirror, (self.remote, self.folder)

    def refresh(self) -> None:
        """Bring the working copy's rows to where the storage is; only while nobody else writes to either.

        Raises:
            RemoteError: the storage cannot be read.
        """
        known = _known(self.folder / KNOWN)
        for _ in range(ROUNDS):
            there = self._states()
            for folder in ROWS:
                for name, path in self._here(folder):
                    if not there.get(name) or known.get(name) != [there[name], *_looks(path)]:
                        path.unlink()
            lost = self.remote.fetch({n: self.folder / n for n in there if not (self.folder / n).is_file()})
            known = {name: [there[name], *_looks(self.folder / name)] for name in there if name not in lost}
            write_json(self.folder / KNOWN, known, overwrite=True)
            if not lost:  # else another machine joined files meanwhile
                break
        else:
            raise RemoteError(f"{self.remote.address} changed while it was read, {ROUNDS} times. Try again.")
        self._pictures, self._rows, self._there, self._mine = [], [], None, set()

    def has(self, picture: str) -> bool:
        """Whether the storage has a picture, by its name below the folder."""
        if self._there is None:
            self._there = set(self.remote.states(PICTURES))
        return picture in self._there

    def fetch(self, pictures: Iterable[str]) -> None:
        """Bring pictures into the working copy, by their names below the folder; those that are gone stay away."""
        missing = {
            name: self.folder / name
            for name in pictures
            if _PICTURE.fullmatch(name) and not (self.folder / name).is_file()
        }
        self.remote.fetch(missing, lambda name, data: sha256_bytes(data) == Path(name).stem)

    def added(self, rows: Path, pictures: Iterable[str]) -> None:
        """Take note of a file of rows, and of the pictures that it names, for `push`."""
        self._rows.append(rows)
        self._pictures += [self.folder / name for name in dict.fromkeys(pictures) if not self.has(name)]

    def push(self) -> None:
        """Send what is new: pictures, then rows in the order in which they came.

        Raises:
            RemoteError: the storage cannot be written to, or another run writes there.
        """
        self._check()
        pictures = {self._name(path): path for path in self._pictures}
        rows = {self._name(path): path for path in self._rows}
        if gone := [name for name, path in {**pictures, **rows}.items() if not path.is_file()]:
            raise InputError(
                f"{self.folder / gone[0]} is gone from the working copy before it was sent. Run the same command again."
            )
        self.remote.send(pictures)
        self._there = (self._there or set()) | set(pictures)
        for name, path in rows.items():
            self._check()
            self.remote.send({name: path}, create=True)
            self._mine.add(name)
        self._pictures, self._rows = [], []
        self._written += sum(path.stat().st_size for path in pictures.values())
        if self._written > ROOM / 10:
            self.make_room()

    def publish(self, files: Sequence[Path]) -> None:
        """Send files that replace older ones, as tables do."""
        self._check(ask=True)
        self.remote.send({self._name(path): path for path in files})
        self._check(ask=True)  # a machine that slept meanwhile may have replaced newer ones, which is told
        self._mine |= {self._name(path) for path in files}

    def remove(self, files: Sequence[Path]) -> None:
        """Delete files from the storage that were joined into others."""
        self._check(ask=True)
        self.remote.remove([self._name(path) for path in files])

    def settle(self) -> None:
        """Remember the states of the files that were sent, so that the next run need not fetch them."""
        sent = {name: state for name, state in self._states().items() if name in self._mine}
        known = _known(self.folder / KNOWN) | {n: [state, *_looks(self.folder / n)] for n, state in sent.items()}
        write_json(self.folder / KNOWN, known, overwrite=True)

    def _states(self) -> dict[str, str]:
        """Of all files of rows on the storage. Whoever can write there names them: other names never become paths."""
        found = {name: state for folder in ROWS for name, state in self.remote.states(folder).items()}
        return {name: state for name, state in found.items() if _ROWS.fullmatch(name)}

    def _check(self, *, ask: bool = False) -> None:
        if self.lease is None:
            raise RuntimeError("what writes to a study on remote storage holds it (`owner.owned`)")
        (self.lease.confirm if ask else self.lease.check)()

    def make_room(self) -> None:
        """Leave pictures to the storage where there are more than `ROOM`, those first that nobody used for longest."""
        self._written = 0.0
        found = [(path.stat(), path) for path in (self.folder / PICTURES).glob("*/*.png")]
        total = sum(stat.st_size for stat, _ in found)
        if total <= ROOM:
            return
        for stat, path in sorted(found, key=lambda each: (max(each[0].st_atime, each[0].st_mtime), each[1])):
            if total <= 0.8 * ROOM:
                return
            if self.has(self._name(path)):
                path.unlink(missing_ok=True)
                total -= stat.st_size

    def _here(self, folder: str) -> list[tuple[str, Path]]:
        return [(self._name(path), path) for path in (self.folder / folder).rglob("*") if path.is_file()]

    def _name(self, path: Path) -> str:
        return path.relative_to(self.folder).as_posix()


def _looks(path: Path) -> tuple[int, int]:
    """What a file here is told by: whoever writes it anew changes one of them."""
    found = path.stat()
    return found.st_size, found.st_mtime_ns


def _known(place: Path) -> dict[str, list[Any]]:
    try:
        held = json.loads(place.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return held if isinstance(held, dict) else {}
