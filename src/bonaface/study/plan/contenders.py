"""Who is compared in a study: restorers and editors with their knobs set, and what editors stand beside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bonaface.api import wiring
from bonaface.api.editors import check_takes_layer, weights_of
from bonaface.api.outcomes import check_knobs
from bonaface.core.catalog import Weights
from bonaface.core.errors import InputError
from bonaface.core.expressions import EXPRESSIONS
from bonaface.core.knobs import Knob
from bonaface.edit import EDITORS, Editor
from bonaface.edit.mask import is_told
from bonaface.restore import RESTORERS, Restorer
from bonaface.study.plan.own_layers import OwnLayer

SET_BY_STUDY = ("size", "threads", "reduce")
"""Knobs that the study sets itself: results must not depend on the machine, nor sizes on the plan."""
LONGEST = 60
"""Characters of a label, at most: tables have to hold it."""


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
        layer: an expression layer of one's own in place of the editor's; None: these.
        name: what tables call it, as where two layers are compared; empty: the editor, its knobs and the layer's file.
        whole: an editor that can be told where to paint, and need not be, is not told, as S0's were not.

    Raises:
        UnknownName: no such editor, or no such expression.
        InputError: a knob that it does not have, or that the study sets; a layer for an editor that has none, or of
            another size than it reads; a name that means something else; or `whole` where nothing else is possible.
    """

    editor: str
    knobs: Mapping[str, Any] = field(default_factory=dict)
    target: str = ""
    layer: OwnLayer | None = None
    name: str = ""
    whole: bool = False

    def __post_init__(self) -> None:
        card = EDITORS[self.editor]
        object.__setattr__(self, "knobs", _settled(card, self.knobs))
        if self.target:
            EXPRESSIONS[self.target]
        if self.layer is not None:
            check_takes_layer(card, self.layer.file)
            if (self.layer.side, self.layer.side) != card.input_size:
                raise InputError(
                    f"{self.layer.file} reads faces of {self.layer.side} px; {card.id} reads {card.input_size[0]}. "
                    f"Train it with --set side={card.input_size[0]}."
                )
        if self.name:
            _check_name(self.name)
        if self.whole and (card.needs_region or not card.takes_region):
            why = "has to be told where to paint" if card.needs_region else "is never told where to paint"
            raise InputError(f"{card.id} {why}, and whole was asked for. Leave whole out.")

    @property
    def card(self) -> Editor:
        """What is known of the editor; with a layer of one's own, of what is left of it."""
        card = EDITORS[self.editor]
        if self.layer is None:
            return card
        return replace(card, weights=tuple(weights_of(card, own=True)), targets=(self.layer.target,))

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
        more = ({} if self.layer is None else {"weights": self.layer.file}) | ({"whole": True} if self.whole else {})
        name = self.name or _labelled(self.editor, {**more, **self.knobs})
        return f"{name}: {self.target}" if self.target else name

    @property
    def draws(self) -> str:
        """Under what its random numbers are drawn: neither what it is called nor where it paints changes them."""
        return f"{_labelled(self.editor, self.knobs)}: {self.target}"

    @property
    def makes(self) -> bool:
        """Whether the editor was made for the expression."""
        return self.target in self.card.targets

    @property
    def told(self) -> bool:
        """Whether the editor is told where to paint."""
        return not self.whole and is_told(self.card, self.target)

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
BASELINE = "bicubic"
"""The restorer that invents nothing, with which others are compared."""
_NAMES: Mapping[str, str] = {UNEDITED: "not edited", PHOTOGRAPH: "photograph"}
Entry = Contender | Asked | Control
"""Whose outputs a study has."""


def is_photograph(label: str) -> bool:
    """Whether a label is that of real photographs, which stand beside editors and are not ranked with them."""
    return label.partition(":")[0] == _NAMES[PHOTOGRAPH]


def is_control(label: str) -> bool:
    """Whether a label is that of something that editors stand beside."""
    return label.partition(":")[0] in _NAMES.values()


def compared_with(model: str, target: str) -> str:
    """The label of what an output is compared with, which invents nothing; empty: it is a control itself.

    Args:
        model: of the contender: id of a restorer or an editor, or of a control.
        target: the expression that it is asked for; empty: a restorer's.

    >>> compared_with("lanczos", ""), compared_with("ridge", "happy"), compared_with("bicubic", "")
    ('bicubic', 'not edited: happy', '')
    """
    if model in (BASELINE, UNEDITED, PHOTOGRAPH):
        return ""
    return Control(UNEDITED, target).label if target else BASELINE


def _settled(card: wiring.Model, knobs: Mapping[str, Any]) -> dict[str, Any]:
    for name in knobs:
        if name in SET_BY_STUDY:
            raise InputError(f"{name!r} of {card.id} is set by the study. Leave it out.")
    check_knobs(card, knobs)
    return dict(sorted(knobs.items()))


def _check_name(name: str) -> None:
    """Refuse what tables could not tell from something else."""
    if len(name) > LONGEST or not name.isprintable() or name != name.strip() or ":" in name:
        raise InputError(
            f"An editor is labelled {name!r}; expected up to {LONGEST} characters, in one line, without a colon and "
            "without spaces around it. Call it something else."
        )
    if name in EDITORS or name in RESTORERS or name in _NAMES.values():
        raise InputError(f"The label {name!r} is something else in tables. Call the editor something else.")


def _labelled(name: str, knobs: Mapping[str, Any]) -> str:
    told = ",".join(f"{knob}={value}" for knob, value in knobs.items())
    return f"{name}({told})" if told else name
