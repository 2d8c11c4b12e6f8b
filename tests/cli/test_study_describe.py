"""`bonaface study describe` as a user types it, against a service on this machine and a recording."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import pytest

from bonaface.io.store import read_parquet
from bonaface.study.engine.store import Store
from describing import KEY, MADE, REAL, gemini_form, on_its_own, openai_form, serving, written
from made_study import made_store
from running import run
from told_study import Teller


@pytest.fixture(scope="module")
def untold(tmp_path_factory, face_256):
    folder = tmp_path_factory.mktemp("untold") / "study"
    made_store(folder, face_256, faces=2, restorers=("bicubic", "gfpgan-1.4"), audits=False)
    return folder


@pytest.fixture
def study(untold, tmp_path):
    shutil.copytree(untold, tmp_path / "study")
    return tmp_path / "study"


@pytest.fixture
def service(monkeypatch, tmp_path, untold):
    on_its_own(monkeypatch, tmp_path / "cache")
    with serving() as running:
        running.answer = Teller(Store.opened(untold))
        yield running


@pytest.fixture
def bonaface_(capsys):
    """Run the command line in this process: exit code, standard output, standard error in one line."""

    def typed(*words):
        handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
        code = run(*words)
        for number, handler in handlers.items():
            signal.signal(number, handler)
        said = capsys.readouterr()
        return code, said.out, " ".join(said.err.split())

    return typed


def asked(service, study, *more):
    words = ("--with", "openai", "--model", "teller", "--endpoint", service.v1, "--key-from", "A_KEY")
    return ("study", "describe", study, *words, *more)


def test_a_dry_run_says_what_it_would_take_and_asks_nobody(service, study, tmp_path, bonaface_):
    prices = tmp_path / "prices.json"
    prices.write_text('{"teller": {"input": 1, "output": 10, "currency": "EUR"}}')
    before = sorted(path for path in study.rglob("*"))
    code, said, err = bonaface_(*asked(service, study, "--dry-run", "--prices", prices))
    assert code == 0, err
    assert "2 pictures of originals and 4 of outputs, each content once: 30 answers, 30 of them to ask for." in err
    assert f"6 pictures go, 30 times in all, to {service.v1} (teller), without metadata and names" in err
    assert "About 45,000 tokens in and 27,000 out, 0.3150 EUR, at 1,500 and 900 an answer (assumed" in err
    assert (service.asked, said) == ([], "")
    assert sorted(path for path in study.rglob("*")) == before


def test_describe_then_again_and_with_what_is_missing(service, study, bonaface_):
    words = asked(service, study, "--repeats", 2)
    code, said, err = bonaface_(*words, "--limit", 1, "--restorers", "gfpgan-1.4", "--degradation", "study-x4")
    assert code == 0, err
    assert "4 answers: 4 asked for now, 0 there already." in said
    assert "gfpgan-1.4, adjectives in 2 outputs: added " in said
    assert "smooth 2" in said
    assert "6 of 8 outputs are not described" in said
    assert f"Tables: {study}/tables (descriptions, description-means)" in said
    assert KEY not in said + err
    rows = read_parquet(study / "tables" / "descriptions.parquet")
    assert set(rows["output_text"]) >= {MADE[6]}
    code, said, err = bonaface_(*words)
    assert code == 0, err
    assert "12 answers, 8 of them to ask for." in err
    assert "at 1,000 and 500 an answer (the mean of 4 here)" in err
    assert "not described" not in said
    assert len(service.asked) == 12
    code, said, err = bonaface_(*words, "--json")
    assert code == 0, err
    assert "0 of them to ask for" in err
    held = json.loads(said)
    assert {row["restorer"] for row in held["description-means"]} == {"bicubic", "gfpgan-1.4"}
    assert len(service.asked) == 12


def test_failures_are_listed_and_tried_again_on_request(service, study, bonaface_):
    service.queue = [(200, openai_form("I like cats. They have green eyes.")), (500, {}), (500, {}), (500, {})]
    words = asked(service, study, "--repeats", 2, "--limit", 1, "--restorers", "bicubic")
    code, said, err = bonaface_(*words)
    assert code == 1
    assert "Not done: face000, answer 1: the answer is no description by the template" in err
    assert "Not done: face000, answer 2: 127.0.0.1" in err
    assert "bicubic: none of its outputs could be compared" in said  # the original has no description at all
    assert bonaface_(*words)[0] == 1
    code, _, err = bonaface_(*words)
    assert code == 1
    assert "Answers of before that are no descriptions: 1; --retry-failed asks again." in err
    assert "2 pictures go" not in err
    assert bonaface_(*words, "--retry-failed")[0] == 0
    assert bonaface_(*words)[0] == 0


def test_an_account_that_ends_on_the_way_keeps_what_came(service, study, bonaface_):
    service.queue = [(200, None)] * 4 + [(429, {"error": {"code": "insufficient_quota"}})]
    code, said, err = bonaface_(*asked(service, study, "--repeats", 2))
    assert code == 1
    assert "Not done: the rest: 127.0.0.1" in err
    assert "has nothing left" in err
    assert "bicubic, adjectives in 2 outputs" in said
    assert bonaface_(*asked(service, study, "--repeats", 2))[0] == 0
    assert len(service.asked) == 13


def test_stopped_it_says_what_is_kept(service, study, tmp_path):
    service.pause = 0.2
    words = asked(service, study, "--repeats", 2, "--no-cache")
    begun = subprocess.Popen(
        [sys.executable, "-m", "bonaface", *map(str, words)], stderr=subprocess.PIPE, text=True, env=dict(os.environ)
    )
    until = time.monotonic() + 60
    while len(service.asked) < 4 and time.monotonic() < until:
        time.sleep(0.05)
    begun.send_signal(signal.SIGINT)
    err = begun.communicate(timeout=60)[1]
    assert begun.returncode == 130
    assert "Stopped. What was answered is kept; the same command asks for the rest." in err
    there = len(Store.opened(study).rows("descriptions"))
    assert 2 <= there <= len(service.asked)
    service.pause = 0.0
    before = len(service.asked)
    assert run(*words) == 0
    assert len(service.asked) == before + 12 - there


def test_a_recording_leaves_nothing_and_gemini_is_asked_in_its_own_form(service, study, tmp_path, bonaface_):
    service.answer = lambda body, count: gemini_form(written(REAL))
    words = ("--with", "gemini", "--model", "gemini-2.5-pro", "--endpoint", f"{service.address}/v1beta")
    code, _, err = bonaface_("study", "describe", study, *words, "--key-from", "A_KEY", "--limit", 1)
    assert code == 0, err
    assert len(service.asked) == 15
    rows = read_parquet(study / "tables" / "description-means.parquet")
    assert set(rows["describer"]) == {"gemini"}
    told = tmp_path / "told.json"
    pictures = [{"name": name, "answers": [written(REAL)]} for name in ("face000", "face000, bicubic, study-x4")]
    told.write_text(json.dumps({"pictures": pictures}))
    recorded = ("--with", "recorded", "--model", told, "--limit", 1, "--restorers", "bicubic")
    code, said, err = bonaface_("study", "describe", study, *recorded)
    assert code == 0, err
    assert "Nothing leaves this machine." in err
    assert "2 answers: 2 asked for now" in said
    assert len(service.asked) == 15


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--with", "opnai", "--model", "m"), "openai"),
        (("--with", "openai", "--model", "m", "--endpoint", "nowhere"), "no address of a service"),
        (("--with", "openai", "--model", "m", "--endpoint", "http://127.0.0.1:9", "--repeats", "0"), "1 to 50"),
        (("--with", "openai", "--model", "m", "--key-from", "NO_SUCH_KEY"), "NO_SUCH_KEY is empty or not set"),
        (
            ("--with", "openai", "--model", "m", "--endpoint", "http://127.0.0.1:9", "--restorers", "x"),
            "it has bicubic",
        ),
        (("--with", "recorded", "--model", "no.json"), "cannot be read"),
        (("--model", "m"), "--with"),
    ],
)
def test_what_is_refused_before_anything_is_sent(service, study, bonaface_, words, says):
    code, _, err = bonaface_("study", "describe", study, *words)
    assert code == 2
    assert says in err
    assert service.asked == []


def test_no_study_and_one_without_outputs(service, tmp_path, bonaface_):
    code, _, err = bonaface_(*asked(service, tmp_path))
    assert code == 2
    assert "holds no study" in err
    Store.opened(tmp_path / "empty", make=True)
    code, _, err = bonaface_(*asked(service, tmp_path / "empty"))
    assert code == 2
    assert "has no output that can be described" in err
