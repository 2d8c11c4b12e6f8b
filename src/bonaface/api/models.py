"""The models that Bonaface can run: what is known of them, what is here, and fetching what is not.

Only `fetch` reaches the network, and nothing calls it but a person who asks for it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bonaface.api.snapshots import (
    FolderStatus,
    fetch_snapshot,
    glance_at_folder,
    look_at_folder,
    verified_folder,
    verify_snapshot,
)
from bonaface.api.weight_states import FileStatus, State, file_as_dict, glance, inspects, look_at
from bonaface.core.catalog import Catalog, Weights
from bonaface.core.errors import InputError
from bonaface.core.snapshots import Snapshot
from bonaface.edit import EDITORS, Editor
from bonaface.io.download import Progress
from bonaface.io.fetch import Accepted, fetch_weights, verify_weights
from bonaface.io.snapshot_fetch import Fetched
from bonaface.io.weights import find_weights, locate
from bonaface.restore import RESTORERS, Restorer


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """One model, and its files on this machine."""

    restorer: Restorer
    files: tuple[FileStatus, ...]

    @property
    def state(self) -> State:
        """The worst of its files'."""
        order = list(State)
        return max((file.state for file in self.files), key=order.index, default=State.NONE_NEEDED)

    @property
    def megabytes(self) -> float | None:
        """Of all files together; None: not known of one."""
        sizes = [file.card.megabytes for file in self.files]
        return sum(sizes) if all(sizes) else None

    @property
    def commercial(self) -> bool:
        """Whether the terms of all its weights allow commercial use."""
        return all(file.card.commercial for file in self.files)

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        model = self.restorer
        return {
            "id": model.id,
            "kind": "restorer",
            "state": str(self.state),
            "licence": model.licence,
            "commercial": self.commercial,
            "generative": model.generative,
            "random": model.random,
            "reads": list(model.input_size) if model.input_size else None,
            "delivers": list(model.output_size) if model.output_size else None,
            "takes": list(model.takes),
            "knobs": {knob.name: knob.help for knob in model.knobs},
            "limits": list(model.limits),
            "training_data": training_data(model),
            "source": {"text": model.source.text, "link": model.source.link},
            "megabytes": self.megabytes,
            "files": [file_as_dict(file) for file in self.files],
        }


@dataclass(frozen=True, slots=True)
class EditorStatus:
    """One editor of expressions, and what it needs on this machine.

    Attributes:
        editor: its card.
        files: its files of weights.
        folder: its folder of weights; None: it needs none.
    """

    editor: Editor
    files: tuple[FileStatus, ...]
    folder: FolderStatus | None

    @property
    def state(self) -> State:
        """The worst of what it needs."""
        order = list(State)
        states = [file.state for file in self.files] + ([self.folder.state] if self.folder else [])
        return max(states, key=order.index, default=State.NONE_NEEDED)

    @property
    def megabytes(self) -> float | None:
        """Of everything together; None: not known of one."""
        sizes = [file.card.megabytes for file in self.files] + ([self.folder.card.megabytes] if self.folder else [])
        return sum(sizes) if all(sizes) else None

    @property
    def free(self) -> bool:
        """Whether the terms of all its weights allow every use."""
        return all(file.card.commercial for file in self.files) and (self.folder is None or self.folder.card.free)

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        model = self.editor
        commercial = all(file.card.commercial for file in self.files)
        return {
            "id": model.id,
            "kind": "editor",
            "state": str(self.state),
            "licence": model.licence,
            "commercial": commercial and (self.folder is None or self.folder.card.commercial),
            "random": model.random,
            "reads": list(model.input_size),
            "targets": list(model.targets),
            "takes_region": model.takes_region,
            "needs_region": model.needs_region,
            "extra": model.extra or None,
            "knobs": {knob.name: knob.help for knob in model.knobs},
            "limits": list(model.limits),
            "training_data": training_data(model),
            "source": {"text": model.source.text, "link": model.source.link},
            "megabytes": self.megabytes,
            "files": [file_as_dict(file) for file in self.files],
            "folder": self.folder.as_dict() if self.folder else None,
        }


def list_models() -> list[ModelStatus]:
    """Every restorer, in the order of the catalog. Files are looked for, and not read: only their size is looked at."""
    return [ModelStatus(model, tuple(glance(card) for card in model.weights)) for model in RESTORERS]


def list_editors() -> list[EditorStatus]:
    """Every editor of expressions, likewise."""
    found = []
    for card in EDITORS:
        folder = glance_at_folder(card.snapshot) if card.snapshot else None
        found.append(EditorStatus(card, tuple(glance(weights) for weights in card.weights), folder))
    return found


def status(name: str) -> ModelStatus | EditorStatus:
    """One restorer or editor, its files read and verified.

    Raises:
        UnknownName: there is no such model.
        InputError: it is a measure, or a file of one.
    """
    from bonaface.measure import MEASURES

    if name in EDITORS and name not in RESTORERS:
        card = EDITORS[name]
        folder = look_at_folder(card.snapshot) if card.snapshot else None
        return EditorStatus(card, tuple(look_at(weights) for weights in card.weights), folder)
    if name not in RESTORERS:
        for measure in MEASURES:
            if name == measure.id or name in [word for card in measure.weights for word in (card.id, card.name)]:
                raise InputError(
                    f"{name} is no restorer but of a measure. Its card: `bonaface measure show {measure.id}`."
                )
    found = _models()[name]
    return ModelStatus(RESTORERS[found.id], tuple(look_at(card) for card in found.weights))


def _models() -> Catalog[Restorer | Editor]:
    """Both kinds in one table, so that a typo answers with the nearest names of both."""
    return Catalog("model", [*RESTORERS, *(card for card in EDITORS if card.id not in RESTORERS)])


def here() -> list[str]:
    """The restorers and editors whose weights are on this machine, and the measures whose fetched weights are."""
    from bonaface.measure import MEASURES

    fetched = [measure for measure in MEASURES if any(card.urls for card in measure.weights)]
    folders = [card.id for card in EDITORS if card.snapshot and glance_at_folder(card.snapshot).path]
    models = (*_models(), *fetched)
    return [m.id for m in models if m.weights and all(locate(card) for card in m.weights)] + folders


def cards(name: str) -> tuple[Weights, ...]:
    """The weights of a restorer, an editor or a measure, or the one file that is called `name` ("codeformer.onnx").

    Raises:
        UnknownName: with the nearest names.
    """
    from bonaface.measure import MEASURES

    models = _models()
    if name in MEASURES and name not in models:
        return MEASURES[name].weights
    if name not in models:
        for model in (*models, *MEASURES):
            for card in model.weights:
                if name in (card.id, card.name):
                    return (card,)
    return models[name].weights


def snapshots(name: str) -> tuple[Snapshot, ...]:
    """The folder of weights of an editor; none for everything else."""
    card = EDITORS[name].snapshot if name in EDITORS and name not in RESTORERS else None
    return (card,) if card else ()


def check_terms(names: Iterable[str], *, accept_licence: bool) -> tuple[Weights | Snapshot, ...]:
    """The weights among those asked for that are not for every use; what a package brings was accepted with it.

    Raises:
        InputError: there are such, and `accept_licence` is false; the text gives their terms.
        UnknownName: there is no such model.
    """
    names = tuple(names)
    files = tuple(c for c in dict.fromkeys(c for name in names for c in cards(name)) if c.urls and not c.commercial)
    folders = tuple(c for c in dict.fromkeys(c for name in names for c in snapshots(name)) if not c.free)
    strict: tuple[Weights | Snapshot, ...] = (*files, *folders)
    if strict and not accept_licence:
        said = [f"{card.name}: {card.licence}" for card in files]
        said += [f"{card.repository}: {card.licence}, not for {card.restrictions}" for card in folders]
        terms = "; ".join(said)
        raise InputError(
            f"These weights are not free for every use. {terms}. If you keep to these terms, run the command again "
            "with --accept-licence. Nothing was fetched."
        )
    return strict


def fetch(
    name: str, *, accept_licence: bool = False, folder: Path | None = None, progress: Progress | None = None
) -> list[Accepted | Fetched]:
    """Make sure that the weights of a model are on this machine, and hold what they must.

    Args:
        name: of a model, or of one of its files.
        accept_licence: you keep to the terms of weights that are not free for every use.
        folder: where they go; None: the folder that BONAFACE_MODELS names, else the user's.
        progress: told how far each file is.

    Raises:
        InputError: terms that were not accepted; a folder that cannot be written to; a full disk.
        WeightsMissing: no address delivered a file.
        WeightsTampered: a file holds something else.
        UnknownName: there is no such model.
    """
    check_terms([name], accept_licence=accept_licence)
    fetched: list[Accepted | Fetched] = [fetch_weights(card, folder, progress, inspects(card)) for card in cards(name)]
    return fetched + [fetch_snapshot(card, folder) for card in snapshots(name)]


def verify(name: str, *, folder: Path | None = None) -> list[Accepted | Fetched]:
    """Read the files of a model, and make sure that they hold what they must.

    What the file of an unpinned card holds is recorded the first time, and must be the same from then on.

    Raises:
        WeightsMissing: a file is not here.
        WeightsTampered: a file holds something else.
        UnknownName: there is no such model.
    """
    read: list[Accepted | Fetched] = [verify_weights(card, folder, inspects(card)) for card in cards(name)]
    return read + [verify_snapshot(card, folder) for card in snapshots(name)]


def where(name: str) -> list[Path]:
    """The files of a model on this machine, or its folder, verified.

    Raises:
        WeightsMissing: one is not here, or was never verified; the text lists the places.
        WeightsTampered: one holds something else.
        UnknownName: there is no such model.
    """
    files = [find_weights(card) for card in cards(name)]
    return files + [verified_folder(card) for card in snapshots(name)]


def training_data(model: Restorer | Editor) -> str:
    """What a model was trained on, from its card or those of its weights; empty: nothing was trained."""
    return model.training_data or "; ".join(dict.fromkeys(card.training_data for card in model.weights))
