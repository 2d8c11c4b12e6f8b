"""S4's Table I: editors of expressions on people whom none learnt from, between what they are given and reality.

Everything is measured on crops of 256 px as editors deliver them, before anything is brought back into a photograph.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bonaface.api.editors import open_editor
from bonaface.bench.editors import edits
from bonaface.bench.expression_numbers import INPUT, REAL, Judge, Row
from bonaface.bench.people import People
from bonaface.core.errors import BonafaceError
from bonaface.edit import Edit, Editor


@dataclass(frozen=True, slots=True)
class Job:
    """One row to be measured.

    Attributes:
        target: the expression.
        who: `INPUT`, `REAL`, or the editor's id.
        card: of the editor; None: there is none.
    """

    target: str
    who: str
    card: Editor | None = None


def plan(targets: Sequence[str], editors: Sequence[Editor]) -> list[Job]:
    """Every row; all of one editor together, so that each is opened once and one is open at a time."""
    bounds = [Job(target, who) for target in targets for who in (INPUT, REAL)]
    return bounds + [Job(target, card.id, card) for card in editors for target in targets]


class Runner:
    """Measures rows; opens people and editors when they are first needed."""

    def __init__(
        self, folder: Path, targets: Sequence[str], count: int | None = None, *, force: bool = False, seed: int = 0
    ) -> None:
        """Choose the people; no photograph is read.

        Args:
            folder: of the data.
            targets: of `people.MAPPINGS`.
            count: people; None: all.
            force: FID and KID of fewer than 50 pictures, too.
            seed: of editors that are random.

        Raises:
            InputError: the London set is not there.
        """
        self.people = {target: People(folder, target, count) for target in targets}
        self._judges = {target: Judge(people, force=force) for target, people in self.people.items()}
        self._seed = seed
        self._open: tuple[str, Edit] | None = None

    def run(self, job: Job) -> Row:
        """Edit and measure one row. An editor that cannot be opened has a row that says so."""
        people, judge = self.people[job.target], self._judges[job.target]
        if job.card is None:
            return judge.row(job.who, {p.name: p.before if job.who == INPUT else p.real for p in people.all})
        try:
            ready = self._ready(job.card)
        except BonafaceError as error:
            return judge.row(job.who, {}, {person.name: str(error) for person in people.all})
        return judge.row(job.who, *edits(job.card, people, ready, self._seed))

    def _ready(self, card: Editor) -> Edit:
        if self._open is None or self._open[0] != card.id:
            self._open = None  # the last one gives its memory back first
            self._open = card.id, open_editor(card, {})
        return self._open[1]
