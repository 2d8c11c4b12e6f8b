"""Say which parts of a restored, enlarged or edited face are real, and which a model made up.

>>> import bonaface
>>> ledger = bonaface.audit("restored.png", truth="real.png")  # doctest: +SKIP
>>> print(ledger.worst(1)[0].sentence)  # doctest: +SKIP
Left eyebrow: 41% of its fine detail is not in the real photograph (floor 9%).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bonaface.api import Auditor, audit, degrade, restore
    from bonaface.core.errors import BonafaceError
    from bonaface.core.results import Aspect, Finding, Ledger, Score, Status, Verdict

__version__ = "0.1.0"
__all__ = [
    "Aspect",
    "Auditor",
    "BonafaceError",
    "Finding",
    "Ledger",
    "Score",
    "Status",
    "Verdict",
    "audit",
    "degrade",
    "restore",
]

_HOMES = {
    "Aspect": "core.results",
    "Auditor": "api",
    "BonafaceError": "core.errors",
    "Finding": "core.results",
    "Ledger": "core.results",
    "Score": "core.results",
    "Status": "core.results",
    "Verdict": "core.results",
    "audit": "api",
    "degrade": "api",
    "restore": "api",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: `import bonaface` alone costs next to nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module 'bonaface' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"bonaface.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
