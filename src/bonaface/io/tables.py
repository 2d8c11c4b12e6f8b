"""Tables as Parquet and maps as TIFF."""

from __future__ import annotations

import contextlib
import io
import math
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bonaface.core.errors import InputError
from bonaface.core.images import Plane
from bonaface.io.atomic import temporary_beside, write_bytes

if TYPE_CHECKING:
    import duckdb


def write_parquet(
    path: Path | str,
    columns: Mapping[str, Sequence[Any]],
    *,
    numbers: Collection[str] = (),
    overwrite: bool = False,
) -> None:
    """Write a table, whole or not at all; the same columns give the same bytes with the same version of DuckDB.

    Args:
        path: of the file.
        columns: by name, in order, of equal length: all bool (BOOLEAN), int (BIGINT), float and int (DOUBLE) or str
            (VARCHAR), of Python or NumPy; None anywhere. A column of None only is VARCHAR.
        numbers: columns that are DOUBLE also where they happen to hold None only, so that files of one kind agree.
        overwrite: replace what is there.

    Raises:
        ValueError: no columns, unequal lengths, mixed types in a column, NaN, or an int beyond 64 bits.
        OutputExists: something is there already, and `overwrite` is false.
        InputError: the place cannot be written to.
    """
    if not columns:
        raise ValueError("a table needs a column")
    lists = {name: [_plain(value) for value in values] for name, values in columns.items()}
    lengths = {name: len(values) for name, values in lists.items()}
    if len(set(lengths.values())) > 1:
        raise ValueError(f"the columns have different lengths: {lengths}")
    types = {name: _sql_type(name, values) for name, values in lists.items()}
    types |= {name: "DOUBLE" for name in numbers if all(value is None for value in lists[name])}
    if len({name.casefold() for name in lists}) < len(lists):
        raise ValueError("two columns have the same name, or differ in upper and lower case only")
    selected = ", ".join(f"unnest(${i}::{types[name]}[]) AS {_quoted(name)}" for i, name in enumerate(lists, 1))
    import duckdb

    part = temporary_beside(Path(path).absolute())
    try:
        part.parent.mkdir(parents=True, exist_ok=True)
        where = str(part).replace("'", "''")
        with _connect() as database:
            copy = f"COPY (SELECT {selected}) TO '{where}' (FORMAT parquet, COMPRESSION zstd)"
            database.execute(copy, list(lists.values()))
        data = part.read_bytes()
    except (OSError, duckdb.IOException) as error:
        why = str(error).splitlines()[0]
        raise InputError(f"{path} cannot be written ({why}). Choose a place that can be.") from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
    write_bytes(path, data, overwrite=overwrite)


def read_parquet(path: Path | str, columns: Sequence[str] | None = None) -> dict[str, list[Any]]:
    """A table, or some columns of it, as lists by column name.

    Raises:
        InputError: no such file or column, or not a Parquet file.
    """
    with _connect() as database:
        names = _select(database, path, columns, None)
        rows = database.fetchall()
    return {name: [row[i] for row in rows] for i, name in enumerate(names)}


def parquet_columns(path: Path | str) -> list[str]:
    """The names of a table's columns, in order.

    Raises:
        InputError: no such file, or not a Parquet file.
    """
    with _connect() as database:
        return _select(database, path, None, None)


def iter_parquet(
    path: Path | str, columns: Sequence[str], where: Mapping[str, Any] | None = None, *, batch: int = 128
) -> Iterator[dict[str, Any]]:
    """The rows of a table in order, one at a time, of which only `batch` are turned into Python values at once.

    Args:
        path: of the file.
        columns: names; "image.bytes" is the field `bytes` of the column `image`. BLOBs come as bytes, lists as lists.
        where: values that the columns of these names must equal.
        batch: rows fetched at a time.

    Raises:
        InputError: as for `read_parquet`.
    """
    with _connect() as database:
        names = _select(database, path, columns, where)
        while rows := database.fetchmany(batch):
            for row in rows:
                yield dict(zip(names, row, strict=True))


def write_tiff(path: Path | str, plane: Plane, *, overwrite: bool = False) -> None:
    """Write a map as a TIFF of one float32 channel, losslessly compressed (Deflate).

    Raises:
        ValueError: not (H, W), not floating point, or NaN or infinite values.
        OutputExists: something is there already, and `overwrite` is false.
        InputError: the place cannot be written to.
    """
    import tifffile

    array = np.asarray(plane)
    if array.ndim != 2 or not np.issubdtype(array.dtype, np.floating) or array.size == 0:
        raise ValueError(f"the map is {array.dtype} of shape {array.shape}; expected floats of shape (height, width)")
    single = array.astype(np.float32)
    if not np.isfinite(single).all():
        raise ValueError("the map holds NaN or infinite values (as float32)")
    file = io.BytesIO()
    tifffile.imwrite(file, single, photometric="minisblack", compression="zlib", metadata=None, software=False)
    write_bytes(path, file.getvalue(), overwrite=overwrite)


def _connect() -> duckdb.DuckDBPyConnection:
    import duckdb

    # One thread keeps the order of rows and the bytes; nothing may be fetched from the network.
    return duckdb.connect(
        ":memory:",
        config={"threads": 1, "autoinstall_known_extensions": "false", "autoload_known_extensions": "false"},
    )


def _select(
    database: duckdb.DuckDBPyConnection,
    path: Path | str,
    columns: Sequence[str] | None,
    where: Mapping[str, Any] | None,
) -> list[str]:
    """Run the query; the names of its columns."""
    import duckdb

    path = Path(path)
    if not os.path.isfile(path):  # noqa: PTH113 - unlike Path's, it does not raise where rights are missing
        raise InputError(f"{path} is not there; expected a Parquet file. Check the path.")
    # An absolute path is never a web address; brackets around wildcards make them plain characters.
    literal = "".join(f"[{letter}]" if letter in "*?[" else letter for letter in str(path.absolute()))
    source = "FROM read_parquet(?, hive_partitioning=false)"
    try:
        there = [row[0] for row in database.execute(f"DESCRIBE SELECT * {source}", [literal]).fetchall()]
        names = list(columns) if columns is not None else there
        selected = ", ".join(_reference(name, there, path) for name in names)
        tests = [f"{_reference(name, there, path)} IS NOT DISTINCT FROM ?" for name in where or {}]
        condition = f" WHERE {' AND '.join(tests)}" if tests else ""
        database.execute(f"SELECT {selected} {source}{condition}", [literal, *(where or {}).values()])
    except duckdb.Error as error:
        raise InputError(
            f"{path} cannot be read as a Parquet file ({str(error).splitlines()[0]}); expected the columns "
            f"{', '.join(columns or ['of a table'])}. Check that it is the right file, and whole."
        ) from error
    return names


def _reference(name: str, there: Sequence[str], path: Path) -> str:
    """A column, or a field inside one, quoted for SQL."""
    if name in there:
        return _quoted(name)
    column, *fields = name.split(".")
    if column not in there or not fields:
        some = ", ".join(there[:12]) + (", ..." if len(there) > 12 else "")
        raise InputError(f"{path} has no column {name!r}; it has {some}.")
    return ".".join(_quoted(part) for part in (column, *fields))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _sql_type(name: str, values: Sequence[Any]) -> str:
    kinds = {type(value) for value in values if value is not None}
    if any(isinstance(value, float) and math.isnan(value) for value in values):
        raise ValueError(f"column {name!r} holds NaN; give None where there is no number")
    if any(isinstance(value, int) and not -(2**63) <= value < 2**63 for value in values):
        raise ValueError(f"column {name!r} holds a whole number beyond 64 bits")
    for allowed, sql in (({bool}, "BOOLEAN"), ({int}, "BIGINT"), ({int, float}, "DOUBLE")):
        if kinds and kinds <= allowed:
            return sql
    if all(issubclass(kind, str) for kind in kinds):
        return "VARCHAR"
    found = ", ".join(sorted(kind.__name__ for kind in kinds))
    raise ValueError(f"column {name!r} holds {found}; expected one of bool, int, float or str")
