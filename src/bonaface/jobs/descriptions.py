"""Files of descriptions: what they hold, reading them, and opening one to go on with."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from bonaface.api.describing import Asker, read_answer
from bonaface.core.descriptions import Answer, Given, Price, usage
from bonaface.core.errors import InputError, OutputExists
from bonaface.core.results import NOT_FOR_IDENTIFICATION

SCHEMA = "bonaface/descriptions"
VERSION = 1


@dataclass(slots=True)
class Described:
    """One picture in a file of descriptions.

    Attributes:
        name: of the picture.
        sha256: of its file.
        sent_sha256: of what was sent of it; empty where it could not be read.
        size: of what it was made from, in pixels.
        tries: by repeat.
        why: why it could not be read; empty where it could.
    """

    name: str
    sha256: str = ""
    sent_sha256: str = ""
    size: tuple[int, int] = (0, 0)
    tries: dict[int, Given] = field(default_factory=dict)
    why: str = ""

    def as_dict(self) -> dict[str, Any]:
        """JSON form."""
        about = {"name": self.name, "sha256": self.sha256, "sent_sha256": self.sent_sha256, "size": list(self.size)}
        about |= {"status": "failed", "why": self.why} if self.why else {"status": "ok"}
        return {**about, "answers": [_try(self.tries[repeat]) for repeat in sorted(self.tries)]}


@dataclass(slots=True)
class File:
    """A file of descriptions.

    Attributes:
        describer: the settings that all of them were asked with, in JSON form.
        pictures: by name.
        restorer: what made the pictures; empty where it is not said.
        resolution: side in pixels of what the restorer was given; None likewise.
    """

    describer: dict[str, Any]
    pictures: dict[str, Described] = field(default_factory=dict)
    restorer: str = ""
    resolution: int | None = None

    def as_dict(self, price: Price | None = None) -> dict[str, Any]:
        """JSON form, with what the answers took."""
        tries = [each for picture in self.pictures.values() for each in picture.tries.values()]
        answers = [each.answer for each in tries if each.answer is not None]
        return {
            "schema": SCHEMA,
            "schema_version": VERSION,
            "note": NOT_FOR_IDENTIFICATION,
            "describer": self.describer,
            "restorer": self.restorer,
            "resolution": self.resolution,
            "usage": usage(answers, price).as_dict(),
            "pictures": [picture.as_dict() for picture in self.pictures.values() if picture.tries or picture.why],
        }


def _try(given: Given) -> dict[str, Any]:
    out: dict[str, Any] = {"repeat": given.repeat, "status": "failed" if given.why else "ok"}
    if given.why:
        out["why"] = given.why
    if given.answer is not None:
        out |= given.answer.as_dict()
    if given.description is not None:
        out["sections"] = {str(number): text for number, text in given.description.sections.items()}
        out |= {"missing": list(given.description.missing), "notes": list(given.description.notes)}
    return out


def read_file(path: Path) -> File:
    """A file that `bonaface describe` wrote; its sections are found anew in the texts.

    Raises:
        InputError: it cannot be read, or is another file.
    """
    try:
        held = json.loads(path.read_text("utf-8"))
        if held["schema"] != SCHEMA or held["schema_version"] != VERSION:
            raise ValueError("another form")
        file = File(dict(held["describer"]), {}, str(held["restorer"]), held["resolution"])
        for each in held["pictures"]:
            tries = {int(one["repeat"]): _given(one) for one in each["answers"]}
            width, height = each["size"]
            picture = Described(each["name"], each["sha256"], each["sent_sha256"], (width, height), tries)
            picture.why = each.get("why", "")
            file.pictures[picture.name] = picture
    except OSError as error:
        raise InputError(
            f"{path} cannot be read ({error.strerror}); expected a file of `bonaface describe`."
        ) from error
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise InputError(f"{path} is no file of descriptions; expected one that `bonaface describe` wrote.") from error
    return file


def _given(held: Mapping[str, Any]) -> Given:
    if "text" not in held:
        return Given(int(held["repeat"]), why=str(held["why"]))
    answer = Answer(**{each.name: held[each.name] for each in fields(Answer)})
    return read_answer(answer, int(held["repeat"]), fresh=False)


def open_file(path: Path, asker: Asker, *, overwrite: bool) -> File:
    """The file to fill: what is there already, or a new one.

    Raises:
        OutputExists: something else is there, or descriptions that were asked for in another way.
        InputError: no file of that name can be written.
    """
    if path.suffix.lower() != ".json":
        raise InputError(f"{path} is no JSON file. End its name in .json.")
    above = next(folder for folder in path.absolute().parents if folder.exists())
    if path.is_dir() or not os.access(above, os.W_OK):  # before anything is paid for
        raise InputError(f"{path} cannot be written to: it is a folder, or the rights are missing. Choose another.")
    settings = dict(asker.describer.settings.as_dict())
    if overwrite or not path.exists():
        return File(settings)
    try:
        file = read_file(path)
    except InputError as error:
        raise OutputExists(f"{error} Choose another name, or pass --overwrite to replace it.") from error
    other = [name for name in settings if settings[name] != file.describer.get(name)]
    if other:
        was = ", ".join(f"{name} {file.describer.get(name)!r}" for name in other)
        raise OutputExists(
            f"{path} holds descriptions that were asked for with {was}, and would be mixed. Choose another name, or "
            "pass --overwrite to begin anew."
        )
    return file
