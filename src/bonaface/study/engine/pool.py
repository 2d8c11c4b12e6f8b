"""Processes that do chunks; one that dies takes no result with it.

Each has one thread for whatever computes, so that numbers do not depend on how many workers there are. Models are
loaded once for each. A dead one is told apart from the others, which the standard library's pool cannot do: its chunk
is tried again with one worker fewer, cell by cell, and given up when it dies alone.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
from collections import OrderedDict, deque
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any

from bonaface.core.errors import BonafaceError
from bonaface.study.engine.processes import ONE_THREAD, begin, environment
from bonaface.study.engine.store import Store
from bonaface.study.engine.work import Chunk, Done, Shared, Worker, died, rest_of, split
from bonaface.study.plan.plans import Plan


@dataclass(slots=True)
class _Hand:
    """A process, the way to speak with it, and what it has in hand."""

    process: Any
    pipe: Connection
    chunk: Chunk | None = None


def done(plan: Plan, store: Store, chunks: Sequence[Chunk], workers: int) -> Generator[Done]:
    """Do chunks in any order.

    Args:
        plan: what they are of.
        store: for pictures.
        chunks: those of one face beside each other.
        workers: processes, 1 or more.

    Yields:
        Rows of some cells after another: also where all that can be said is that a cell cannot be done.

    Raises:
        BonafaceError: a worker could not go on, as when the disk is full.
    """
    todo = Queue(chunks)
    most = max(1, min(workers, len(chunks)))
    hands: list[_Hand] = []
    try:
        while todo or any(hand.chunk for hand in hands):
            _staff(hands, min(most, len(todo) + _busy(hands)), plan, store)
            for hand in hands:
                if hand.chunk is None and todo and _busy(hands) < most:
                    hand.chunk = todo.next_for(hand)
                    with contextlib.suppress(OSError):  # it is dead, which is seen below
                        hand.pipe.send(hand.chunk)
            for hand in _heard(hands):
                chunk, answer = hand.chunk, _answer(hand)
                if isinstance(answer, BonafaceError):
                    raise answer
                if isinstance(answer, Done) and chunk is not None:
                    hand.chunk = rest_of(chunk, answer.tasks)
                    yield answer
                    continue
                hands.remove(hand)
                code = _ended(hand)
                if chunk is not None and chunk.tries and most == 1:
                    yield died(chunk, _why(code))
                elif chunk is not None:
                    todo.put_back(split(chunk))
                    most = max(1, most - 1) if not chunk.tries else 1
    finally:
        for hand in hands:
            hand.process.terminate()
        for hand in hands:
            _ended(hand)


def _busy(hands: Sequence[_Hand]) -> int:
    return sum(hand.chunk is not None for hand in hands)


def _staff(hands: list[_Hand], wanted: int, plan: Plan, store: Store) -> None:
    """Hire workers up to `wanted`, or let idle ones go."""
    while len(hands) < wanted:
        hands.append(_hired(plan, store))
    for hand in [each for each in hands if each.chunk is None][: max(0, len(hands) - wanted)]:
        hands.remove(hand)
        hand.process.terminate()
        _ended(hand)


class Queue:
    """Chunks, such that a worker goes on with the face that it has."""

    def __init__(self, chunks: Sequence[Chunk]) -> None:
        self._faces = OrderedDict[str, deque[Chunk]]()  # a dict's first one is found slowly once many were taken out
        self._count = 0
        self._taken: dict[int, str] = {}
        self.put_back(chunks)

    def __len__(self) -> int:
        return self._count

    def next_for(self, hand: object) -> Chunk:
        """The next chunk of the face that `hand` had last; else of one that nobody has.

        Raises:
            StopIteration: there is none.
        """
        mine = self._taken.get(id(hand), "")
        if mine not in self._faces:
            others = set(self._taken.values())
            mine = next((name for name in self._faces if name not in others), next(iter(self._faces)))
        self._taken[id(hand)] = mine
        chunk = self._faces[mine].popleft()
        self._count -= 1
        if not self._faces[mine]:
            del self._faces[mine]
        return chunk

    def put_back(self, chunks: Sequence[Chunk]) -> None:
        """To the end: what others wait for is not held up by what kills."""
        for chunk in chunks:
            self._faces.setdefault(chunk.subject.name, deque()).append(chunk)
        self._count += len(chunks)


def _hired(plan: Plan, store: Store) -> _Hand:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, plan, store), daemon=True)
    with environment(ONE_THREAD):
        process.start()
    theirs.close()
    return _Hand(process, ours)


def _heard(hands: Sequence[_Hand]) -> list[_Hand]:
    """Those that have something to say, or are dead."""
    ready = set(wait([hand.pipe for hand in hands] + [hand.process.sentinel for hand in hands]))
    return [hand for hand in hands if hand.pipe in ready or hand.process.sentinel in ready]


def _answer(hand: _Hand) -> Any:
    """What a worker says; None: it is dead."""
    try:
        return hand.pipe.recv() if hand.pipe.poll() else None
    except (EOFError, OSError):
        return None


def _ended(hand: _Hand) -> int:
    with contextlib.suppress(OSError):
        hand.pipe.close()
    hand.process.join(5)
    if hand.process.is_alive():
        hand.process.kill()
        hand.process.join()
    return int(hand.process.exitcode or 0)


def _why(code: int) -> str:
    if code == -9 or code == OUT_OF_MEMORY:
        return "its process ran out of memory or was killed, also when it ran alone"
    named = f"signal {-code}" if code < 0 else f"exit code {code}"
    return f"its process was ended by {named}, also when it ran alone"


OUT_OF_MEMORY = 77
"""The exit code of a worker that asked for memory that was not there."""


def _serve(pipe: Connection, plan: Plan, store: Store) -> None:
    """The main function of a worker."""
    begin(os.getppid())
    worker = Worker(plan, Shared(store))
    while True:
        try:
            chunk = pipe.recv()
        except (EOFError, OSError):
            return
        try:
            for done in worker(chunk):
                pipe.send(done)
        except MemoryError:
            os._exit(OUT_OF_MEMORY)
        except BonafaceError as error:
            pipe.send(error)
        except BrokenPipeError:
            return
