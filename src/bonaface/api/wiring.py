"""Models loaded once for a process, from verified files."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from bonaface.io.weights import find_weights

if TYPE_CHECKING:
    from bonaface.audit.view import Lanes, Tools


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
