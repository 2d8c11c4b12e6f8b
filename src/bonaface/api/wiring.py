"""Models loaded once for a process, from verified files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from bonaface.io.weights import find_weights

if TYPE_CHECKING:
    from bonaface.audit.view import Tools

WORKERS = 2
"""Threads beside the main one, which keeps dlib's models busy: each serves one thread at a time."""


@cache
def files() -> Mapping[str, Path]:
    """Verified local paths of the weights that every audit needs, by file name."""
    from bonaface.faces.cards import CARDS
    from bonaface.measure.identity import EMBEDDER

    return {card.name: find_weights(card) for card in (*CARDS, EMBEDDER)}


@cache
def tools() -> Tools:
    """Detector, landmark predictor and embedder."""
    from bonaface.audit.view import Tools
    from bonaface.faces.locate import Locator
    from bonaface.measure.identity import Embedder

    return Tools(Locator(files()), Embedder(files()))


@cache
def pool() -> Executor:
    """Threads for the work that needs no model."""
    return ThreadPoolExecutor(WORKERS, thread_name_prefix="bonaface")


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
