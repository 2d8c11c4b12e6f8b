"""A study's chunks on the machines of a Ray cluster, in place of `pool`'s processes.

Workers need neither the store nor the faces before them: faces are carried to them where their files are not there, and
pictures come back with their rows. This process alone writes the store, in the same way as for its own processes.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from bonaface.core.errors import BonafaceError, InputError, PictureError, first_line
from bonaface.io.weights import FOLDER_VARIABLE
from bonaface.study.engine.joining import joined
from bonaface.study.engine.pool import Queue
from bonaface.study.engine.processes import ONE_THREAD
from bonaface.study.engine.serving import Serving, pictures_of, standing
from bonaface.study.engine.store import Store
from bonaface.study.engine.work import Chunk, Done, died, rest_of, split
from bonaface.study.plan.plans import Plan

CALM = 64
"""Cells that go well after which a worker is hired again in place of one that died."""
WRITERS = 4
"""Threads that write pictures: nearly all of the time they wait for the disk."""
STARTS = 3
"""Workers in a row that may die before they can do anything."""


@dataclass(slots=True, eq=False)
class _Hand:
    """An actor, what it has in hand, and what is waited for.

    Attributes:
        actor: of `Serving`.
        waits: for this: first for its standing, then for what it says of a chunk; None: it is idle.
        ready: its standing was compared.
        chunk: what it has in hand.
        carried: faces' files cannot be reached from there.
        face: the last one that was carried to it, by name.
    """

    actor: Any
    waits: Any
    ready: bool = False
    chunk: Chunk | None = None
    carried: bool = False
    face: tuple[str, Any] = ("", None)


def done(plan: Plan, store: Store, chunks: Sequence[Chunk], workers: int | None, address: str) -> Generator[Done]:
    """Do chunks in any order.

    Args:
        plan: what they are of.
        store: only this process writes to it.
        chunks: those of one face beside each other.
        workers: actors; None: one for each processor of the cluster.
        address: see `joining.check`.

    Yields:
        Rows of some cells after another, when the pictures that they name are in the store: also where all that can be
        said is that a cell cannot be done.

    Raises:
        InputError: there is no cluster, no worker can be started, or one would give other results than this machine.
        BonafaceError: a worker could not go on.
    """
    if not chunks:
        return
    with joined(address, workers) as ray:
        crew = _Crew(ray, plan, store, chunks, workers or max(1, int(ray.cluster_resources().get("CPU", 1))))
        try:
            yield from crew.through()
        finally:
            crew.dismiss()


class _Crew:
    """The workers of one run, and what they have to do.

    A dead one costs a worker, as memory may be what it lacked; its chunk is tried again cell by cell. What kills a
    second one waits until nothing else is left and runs alone, and is then given up.
    """

    def __init__(self, ray: Any, plan: Plan, store: Store, chunks: Sequence[Chunk], workers: int) -> None:
        self._ray, self._store = ray, store
        self._plan = ray.put(plan)
        self._here = standing(plan)
        self._queue = Queue(chunks)
        self._last: list[Chunk] = []
        self._writers = ThreadPoolExecutor(WRITERS)
        self._hands: list[_Hand] = []
        self._asked = self._most = workers
        self._calm = self._stillborn = 0
        passed_on = {name: os.environ[name] for name in (FOLDER_VARIABLE,) if name in os.environ}
        self._actor = ray.remote(Serving).options(
            num_cpus=1, max_restarts=0, runtime_env={"env_vars": {**ONE_THREAD, **passed_on}}
        )

    def through(self) -> Iterator[Done]:
        while self._queue or self._last or self._busy():
            if not self._queue and not self._busy():
                self._queue.put_back(self._last)
                self._last, self._asked, self._most = [], 1, 1
            self._staff()
            for hand in self._hands:
                if hand.ready and hand.chunk is None and self._queue and self._busy() < self._most:
                    hand.chunk = self._queue.next_for(hand)
                    self._ask(hand, hand.chunk)
            for hand in self._heard():
                yield from self._listen(hand)

    def dismiss(self) -> None:
        for hand in self._hands:
            self._end(hand)
        self._hands = []
        self._writers.shutdown()

    def _busy(self) -> int:
        return sum(hand.chunk is not None for hand in self._hands)

    def _staff(self) -> None:
        """Hire workers up to what is of use, or let idle ones go."""
        wanted = min(self._most, len(self._queue) + self._busy())
        while len(self._hands) < wanted:
            actor = self._actor.remote(self._plan)
            self._hands.append(_Hand(actor, actor.standing.remote()))
        for hand in [each for each in self._hands if each.chunk is None][: max(0, len(self._hands) - wanted)]:
            self._hands.remove(hand)
            self._end(hand)

    def _ask(self, hand: _Hand, chunk: Chunk) -> None:
        content = self._content(hand, chunk) if hand.carried and not chunk.subject.why else None
        hand.waits = hand.actor.do.options(num_returns="streaming").remote(chunk, content, self._held(chunk))

    def _content(self, hand: _Hand, chunk: Chunk) -> Any:
        """The bytes of a face's files, in Ray's hands once for all chunks of it."""
        if hand.face[0] != chunk.subject.name:
            content: dict[str, bytes | str] = {}
            for one in pictures_of(chunk.subject):
                try:
                    content[one.name] = one.content()
                except PictureError as error:
                    content[one.name] = str(error)
            hand.face = (chunk.subject.name, self._ray.put(content))
        return hand.face[1]

    def _held(self, chunk: Chunk) -> dict[str, bytes]:
        names = {name for task in chunk.tasks if task.held for name in (task.held.output, task.held.observed)}
        out = {}
        for name in names:
            with suppress(OSError):  # the worker says what is missing
                out[name] = self._store.picture(name).read_bytes()
        return out

    def _heard(self) -> list[_Hand]:
        """Those that have something to say, or are dead."""
        waits = {hand.waits: hand for hand in self._hands if hand.waits is not None}
        first, others = self._ray.wait(list(waits), num_returns=1)
        more = self._ray.wait(others, num_returns=len(others), timeout=0)[0] if others else []
        return [waits[each] for each in (*first, *more)]

    def _listen(self, hand: _Hand) -> Iterator[Done]:
        try:
            if not hand.ready:
                self._compare(*self._ray.get(hand.waits))
                hand.ready, hand.waits, self._stillborn = True, None, 0
                return
            said = self._ray.get(next(hand.waits))
        except (StopIteration, self._ray.exceptions.RayError) as error:
            yield from self._lost(hand, error)
            return
        chunk = hand.chunk
        if isinstance(said, BonafaceError):
            raise said
        if chunk is None:
            return
        if said is None:
            hand.carried = True
            self._ask(hand, chunk)
            return
        list(self._writers.map(self._store.put_picture, said.pictures))  # all of them, before their rows
        hand.chunk = rest_of(chunk, said.done.tasks)
        if hand.chunk is None:
            hand.waits = None
        self._calm += said.done.tasks
        if self._calm >= CALM:
            self._calm, self._most = 0, min(self._asked, self._most + 1)
        yield said.done

    def _lost(self, hand: _Hand, error: Exception) -> Iterator[Done]:
        """A worker is dead, or of no use any more."""
        self._hands.remove(hand)
        self._end(hand)
        self._calm, self._most = 0, max(1, self._most - 1)
        chunk = hand.chunk
        if not hand.ready:
            self._stillborn += 1
            if self._stillborn >= STARTS:
                raise InputError(
                    f"No worker can be started on the cluster ({first_line(error)}). Install the same Bonaface on all "
                    "of its machines, and see that they have memory for it."
                )
        elif chunk is not None and chunk.tries >= 2:
            yield died(chunk, _why(error))
        elif chunk is not None and chunk.tries:
            self._last += split(chunk)
        elif chunk is not None:
            self._queue.put_back(split(chunk))

    def _compare(self, host: str, there: Mapping[str, str]) -> None:
        """The key of a cell says by what it was made: a worker with other libraries would make it a lie.

        Raises:
            InputError: it has others.
        """
        names = sorted({*self._here, *there})
        differ = [name for name in names if self._here.get(name) != there.get(name)]
        if differ:
            told = "; ".join(
                f"{name}: {there.get(name, 'none')}, here {self._here.get(name, 'none')}" for name in differ
            )
            raise InputError(
                f"A worker on {host} would give other results than this machine ({told}). Install the same there, and "
                f"put the same weights there ({FOLDER_VARIABLE} says where)."
            )

    def _end(self, hand: _Hand) -> None:
        with suppress(Exception):  # it is dead, or the cluster is
            self._ray.kill(hand.actor, no_restart=True)


def _why(error: Exception) -> str:
    cause = getattr(error, "cause", None)
    if isinstance(cause, Exception):  # it lives, and its code has a fault
        return f"its worker stopped with {type(cause).__name__}: {cause}, also when it ran alone"
    return "its process ran out of memory, was killed or crashed, also when it ran alone"
