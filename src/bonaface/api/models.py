"""The models that Bonaface can run: what is known of them, what is here, and fetching what is not.

Only `fetch` reaches the network, and nothing calls it but a person who asks for it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from bonaface.core.catalog import Weights
from bonaface.core.errors import InputError, WeightsError
from bonaface.io.download import Progress
from bonaface.io.fetch import Accepted, Inspect, fetch_weights, verify_weights, wrong_size
from bonaface.io.weights import check, expectations, find_weights, locate, search
from bonaface.restore import RESTORERS, Restorer


class State(StrEnum):
    """Whether files of weights can be used."""

    NONE_NEEDED = "none needed"
    BUNDLED = "bundled"
    """It came with a Python package."""
    HERE = "here"
    UNVERIFIED = "unverified"
    """It is here, and nothing says yet what it must hold: `verify` records it."""
    WRONG = "wrong content"
    ABSENT = "not here"


@dataclass(frozen=True, slots=True)
class FileStatus:
    """One file of weights on this machine.

    Attributes:
        card: what is known of it.
        state: whether it can be used.
        path: where it is; None: nowhere.
        sha256: what it must hold, from the card or the record of its first acceptance; empty: not known.
        why: what is wrong with it; empty: nothing, or it was not read.
    """

    card: Weights
    state: State
    path: Path | None
    sha256: str
    why: str = ""


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
            "files": [_file_as_dict(file) for file in self.files],
        }


def list_models() -> list[ModelStatus]:
    """Every model, in the order of the catalog. Files are looked for, and not read: only their size is looked at."""
    return [ModelStatus(model, tuple(_glance(card) for card in model.weights)) for model in RESTORERS]


def status(name: str) -> ModelStatus:
    """One model, its files read and verified.

    Raises:
        UnknownName: there is no such model.
        InputError: it is a measure, or a file of one.
    """
    from bonaface.measure import MEASURES

    if name not in RESTORERS:
        for measure in MEASURES:
            if name == measure.id or name in [word for card in measure.weights for word in (card.id, card.name)]:
                raise InputError(
                    f"{name} is no restorer but of a measure. Its card: `bonaface measure show {measure.id}`."
                )
    return ModelStatus(RESTORERS[name], tuple(_look(card) for card in RESTORERS[name].weights))


def here() -> list[str]:
    """The restorers whose weights are on this machine, and the measures whose fetched weights are."""
    from bonaface.measure import MEASURES

    fetched = [measure for measure in MEASURES if any(card.urls for card in measure.weights)]
    return [m.id for m in (*RESTORERS, *fetched) if m.weights and all(locate(card) for card in m.weights)]


def cards(name: str) -> tuple[Weights, ...]:
    """The weights of a restorer or a measure, or the one file of them that is called `name` ("codeformer.onnx").

    Raises:
        UnknownName: with the nearest names.
    """
    from bonaface.measure import MEASURES

    if name in MEASURES and name not in RESTORERS:
        return MEASURES[name].weights
    if name not in RESTORERS:
        for model in (*RESTORERS, *MEASURES):
            for card in model.weights:
                if name in (card.id, card.name):
                    return (card,)
    return RESTORERS[name].weights


def check_terms(names: Iterable[str], *, accept_licence: bool) -> tuple[Weights, ...]:
    """The weights among those asked for that are not for every use; what a package brings was accepted with it.

    Raises:
        InputError: there are such, and `accept_licence` is false; the text gives their terms.
        UnknownName: there is no such model.
    """
    strict = tuple(c for c in dict.fromkeys(c for name in names for c in cards(name)) if c.urls and not c.commercial)
    if strict and not accept_licence:
        terms = "; ".join(f"{card.name}: {card.licence}" for card in strict)
        raise InputError(
            f"These weights are not free for every use. {terms}. If you keep to these terms, run the command again "
            "with --accept-licence. Nothing was fetched."
        )
    return strict


def fetch(
    name: str, *, accept_licence: bool = False, folder: Path | None = None, progress: Progress | None = None
) -> list[Accepted]:
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
    return [fetch_weights(card, folder, progress, _inspects(card)) for card in cards(name)]


def verify(name: str, *, folder: Path | None = None) -> list[Accepted]:
    """Read the files of a model, and make sure that they hold what they must.

    What the file of an unpinned card holds is recorded the first time, and must be the same from then on.

    Raises:
        WeightsMissing: a file is not here.
        WeightsTampered: a file holds something else.
        UnknownName: there is no such model.
    """
    return [verify_weights(card, folder, _inspects(card)) for card in cards(name)]


def _inspects(card: Weights) -> Inspect | None:
    """What can tell whether a file that nothing is known of is what its name says."""
    if not card.name.endswith(".onnx"):
        return None
    from bonaface.graphs.guard import look

    return look


def where(name: str) -> list[Path]:
    """The files of a model on this machine, verified.

    Raises:
        WeightsMissing: one is not here, or was never verified; the text lists the places.
        WeightsTampered: one holds something else.
        UnknownName: there is no such model.
    """
    return [find_weights(card) for card in cards(name)]


def training_data(model: Restorer) -> str:
    """What a model was trained on, from its card or those of its weights; empty: nothing was trained."""
    return model.training_data or "; ".join(dict.fromkeys(card.training_data for card in model.weights))


def _glance(card: Weights) -> FileStatus:
    """Without reading the file."""
    place = locate(card)
    if place is None:
        return FileStatus(card, State.ABSENT, None, card.sha256)
    expected = expectations(card, place)
    if why := wrong_size(card, place):
        return FileStatus(card, State.WRONG, place, expected[0][1] if expected else "", why)
    if not expected:
        return FileStatus(card, State.UNVERIFIED, place, "")
    return FileStatus(card, State.BUNDLED if card.package else State.HERE, place, expected[0][1])


def _look(card: Weights) -> FileStatus:
    """With the file read."""
    seen = _glance(card)
    if seen.path is None:
        return FileStatus(card, seen.state, None, seen.sha256, "; ".join(f"{p} ({why})" for p, why in search(card)))
    if seen.state in (State.UNVERIFIED, State.WRONG):
        return seen
    try:
        check(card, seen.path)
    except WeightsError as error:
        return FileStatus(card, State.WRONG, seen.path, seen.sha256, str(error))
    return seen


def _file_as_dict(file: FileStatus) -> dict[str, Any]:
    card = file.card
    return {
        "name": card.name,
        "state": str(file.state),
        "path": str(file.path) if file.path else None,
        "sha256": file.sha256 or None,
        "pinned": card.pinned,
        "megabytes": card.megabytes or None,
        "licence": card.licence,
        "commercial": card.commercial,
        "training_data": card.training_data,
        "source": {"text": card.source.text, "link": card.source.link},
        "package": card.package or None,
        "urls": list(card.urls),
        "why": file.why or None,
    }
