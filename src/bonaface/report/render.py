"""Templates to pages that stand alone: style, script and pictures are inside, and nothing else may load or run."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bonaface.core.regions import Region
from bonaface.core.results import NOT_FOR_IDENTIFICATION, Verdict
from bonaface.report import words

if TYPE_CHECKING:
    import jinja2

_TEMPLATES = Path(__file__).parent / "templates"


def render(
    template: str, context: Mapping[str, Any], *, files: bool = False, styles: Sequence[str] = ("report.css",)
) -> str:
    """A page.

    Args:
        template: its name in `templates/`.
        context: what it shows; every text is escaped.
        files: pictures lie in files beside the page, and are not embedded.
        styles: names in `templates/`, put together in this order.
    """
    style, script = "".join(_source(name) for name in styles), _source("report.js")
    pictures = "'self' file: data:" if files else "data:"
    policy = (
        f"default-src 'none'; img-src {pictures}; style-src {_hash(style)}; script-src {_hash(script)}; "
        "base-uri 'none'; form-action 'none'"
    )
    page = _environment().get_template(template)
    return page.render(context, policy=policy, style=_safe(style), script=_safe(script)) + "\n"


def _safe(text: str) -> Any:
    """Our own files, which go into the page as they are."""
    from markupsafe import Markup

    return Markup(text)  # noqa: S704 - read from the package


@cache
def _source(name: str) -> str:
    return (_TEMPLATES / name).read_text("utf-8")


def _hash(text: str) -> str:
    """For a Content-Security-Policy: only this very text may apply."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@cache
def _environment() -> jinja2.Environment:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters |= {
        "shown": words.shown,
        "number": words.number,
        "percent": words.percent,
        "label": lambda region: Region(region).label,
        "aspect": lambda aspect: words.ASPECTS[aspect],
        "plain": lambda text: str(text).replace("-", " ").replace("_", " "),
    }
    environment.globals |= {
        "SIGNS": words.SIGNS,
        "MEANINGS": words.MEANINGS,
        "VERDICTS": tuple(Verdict),
        "NOT_FOR_IDENTIFICATION": NOT_FOR_IDENTIFICATION,
    }
    return environment
