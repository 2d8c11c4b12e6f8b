"""A worker that dies, runs out of memory or meets a full disk, as environment variables say."""

import os
import signal

from bonaface.study.engine import pool, work
from bonaface.study.engine.store import DiskFull

serve_well = pool._serve


class Fatal(work.Worker):
    def __call__(self, chunk):
        for task in chunk.tasks:
            if "FATAL" in os.environ and task.about["restorer"] == "lanczos" and chunk.subject.name == "person1":
                os.kill(os.getpid(), signal.SIGKILL)
        if "ONCE" in os.environ and chunk.tries == 0 and chunk.subject.name == "person2":
            raise MemoryError
        if chunk.subject.name == os.environ.get("FULL"):
            raise DiskFull("The disk is full. What is done is kept.")
        yield from super().__call__(chunk)


def serve(pipe, plan, folder):
    """As `pool._serve`, with such a worker."""
    pool.Worker = Fatal
    serve_well(pipe, plan, folder)
