"""Reports: pages for readers, and the same facts as JSON, Parquet and TIFF for programs."""

from bonaface.report.case import write_audit
from bonaface.report.compared import Compared, failed, summarise
from bonaface.report.comparison import write_comparison

__all__ = ["Compared", "failed", "summarise", "write_audit", "write_comparison"]
