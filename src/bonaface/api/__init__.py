"""The public functions on one case: they read pictures, find weights, and call the pure parts."""

from bonaface.api.auditing import Auditor, audit
from bonaface.api.degrading import degrade
from bonaface.api.restoring import restore

__all__ = ["Auditor", "audit", "degrade", "restore"]
