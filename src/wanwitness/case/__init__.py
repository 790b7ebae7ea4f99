"""The case: what was found as a document, and the folder it is written to."""

from .answer import answer_of
from .build import document
from .case import Case
from .csv import sessions_csv, write_sessions_csv
from .folder import CaseFolder
from .opened import opened_case
from .seal import CASE_FILE, EVIDENCE, sealed

__all__ = [
    "CASE_FILE",
    "EVIDENCE",
    "Case",
    "CaseFolder",
    "answer_of",
    "document",
    "opened_case",
    "sealed",
    "sessions_csv",
    "write_sessions_csv",
]
