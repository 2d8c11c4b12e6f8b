"""The report on a study in a browser: no complaints, nothing wider than a telephone, a thousand cells in 3 seconds."""

from __future__ import annotations

import re
import shutil
import subprocess
import time

import pytest

from bonaface.report.study import write_study
from bonaface.study.results.reported import reported
from made_study import DAMAGES, RESTORERS, made_store

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(BROWSER is None, reason="no browser of the Chromium family is here")]
LONGEST = 3.0
"""Seconds that a page of a study of a thousand cells may take to open."""


def opened(path, profile, *more):
    """The page's elements once it is loaded, what the console said, and how long it took with the browser's start."""
    quiet = ["background-networking", "component-update", "sync", "gpu", "quic"]
    command = [BROWSER, "--headless", "--no-sandbox", "--no-first-run", *(f"--disable-{name}" for name in quiet), *more]
    command += [f"--user-data-dir={profile}", "--enable-logging=stderr", "--dump-dom", path.as_uri()]
    begun = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    return done.stdout, re.findall(r".*CONSOLE.*", done.stderr), time.perf_counter() - begun


def written(folder, photo, **about):
    store = made_store(folder / "study", photo, **about)
    (folder / "report").mkdir()
    write_study(folder / "report", reported(store, draws=100), store.picture, title="A study", source="study")
    return folder / "report"


def blank(folder):
    (folder / "blank.html").write_text("<!DOCTYPE html><title>blank</title>", "utf-8")
    return folder / "blank.html"


@pytest.fixture(scope="module")
def small(tmp_path_factory, face_256):
    return written(tmp_path_factory.mktemp("small"), face_256, faces=3, damages=DAMAGES, failed=1)


@pytest.mark.parametrize(
    "name",
    ["report.html", "assets/pictures/lanczos--blur-2.html", "assets/pictures/features--all.html"],
)
def test_opens_without_complaint(small, tmp_path, name):
    elements, console, _ = opened(small / name, tmp_path / "profile")
    assert console == []
    assert 'class="js"' in elements


def test_nothing_is_wider_than_a_telephone(small, tmp_path):
    """Wide tables scroll inside their own boxes."""
    page = small / "report.html"
    probe = tmp_path / "probe.html"
    probe.write_text(
        f'<iframe id=f src="{page.as_uri()}" width=390 height=800></iframe><p id=o></p><script>'
        "f.onload=()=>{o.textContent='wide '+f.contentDocument.documentElement.scrollWidth}</script>", "utf-8"
    )  # fmt: skip
    elements, _, _ = opened(probe, tmp_path / "profile", "--allow-file-access-from-files")
    found = re.search(r"wide (\d+)", elements)
    assert found is not None
    assert int(found[1]) <= 390


@pytest.mark.parametrize(
    ("about", "names"),
    [
        (
            {"faces": 50, "damages": DAMAGES, "restorers": RESTORERS},
            ["report.html", "assets/pictures/gfpgan-1-4--study-x8.html", "assets/pictures/features--all.html"],
        ),
        (
            {"faces": 10, "damages": DAMAGES[:1], "restorers": RESTORERS[:1], "seeds": range(100)},
            ["report.html", "assets/pictures/bicubic--study-x4.html", "assets/pictures/bicubic--study-x4--5.html"],
        ),
    ],
    ids=["20-pages-of-50", "1000-of-one-kind"],
)
def test_a_thousand_cells_open_in_three_seconds(tmp_path, face_256, about, names):
    report = written(tmp_path, face_256, side=256, **about)
    opened(blank(tmp_path), tmp_path / "profile")  # makes the profile
    start = min(opened(blank(tmp_path), tmp_path / "profile")[2] for _ in range(2))
    for name in names:
        _, console, took = opened(report / name, tmp_path / "profile")
        size = (report / name).stat().st_size / 1024
        print(f"{name}: {took - start:.2f} s besides the browser's start of {start:.2f} s; {size:.0f} KiB")
        assert console == []
        assert took - start < LONGEST
