"""One case: from pictures to findings, in pure functions."""
