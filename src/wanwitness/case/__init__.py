"""The case: what was found as a document, and the folder it is written to."""

from .build import document
from .case import SCHEMA, Case
from .csv import write_sessions_csv
from .folder import CASE_FILE, CaseFolder
from .opened import opened_case

__all__ = ["CASE_FILE", "SCHEMA", "Case", "CaseFolder", "document", "opened_case", "write_sessions_csv"]
