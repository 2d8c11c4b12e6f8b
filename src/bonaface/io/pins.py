"""What unpinned weights held when they were first accepted: `pins.json`, in a folder of weights.

A card without a SHA-256 cannot say what its file must hold. The first fetch, or a person who verifies a file that was
put there by hand, records it; from then on the file must match.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path

from bonaface.core.errors import InputError, WeightsError
from bonaface.io.atomic import PART_PREFIX, write_json
from bonaface.io.locks import lock

FILE = "pins.json"


@dataclass(frozen=True, slots=True)
class Pin:
    """What a file held.

    Attributes:
        sha256: of its content, in small letters.
        size: in bytes.
        origin: the address that it came from, or "put there by hand".
    """

    sha256: str
    size: int
    origin: str


def read_pins(folder: Path) -> dict[str, Pin]:
    """The pins of a folder by file name; none where nothing was recorded.

    Raises:
        WeightsError: the file is there and does not hold pins.
    """
    place = folder / FILE
    try:
        found = json.loads(place.read_text("utf-8"))
        pins = {str(name): Pin(**pin) for name, pin in found.items()}
        broken = [name for name, pin in pins.items() if not re.fullmatch("[0-9a-f]{64}", pin.sha256)]
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise WeightsError(
            f"{place} cannot be read ({error}); expected what `bonaface models verify` records there. Restore it from "
            "a copy; or delete it, and verify the models again."
        ) from error
    if broken:
        raise WeightsError(
            f"{place} holds no SHA-256 for {', '.join(broken)}; expected 64 digits and letters a to f. Restore it from "
            "a copy; or delete it, and verify the models again."
        )
    return pins


def record_pin(folder: Path, name: str, pin: Pin) -> Path:
    """Record what a file holds; the pins of other files stay. The folder is made.

    Returns:
        The file that holds the pin now.

    Raises:
        InputError: it cannot be written to.
        WeightsError: what is there does not hold pins, or another pin of that file.
    """
    place = folder / FILE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with lock(folder / f"{PART_PREFIX}pins.lock", f"{place} is being written", wait=True):
            pins = read_pins(folder)
            if name in pins and pins[name].sha256 != pin.sha256:
                raise WeightsError(
                    f"{place} has SHA-256 {pins[name].sha256} for {name} already, not {pin.sha256}. If you trust the "
                    f"new file, delete the entry {name!r} there, and verify it again."
                )
            pins[name] = pin
            write_json(place, {each: asdict(pins[each]) for each in sorted(pins)}, overwrite=True)
    except OSError as error:
        raise InputError(f"{place} cannot be written ({error.strerror}). Choose a folder that can be.") from error
    return place
