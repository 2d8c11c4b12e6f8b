"""`restore.jsonl` and `edit.jsonl`: a line for each picture, added when its results are in place. See decision 0011."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bonaface.core.errors import InputError, OutputExists
from bonaface.io.atomic import PART_PREFIX, write_text
from bonaface.io.locks import lock
from bonaface.jobs.restored import CROPS, PHOTOGRAPHS, RECORD, whole_lines

Entry = dict[str, Any]
EDITS, EDITS_RECORD = "edits", "edit.jsonl"
"""Of edited photographs: what their lines are about, and the file. A photograph may have several lines, one for each
result, by the `name` of that."""
_WHAT = {PHOTOGRAPHS: "restored photographs", CROPS: "restored crops of faces", EDITS: "edited photographs"}
_COMMAND = {RECORD: "bonaface restore", EDITS_RECORD: "bonaface edit"}


def record_of(kind: str) -> str:
    """The name of the file with lines of this kind."""
    return EDITS_RECORD if kind == EDITS else RECORD


def results(entry: Mapping[str, Any]) -> dict[str, str]:
    """The files that a line speaks of, and the SHA-256 of each."""
    one = {entry["output"]: entry["output_sha256"]} if entry.get("output") else {}
    return one | {each["output"]: each["output_sha256"] for each in entry.get("outputs", ())}


def refuse_foreign(foreign: Sequence[Path]) -> None:
    """Raise where results would replace what was not made so.

    Raises:
        OutputExists: `foreign` is not empty.
    """
    if foreign:
        which = f"{foreign[0]} and {len(foreign) - 1} more are" if len(foreign) > 1 else f"{foreign[0]} is"
        was = "were" if len(foreign) > 1 else "was"
        raise OutputExists(
            f"{which} there already, and {was} made in another way, or changed since. Choose another folder, or pass "
            "--overwrite to replace results."
        )


@contextlib.contextmanager
def filling(folder: Path, kind: str) -> Iterator[Journal]:
    """Hold a folder that is being filled, and tidy its record in the end; a new one that stays empty goes again.

    Args:
        folder: of the results; it is made.
        kind: as for `Journal`.

    Raises:
        InputError: it cannot be made, or is held by another process; or as `Journal`.
    """
    made = [place for place in (folder, *folder.parents) if not place.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder} cannot be made ({error.strerror}). Choose another place.") from error
    try:
        with lock(folder / f"{PART_PREFIX}{Path(record_of(kind)).stem}.lock", f"{folder} is being filled"):
            journal = Journal(folder, kind)
            try:
                yield journal
            finally:
                with contextlib.suppress(InputError):  # a full disk: superseded lines do no harm
                    journal.tidy()
    finally:
        for place in made:
            with contextlib.suppress(OSError):  # only where still empty
                place.rmdir()


class Journal:
    """The lines of a folder's record; of several on one picture, or on one result, the last counts."""

    def __init__(self, folder: Path, kind: str = PHOTOGRAPHS) -> None:
        """Read what is there; a last line that was cut off, as when a machine stops, is left out.

        Args:
            folder: of the results.
            kind: of all lines, "photographs", "crops" or "edits".

        Raises:
            InputError: the file cannot be read, or another line is none of the command's, or of another kind.
        """
        self._path = folder / record_of(kind)
        self._name = "name" if kind == EDITS else "input"
        self._entries: dict[str, Entry] = {}
        self._torn = False
        self._superseded = False
        try:
            data = self._path.read_bytes()
        except FileNotFoundError:
            return
        except OSError as error:
            raise InputError(f"{self._path} cannot be read ({error.strerror}). Choose another folder.") from error
        self._torn = not data.endswith(b"\n") and bool(data)
        for number, line in enumerate(whole_lines(data), 1):
            try:
                entry = json.loads(line)
                self._keep(dict(entry), str(entry[self._name]))
                held = entry.get("kind", PHOTOGRAPHS)
            except (ValueError, TypeError, KeyError) as error:
                raise InputError(
                    f"{self._path}, line {number}, is none that `{_COMMAND[self._path.name]}` wrote ({error}). Move "
                    "the file away, or choose another folder."
                ) from error
            if held != kind:
                raise InputError(
                    f"{folder} holds {_WHAT.get(held, held)}; {_WHAT[kind]} are to be written. Choose another folder."
                )

    @property
    def empty(self) -> bool:
        """Whether there is no line."""
        return not self._entries

    def on(self, name: str) -> Entry | None:
        """The line on a picture that was given, by the name of its file; of edits, by that of the result."""
        return self._entries.get(name)

    def of(self, output: str) -> Entry | None:
        """The line on a result, by the name of its file."""
        return next((entry for entry in self._entries.values() if output in results(entry)), None)

    def add(self, entry: Mapping[str, Any]) -> None:
        """Append a line, and flush it to the disk.

        Raises:
            InputError: the file cannot be written to.
        """
        if self._torn:
            self.tidy()
        self._keep(dict(entry), str(entry[self._name]))
        line = json.dumps(entry, ensure_ascii=True, allow_nan=False).encode() + b"\n"
        try:
            with self._path.open("ab") as file:
                file.write(line)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            self._torn = True
            raise InputError(f"{self._path} cannot be written ({error.strerror}). Free some space.") from error

    def tidy(self) -> None:
        """Write the file anew, without lines that do not count any more."""
        if self._torn or self._superseded:
            text = "".join(json.dumps(entry, allow_nan=False) + "\n" for entry in self._entries.values())
            write_text(self._path, text, overwrite=True)
            self._torn = self._superseded = False

    def _keep(self, entry: Entry, name: str) -> None:
        made = results(entry).keys()
        stale = [key for key, other in self._entries.items() if key == name or made & results(other).keys()]
        for key in stale:
            del self._entries[key]
            self._superseded = True
        self._entries[name] = entry
