"""`bonaface study`, as a process of its own: also killed at any moment."""

import os
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from bonaface.core.errors import ExitCode

ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "COLUMNS": "100"}


def begun(*words):
    return subprocess.Popen(
        [sys.executable, "-m", "bonaface", "study", *map(str, words)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT, start_new_session=True,
    )  # fmt: skip


def command(*words):
    """(exit code, standard output, standard error)."""
    process = begun(*words)
    out, err = process.communicate(timeout=300)
    return process.returncode, out, err


def made(folder):
    return {path.name: path.read_bytes() for path in sorted((folder / "tables").iterdir())}


@pytest.fixture(scope="module")
def whole(plan, people, tmp_path_factory):
    """An uninterrupted study: its tables, the seconds that it took, and what it printed."""
    folder = tmp_path_factory.mktemp("whole") / "study"
    start = time.monotonic()
    code, out, err = command("run", plan, "--faces", people, "--out", folder, "--workers", 2)
    assert code == ExitCode.DONE, err
    return made(folder), time.monotonic() - start, out + err, folder


def test_a_run_prints_rankings_with_intervals_and_ties(whole):
    said = whole[2]
    assert "24 cells: 24 to do, 0 done" in said
    assert "psnr [dB], higher is better; 4 people" in said
    assert "No number here: pro-uigan-compact." in said
    assert "95% interval" in said
    assert "a small one (0.2) needs 199" in said


def killed_at(moments, plan, people, folder, sent=signal.SIGKILL):
    """Start again and again, and end each run after so many seconds."""
    codes = []
    for moment in moments:
        process = begun("run", plan, "--faces", people, "--out", folder, "--workers", 2)
        time.sleep(moment)
        process.send_signal(sent)
        process.communicate(timeout=60)
        codes.append(process.returncode)
    return codes


def check_kills(count, plan, people, whole, tmp_path):
    tables, seconds, _, _ = whole
    rng = np.random.default_rng(count)
    folder = tmp_path / "study"
    # From before anything is there to after the end; a store that is done is begun anew.
    for moment in sorted(rng.uniform(0.1, seconds) for _ in range(count)):
        killed_at([moment], plan, people, folder)
        if (folder / "tables" / "measures.csv").exists():
            code, _, err = command("run", plan, "--faces", people, "--out", folder)
            assert code == ExitCode.DONE, err
            assert made(folder) == tables
            shutil.rmtree(folder)
    code, _, err = command("run", plan, "--faces", people, "--out", folder, "--workers", 1)
    assert code == ExitCode.DONE, err
    assert made(folder) == tables
    assert not list(folder.rglob(".bonaface-part-*"))


def test_killed_at_three_moments_the_tables_are_the_same(plan, people, whole, tmp_path):
    check_kills(3, plan, people, whole, tmp_path)


@pytest.mark.slow
def test_killed_at_twenty_moments_the_tables_are_the_same(plan, people, whole, tmp_path):
    check_kills(20, plan, people, whole, tmp_path)


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_stopped_it_can_be_taken_up_again(sent, plan, people, whole, tmp_path):
    folder = tmp_path / "study"
    assert killed_at([2.5], plan, people, folder, sent) == [130]
    assert not (folder / "running.json").exists()
    code, _, err = command("run", plan, "--faces", people, "--out", folder)
    assert code == ExitCode.DONE, err
    assert made(folder) == whole[0]


def test_workers_end_with_a_parent_that_was_killed(plan, people, tmp_path):
    process = begun("run", plan, "--faces", people, "--out", tmp_path / "study", "--workers", 2)
    time.sleep(1.5)
    process.kill()
    process.communicate()
    time.sleep(1.5)
    group = subprocess.run(["ps", "-o", "pid=,args=", "--sid", str(process.pid)], capture_output=True, text=True)
    assert "spawn_main" not in group.stdout


def test_two_runs_at_once(plan, people, tmp_path):
    first = begun("run", plan, "--faces", people, "--out", tmp_path / "study", "--workers", 1)
    deadline = time.monotonic() + 30
    while not (tmp_path / "study" / "running.json").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    code, _, err = command("run", plan, "--faces", people, "--out", tmp_path / "study")
    first.communicate(timeout=120)
    assert first.returncode == ExitCode.DONE
    assert code == ExitCode.BAD_INPUT
    assert f"process {first.pid} on" in err


def test_a_dry_run_writes_nothing(plan, people, tmp_path, whole):
    code, out, _ = command("run", plan, "--faces", people, "--out", tmp_path / "study", "--dry-run")
    assert code == ExitCode.DONE
    assert "24 cells: 24 to do, 0 done" in out
    assert "timed just now" in out
    assert not (tmp_path / "study").exists()
    code, out, _ = command("run", plan, "--faces", people, "--out", whole[3], "--dry-run")
    assert "0 to do, 24 done" in out


def test_failed_cells_end_with_code_1(plan, people, tmp_path):
    place = tmp_path / "faces"
    shutil.copytree(people, place)
    (place / "broken.png").write_bytes((people / "person0.png").read_bytes()[:200])
    code, _, err = command("run", plan, "--faces", place, "--out", tmp_path / "study", "--restorers", "bicubic")
    assert code == ExitCode.PARTLY
    assert "Not done: broken (2 cells)" in err
    code, _, err = command("run", plan, "--faces", place, "--out", tmp_path / "study", "--restorers", "bicubic")
    assert code == ExitCode.PARTLY
    assert "2 failed before (--retry-failed tries them again)" in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["smke", "--faces", "{people}"], "Did you mean smoke"),
        (["smoke"], "does not say where the faces are"),
        (["smoke", "--faces", "{empty}"], "no picture"),
        (["smoke", "--faces", "{people}", "--restorers", "bicubik"], "Did you mean bicubic"),
        (["smoke", "--faces", "{people}", "--measures", "pnsr"], "Did you mean psnr"),
        (["smoke", "--faces", "{people}", "--restorers", "codeformer"], "No restorer of smoke can be run"),
    ],
)
def test_bad_input_writes_nothing(words, said, people, tmp_path, monkeypatch):
    (tmp_path / "empty").mkdir()
    monkeypatch.setitem(ENVIRONMENT, "BONAFACE_MODELS", str(tmp_path / "empty"))
    words = [word.format(people=people, empty=tmp_path / "empty") for word in words]
    code, _, err = command("run", *words, "--out", tmp_path / "study")
    assert code == ExitCode.BAD_INPUT
    assert said in err
    assert not (tmp_path / "study").exists()


def test_tables_are_written_anew(whole, tmp_path):
    folder = tmp_path / "study"
    shutil.copytree(whole[3], folder)
    shutil.rmtree(folder / "tables")
    code, out, _ = command("tables", folder, "--degradation", "blur-2")
    assert code == ExitCode.DONE
    assert made(folder) == whole[0]
    assert "psnr [dB]" in out
    code, _, err = command("tables", folder, "--degradation", "blur-3")
    assert code == ExitCode.BAD_INPUT
    assert "it has blur-2, study-x4" in err


def test_plans_are_listed_and_shown(plan):
    code, out, _ = command("plans")
    assert code == ExitCode.DONE
    assert [line.split()[0] for line in out.splitlines()[::2]] == [
        "smoke", "restoration-study", "breaking-point", "occlusion", "expression-study",
    ]  # fmt: skip
    code, out, _ = command("show", plan)
    assert "blur-2" in out
    assert "framed as-given, 128 px at most" in out


SMILES = """
degradations = ["original", { recipe = "noisy-wrapped", draws = "noise" }]
editors = ["ridge"]
targets = ["smiling"]
measures = ["ecs", "identity-retention"]
framing = "ffhq"
side = 96
"""


@pytest.fixture(scope="module")
def smiles(expressive, tmp_path_factory):
    """An uninterrupted study of expressions: its plan, tables, the seconds that it took, and what it printed."""
    folder = tmp_path_factory.mktemp("smiles")
    (folder / "smiles.toml").write_text(SMILES, "utf-8")
    start = time.monotonic()
    code, out, err = command("run", folder / "smiles.toml", "--faces", expressive, "--out", folder / "study")
    assert code == ExitCode.DONE, err
    return folder / "smiles.toml", made(folder / "study"), time.monotonic() - start, out + err, folder / "study"


def test_a_study_of_expressions_prints_stand_ins_and_says_that_they_are(smiles, expressive):
    said = smiles[3]
    assert "19 cells: 19 to do, 0 done" in said
    assert "1 of 4 faces do not have a real picture that is happy" in said
    assert "not edited: happy (what editors stand beside), stand-ins for people's ratings" in said
    assert "ridge: happy, stand-ins for people's ratings" in said
    assert "EA-share (expression accuracy, share)" in said
    assert "PD (prompt dependency)" in said
    assert "the expression reader sees that expression in" in said
    code, out, _ = command("tables", smiles[4])
    assert code == ExitCode.DONE
    assert "stand-ins for people's ratings" in out
    assert made(smiles[4]) == smiles[1]


def test_a_study_of_expressions_that_is_killed_ends_with_the_same_tables(smiles, expressive, tmp_path):
    plan, tables, seconds, _, _ = smiles
    killed_at([0.45 * seconds, 0.6 * seconds], plan, expressive, tmp_path / "study")
    code, _, err = command("run", plan, "--faces", expressive, "--out", tmp_path / "study", "--workers", 1)
    assert code == ExitCode.DONE, err
    assert made(tmp_path / "study") == tables


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--editors", "rigde"], "Did you mean ridge"),
        (["--targets", "hapy"], "Did you mean happy"),
        (["--editors", "ridge", "--targets", "sad"], "was made for sad: ridge makes faces happy"),
        (["--editors", "sdxl-refiner"], "No editor of expression-study can be run"),
    ],
)
def test_bad_input_of_editors_writes_nothing(words, said, expressive, tmp_path, monkeypatch):
    monkeypatch.setitem(ENVIRONMENT, "BONAFACE_MODELS", str(tmp_path))
    monkeypatch.setitem(ENVIRONMENT, "HF_HOME", str(tmp_path))
    code, _, err = command("run", "expression-study", "--faces", expressive, "--out", tmp_path / "study", *words)
    assert code == ExitCode.BAD_INPUT
    assert said in " ".join(err.split())
    assert not (tmp_path / "study").exists()
