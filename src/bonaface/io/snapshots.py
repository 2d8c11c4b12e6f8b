"""Finding folders of weights on this machine, and making sure that they are what was recorded of them."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bonaface.core.errors import InputError, WeightsMissing, WeightsTampered
from bonaface.core.snapshots import Snapshot, folder_name
from bonaface.io.pins import FILE as PINS
from bonaface.io.pins import Pin, read_pins, record_pin
from bonaface.io.weights import models_folder, sha256_of, user_folder

SUBFOLDER = "diffusers"
"""Of a folder of weights: where those of pipelines lie, each under its repository's name."""
INDEX = "model_index.json"
_REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+")


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of weights that is here.

    Attributes:
        path: where it is.
        repository: that it is a copy of; empty: a person's own.
        kept: it is a card's own and lies where Bonaface keeps weights: what it must hold is recorded beside it.
        revision: the commit, where that is known.
    """

    path: Path
    repository: str = ""
    kept: bool = False
    revision: str = ""


@dataclass(frozen=True, slots=True)
class Content:
    """What a folder holds.

    Attributes:
        files: SHA-256 of each file that is read, by its path in the folder.
        size: of them together, in bytes.
    """

    files: Mapping[str, str]
    size: int

    @property
    def sha256(self) -> str:
        """Of the list of them, as `sha256sum` prints it, sorted by path: one sum for the whole folder."""
        lines = "".join(f"{digest}  {name}\n" for name, digest in sorted(self.files.items()))
        return hashlib.sha256(lines.encode()).hexdigest()


def find_folder(card: Snapshot, model: str = "") -> Folder:
    """The folder that a person means.

    Args:
        card: of the editor.
        model: a folder on this machine; or a repository's name, which is looked for in the folder that
            BONAFACE_MODELS names, in the user's and in the cache of the hub's own library; empty: the card's.

    Raises:
        WeightsMissing: in none of these places; the text lists them.
        InputError: `model` is neither.
    """
    model = model or card.repository
    own = Path(model).expanduser()
    if (own / INDEX).is_file():
        return Folder(own)
    if own.exists():
        raise WeightsMissing(f"{own} holds no {INDEX}; expected the folder of a diffusers pipeline, or the name of a "
                             f"model on the hub, such as {card.repository}.")  # fmt: skip
    if not _REPOSITORY.fullmatch(model):
        raise InputError(f"There is no folder {model}, and it is no name of a model on the hub (OWNER/NAME, such as "
                         f"{card.repository}). Check the spelling.")  # fmt: skip
    searched = []
    for folder, why in places(card) if model == card.repository else search(model):
        if not why:
            return folder
        searched.append(f"{folder.path} ({why})")
    raise WeightsMissing(f"{model} was not found. Searched: {'; '.join(searched)}. {how_to_get(card, model)}")


def how_to_get(card: Snapshot, model: str = "") -> str:
    """What a person can do to have the folder."""
    model = model or card.repository
    target = models_folder() / SUBFOLDER / folder_name(model)
    by_hand = f"or copy the folder of the model, with its {INDEX}, to {target}"
    if model == card.repository:
        return (
            f"Fetch it with `bonaface models fetch {card.id}` ({card.megabytes / 1000:.1f} GB), {by_hand}; or "
            "name a folder: --knob model=FOLDER."
        )
    return f"Fetch it with `hf download {model}`, {by_hand}; or name a folder: --knob model=FOLDER."


def places(card: Snapshot) -> Iterator[tuple[Folder, str]]:
    """The places where a card's folder is looked for, each with why there is none: empty where there is one."""
    return search(card.repository, card.revision, kept=True)


def search(repository: str, revision: str = "", *, kept: bool = False) -> Iterator[tuple[Folder, str]]:
    """As `places`, for any repository.

    Args:
        repository: its name on the hub.
        revision: the commit that is preferred in the cache of the hub's library; empty: the one that it last fetched.
        kept: see `Folder`.
    """
    name = folder_name(repository)
    for root in dict.fromkeys((models_folder(), user_folder())):
        path = root / SUBFOLDER / name
        yield Folder(path, repository, kept), _why_none(path)
    cached = hub_cache() / f"models--{name}"
    commits = dict.fromkeys(filter(None, (revision, _last_fetched(cached))))
    for commit in commits:
        path = cached / "snapshots" / commit
        yield Folder(path, repository, revision=commit), _why_none(path)
    if not commits:
        yield Folder(cached, repository), "not there"


def hub_cache() -> Path:
    """Where the library of the Hugging Face hub keeps what it fetched; it need not be installed."""
    for variable, below in (("HF_HUB_CACHE", ""), ("HUGGINGFACE_HUB_CACHE", ""), ("HF_HOME", "hub")):
        if named := os.environ.get(variable):
            return Path(named).expanduser() / below
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "huggingface" / "hub"


def verified(folder: Folder, files: Sequence[str], card: Snapshot) -> Content:
    """Read the files of a folder, and make sure that they hold what they must, as far as that is known.

    What a folder in one of Bonaface's own places must hold was recorded when it was fetched or verified. A file in the
    cache of the hub's library is named by its content. A person's own folder is what that person says it is.

    Args:
        folder: that was found.
        files: paths in it.
        card: pins some files of its own repository.

    Raises:
        WeightsMissing: a file cannot be read; or the folder was never accepted.
        WeightsTampered: a file holds something else.
    """
    pinned = dict(card.sha256) if folder.repository == card.repository else {}
    recorded = {place: read_pins(place) for place in _pin_folders(folder)} if folder.kept else {}
    found: dict[str, str] = {}
    size = 0
    for name in files:
        path = folder.path / name
        found[name] = sha256_of(path)
        size += path.stat().st_size
        key = f"{folder.path.name}/{name}"
        wanted = [(f" (recorded in {place / PINS})", pins[key].sha256) for place, pins in recorded.items()
                  if key in pins]  # fmt: skip
        if folder.kept and not wanted:
            raise WeightsMissing(
                f"{folder.path} is there, but nothing says what {name} must hold: it was not fetched by Bonaface. If "
                f"you trust where it came from, run `bonaface models verify {card.id}`, which records it."
            )
        wanted += [("", pinned[name])] if name in pinned else []
        wanted += [("", blob)] if (blob := _blob(path)) else []
        for where, sha256 in wanted:
            if sha256 != found[name]:
                raise WeightsTampered(
                    f"{path} does not hold what it must: its SHA-256 is {found[name]}, expected {sha256}{where}. It "
                    f"was changed or not copied whole, and is not used. Delete {folder.path}. {how_to_get(card)}"
                )
    return Content(found, size)


def accept(folder: Folder, files: Sequence[str], card: Snapshot, origin: str) -> Path:
    """Record what the files of a folder hold, in `pins.json` beside it; else in the user's folder.

    Args:
        folder: in one of Bonaface's own places.
        files: paths in it.
        card: pins some of them.
        origin: where they come from: the address with the commit, or "put there by hand".

    Returns:
        The file that holds the pins now.

    Raises:
        WeightsTampered: a file holds something else than the card, or an earlier record, says.
    """
    content = verified(Folder(folder.path, folder.repository), files, card)
    for place in (folder.path.parent, user_folder() / SUBFOLDER):
        try:
            for name in files:
                pin = Pin(content.files[name], (folder.path / name).stat().st_size, f"{origin}/{name}")
                where = record_pin(place, f"{folder.path.name}/{name}", pin)
        except InputError:  # it cannot be written to
            if place == user_folder() / SUBFOLDER:
                raise
            continue
        return where
    raise RuntimeError("no place was tried")


def _pin_folders(folder: Folder) -> list[Path]:
    return list(dict.fromkeys((folder.path.parent, user_folder() / SUBFOLDER)))


def _why_none(path: Path) -> str:
    if not path.exists():
        return "not there"
    return "" if (path / INDEX).is_file() else f"holds no {INDEX}"


def _last_fetched(cached: Path) -> str:
    try:
        return (cached / "refs" / "main").read_text("utf-8").strip()
    except OSError:
        return ""


def _blob(path: Path) -> str:
    """The SHA-256 that the cache of the hub's library names a large file by; empty elsewhere."""
    if not path.is_symlink():
        return ""
    name = path.resolve().name
    return name if re.fullmatch("[0-9a-f]{64}", name) else ""
