"""How a process that reads pictures begins that ends at once, as for lack of memory."""

import os


def begin(parent):
    """In place of `reading_hands.begin`."""
    os._exit(9)
