"""Editors of expressions: which can be used here, for what, under which terms; and opening them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bonaface.api.outcomes import check_knobs
from bonaface.api.snapshots import glance_at_folder, snapshot_files, snapshot_record
from bonaface.api.weight_states import State
from bonaface.core.catalog import Weights
from bonaface.core.errors import BonafaceError, InputError, UnknownName
from bonaface.core.expressions import expression_named
from bonaface.edit import EDITORS, Edit, Editor
from bonaface.edit.diffusion import check_installed
from bonaface.faces.cards import LANDMARKS_68
from bonaface.io.weights import find_weights, known_sha256, sha256_of

if TYPE_CHECKING:
    from bonaface.edit.layer_graph import LayerFacts

TRAINED = "ridge"
"""The editor whose weights anybody can train in seconds."""


def target_of(card: Editor, word: str, file: Path | None = None) -> str:
    """What an editor is to be asked for.

    Args:
        card: of the editor.
        word: an expression, by any of its names; or what a layer of one's own calls it.
        file: an expression layer of one's own, which makes one expression.

    Raises:
        UnknownName: there is no such expression; with the nearest names.
        InputError: the editor was not trained for it; the text says what it can do and how to train it.
        GraphMismatch: the file is no expression layer.
    """
    if file is not None:
        return _own_target(card, word, file)
    if word in card.targets:
        return word
    try:
        target = expression_named(word).id
    except UnknownName as error:
        raise UnknownName(f"{error} {card.id} makes faces {_listed(card)}.") from error
    if target in card.targets:
        return target
    others = [other.id for other in EDITORS if target in other.targets]
    elsewhere = f" Editors that can: {', '.join(others)}." if others else ""
    raise InputError(
        f"Nobody trained {card.id} to make a face {target}: it makes faces {_listed(card)}.{elsewhere} "
        f"{_how_to_train(target)}"
    )


def _own_target(card: Editor, word: str, file: Path) -> str:
    """What a layer of one's own makes, if that was meant."""
    check_takes_layer(card, str(file))
    made = layer_in(file).target
    try:
        meant = expression_named(word).id
    except UnknownName:
        meant = word
    if made not in (meant, word):
        raise InputError(
            f"{file} makes faces {made}; {word} was asked for. Ask for {made} (--to {made}), or give another layer."
        )
    return made


def layer_in(file: Path) -> LayerFacts:
    """What the file of an expression layer says of itself.

    Raises:
        InputError: there is no such file.
        GraphMismatch: it is no expression layer.
    """
    from bonaface.edit.layer_graph import layer_facts

    if not file.is_file():
        raise InputError(f"There is no file {file}; expected an expression layer. Check the spelling.")
    return layer_facts(file)


def check_takes_layer(card: Editor, file: str) -> None:
    """Refuse an expression layer for an editor that has none.

    Args:
        card: of the editor.
        file: of the layer, for the message.

    Raises:
        InputError: with the editors that have one.
    """
    if not card.layers:
        able = ", ".join(other.id for other in EDITORS if other.layers) or "none that is listed"
        raise InputError(f"{card.id} has no expression layer that {file} could replace. Editors with one: {able}.")


def _how_to_train(target: str) -> str:
    return (
        f"To train it: bonaface train ridge --pairs A/ B/, where B/ has the people of A/ {target}, under the same "
        f"names; then edit --with {TRAINED} --weights FILE."
    )


def _listed(card: Editor) -> str:
    return ", ".join(card.targets) or "by its own weights only"


def reading_side(card: Editor) -> int:
    """Side, in pixels, of the crops that an editor reads.

    Raises:
        InputError: it reads crops that are no squares.
    """
    height, width = card.input_size
    if height != width:
        raise InputError(f"{card.id} reads {width}x{height} pixels; only editors of square crops edit photographs.")
    return height


def weights_of(card: Editor, *, own: bool) -> list[Weights]:
    """The files that an editor needs. With `own`, a layer of one's own takes the place of its expression layers."""
    return [weights for weights in card.weights if not (own and weights.name in card.layers)]


def editor_files(card: Editor, knobs: Mapping[str, Any], file: Path | None = None) -> dict[str, Path]:
    """The files that an editor loads: its verified weights.

    Args:
        card: of the editor.
        knobs: of it; `model` may name another folder than the card's.
        file: an expression layer of one's own in place of the editor's; see `target_of`, which checks it.

    Raises:
        WeightsError: they are missing, or are not what they should be.
        InputError: an extra is not installed.
    """
    kept = {weights.name: find_weights(weights) for weights in weights_of(card, own=file is not None)}
    own = {} if file is None else {file.name: file}
    return {**kept, **own, **snapshot_files(card, knobs)}


def files_record(card: Editor, knobs: Mapping[str, Any], file: Path | None = None) -> dict[str, Any]:
    """What a result's record says of the weights behind it: SHA-256 by file, and the folder of a pipeline.

    Raises:
        As `editor_files`.
    """
    kept = {weights.name: known_sha256(weights) for weights in weights_of(card, own=file is not None)}
    own = {} if file is None else {file.name: sha256_of(file)}
    folder = {name: value for name, value in snapshot_record(card, knobs).items() if name != "files"}
    return {"weights": {**kept, **own}, "folder": folder or None}


def open_editor(card: Editor, knobs: Mapping[str, Any], file: Path | None = None) -> Edit:
    """An editor with its weights found, verified and open.

    Args:
        card: of the editor.
        knobs: of it, by name.
        file: as for `editor_files`.

    Raises:
        WeightsError: its weights are missing, or are not what they should be.
        InputError: an extra that is not installed, or a knob that it does not have.
    """
    check_knobs(card, knobs)
    return card.load(editor_files(card, knobs, file), **knobs)


def usable(card: Editor) -> str:
    """Why an editor cannot be used here, and what to do; empty: it can. Files of weights are read, folders are not."""
    try:
        if card.extra:
            check_installed(card.id)
        for weights in card.weights:
            find_weights(weights)
    except BonafaceError as error:
        return str(error).removeprefix(f"{card.id} ")
    if card.snapshot is None:
        return ""
    seen = glance_at_folder(card.snapshot)
    return "" if seen.state is State.HERE else f"{seen.state}: {seen.why}"


def best_here(word: str, *, commercial_only: bool = False) -> Editor:
    """The first editor of the catalog that can make an expression and can be used here.

    Args:
        word: the expression, by any of its names.
        commercial_only: pass over those whose terms exclude commercial use.

    Raises:
        UnknownName: there is no such expression.
        InputError: none; the text says why each cannot.
    """
    target = expression_named(word).id
    able = [card for card in EDITORS if target in card.targets]
    unusable = []
    for card in able:
        why = usable(card) or ("; ".join(_barred(card, own=False)) if commercial_only else "")
        if not why:
            return card
        unusable.append(f"{card.id}: {why.rstrip('.')}.")
    if not able:
        raise InputError(
            f"No editor was trained to make a face {target}. Known: "
            f"{'; '.join(f'{card.id}: {_listed(card)}' for card in EDITORS) or 'none'}. {_how_to_train(target)}"
        )
    here = "here commercially" if commercial_only else "here"
    raise InputError(
        f"No editor that makes a face {target} can be used {here}. {' '.join(unusable)} Or with a layer of your own. "
        f"{_how_to_train(target)}"
    )


def named_or_best(editor: str | Editor | None, word: str, *, own: bool, commercial_only: bool = False) -> Editor:
    """The editor that was named; else `best_here`. `bonaface edit` and `bonaface.edit` choose alike.

    Args:
        editor: an id of `bonaface.edit.EDITORS`, a record of one's own, or None: whichever can, and is here.
        word: the expression.
        own: an expression layer of one's own takes the place of the editor's.
        commercial_only: as for `best_here`.

    Raises:
        UnknownName: there is no such editor, or no such expression.
        InputError: a layer of one's own, and no editor that it is for; or as `best_here`.
    """
    if editor is None:
        if own:
            raise InputError(
                "A layer of your own was given (--weights; in Python, weights=), and no editor that it is for. Name it "
                f'(--with {TRAINED}; in Python, editor="{TRAINED}").'
            )
        return best_here(word, commercial_only=commercial_only)
    return EDITORS[editor] if isinstance(editor, str) else editor


def check_commercial(card: Editor, *, own: bool, landmarks: bool) -> None:
    """Refuse what may not be used commercially.

    Args:
        card: of the editor.
        own: an expression layer of one's own takes the place of the editor's.
        landmarks: the landmarks are given, so that none are predicted.

    Raises:
        InputError: weights whose terms exclude it, or are not known.
    """
    barred = _barred(card, own=own)
    if not landmarks and not LANDMARKS_68.commercial:
        barred.append(f"{LANDMARKS_68.name}: {LANDMARKS_68.licence}")
    if not barred:
        return
    own_points = " Landmarks of your own (--landmarks; in Python, landmarks=) make the predictor unnecessary."
    raise InputError(
        "Only what may be used commercially was asked for (--commercial-only; in Python, commercial_only=True), and "
        f"these terms exclude it: {'; '.join(barred)}.{'' if landmarks else own_points}"
    )


def _barred(card: Editor, *, own: bool) -> list[str]:
    """Which of an editor's weights have terms that exclude commercial use, with these; see `weights_of`."""
    barred = [f"{each.name}: {each.licence}" for each in weights_of(card, own=own) if not each.commercial]
    if card.snapshot is not None and not card.snapshot.commercial:
        barred.append(f"{card.snapshot.repository}: {card.snapshot.licence}")
    return barred
