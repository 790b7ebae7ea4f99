"""The case: what was found as a document, and the folder it is written to."""

from .answer import answer_of
from .build import document
from .case import Case, opened_case
from .csv import sessions_csv, write_sessions_csv
from .dns_table import Aligned, dns_table
from .folder import CaseFolder
from .found import TABLES, write_found
from .parquet import DNS_FILE, SESSIONS_FILE, arrow, parquet, read_parquet
from .provenance import hashed, tool
from .seal import CASE_FILE, EVIDENCE, SEAL, seal, sealed
from .table import session_table

__all__ = [
    "CASE_FILE",
    "DNS_FILE",
    "EVIDENCE",
    "SEAL",
    "SESSIONS_FILE",
    "TABLES",
    "Aligned",
    "Case",
    "CaseFolder",
    "answer_of",
    "arrow",
    "dns_table",
    "document",
    "hashed",
    "opened_case",
    "parquet",
    "read_parquet",
    "seal",
    "sealed",
    "session_table",
    "sessions_csv",
    "tool",
    "write_found",
    "write_sessions_csv",
]
