"""The pages in a browser."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace

import pytest

from bonaface.core.results import Score
from bonaface.report import failed, summarise, write_audit, write_comparison

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(BROWSER is None, reason="no browser of the Chromium family is here")]


def opened(path, profile, *more):
    """The page's elements after its script ran, and what the console said."""
    quiet = ["background-networking", "component-update", "sync", "gpu", "quic"]
    command = [BROWSER, "--headless", "--no-sandbox", "--no-first-run", *(f"--disable-{name}" for name in quiet)]
    command += [f"--user-data-dir={profile}", "--enable-logging=stderr", "--dump-dom", *more, path.as_uri()]
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


WRAPPER = """<!DOCTYPE html><body><iframe id="f" width="{width}" height="900" src="report.html"></iframe><script>
document.getElementById("f").onload = (event) => {{
  const page = event.target.contentDocument;
  const wide = [...page.querySelectorAll(".scroll")].filter((box) => box.scrollWidth > box.clientWidth + 1);
  document.body.dataset.wide = wide.map((box) => box.getAttribute("aria-label")).join("; ") || "none";
  document.body.dataset.page = page.documentElement.scrollWidth > {width} ? "too wide" : "fits";
}};
</script></body>"""


@pytest.mark.parametrize("width", [1280, 390])
def test_comparisons_fit_a_screen(tmp_path, ledger, alone, width):
    """Of stages of a restored folder, with and without a truth: no table lies beyond the right edge."""
    pasted = {"seam": Score(1.8), "seam:floor": Score(1.1), "colour-shift": Score(3.2, "ΔE00")}
    entries = [
        summarise(f"photograph.png-face{number}-{stage}", stage, replace(each, measures={**each.measures, **pasted}))
        for number, each in enumerate((ledger, alone), 1)
        for stage in ("crop", "pasted", "delivered")
    ]
    write_comparison(tmp_path, entries, title="Stages", about="Each face.")
    (tmp_path / "wrapper.html").write_text(WRAPPER.format(width=width), "utf-8")
    size = ["--allow-file-access-from-files", "--window-size=1400,1000", "--virtual-time-budget=3000"]
    elements, _ = opened(tmp_path / "wrapper.html", tmp_path / "profile", *size)
    assert 'data-wide="none"' in elements
    assert 'data-page="fits"' in elements
