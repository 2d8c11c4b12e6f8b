"""A file that is still coming, and what was said of it."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from bonaface.core.errors import InputError
from bonaface.io.atomic import PART_PREFIX, write_json

MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Part:
    """A file that is not whole yet, and beside it what the server said of it."""

    path: Path

    @classmethod
    def of(cls, place: Path) -> Part:
        """The part of a file, in the same folder."""
        return cls(place.with_name(PART_PREFIX + place.name))

    @property
    def _notes(self) -> Path:
        return self.path.with_name(self.path.name + ".json")

    @property
    def size(self) -> int:
        """Bytes so far."""
        return self.path.stat().st_size if self.path.is_file() else 0

    def note(self, url: str, validator: str) -> None:
        """Keep where the bytes come from, and by what the server tells one content from another."""
        write_json(self._notes, {"url": url, "validator": validator}, overwrite=True)

    def validator(self, url: str) -> str:
        """What `note` kept for this address; empty: nothing."""
        try:
            noted = json.loads(self._notes.read_text("utf-8"))
            return str(noted["validator"]) if noted["url"] == url else ""
        except (OSError, ValueError, TypeError, KeyError):
            return ""

    def delete(self) -> None:
        """Both files."""
        self.path.unlink(missing_ok=True)
        self._notes.unlink(missing_ok=True)

    def move(self, place: Path) -> None:
        """The part becomes the file."""
        self.path.replace(place)
        self._notes.unlink(missing_ok=True)

    def check_space(self, total: int) -> None:
        """Before any more is taken.

        Raises:
            InputError: the disk has no room for the rest of `total` bytes.
        """
        folder = self.path.parent
        needed, free = total - self.size, shutil.disk_usage(folder).free
        if needed > free:
            raise InputError(
                f"{folder} has {free / MEGABYTE:.0f} MB left, and {needed / MEGABYTE:.0f} MB are needed. Free some "
                "space, or name another folder (--folder)."
            )

    def hash(self) -> hashlib._Hash:
        """SHA-256 of the bytes so far, ready for more."""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256")
