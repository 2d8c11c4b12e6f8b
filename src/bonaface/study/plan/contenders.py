"""Who is compared in a study: restorers and editors with their knobs set, and what editors stand beside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bonaface.api import wiring
from bonaface.api.outcomes import check_knobs
from bonaface.core.catalog import Weights
from bonaface.core.errors import InputError
from bonaface.core.expressions import EXPRESSIONS
from bonaface.core.knobs import Knob
from bonaface.edit import EDITORS, Editor
from bonaface.restore import RESTORERS, Restorer

SET_BY_STUDY = ("size", "threads", "reduce")
"""Knobs that the study sets itself: results must not depend on the machine, nor sizes on the plan."""


@dataclass(frozen=True, slots=True)
class Contender:
    """A restorer with its knobs set.

    Attributes:
        restorer: an id of `bonaface.restore.RESTORERS`.
        knobs: of it, by name.

    Raises:
        UnknownName: no such restorer.
        InputError: a knob that it does not have, or that the study sets.
    """

    restorer: str
    knobs: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "knobs", _settled(RESTORERS[self.restorer], self.knobs))

    @property
    def card(self) -> Restorer:
        """What is known of the restorer."""
        return RESTORERS[self.restorer]

    @property
    def model(self) -> str:
        """Id of the restorer."""
        return self.restorer

    @property
    def target(self) -> str:
        """A restorer is asked for no expression."""
        return ""

    @property
    def label(self) -> str:
        """For tables.

        >>> Contender("codeformer", {"w": 0.7}).label
        'codeformer(w=0.7)'
        """
        return _labelled(self.restorer, self.knobs)


@dataclass(frozen=True, slots=True)
class Asked:
    """An editor of expressions with its knobs set, and what it is asked for.

    Attributes:
        editor: an id of `bonaface.edit.EDITORS`.
        knobs: of it, by name.
        target: an id of `core.expressions.EXPRESSIONS`; empty: whatever the plan asks for.

    Raises:
        UnknownName: no such editor, or no such expression.
        InputError: a knob that it does not have, or that the study sets.
    """

    editor: str
    knobs: Mapping[str, Any] = field(default_factory=dict)
    target: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "knobs", _settled(EDITORS[self.editor], self.knobs))
        if self.target:
            EXPRESSIONS[self.target]

    @property
    def card(self) -> Editor:
        """What is known of the editor."""
        return EDITORS[self.editor]

    @property
    def model(self) -> str:
        """Id of the editor."""
        return self.editor

    @property
    def label(self) -> str:
        """For tables.

        >>> Asked("instruct-pix2pix", {"steps": 20}, "sad").label
        'instruct-pix2pix(steps=20): sad'
        """
        name = _labelled(self.editor, self.knobs)
        return f"{name}: {self.target}" if self.target else name

    @property
    def makes(self) -> bool:
        """Whether the editor was made for the expression."""
        return self.target in self.card.targets

    def asked_for(self, target: str) -> Asked:
        """The same editor, asked for an expression."""
        return replace(self, target=target)


@dataclass(frozen=True, slots=True)
class NoModel:
    """The card of a control: nothing is loaded."""

    id: str
    weights: tuple[Weights, ...] = ()
    knobs: tuple[Knob, ...] = ()
    random: bool = False


@dataclass(frozen=True, slots=True)
class Control:
    """What the outputs of editors stand beside, in every study of expressions.

    Attributes:
        model: `UNEDITED`: the picture as the editors get it; `PHOTOGRAPH`: a real photograph with the expression, for
            those who have one.
        target: the expression that editors are asked for; ids as of `Asked`.
    """

    model: str
    target: str

    @property
    def knobs(self) -> Mapping[str, Any]:
        """None."""
        return {}

    @property
    def card(self) -> NoModel:
        """In place of a model's."""
        return NoModel(self.model)

    @property
    def label(self) -> str:
        """For tables.

        >>> Control(UNEDITED, "sad").label
        'not edited: sad'
        """
        return f"{_NAMES[self.model]}: {self.target}"


UNEDITED, PHOTOGRAPH = "not-edited", "photograph"
_NAMES: Mapping[str, str] = {UNEDITED: "not edited", PHOTOGRAPH: "photograph"}
Entry = Contender | Asked | Control
"""Whose outputs a study has."""


def is_photograph(label: str) -> bool:
    """Whether a label is that of real photographs, which stand beside editors and are not ranked with them."""
    return label.partition(":")[0] == _NAMES[PHOTOGRAPH]


def is_control(label: str) -> bool:
    """Whether a label is that of something that editors stand beside."""
    return label.partition(":")[0] in _NAMES.values()


def _settled(card: wiring.Model, knobs: Mapping[str, Any]) -> dict[str, Any]:
    for name in knobs:
        if name in SET_BY_STUDY:
            raise InputError(f"{name!r} of {card.id} is set by the study. Leave it out.")
    check_knobs(card, knobs)
    return dict(sorted(knobs.items()))


def _labelled(name: str, knobs: Mapping[str, Any]) -> str:
    told = ",".join(f"{knob}={value}" for knob, value in knobs.items())
    return f"{name}({told})" if told else name
