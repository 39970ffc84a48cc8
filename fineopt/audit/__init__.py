"""Which parameters will move at the next step, by how much, and why not the others."""

from .audit import audit
from .causes import CAUSES, FINDINGS, Cause
from .report import Report
from .row import Finding, Row

__all__ = ["CAUSES", "FINDINGS", "Cause", "Finding", "Report", "Row", "audit"]
