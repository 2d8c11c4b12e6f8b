"""Restorers and editors measured on real faces, beside what papers report.

Restorers of 16 px faces, beside Pro-UIGAN's paper (S2): `subjects` are the faces, `thumbnails` what is done to them,
`entrants` the restorers, `numbers` what is measured on one result, `results` what becomes of many, `leaks` what is left
out, `hallucination` the table of `bonaface bench pro-uigan`, `downstream` the checks of `bonaface bench downstream`.

Editors of expressions, beside RegGAN's paper (S4): `people` are the faces, `editors` what is done to them,
`expression_numbers` what is measured, `expression_results` how it is written down, `expression` the table of
`bonaface bench expression`.
"""
