"""Answers that were paid for once, kept on this machine by the hash of everything that they depend on."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from pathlib import Path

from bonaface.core.descriptions import Answer, Sent, Settings
from bonaface.io.atomic import write_json

FOLDER_VARIABLE = "BONAFACE_DESCRIPTIONS"
"""The environment variable that names the folder of the cache."""


def default_folder() -> Path:
    """The folder that BONAFACE_DESCRIPTIONS names, else one in the user's cache."""
    import platformdirs

    named = os.environ.get(FOLDER_VARIABLE)
    return Path(named) if named else Path(platformdirs.user_cache_dir("bonaface", appauthor=False)) / "descriptions"


class Cache:
    """Answers by picture, template, describer, model, temperature and repeat; no pictures, no names, no keys."""

    def __init__(self, folder: Path) -> None:
        """`folder` is made, for this user alone, when the first answer is put into it."""
        self._folder = folder

    def get(self, settings: Settings, picture: Sent, repeat: int) -> Answer | None:
        """The answer that is kept; None where there is none, or it cannot be read."""
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            held = json.loads(self._place(settings, picture, repeat).read_text("utf-8"))["answer"]
            if isinstance(held["text"], str):
                return Answer(**held)
        return None

    def put(self, settings: Settings, picture: Sent, repeat: int, answer: Answer) -> None:
        """Keep an answer.

        Raises:
            InputError: the folder cannot be written to.
        """
        with contextlib.suppress(OSError):  # writing says what is wrong
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        value = {"asked": _asked(settings, picture, repeat), "answer": answer.as_dict()}
        write_json(self._place(settings, picture, repeat), value, overwrite=True)

    def _place(self, settings: Settings, picture: Sent, repeat: int) -> Path:
        text = json.dumps(_asked(settings, picture, repeat), sort_keys=True)
        return self._folder / f"{hashlib.sha256(text.encode()).hexdigest()}.json"


def _asked(settings: Settings, picture: Sent, repeat: int) -> dict[str, str | float]:
    return {**settings.as_dict(), "picture_sha256": picture.sha256, "repeat": repeat}
