"""Replaying descriptions from a JSON file: for tests, and for reports without a network."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bonaface.core.descriptions import Answer, AnswerFailed, Sent, Settings
from bonaface.core.errors import InputError


class Recorded:
    """The answers of a file, by the picture's SHA-256, or by its name where the file gives none.

    Read are files that `bonaface describe` wrote, and shorter ones made by hand:
    `{"pictures": [{"name": "one.png", "answers": ["1. Face Shape: ..."]}]}`.
    """

    cached = False

    def __init__(self, path: Path, template: str) -> None:
        """Read the file.

        Raises:
            InputError: it cannot be read, or has another form.
        """
        self.path = path
        try:
            held = json.loads(path.read_text("utf-8"))
            about = held.get("describer") or {}
            self._answers = [_entry(each) for each in held["pictures"]]
            model, heat = str(about.get("model", "")), float(about.get("temperature", 0.0))
        except OSError as error:
            raise InputError(f"{path} cannot be read ({error.strerror}); expected recorded descriptions.") from error
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise InputError(
                f"{path} holds no recorded descriptions; expected a file of `bonaface describe`, or "
                '{"pictures": [{"name": "one.png", "answers": ["1. Face Shape: ..."]}]}.'
            ) from error
        self.settings = Settings("recorded", model, "", heat, str(about.get("template_sha256", template)))

    def repeats(self, picture: Sent) -> int:
        """As many as were recorded; 1 where there is none, so that somebody hears of it."""
        return max(1, len(self._find(picture) or ()))

    def describe(self, picture: Sent, repeat: int) -> Answer:
        """See `Describer`."""
        answers = self._find(picture)
        if answers is None:
            raise AnswerFailed(f"{self.path.name} holds no description of {picture.name} ({picture.source[:12]}…).")
        if repeat not in answers:
            raise AnswerFailed(f"{self.path.name} holds no answer {repeat} on {picture.name}; it has {len(answers)}.")
        return answers[repeat]

    def _find(self, picture: Sent) -> Mapping[int, Answer] | None:
        named = None
        for name, hashes, answers in self._answers:
            if hashes & {picture.source, picture.sha256}:
                return answers
            if not hashes and name == picture.name:
                named = answers
        return named


def _entry(held: Any) -> tuple[str, set[str], Mapping[int, Answer]]:
    """Name, hashes and the answers by repeat, from 1."""
    answers: dict[int, Answer] = {}
    for place, each in enumerate(held["answers"], 1):
        if isinstance(each, str):
            answers[place] = Answer(each)
        elif isinstance(each["text"], str) and each.get("status", "ok") == "ok":
            answers[int(each.get("repeat", place))] = Answer(
                each["text"],
                str(each.get("version", "")),
                each.get("tokens_in"),
                each.get("tokens_out"),
                str(each.get("cut", "")),
            )
    hashes = {held[key] for key in ("sha256", "sent_sha256") if held.get(key)}
    return str(held["name"]), hashes, answers
