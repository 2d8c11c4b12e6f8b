"""Processes that read pictures. What one of them has said is kept, whatever becomes of it."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool

from bonaface.core.errors import BonafaceError
from bonaface.study.costs import looking
from bonaface.study.costs.looking import Row, Sitting
from bonaface.study.engine.processes import ONE_THREAD, begin, environment
from bonaface.study.engine.store import Store


def read_by(sittings: Sequence[Sitting], store: Store, workers: int) -> Iterator[list[Row]]:
    """Read pictures, by processes of one thread each, so that a reading does not depend on their number.

    Args:
        sittings: what to read.
        store: of their pictures.
        workers: processes, at most.

    Yields:
        Rows of one sitting after another, in any order.

    Raises:
        BonafaceError: a process died.
    """
    if not sittings:
        return
    context = multiprocessing.get_context("spawn")
    hands = ProcessPoolExecutor(min(workers, len(sittings)), context, initializer=begin, initargs=(os.getpid(),))
    try:
        with environment(ONE_THREAD):
            asked: list[Future[list[Row]]] = [hands.submit(looking.read, one, store) for one in sittings]
            for answer in as_completed(asked):
                yield answer.result()
    except BrokenProcessPool as error:
        raise BonafaceError(
            "A process that reads pictures was ended, perhaps for lack of memory. What was read is kept: run the same "
            "command again, with fewer --workers."
        ) from error
    finally:
        hands.shutdown(wait=True, cancel_futures=True)
