"""How a worker's process begins and ends, and what it is told before: the same for all that a study hires."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from bonaface.graphs.engines import THREADS_VARIABLE

ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
    "OPENCV_FOR_THREADS_NUM": "1",
    THREADS_VARIABLE: "1",
}
"""What libraries read when they are loaded; the last is for graphs."""


def begin(parent: int) -> None:
    """Of each worker: Ctrl-C is the parent's to hear, a parent that is gone ends it, and OpenCV keeps to one thread.

    Args:
        parent: the number of the process that hired it.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all processes of a terminal: the parent decides
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, args=(parent,), daemon=True).start()
    import cv2

    cv2.setNumThreads(1)


def _end_with_parent(parent: int) -> None:
    """A parent that was killed cannot end its workers."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


@contextmanager
def environment(more: Mapping[str, str]) -> Iterator[None]:
    """Within, new processes see these variables: libraries read them when they are loaded."""
    before = {name: os.environ.get(name) for name in more}
    os.environ.update(more)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
