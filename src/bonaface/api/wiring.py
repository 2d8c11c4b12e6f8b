"""Models loaded once for a process, from verified files."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from bonaface.core.errors import InputError
from bonaface.io.weights import find_weights, read_package_json

if TYPE_CHECKING:
    from bonaface.audit.view import Lanes, Tools
    from bonaface.core.catalog import Weights
    from bonaface.core.knobs import Knob
    from bonaface.faces.locate import Locator
    from bonaface.faces.parse import Parser
    from bonaface.measure.attributes import AttributeReader
    from bonaface.measure.expression import ExpressionReader
    from bonaface.restore import Restore


@cache
def files() -> Mapping[str, Path]:
    """Verified local paths of the weights that every audit needs, by file name."""
    from bonaface.faces.cards import CARDS
    from bonaface.measure.identity import EMBEDDER

    return {card.name: find_weights(card) for card in (*CARDS, EMBEDDER)}


@cache
def locator() -> Locator:
    """The detectors and the landmark predictor."""
    from bonaface.faces.cards import CARDS
    from bonaface.faces.locate import Locator

    return Locator({card.name: find_weights(card) for card in CARDS})


@cache
def parser() -> Parser:
    """The face parser."""
    from bonaface.faces.parse import Parser
    from bonaface.graphs.bundled import PARSER

    return Parser({PARSER.name: find_weights(PARSER)})


@cache
def attribute_reader() -> AttributeReader:
    """The reader of 40 attributes, with its error rates."""
    from bonaface.graphs.bundled import ATTRIBUTES
    from bonaface.measure.attributes import NAMES, AttributeReader
    from bonaface.measure.reading import attribute_errors

    errors = attribute_errors(read_package_json("weights/attributes.json"), NAMES)
    return AttributeReader({ATTRIBUTES.name: find_weights(ATTRIBUTES)}, errors)


@cache
def expression_reader() -> ExpressionReader:
    """The reader of expressions, with its error rates."""
    from bonaface.graphs.bundled import EXPRESSION
    from bonaface.measure.expression import NAMES, ExpressionReader
    from bonaface.measure.reading import expression_errors

    errors = expression_errors(read_package_json("weights/expression.json"), NAMES)
    return ExpressionReader({EXPRESSION.name: find_weights(EXPRESSION)}, errors)


@cache
def tools() -> Tools:
    """Everything trained that an audit looks with."""
    from bonaface.audit.view import Tools
    from bonaface.measure.identity import Embedder

    return Tools(locator(), Embedder(files()), parser(), attribute_reader(), expression_reader())


class Model(Protocol):
    """What restorers and editors have in common: a card that says what they load."""

    @property
    def id(self) -> str:
        """As on the command line."""

    @property
    def weights(self) -> tuple[Weights, ...]:
        """What `load` needs."""

    @property
    def knobs(self) -> tuple[Knob, ...]:
        """What `load` can be told."""


def model_files(card: Model, file: Path | None = None) -> Mapping[str, Path]:
    """The files that a model loads: its verified weights, or a graph of one's own in their place.

    Args:
        card: of the model.
        file: such as `bonaface models convert` writes. No card says what it must hold: whoever names it answers for it.

    Raises:
        WeightsError: the weights are missing, or are not what they should be.
        InputError: there is no such file, or the model has none or several.
    """
    if file is None:
        return {weights.name: find_weights(weights) for weights in card.weights}
    if len(card.weights) != 1:
        raise InputError(f"{card.id} has {len(card.weights)} files, so that one cannot be put in its place.")
    if not file.is_file():
        raise InputError(f"There is no file {file}; expected an ONNX graph for {card.id}. Check the spelling.")
    return {card.weights[0].name: file}


@cache
def restorer(name: str, **knobs: Any) -> Restore:
    """A restorer of the catalog with its knobs set, opened once for each setting of them."""
    from bonaface.restore import RESTORERS

    card = RESTORERS[name]
    return card.load(model_files(card), **knobs)


@cache
def lanes() -> Lanes:
    """Threads for the work that needs no model."""
    from bonaface.audit.view import Lanes

    return Lanes(
        keypoints=ThreadPoolExecutor(1, thread_name_prefix="bonaface-keypoints"),
        other=ThreadPoolExecutor(max(2, (os.cpu_count() or 2) - 1), thread_name_prefix="bonaface"),
    )


@contextmanager
def one_thread_each() -> Iterator[None]:
    """Within, each OpenCV call keeps to one thread: the work is spread over the cores picture by picture instead."""
    import cv2

    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(before)
