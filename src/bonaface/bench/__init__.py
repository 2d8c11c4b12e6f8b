"""Restorers measured on real faces, beside what Pro-UIGAN's paper (S2) reports.

`subjects` are the faces, `thumbnails` what is done to them, `entrants` the restorers, `numbers` what is measured on one
result, `statistics` what becomes of many, `hallucination` the table of `bonaface bench pro-uigan`, `downstream` the
checks of `bonaface bench downstream`, `published` the paper's own figures.
"""
