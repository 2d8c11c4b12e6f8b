"""The describers that there are, and opening one."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bonaface.core.catalog import Catalog
from bonaface.core.descriptions import Describer, Settings
from bonaface.core.errors import InputError
from bonaface.io.describers import gemini, openai
from bonaface.io.describers.http import check_endpoint
from bonaface.io.describers.local import open_local
from bonaface.io.describers.question import TEMPLATE_SHA256
from bonaface.io.describers.recorded import Recorded


@dataclass(frozen=True, slots=True)
class Asked:
    """What a user says of a describer.

    Attributes:
        model: the service's name of it; a folder for a local one; the file of a recording.
        endpoint: the service's base address; its own by default.
        temperature: 0 to 2.
        key_from: the environment variable that holds the key. By default each service's own, and none for other
            addresses: a key goes only where it belongs.
        timeout: seconds for one answer.
    """

    model: str
    endpoint: str = ""
    temperature: float = 1.0
    key_from: str = ""
    timeout: float = 120.0


@dataclass(frozen=True, slots=True)
class Kind:
    """A describer in the catalog; `open` makes it ready."""

    id: str
    about: str
    open: Callable[[Asked], Describer]


def _service(kind: str, asked: Asked, own: str, variable: str) -> tuple[Settings, str, float]:
    endpoint = check_endpoint(asked.endpoint or own)
    named = asked.key_from or (variable if endpoint == own else "")
    key = os.environ.get(named, "").strip() if named else ""
    if named and not key:
        raise InputError(f"The environment variable {named} is empty or not set; expected the key for {endpoint}.")
    if any(not 33 <= ord(letter) <= 126 for letter in key):
        raise InputError(f"The key in {named} has blanks or odd letters in it. Set it again.")
    return Settings(kind, asked.model, endpoint, asked.temperature, TEMPLATE_SHA256), key, asked.timeout


def _local(asked: Asked) -> Describer:
    if asked.endpoint:
        raise InputError("--endpoint is for services; a local model is a folder, and a recording a file: leave it out.")
    return open_local(Settings("local", asked.model, "", asked.temperature, TEMPLATE_SHA256))


def _recorded(asked: Asked) -> Describer:
    if asked.endpoint:
        raise InputError("--endpoint is for services; a local model is a folder, and a recording a file: leave it out.")
    return Recorded(Path(asked.model), TEMPLATE_SHA256)


# To add one, write its file and list it here.
DESCRIBERS = Catalog(
    "describer",
    [
        Kind(
            "openai",
            "any service of OpenAI's form, local servers included",
            lambda asked: openai.OpenAI(*_service("openai", asked, openai.ENDPOINT, "OPENAI_API_KEY")),
        ),
        Kind(
            "gemini",
            "Google's Gemini",
            lambda asked: gemini.Gemini(*_service("gemini", asked, gemini.ENDPOINT, "GEMINI_API_KEY")),
        ),
        Kind("local", "a vision-language model in a folder, by transformers", _local),
        Kind("recorded", "descriptions that a JSON file holds", _recorded),
    ],
)
