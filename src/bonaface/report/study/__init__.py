"""The report on a study: one page, everything behind it in `assets/`, and its tables as CSV and Parquet."""

from bonaface.report.study.page import write_study

__all__ = ["write_study"]
