"""What the commands print of audits and of restored pictures."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from rich.console import Console

from bonaface.cli.console import nothing_found, pasting, show_ledger
from bonaface.cli.outcomes import MOST_NOTES, say_notes, stopped
from bonaface.core.results import Score


def ledger(*, truth: bool, floors: bool = True, measures: dict[str, Score] | None = None) -> Any:
    """As far as the console looks at one."""
    return SimpleNamespace(
        maps={"invented": None} if truth else {},
        judged=truth,
        expression={},
        provenance={"parameters": {"floors": floors}},
        measures=measures or {},
        findings=(),
        notes=(),
        damage={},
        worst=lambda count: (),
    )


def test_why_nothing_is_shown():
    assert nothing_found(ledger(truth=True)) == "nothing stands above its noise floor"
    assert "no truth" in nothing_found(ledger(truth=False))
    without = nothing_found(ledger(truth=True, floors=False))
    assert without == "no noise floors were computed (--no-floors), so that nothing is decided"
    out = Console(record=True, width=200)
    show_ledger(out, ledger(truth=True, floors=False))
    assert "No noise floors were computed (--no-floors)" in out.export_text()


def test_an_edited_expression_begins_with_its_summary():
    edited = ledger(truth=True, measures={"keypoint-matches": Score(7, "points"), "keypoint-matches:neutral": Score(9)})
    edited.expression = {"summary": "The mouth moved 12% of what the real smile moves it."}
    out = Console(record=True, width=200)
    show_ledger(out, edited)
    said = out.export_text()
    assert said.startswith("The mouth moved 12%")
    assert "Neutral picture" in said
    assert "Bicubic" not in said


def test_what_pasting_did():
    measures = {"seam": Score(1.834), "seam:floor": Score(1.02), "colour-shift": Score(3.14, "ΔE00")}
    assert pasting(ledger(truth=False, measures=measures)) == "seam 1.83, without a paste 1.02; colour shift 3.1 ΔE00"
    measures["seam"] = measures["seam:floor"] = Score.not_applicable("nothing is pasted yet")
    assert pasting(ledger(truth=False, measures=measures)) == "colour shift 3.1 ΔE00"
    assert pasting(ledger(truth=True)) == ""


@dataclass
class Outcome:
    name: str
    notes: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    before: bool = False
    status: str = "ok"

    @property
    def task(self) -> Any:
        return SimpleNamespace(picture=Path(self.name))

    @property
    def entry(self) -> dict[str, Any]:
        return {"notes": self.notes, "doubts": self.doubts, "status": self.status}


def test_doubts_about_faces_come_before_everything_else(capsys):
    many = [Outcome(f"{number:02}.jpg", [f"{number} is trivial"], ["all were bounded"]) for number in range(20)]
    many[19].doubts = ["perhaps face 3 is none", "all were bounded"]
    say_notes(many, Path("out"))
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "Note: 19.jpg: perhaps face 3 is none."
    assert lines[1] == "Note: 00.jpg, 01.jpg, 02.jpg and 17 more: all were bounded."
    assert lines[2] == "Note: 00.jpg: 0 is trivial."
    assert len(lines) == MOST_NOTES + 1
    assert lines[-1] == "Note: 12 more notes on 12 pictures: see out/restore.jsonl, under notes."


def test_doubts_that_are_not_shown_are_counted(capsys):
    say_notes([Outcome(f"{n}.jpg", ["too soft"], [f"perhaps face {n} is none"]) for n in range(13)], Path("out"))
    last = capsys.readouterr().err.splitlines()[-1]
    assert last == (
        "Note: 4 more notes, 3 of them on faces that are perhaps none, or were perhaps missed, on 13 pictures: see "
        "out/restore.jsonl, under doubts and notes."
    )


def test_what_was_done_before_was_said_before(capsys):
    say_notes([Outcome("a.jpg", ["old"], before=True)], Path("out"))
    assert capsys.readouterr().err == ""


def test_what_is_said_of_a_job_that_was_stopped():
    done = [Outcome("a.jpg"), Outcome("b.jpg", status="failed"), Outcome("c.jpg", before=True)]
    said = stopped(done, 9, Path("out"))
    assert said.startswith("Stopped. 2 of 9 are finished and stay in out;")
    assert said.endswith("The same command goes on from there.")
    assert "starts again" in stopped(done[1:2], 9, Path("out"))
