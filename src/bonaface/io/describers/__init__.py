"""Describers: services and models that say in words what a face looks like.

Asking one is the only time that a picture leaves this machine, and the command line names where it goes.
"""

from bonaface.io.describers.catalog import DESCRIBERS, Asked, Kind
from bonaface.io.describers.question import TEMPLATE, TEMPLATE_SHA256, sent

__all__ = ["DESCRIBERS", "TEMPLATE", "TEMPLATE_SHA256", "Asked", "Kind", "sent"]
