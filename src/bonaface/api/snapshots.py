"""Folders of weights, of which pipelines of several networks are opened: which are here, and what they hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from bonaface.api.weight_states import State
from bonaface.core.errors import WeightsError, WeightsMissing
from bonaface.core.snapshots import Snapshot
from bonaface.edit.diffusion import check_installed
from bonaface.edit.record import Editor
from bonaface.io.snapshot_fetch import Fetched, fetch_folder, verify_folder
from bonaface.io.snapshots import Content, Folder, find_folder, how_to_get, places, verified
from bonaface.learned.folders import look


@dataclass(frozen=True, slots=True)
class FolderStatus:
    """One folder of weights on this machine.

    Attributes:
        card: what is known of it.
        state: whether it can be used.
        path: where it is; None: nowhere.
        sha256: of the list of its files, where they were read; empty: they were not.
        why: what is wrong with it, or where it was looked for; empty: nothing.
    """

    card: Snapshot
    state: State
    path: Path | None
    sha256: str = ""
    why: str = ""

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        card = self.card
        return {
            "repository": card.repository,
            "revision": card.revision,
            "variant": card.variant or None,
            "state": str(self.state),
            "path": str(self.path) if self.path else None,
            "sha256": self.sha256 or None,
            "pinned": dict(card.sha256),
            "megabytes": card.megabytes,
            "licence": card.licence,
            "commercial": card.commercial,
            "restrictions": card.restrictions or None,
            "training_data": card.training_data,
            "source": {"text": card.source.text, "link": card.source.link},
            "why": self.why or None,
        }


def snapshot_files(card: Editor, knobs: Mapping[str, Any]) -> dict[str, Path]:
    """The folder that an editor loads, found and verified, by the name of its repository; nothing for other editors.

    Args:
        card: of the editor.
        knobs: of it; `model` names another folder or repository than the card's.

    Raises:
        InputError: the editor's extra is not installed, or `model` is no name.
        WeightsMissing: it is not here, or was never accepted; the text has the places and the command.
        WeightsError: it holds something else, or code.
    """
    if card.snapshot is None:
        return {}
    return {card.snapshot.repository: _opened(card, card.snapshot, knobs)[0].path}


def snapshot_record(card: Editor, knobs: Mapping[str, Any]) -> dict[str, Any]:
    """What a result's record says of the folder behind it: repository, commit, files and one SHA-256 for all.

    Raises:
        As `snapshot_files`.
    """
    if card.snapshot is None:
        return {}
    folder, content = _opened(card, card.snapshot, knobs)
    return {
        "repository": folder.repository or None,
        "revision": folder.revision or None,
        "folder": folder.path.name,
        "sha256": content.sha256,
        "files": dict(content.files),
    }


def _opened(card: Editor, snapshot: Snapshot, knobs: Mapping[str, Any]) -> tuple[Folder, Content]:
    check_installed(card.id)
    folder = find_folder(snapshot, str(knobs.get("model", "")))
    parts = look(folder.path, snapshot.pipelines, safety_checker=bool(knobs.get("safety_checker", True)))
    return folder, verified(folder, parts.files, snapshot)


def glance_at_folder(card: Snapshot) -> FolderStatus:
    """Its state, without reading its weights."""
    folder = next((found for found, why in places(card) if not why), None)
    if folder is None:
        said = "; ".join(f"{found.path} ({why})" for found, why in places(card))
        return FolderStatus(card, State.ABSENT, None, why=f"{said}. {how_to_get(card)}")
    try:
        look(folder.path, card.pipelines)
    except WeightsError as error:
        return FolderStatus(card, State.WRONG, folder.path, why=str(error))
    return FolderStatus(card, State.HERE, folder.path)


def look_at_folder(card: Snapshot) -> FolderStatus:
    """As `glance_at_folder`, with the files read."""
    seen = glance_at_folder(card)
    if seen.path is None or seen.state is State.WRONG:
        return seen
    folder = find_folder(card)
    try:
        content = verified(folder, look(folder.path, card.pipelines).files, card)
    except WeightsMissing as error:
        return FolderStatus(card, State.UNVERIFIED, seen.path, why=str(error))
    except WeightsError as error:
        return FolderStatus(card, State.WRONG, seen.path, why=str(error))
    return FolderStatus(card, State.HERE, seen.path, content.sha256)


def verified_folder(card: Snapshot) -> Path:
    """Where it is, with its files read.

    Raises:
        As `snapshot_files`.
    """
    folder = find_folder(card)
    verified(folder, _files(card, folder.path), card)
    return folder.path


def fetch_snapshot(card: Snapshot, folder: Path | None = None) -> Fetched:
    """Make sure that a folder of weights is on this machine; see `io.snapshot_fetch.fetch_folder`."""
    return fetch_folder(card, partial(_files, card), folder)


def verify_snapshot(card: Snapshot, folder: Path | None = None) -> Fetched:
    """Read a folder of weights that is here; see `io.snapshot_fetch.verify_folder`."""
    return verify_folder(card, partial(_files, card), folder)


def _files(card: Snapshot, folder: Path) -> tuple[str, ...]:
    return look(folder, card.pipelines).files
