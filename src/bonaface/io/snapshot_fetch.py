"""Fetching a folder of weights from the Hugging Face hub, by its own library: whole and verified, or not there."""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bonaface.core.errors import BonafaceError, InputError, WeightsMissing
from bonaface.core.snapshots import Snapshot
from bonaface.io.answers import reason_of
from bonaface.io.atomic import PART_PREFIX, sync_folder
from bonaface.io.locks import lock
from bonaface.io.snapshots import SUBFOLDER, Folder, accept, how_to_get, places, verified
from bonaface.io.weights import FOLDER_VARIABLE, models_folder

HUB = "https://huggingface.co"
INSTALL = "pip install 'bonaface[diffusion]'"
Look = Callable[[Path], Sequence[str]]
"""Says which files of a folder are read, and raises a `WeightsError` where it is no such pipeline."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A folder of weights that is here and holds what it must.

    Attributes:
        path: where it is.
        revision: the commit, where that is known.
        files: how many are read.
        megabytes: of them together.
        sha256: of the list of them; see `io.snapshots.Content`.
        origin: the address that it was fetched from just now; empty: it was here.
        pinned_in: the file that its SHA-256 sums were recorded in just now; None: nothing was.
    """

    path: Path
    revision: str
    files: int
    megabytes: float
    sha256: str
    origin: str = ""
    pinned_in: Path | None = None


def fetch_folder(card: Snapshot, look: Look, folder: Path | None = None) -> Fetched:
    """Make sure that a folder of weights is on this machine, fetching it where it is not.

    Only settings (.json, .txt) and tensors (.safetensors) of the card's variant are asked for, at the card's revision.
    What was fetched before a break is kept, and the same call goes on from there. `HF_ENDPOINT` names a mirror.

    Args:
        card: of the folder.
        look: of `learned.folders`, with what this editor expects.
        folder: of weights, where it shall be; None: the one that BONAFACE_MODELS names, else the user's.

    Raises:
        WeightsMissing: the hub's library, or the hub itself, did not deliver it.
        WeightsTampered: a file holds something else than the card or an earlier record says.
        InputError: the folder cannot be written to, or another process fetches it.
    """
    root = (folder or models_folder()) / SUBFOLDER
    there = next((found for found, why in places(card) if not why), None)
    if folder is not None:
        there = Folder(root / card.folder, card.repository, kept=True) if (root / card.folder).exists() else None
    if there is not None:
        return _held(there, look(there.path), card)
    if importlib.util.find_spec("huggingface_hub") is None:
        raise WeightsMissing(f"Fetching {card.repository} needs the hub's library: {INSTALL}.")
    try:
        root.mkdir(parents=True, exist_ok=True)
        with lock(root / f"{PART_PREFIX}{card.folder}.lock", f"{card.repository} is being fetched"):
            return _fetch(card, look, root)
    except OSError as error:
        named = f" It is named by {FOLDER_VARIABLE}." if folder is None and os.environ.get(FOLDER_VARIABLE) else ""
        raise InputError(
            f"{root} cannot be written to ({error.strerror or error}).{named} Choose a folder that can be (--folder)."
        ) from error


def verify_folder(card: Snapshot, look: Look, folder: Path | None = None) -> Fetched:
    """Read a folder of weights that is here, and make sure that it holds what it must.

    One that lies in Bonaface's own places and was never accepted is accepted now: what it holds is recorded.

    Args:
        card: of the folder.
        look: as for `fetch_folder`.
        folder: of weights, where it is looked for first.

    Raises:
        WeightsMissing: it is not here, or not whole.
        WeightsTampered: a file holds something else.
    """
    own = [] if folder is None else [Folder(folder / SUBFOLDER / card.folder, card.repository, kept=True)]
    looked = [(each, "" if each.path.is_dir() else "not there") for each in own] + list(places(card))
    there = next((found for found, why in looked if not why), None)
    if there is None:
        said = "; ".join(f"{found.path} ({why})" for found, why in looked)
        raise WeightsMissing(f"{card.repository} was not found. Searched: {said}. {how_to_get(card)}")
    files = look(there.path)
    try:
        return _held(there, files, card)
    except WeightsMissing:
        pinned_in = accept(there, files, card, "put there by hand")
        return _held(there, files, card, pinned_in=pinned_in)


def _held(
    there: Folder, files: Sequence[str], card: Snapshot, origin: str = "", pinned_in: Path | None = None
) -> Fetched:
    content = verified(there, files, card)
    return Fetched(there.path, there.revision, len(files), content.size / 1e6, content.sha256, origin, pinned_in)


def _fetch(card: Snapshot, look: Look, root: Path) -> Fetched:
    """Into a folder beside its place, which is held; moved once it is whole and right."""
    from huggingface_hub import HfApi

    place, part = root / card.folder, root / f"{PART_PREFIX}{card.folder}"
    endpoint = os.environ.get("HF_ENDPOINT") or HUB
    origin = f"{endpoint}/{card.repository}/resolve/{card.revision}"
    ending = f".{card.variant}" if card.variant else ""
    try:
        HfApi(endpoint=endpoint).snapshot_download(
            card.repository,
            revision=card.revision,
            local_dir=part,
            allow_patterns=["model_index.json", "*/*.json", "*/*.txt", f"*/*{ending}.safetensors"],
            ignore_patterns=None if ending else ["*/*.fp16.safetensors", "*/*.non_ema.safetensors"],
        )
    except Exception as error:  # its library raises errors of three others
        if isinstance(error, OSError) and error.errno is not None:
            raise
        kept = " What came so far is kept, and the same command goes on from there." if part.exists() else ""
        raise WeightsMissing(
            f"{card.repository} could not be fetched from {endpoint}: {_reason(error)}.{kept} Check the connection "
            f"(HTTPS_PROXY names a proxy, HF_ENDPOINT a mirror, HF_HUB_OFFLINE=1 forbids it), or fetch it on another "
            f"machine at commit {card.revision}, copy it to {place}, and run `bonaface models verify {card.id}`."
        ) from error
    files = look(part)
    try:
        verified(Folder(part, card.repository), files, card)
    except BonafaceError:
        shutil.rmtree(part)  # what was changed on its way is not gone on with
        raise
    shutil.rmtree(part / ".cache", ignore_errors=True)  # of the library: what it needed to go on
    part.replace(place)
    sync_folder(root)
    there = Folder(place, card.repository, kept=True, revision=card.revision)
    return _held(there, files, card, origin, accept(there, files, card, origin))


def _reason(error: Exception) -> str:
    text = reason_of(error) if not str(error).strip() else str(error)
    return text.strip().splitlines()[0].rstrip(".")[:300]
