"""Having a study's pictures described, and keeping in its store whatever was answered.

An answer's key is a hash of the picture and of how the describer is asked: what a store has is not asked for again. A
kill costs the answer in hand, and others of the last second, which the user's cache still has.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bonaface.api.describing import Asker, read_answer
from bonaface.core.descriptions import Answer, Describer, Given, Sent, Settings
from bonaface.core.errors import BonafaceError
from bonaface.io.describers import sent
from bonaface.io.describers.question import MAX_SIDE
from bonaface.study.described.wanted import Choice, Pair, Shown, pairs
from bonaface.study.engine.owner import owned
from bonaface.study.engine.run import FLUSH
from bonaface.study.engine.store import Store
from bonaface.study.engine.tables import Row
from bonaface.study.plan.cells import digest

TABLE = "descriptions"
SETTINGS = ("describer", "model", "endpoint", "temperature", "template")
"""Columns that say how a describer was asked."""
_ANY = Sent(b"", "", "", "", (0, 0))
"""In place of a picture, for describers that ask as often of every one."""


@dataclass(frozen=True, slots=True)
class Work:
    """What is to be asked for.

    Attributes:
        missing: pictures, each with the repeats that are asked for; each truth before the outputs made of it.
        truths: chosen pictures of truths, and of parts of them.
        outputs: chosen pictures of outputs.
        answers: how many all of these make.
        failed: answers that are no descriptions, and are left alone.
        notes: what is left out, and why.
    """

    missing: tuple[tuple[Shown, tuple[int, ...]], ...]
    truths: int
    outputs: int
    answers: int
    failed: int
    notes: tuple[str, ...]

    @property
    def asked(self) -> int:
        """Answers that are asked for."""
        return sum(len(repeats) for _, repeats in self.missing)


@dataclass(frozen=True, slots=True)
class Step:
    """How far it is: answers, of those that were asked for.

    Attributes:
        done: of them.
        total: all.
        failed: what did not come, or is no description.
        fresh: what the describer gave now; the rest was kept on this machine.
        name: of the last one.
        why: it is no description; empty: it is one.
    """

    done: int
    total: int
    failed: int
    fresh: int
    name: str
    why: str


def settings_row(settings: Settings) -> Row:
    """How a describer is asked, by `SETTINGS`."""
    return {name: getattr(settings, name) for name in SETTINGS}


def key_of(shown: Shown, settings: Settings, repeat: int) -> str:
    """Of an answer."""
    return digest([shown.id, settings_row(settings), MAX_SIDE, repeat])


def given(row: Row) -> Given:
    """A row of the store; the sections are found anew in its text."""
    if row["text"] is None:
        return Given(row["repeat"], why=row["why"], fresh=False)
    asked, wrote = (None if row[name] is None else int(row[name]) for name in ("tokens_in", "tokens_out"))
    answer = Answer(row["text"], row["version"], asked, wrote, row["cut"])
    return read_answer(answer, row["repeat"], fresh=False)


def todo(
    store: Store, describer: Describer, choice: Choice, repeats: int | None = None, *, retry_failed: bool = False
) -> Work:
    """What is missing; nothing is asked for.

    An answer that never came (a time-out, a service that is down) is missing. One that came and is no description (a
    refusal, nonsense) was paid for, and is asked for again on request only.

    Args:
        store: of the study.
        describer: whom to ask. What one said whose answers are not worth keeping is read again.
        choice: which cells are asked about.
        repeats: how often each picture is described; by default as often as the describer says.
        retry_failed: ask again for what came and is no description.

    Raises:
        InputError: a name in `choice` that the study does not have.
    """
    chosen = choice.of(pairs(store))
    pictures = _pictures(chosen)
    held = {row["key"]: given(row) for row in store.rows(TABLE)} if describer.cached else {}
    missing, answers, failed, gone = list[tuple[Shown, tuple[int, ...]]](), 0, 0, 0
    for shown in pictures.values():
        if not store.has(shown.stored):
            gone += 1
            continue
        count = repeats or _repeats(store, describer, shown)
        there = {repeat: held.get(key_of(shown, describer.settings, repeat)) for repeat in range(1, count + 1)}
        wrong = [repeat for repeat, one in there.items() if one is not None and one.answer is not None and one.why]
        never = [repeat for repeat, one in there.items() if one is None or one.answer is None]
        rest = sorted([*never, *wrong] if retry_failed else never)
        failed += 0 if retry_failed else len(wrong)
        answers += count
        missing += [(shown, tuple(rest))] if rest else []
    truths = len({pair.truth.id for pair in chosen})
    note = f"Pictures left out: {gone}, not in the store any more; `bonaface study run` makes them again."
    return Work(tuple(missing), truths, len(pictures) - truths, answers, failed, (note,) if gone else ())


def _pictures(chosen: Sequence[Pair]) -> dict[str, Shown]:
    """Each content once, a truth before the outputs made of it."""
    out: dict[str, Shown] = {}
    for pair in chosen:
        for shown in (pair.truth, pair.output):
            out.setdefault(shown.id, shown)
    return out


def _repeats(store: Store, describer: Describer, shown: Shown) -> int:
    if describer.cached:
        return describer.repeats(_ANY)
    try:
        return describer.repeats(sent(shown.read(store)))
    except BonafaceError:  # asking says why
        return 1


def run(
    store: Store, asker: Asker, choice: Choice, repeats: int | None = None, *, retry_failed: bool = False
) -> Iterator[Work | Step]:
    """Ask for what is missing, and keep it.

    Args:
        store: of the study.
        asker: asks the describer.
        choice: as in `todo`.
        repeats: likewise.
        retry_failed: likewise.

    Yields:
        First what there is to do, then how far it is.

    Raises:
        DescriberRefused: no further description will be given; what came is kept.
        InputError: the store is in use, or cannot be written to; or as `todo`.
    """
    settings = asker.describer.settings
    with owned(store):
        store.sweep()
        work = todo(store, asker.describer, choice, repeats, retry_failed=retry_failed)
        yield work
        store.gather(shown.stored for shown, _ in work.missing)
        same = {} if asker.describer.cached else {row["key"]: row for row in store.rows(TABLE)}
        rows, done, failed, fresh, since = list[Row](), 0, 0, 0, time.monotonic()
        try:
            for shown, rest in work.missing:
                for got in _asked(store, asker, shown, rest):
                    row = _row(shown, settings, got)
                    rows += [row] if same.get(row["key"]) != row else []
                    done, failed, fresh = done + 1, failed + bool(got.why), fresh + got.fresh
                    if time.monotonic() - since > FLUSH:
                        store.add(TABLE, rows)
                        store.push()
                        rows, since = [], time.monotonic()
                    yield Step(done, work.asked, failed, fresh, f"{shown.name}, answer {got.repeat}", got.why)
        finally:  # also when somebody stops it: what was answered was paid for
            store.add(TABLE, rows)
            store.push()
        store.tidy()


def _asked(store: Store, asker: Asker, shown: Shown, rest: Sequence[int]) -> Iterator[Given]:
    try:
        picture = sent(shown.read(store))
    except BonafaceError as error:
        yield from (Given(repeat, why=str(error), fresh=False) for repeat in rest)
        return
    for repeat in rest:
        yield asker.ask(picture, repeat)


def _row(shown: Shown, settings: Settings, got: Given) -> Row:
    answer = Answer("") if got.answer is None else got.answer
    return {
        "key": key_of(shown, settings, got.repeat), "picture": shown.id, **settings_row(settings),
        "status": "failed" if got.why else "ok", "why": _plain(got.why), "repeat": got.repeat,
        "text": None if got.answer is None else _plain(answer.text), "version": _plain(answer.version),
        "cut": _plain(answer.cut), "tokens_in": answer.tokens_in, "tokens_out": answer.tokens_out,
    }  # fmt: skip


def _plain(text: str) -> str:
    """Without halves of letters, which JSON can hold and UTF-8 cannot."""
    return text.encode("utf-8", "replace").decode("utf-8")
