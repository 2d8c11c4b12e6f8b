"""The pages in a browser."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from bonaface.report import failed, summarise, write_audit, write_comparison

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(BROWSER is None, reason="no browser of the Chromium family is here")]


def opened(path, profile):
    """The page's elements after its script ran, and what the console said."""
    quiet = ["background-networking", "component-update", "sync", "gpu", "quic"]
    command = [BROWSER, "--headless", "--no-sandbox", "--no-first-run", *(f"--disable-{name}" for name in quiet)]
    command += [f"--user-data-dir={profile}", "--enable-logging=stderr", "--dump-dom", path.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.stdout, re.findall(r".*CONSOLE.*", done.stderr)


@pytest.mark.parametrize("name", ["ledger", "alone", "faceless"])
@pytest.mark.parametrize("embed", [True, False], ids=["embedded", "beside"])
def test_opens_without_complaint(tmp_path, request, name, embed):
    folder = tmp_path / "report"
    folder.mkdir()
    write_audit(folder, request.getfixturevalue(name), title="A case", embed=embed)
    elements, console = opened(folder / "report.html", tmp_path / "profile")
    assert console == []
    assert 'class="js"' in elements
    if name != "alone":
        assert 'class="off"' in elements  # the table is filtered
        assert re.search(r'<th[^>]*aria-sort="descending"[^>]*><button', elements)


def test_comparison_opens_without_complaint(tmp_path, ledger):
    write_comparison(tmp_path, [summarise("a", "a", ledger), failed("b", "no face")], title="Two")
    elements, console = opened(tmp_path / "report.html", tmp_path / "profile")
    assert console == []
    assert 'class="js"' in elements
