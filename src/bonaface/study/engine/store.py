"""What a study has done, in a folder: pictures by their content, and rows in small Parquet files.

Whatever is there is whole: every file is written beside its place and moved into it. Of several rows on the same thing,
those of the latest batch count, so that nothing is ever changed in place. A study on remote storage has such a folder
as its working copy (`mirror`).
"""

from __future__ import annotations

import contextlib
import errno
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bonaface.core.errors import InputError, first_line
from bonaface.io.atomic import PART_PREFIX, write_bytes, write_json
from bonaface.io.locks import lock
from bonaface.io.provenance import sha256_bytes
from bonaface.io.remote import Remote, Taken, is_address
from bonaface.io.tables import write_parquet
from bonaface.study.engine.mirror import PICTURES, Mirror, working_copy
from bonaface.study.engine.running import is_running

if TYPE_CHECKING:
    import duckdb

FORMAT = 1
"""Of the folder: raised whenever an older Bonaface would read it wrongly."""
MARK = "store.json"
MANY = 64
"""Files of one table that are joined into one when a run ends."""
TEXT, NUMBER, COUNT = "VARCHAR", "DOUBLE", "BIGINT"
TABLES: Mapping[str, Mapping[str, str]] = {
    "faces": {
        **dict.fromkeys(("face", "name", "person", "groups", "file", "framing", "status", "why", "truth"), TEXT),
        **dict.fromkeys(("side", "width", "height", "found"), NUMBER),
        **dict.fromkeys(("landmarks", "pose", "detector"), TEXT),
    },
    "cells": {
        **dict.fromkeys(("cell", "face", "framing", "degradation", "degradation_id", "family"), TEXT),
        **dict.fromkeys(("restorer", "restorer_id", "knobs", "weights", "engine", "versions"), TEXT),
        **dict.fromkeys(("status", "why", "output", "observed", "to_output"), TEXT),
        "seed": COUNT,
        **dict.fromkeys(("side", "level", "width", "height", "observed_width", "observed_height"), NUMBER),
        **dict.fromkeys(("covered", "bytes", "seconds"), NUMBER),
        "target": TEXT,
    },
    "reals": {
        **dict.fromkeys(("face", "name", "target", "framing", "status", "why", "picture"), TEXT),
        "side": NUMBER,
    },
    "measures": {
        **dict.fromkeys(("key", "cell", "measure", "part", "grid", "unit", "better", "status", "why"), TEXT),
        "version": COUNT,
        **dict.fromkeys(("value", "seconds"), NUMBER),
    },
    "findings": {
        **dict.fromkeys(("key", "cell", "region", "aspect", "detail", "verdict", "unit", "status", "why"), TEXT),
        **dict.fromkeys(("severity", "score", "floor", "seconds"), NUMBER),
        "sentence": TEXT,
    },
    "readings": {
        **dict.fromkeys(("key", "picture", "truth", "variant", "status", "why"), TEXT),
        **dict.fromkeys(("embedding", "attributes", "expression"), TEXT),
        "skin": NUMBER,
    },
    "descriptions": {
        **dict.fromkeys(("key", "picture", "describer", "model", "endpoint", "template", "status", "why"), TEXT),
        **dict.fromkeys(("text", "version", "cut"), TEXT),
        **{"repeat": COUNT, **dict.fromkeys(("temperature", "tokens_in", "tokens_out"), NUMBER)},
    },
}
"""Columns and their types, by table. `reals` are pictures of faces that show an expression in reality."""
KEYS = {
    **{"faces": '"name", "framing", "side"', "reals": '"name", "target", "framing", "side"', "cells": '"cell"'},
    **dict.fromkeys(("measures", "findings", "readings", "descriptions"), '"key"'),
}
"""What rows of one thing have in common: those of the latest batch count."""
SHOWN = {"faces": ("truth",), "cells": ("observed", "output"), "reals": ("picture",)}
"""Columns that name pictures of the store."""
LOCK = f"{PART_PREFIX}study.lock"
"""In the folder, held by whoever writes to it."""


class StoreError(InputError):
    """The store cannot be written to: nothing can go on."""


class NoStudy(InputError):  # noqa: N818 - says what is there
    """Nobody has begun a study there."""


class DiskFull(StoreError):  # noqa: N818 - says what happened
    """There is no room for what would be written."""


class Store:
    """A folder that a study is kept in; as a value it can be handed to other processes.

    Attributes:
        folder: on this machine: the study itself, or the working copy of one on remote storage.
        mirror: brings the two together; None: the folder is the study.
    """

    def __init__(self, folder: Path, mirror: Mirror | None = None) -> None:
        """See `opened`."""
        self.folder, self.mirror = folder, mirror
        self._next: int | None = None

    @classmethod
    def opened(cls, where: Path | str, *, make: bool = False) -> Store:
        """The store in a folder, or at an address of remote storage.

        Args:
            where: it is: a folder, or an address such as "s3://bucket/study".
            make: begin one where there is none.

        Raises:
            InputError: it is none, holds other things, or was written by another version.
        """
        if is_address(where):
            return cls._at(Remote(str(where)), make=make)
        folder = Path(where)
        if not (folder / MARK).is_file():
            if not make:
                raise NoStudy(f"{folder} holds no study; expected a folder that `bonaface study run` made.")
            if folder.exists() and not folder.is_dir():
                raise InputError(f"{folder} is a file; expected a folder for the study. Choose another name.")
            if folder.is_dir() and any(not path.name.startswith(PART_PREFIX) for path in folder.iterdir()):
                raise InputError(f"{folder} holds other things and no study; expected an empty folder or a new name.")
            write_json(folder / MARK, _MARKED, overwrite=True)
        check_format(folder / MARK, str(folder))
        return cls(folder)

    @classmethod
    def _at(cls, remote: Remote, *, make: bool) -> Store:
        if remote.address.startswith("memory:"):
            raise InputError(f"{remote.address} is gone when this process ends; expected storage that stays.")
        folder, mark = working_copy(remote.address), remote.read(MARK)
        if mark is None:
            if not make:
                raise NoStudy(f"{remote.address} holds no study; expected what `bonaface study run` made.")
            if not remote.is_empty():
                raise InputError(
                    f"{remote.address} holds other things and no study; expected an empty folder or a new name."
                )
            mark = json.dumps(_MARKED).encode()
            with contextlib.suppress(Taken):  # begun by another run just now, which the lease will tell
                remote.create(MARK, mark)
        check_format(mark, remote.address)
        with writing_to(folder):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        mirror = Mirror(remote, folder)
        mirror.make_room()
        store = cls(folder, mirror)
        if not make:  # else `owner.owned` does
            with store.refreshing():
                if not is_running(folder):  # else it is up to date, and has what is not sent yet
                    store.refresh()
        return store

    @classmethod
    def found(cls, where: Path | str) -> Store | None:
        """The store there; None: none has been begun."""
        try:
            return cls.opened(where)
        except NoStudy:
            return None

    @property
    def place(self) -> str:
        """Where it is, for messages."""
        return str(self.folder) if self.mirror is None else self.mirror.remote.address

    @property
    def name(self) -> str:
        """The last part of where it is."""
        return self.folder.resolve().name if self.mirror is None else self.place.rpartition("/")[2]

    def put_picture(self, data: bytes) -> str:
        """Keep a PNG under its SHA-256, which is returned; the same content is kept once.

        Raises:
            DiskFull: there is no room.
        """
        name = sha256_bytes(data)
        place = self.folder / _picture(name)
        if not place.exists():
            with writing_to(self.folder):
                write_bytes(place, data, overwrite=True)
        return name

    def picture(self, sha256: str) -> Path:
        """Where a picture is kept on this machine; it is fetched where it is not."""
        place = self.folder / _picture(sha256)
        if self.mirror is not None and not place.is_file():
            self.mirror.fetch([_picture(sha256)])
        return place

    def has(self, sha256: str) -> bool:
        """Whether a picture is kept, here or on the storage."""
        if self.mirror is not None:
            return self.mirror.has(_picture(sha256))
        return (self.folder / _picture(sha256)).is_file()

    def gather(self, pictures: Iterable[str]) -> None:
        """Fetch many pictures at a time, by their SHA-256, before they are looked at one by one."""
        if self.mirror is not None:
            self.mirror.fetch({_picture(name) for name in pictures if name})

    def gather_all(self) -> None:
        """The same of all that rows name."""
        if self.mirror is not None:
            self.gather(row[column] for table, columns in SHOWN.items() for row in self.rows(table, columns)
                        for column in columns)  # fmt: skip

    @contextlib.contextmanager
    def refreshing(self) -> Iterator[None]:
        """Within, nobody else of this machine takes in what other machines wrote, nor begins to write."""
        with writing_to(self.folder), lock(self.folder / f"{LOCK}-refresh", f"{self.place} is read", wait=True):
            yield

    def refresh(self) -> None:
        """Take in what other machines wrote; only within `refreshing`, and while no run goes on."""
        if self.mirror is not None:
            self.mirror.refresh()
            self._next = None

    def push(self) -> None:
        """Send what is new where the study is; without it, `add` keeps it on this machine only.

        Raises:
            StoreError: the storage refuses, or another run writes to it.
        """
        if self.mirror is not None:
            with writing_to(self.folder):
                self.mirror.push()

    def publish(self, files: Sequence[Path]) -> None:
        """Send files that were written anew, such as tables.

        Raises:
            StoreError: as `push`.
        """
        if self.mirror is not None:
            with writing_to(self.folder):
                self.mirror.publish(files)

    def settle(self) -> None:
        """Send the rest, and remember what there is, before the store is let go of.

        Raises:
            StoreError: as `push`.
        """
        self.push()
        if self.mirror is not None:
            with writing_to(self.folder):
                self.mirror.settle()

    def add(self, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Append rows, all or none of them; where the study is elsewhere, `push` sends them.

        Args:
            table: of `TABLES`.
            rows: by column; what is left out is unknown.

        Raises:
            DiskFull: there is no room.
        """
        if not rows:
            return
        if self._next is None:
            parts = (self.folder / "parts").glob("*/*.parquet")
            self._next = 1 + max((int(path.stem) for path in parts if path.stem.isdecimal()), default=0)
        place = self.folder / "parts" / table / f"{self._next:08d}.parquet"
        self._next += 1
        columns = {name: [row.get(name) for row in rows] for name in TABLES[table]}
        columns["batch"] = [row.get("batch", self._next - 1) for row in rows]
        numbers = [name for name, kind in TABLES[table].items() if kind == NUMBER]
        columns |= {name: [None if v is None else float(v) for v in columns[name]] for name in numbers}
        with writing_to(self.folder):
            write_parquet(place, columns, numbers=numbers, overwrite=True)
        if self.mirror is not None:
            named = (row.get(column) for row in rows for column in SHOWN.get(table, ()))
            self.mirror.added(place, [_picture(name) for name in named if name])

    def rows(self, table: str, columns: Iterable[str] | None = None) -> list[dict[str, Any]]:
        """The rows that count, in no order.

        Args:
            table: of `TABLES`.
            columns: names; None: all.
        """
        names = list(TABLES[table] if columns is None else columns)
        with self.query() as database:
            found = database.execute(f"SELECT {_listed(names)} FROM {table}").fetchall()  # noqa: S608
        return [dict(zip(names, row, strict=True)) for row in found]

    @contextlib.contextmanager
    def query(self) -> Any:
        """A connection to DuckDB with `TABLES` as views of the rows that count."""
        import duckdb

        try:
            with duckdb.connect(":memory:", config=_CONFIG) as database:
                for table, kinds in TABLES.items():
                    self._view(database, table, kinds)
                yield database
        except (duckdb.IOException, duckdb.InvalidInputException) as error:
            raise InputError(
                f"The rows of {self.place} cannot be read ({first_line(error)}). Delete the file that is broken, and "
                "run the study again: what it held is done again."
            ) from error

    def _view(self, database: duckdb.DuckDBPyConnection, table: str, kinds: Mapping[str, str]) -> None:
        files = self._parts(table)
        if not files:
            columns = ", ".join(f'NULL::{kind} AS "{name}"' for name, kind in (*kinds.items(), ("batch", COUNT)))
            database.execute(f"CREATE VIEW {table} AS SELECT {columns} WHERE false")
            return
        listed = ", ".join("'" + str(path.absolute()).replace("'", "''") + "'" for path in files)
        columns = ", ".join(f'"{name}"::{kind} AS "{name}"' for name, kind in (*kinds.items(), ("batch", COUNT)))
        # Stores that are older than a column have none of it: it is unknown there.
        nothing = ", ".join(f'NULL::{kind} AS "{name}"' for name, kind in kinds.items())
        database.execute(  # no text of a user's but the paths, which are quoted
            f"CREATE VIEW {table} AS SELECT {columns} FROM (SELECT {nothing} WHERE false UNION ALL BY NAME "  # noqa: S608
            f"SELECT * FROM read_parquet([{listed}], filename = true, hive_partitioning = false, "
            f"union_by_name = true)) QUALIFY batch = max(batch) OVER (PARTITION BY {KEYS[table]}) "
            f"AND filename = max(filename) OVER (PARTITION BY {KEYS[table]}, batch)"
        )

    def _parts(self, table: str) -> list[Path]:
        return sorted((self.folder / "parts" / table).glob("[0-9]*.parquet"))

    def tidy(self) -> None:
        """Join many small files into one, without the rows that do not count any more."""
        for table in TABLES:
            files = self._parts(table)
            if len(files) > MANY:
                self.add(table, self.rows(table, (*TABLES[table], "batch")))
                self.push()
                if self.mirror is not None:
                    self.mirror.remove(files)
                for path in files:
                    path.unlink(missing_ok=True)

    def sweep(self) -> None:
        """Remove what a run that was killed was writing; only while the store is held."""
        for folder in (self.folder, self.folder / "tables", *(self.folder / "parts").glob("*"),
                       *(self.folder / "outputs").glob("*")):  # fmt: skip
            for path in folder.glob(f"{PART_PREFIX}*"):
                if not path.name.endswith(".lock"):
                    path.unlink(missing_ok=True)


_CONFIG: dict[str, Any] = {
    "threads": 1,
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}
"""Nothing may be fetched from the network."""


_MARKED = {"what": "a study by Bonaface", "format": FORMAT}


def _picture(sha256: str) -> str:
    """Where a picture lies below the folder."""
    return f"{PICTURES}/{sha256[:2]}/{sha256}.png"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def check_format(mark: Path | bytes, place: str) -> None:
    """Raise where a store was written by another version.

    Args:
        mark: its mark, or the file that holds it.
        place: of the store, for the message.

    Raises:
        InputError: with both formats.
    """
    try:
        found = json.loads(mark.read_bytes() if isinstance(mark, Path) else mark)["format"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{place}/{MARK} cannot be read as the mark of a study ({error}). Choose another folder."
        ) from error
    if found != FORMAT:
        newer = isinstance(found, int) and found > FORMAT
        raise InputError(
            f"{place} is a study of format {found}; this Bonaface reads and writes format {FORMAT}. "
            + ("Use the newer Bonaface that wrote it" if newer else "Use the Bonaface that wrote it")
            + ", or choose another folder and run the study again: outputs do not depend on the format."
        )


@contextlib.contextmanager
def writing_to(folder: Path) -> Any:
    """Within, what keeps the store from being written is told as such.

    Raises:
        DiskFull: there is no room.
        StoreError: anything else.
    """
    try:
        yield
    except (OSError, InputError) as error:
        cause = error if isinstance(error, OSError) else error.__cause__
        number = getattr(cause, "errno", None)
        if number in (errno.ENOSPC, errno.EDQUOT) or "No space left" in str(error):
            raise DiskFull(
                f"The disk of {folder} is full. What is done is kept: free some space, and run the same command again."
            ) from error
        raise StoreError(str(error)) from error
