"""The case: what was found as a document, and the folder it is written to."""

from .build import document
from .folder import CASE_FILE, CaseFolder

__all__ = ["CASE_FILE", "CaseFolder", "document"]
