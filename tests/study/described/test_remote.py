"""Descriptions of a study on remote storage: asked for on one machine, finished and reported on another."""

from __future__ import annotations

import pytest

from bonaface.study.described import asking
from bonaface.study.described.tables import kept
from bonaface.study.described.wanted import Choice
from bonaface.study.engine import mirror, run
from bonaface.study.engine.store import Store
from bonaface.study.plan.faces import subjects
from storage import fresh
from told_study import Teller, asker, told_by


@pytest.fixture(scope="module")
def address(tiny, people, bucket, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(mirror.FOLDER_VARIABLE, str(tmp_path_factory.mktemp("maker")))
        place = fresh(bucket)
        list(run.run(tiny, subjects(people, 1), place, workers=1))
        yield place


def test_two_machines_take_turns(address, service, letters, tmp_path, monkeypatch):
    monkeypatch.setenv(mirror.FOLDER_VARIABLE, str(tmp_path / "first"))
    first = Store.opened(address)
    service.answer = Teller(first)
    told_by(first, asker(service), Choice(restorers=["bicubic"]), repeats=2)
    count = len(service.asked)
    assert count == 2 * 3
    monkeypatch.setenv(mirror.FOLDER_VARIABLE, str(tmp_path / "second"))
    second = Store.opened(address)
    *_, told = told_by(second, asker(service), repeats=2)
    assert len(service.asked) == len(second.rows(asking.TABLE)) > count
    assert told.notes == ()
    monkeypatch.setenv(mirror.FOLDER_VARIABLE, str(tmp_path / "third"))
    third = Store.opened(address)
    assert kept(third).rows == {name: list(rows) for name, rows in told.rows.items()}
    assert told_by(third, asker(service), repeats=2)[0].asked == 0
