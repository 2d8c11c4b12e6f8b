"""Say which parts of a restored, enlarged or edited face are real, and which a model made up.

>>> import bonaface
>>> ledger = bonaface.audit("restored.png", truth="real.png")  # doctest: +SKIP
>>> print(ledger.worst(1)[0].sentence)  # doctest: +SKIP
Nose: 42% of its finest detail is not in the real photograph (floor 11%).
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bonaface.api import Auditor, audit, degrade, edit, measure, parse, read_attributes, read_expression, restore
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
    "edit",
    "measure",
    "parse",
    "read_attributes",
    "read_expression",
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
    "parse": "api",
    "read_attributes": "api",
    "read_expression": "api",
}
_FUNCTIONS = ("audit", "degrade", "edit", "measure", "restore")
"""Public functions of `bonaface.api` that bear the name of a package: that package can be called."""


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: `import bonaface` alone costs next to nothing."""
    if name in _FUNCTIONS:
        return import_module(f"bonaface.{name}")
    if name not in _HOMES:
        raise AttributeError(f"module 'bonaface' has no attribute {name!r}")
    value = getattr(import_module(f"bonaface.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


class _CallablePackage(ModuleType):
    """A package of the same name as a public function: calling it calls the function."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.__wrapped__(*args, **kwargs)

    @property
    def __wrapped__(self) -> Any:
        """The function; its signature and its text are what help() and editors show."""
        return getattr(import_module("bonaface.api"), self.__name__.rpartition(".")[2])


class _Package(ModuleType):
    """Python binds a package to its parent's attribute on import, whoever imports it: there it is made callable."""

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _FUNCTIONS and isinstance(value, ModuleType):
            value.__class__ = _CallablePackage
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
