"""The case: what was found as a document, and the folder it is written to."""

from .document import document
from .folder import CaseFolder

__all__ = ["CaseFolder", "document"]
