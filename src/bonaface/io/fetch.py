"""Fetching weights into a folder of this machine: whole and verified, or not there."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bonaface.core.catalog import Weights
from bonaface.core.errors import InputError, WeightsError, WeightsMissing, WeightsTampered
from bonaface.io.answers import Bounds, Refused, no_graph
from bonaface.io.atomic import sync_folder
from bonaface.io.download import Progress, download
from bonaface.io.locks import lock
from bonaface.io.parts import MEGABYTE, Part
from bonaface.io.pins import Pin, record_pin
from bonaface.io.weights import (
    FOLDER_VARIABLE,
    check,
    expectations,
    find_weights,
    how_to_get,
    how_to_trust,
    locate,
    models_folder,
    sha256_of,
    user_folder,
)

UNKNOWN_MOST = 4_000 * MEGABYTE
"""Bytes that a file may have whose card does not say its size."""
BY_HAND = "put there by hand"
Inspect = Callable[[Path], object]
"""Raises a `WeightsError` where a file is not of the kind that its name says."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A file of weights that is here and holds what it must.

    Attributes:
        card: what is known of it.
        path: where it is.
        sha256: of its content.
        origin: the address that it was fetched from just now; empty: it was here.
        pinned_in: the file that its SHA-256 was recorded in just now, as its card knows none; None: nothing was.
        why_there: why it was recorded there and not beside the file; empty: it was recorded beside it.
    """

    card: Weights
    path: Path
    sha256: str
    origin: str = ""
    pinned_in: Path | None = None
    why_there: str = ""


def fetch_weights(
    card: Weights, folder: Path | None = None, progress: Progress | None = None, inspect: Inspect | None = None
) -> Accepted:
    """Make sure that a file of weights is on this machine, fetching it where it is not.

    Args:
        card: names its addresses, which are tried in their order.
        folder: where it shall be; None: the folder that BONAFACE_MODELS names, else the user's, and a file that is
            found elsewhere is as good.
        progress: told how far it is.
        inspect: as for `verify_weights`.

    Raises:
        WeightsMissing: no address delivered it; or a file is there that was never accepted.
        WeightsTampered: a file is there that holds something else, or every address sent something else.
        InputError: the folder cannot be written to, the disk is full, or another process fetches the file.
    """
    there = locate(card, folder) if folder is None else _file_in(card, folder)
    if there:
        return Accepted(card, there, check(card, there))
    if not card.urls:
        find_weights(card, folder)  # says how to get it
    place = (folder or models_folder()) / card.name
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with lock(Part.of(place).path.with_suffix(".lock"), f"{card.name} is being fetched"):
            return _fetch(card, place, progress or (lambda done, total, said="": None), inspect)
    except OSError as error:
        named = f" It is named by {FOLDER_VARIABLE}." if folder is None and os.environ.get(FOLDER_VARIABLE) else ""
        raise InputError(
            f"{place.parent} cannot be written to ({error.strerror}).{named} Choose a folder that can be (--folder)."
        ) from error


def verify_weights(card: Weights, folder: Path | None = None, inspect: Inspect | None = None) -> Accepted:
    """Read the file of a card that is here, and make sure that it holds what it must.

    The file of an unpinned card that was never accepted is accepted now: what it holds is recorded beside it, or, where
    that folder cannot be written to, in the user's folder. Not so one that is evidently not the card's: of another
    size, or none of the kind that its name says.

    Args:
        card: of the file.
        folder: where it is looked for first.
        inspect: looks at a file that nothing is known of, and raises where it is no such file as its name says.

    Raises:
        WeightsError: as `inspect` does.
        WeightsMissing: it is not here, or evidently not what the card says; nothing was recorded.
        WeightsTampered: it holds something else.
    """
    place = locate(card, folder)
    if place is None or card.pinned or expectations(card, place):
        place = find_weights(card, folder)
        return Accepted(card, place, sha256_of(place))
    found = sha256_of(place)
    with place.open("rb") as file:
        if what := no_graph(file.read(512)):
            raise WeightsMissing(f"{place} holds {what}, not {card.name}. Delete it. {how_to_get(card)}")
    if why := wrong_size(card, place):
        raise WeightsMissing(f"{why} Nothing was recorded. Delete it. {how_to_get(card)}")
    if inspect is not None:
        inspect(place)
    pinned_in, why = _record(card, place, Pin(found, place.stat().st_size, BY_HAND))
    return Accepted(card, place, found, "", pinned_in, why)


def wrong_size(card: Weights, place: Path) -> str:
    """That a file evidently is not the card's, by its size, which may be read without reading the file; else empty."""
    bounds, size = _bounds(card, pinned=False), place.stat().st_size
    if bounds.least <= size <= bounds.most:
        return ""
    found = f"{size / MEGABYTE:,.1f} MB" if size >= MEGABYTE / 10 else f"{size:,} bytes"
    return f"{place} has {found}; expected about {card.size}: it is another file, or was not copied whole."


def _fetch(card: Weights, place: Path, progress: Progress, inspect: Inspect | None) -> Accepted:
    """From the first address that delivers what is expected; `place` is held."""
    if (there := _file_in(card, place.parent)) is not None:  # another process was faster
        return Accepted(card, there, check(card, there))
    if os.path.lexists(place):
        raise InputError(f"{place} is there and is no file. Move it out of the way.")
    expected = expectations(card, place)
    bounds = _bounds(card, pinned=bool(expected))
    part, whys, wrong = Part.of(place), [], False
    for url in card.urls:
        resumed = part.size > 0
        try:
            found = download(url, part, bounds, progress)
            if _different(found, expected) and resumed:
                part.delete()  # perhaps put together from two contents: once more from the beginning
                found = download(url, part, bounds, progress)
        except Refused as refused:
            whys.append(f"{url}: {refused}")
            continue
        if different := _different(found, expected):
            part.delete()
            wrong = True
            whys.append(f"{url}: sends another content: its SHA-256 is {found}, expected {different}")
            continue
        if inspect is not None and not expected:
            try:
                inspect(part.path)
            except WeightsError as error:
                part.delete()
                whys.append(f"{url}: sends another content: {str(error).replace(part.path.name, card.name)}")
                continue
        size = part.size
        part.move(place)
        sync_folder(place.parent)
        if expected:
            return Accepted(card, place, found, url)
        pinned_in, why = _record(card, place, Pin(found, size, url))
        return Accepted(card, place, found, url, pinned_in, why)
    if wrong:
        raise WeightsTampered(
            f"{card.name} could not be fetched. {'; '.join(whys)}. It was changed on its way, or its publisher "
            f"replaced it: find out which before you trust it. Nothing of it was kept.{how_to_trust(card, place)}"
        )
    kept = f" {part.size / MEGABYTE:.1f} MB are kept, and the same command goes on from there." if part.size else ""
    raise WeightsMissing(
        f"{card.name} could not be fetched. {'; '.join(whys)}.{kept} Check the connection (HTTPS_PROXY names a proxy), "
        f"or fetch it with a browser or on another machine, copy it to {place.parent}, and run "
        f"`bonaface models verify {card.id}`."
    )


def _different(found: str, expected: list[tuple[str, str]]) -> str:
    """The first SHA-256 that was expected and is not there, with where it stands; empty where all is right."""
    return next((f"{wanted}{where}" for where, wanted in expected if wanted != found), "")


def _bounds(card: Weights, *, pinned: bool) -> Bounds:
    """Sizes on cards are rounded, and may be of an earlier edition: half and twice as much are still believed."""
    size = int(card.megabytes * MEGABYTE)
    return Bounds(size // 2, 2 * size + MEGABYTE if size else UNKNOWN_MOST, pinned)


def _file_in(card: Weights, folder: Path) -> Path | None:
    return folder / card.name if (folder / card.name).is_file() else None


def _record(card: Weights, place: Path, pin: Pin) -> tuple[Path, str]:
    """Where it was recorded, and why not beside the file; empty: it was."""
    try:
        return record_pin(place.parent, card.name, pin), ""
    except InputError as error:
        if place.parent == user_folder():
            raise
        return record_pin(user_folder(), card.name, pin), str(error)
