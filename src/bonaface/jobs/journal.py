"""`restore.jsonl`: one line for each photograph, added when its result is in place. See decision 0011."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bonaface.core.errors import InputError
from bonaface.io.atomic import write_text
from bonaface.jobs.restored import RECORD, whole_lines

Entry = dict[str, Any]


class Journal:
    """The lines of a folder's record; of several on one photograph, or on one result, the last counts."""

    def __init__(self, folder: Path) -> None:
        """Read what is there; a last line that was cut off, as when a machine stops, is left out.

        Raises:
            InputError: the file cannot be read, or another line is none of `bonaface restore`'s.
        """
        self._path = folder / RECORD
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
                self._keep(dict(entry), str(entry["input"]))
            except (ValueError, TypeError, KeyError) as error:
                raise InputError(
                    f"{self._path}, line {number}, is none that `bonaface restore` wrote ({error}). Move the file "
                    "away, or choose another folder."
                ) from error

    def of(self, output: str) -> Entry | None:
        """The line on a result, by the name of its file."""
        return next((entry for entry in self._entries.values() if entry.get("output") == output), None)

    def add(self, entry: Mapping[str, Any]) -> None:
        """Append a line, and flush it to the disk.

        Raises:
            InputError: the file cannot be written to.
        """
        if self._torn:
            self.tidy()
        self._keep(dict(entry), str(entry["input"]))
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
        output = entry.get("output")
        stale = [
            key for key, other in self._entries.items() if key == name or (output and other.get("output") == output)
        ]
        for key in stale:
            del self._entries[key]
            self._superseded = True
        self._entries[name] = entry
