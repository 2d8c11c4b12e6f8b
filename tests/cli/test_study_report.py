"""`bonaface study report`."""

from __future__ import annotations

import json

import pytest

from made_study import RESTORERS, made_store
from running import run


@pytest.fixture(scope="module")
def study(tmp_path_factory, face_256):
    folder = tmp_path_factory.mktemp("studies") / "mine"
    made_store(folder, face_256, faces=2, restorers=RESTORERS[:2], side=256)
    return folder


def test_writes_a_page_with_audits_of_the_worst(study, capsys):
    assert run("study", "report", study, "--pages", 1) == 0
    out = study.with_name("mine-report")
    assert str(out / "report.html") in capsys.readouterr().out
    assert (out / "tables/features.csv").is_file()
    audits = list((out / "assets/audits").iterdir())
    assert len(audits) == 1
    ledger = json.loads((audits[0] / "ledger.json").read_text("utf-8"))
    assert ledger["summary"]["kept"] + ledger["summary"]["lost"] > 0
    page = (out / "report.html").read_text("utf-8")
    assert f"assets/audits/{audits[0].name}/report.html" in page
    assert run("study", "report", study, "--pages", 0) == 2
    assert "--overwrite" in capsys.readouterr().err
    assert run("study", "report", study, "--pages", 0, "--overwrite") == 0
    assert not (out / "assets/audits").exists()


def test_a_layout_that_there_is_not_is_refused(study, tmp_path, capsys):
    assert run("study", "report", study, "--out", tmp_path / "out", "--layout", "pca") == 2
    assert "--layout is 'pca'; expected umap, tsne or both" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_says_what_is_no_study(tmp_path, capsys):
    assert run("study", "report", tmp_path) == 2
    assert "holds no study" in capsys.readouterr().err
    assert not list(tmp_path.parent.glob("*-report"))


def test_a_study_without_outputs_has_no_report(tmp_path, face_256, capsys):
    made_store(tmp_path / "study", face_256, faces=0)
    assert run("study", "report", tmp_path / "study", "--out", tmp_path / "out") == 2
    assert "without any outputs" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
