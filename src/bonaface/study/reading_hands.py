"""Processes that read pictures. What one of them has said is kept, whatever becomes of it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path

from bonaface.core.errors import BonafaceError
from bonaface.study import looking, pool
from bonaface.study.looking import Row, Sitting


def read_by(sittings: Sequence[Sitting], folder: Path, workers: int) -> Iterator[list[Row]]:
    """Read pictures, by processes of one thread each, so that a reading does not depend on their number.

    Args:
        sittings: what to read.
        folder: the store.
        workers: processes, at most.

    Yields:
        Rows of one sitting after another, in any order.

    Raises:
        BonafaceError: a process died.
    """
    if not sittings:
        return
    context = multiprocessing.get_context("spawn")
    hands = ProcessPoolExecutor(min(workers, len(sittings)), context, initializer=_begin, initargs=(os.getpid(),))
    try:
        with _environment(pool.ONE_THREAD):
            asked: list[Future[list[Row]]] = [hands.submit(looking.read, one, folder) for one in sittings]
            for answer in as_completed(asked):
                yield answer.result()
    except BrokenProcessPool as error:
        raise BonafaceError(
            "A process that reads pictures was ended, perhaps for lack of memory. What was read is kept: run the same "
            "command again, with fewer --workers."
        ) from error
    finally:
        hands.shutdown(wait=True, cancel_futures=True)


def _begin(parent: int) -> None:
    """Of each worker: Ctrl-C is the parent's to hear, and a parent that is gone ends it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    import cv2

    cv2.setNumThreads(1)


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


@contextmanager
def _environment(more: Mapping[str, str]) -> Iterator[None]:
    """Within, new processes see these variables: libraries read them when they are loaded."""
    before = {name: os.environ.get(name) for name in more}
    os.environ.update(more)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
