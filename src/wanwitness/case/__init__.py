"""The case: what was found as a document, and the folder it is written to."""

from wanwitness.model.seal import CASE_FILE

from .build import document
from .folder import CaseFolder

__all__ = ["CASE_FILE", "CaseFolder", "document"]
