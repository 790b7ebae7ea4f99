"""What an analysis found, written into a case's folder: the document and its tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .case import Case
from .csv import sessions_csv
from .folder import CaseFolder
from .parquet import DNS_FILE, SESSIONS_FILE, arrow, parquet
from .seal import CASE_FILE
from .table import session_table

if TYPE_CHECKING:
    import pyarrow as pa

TABLES = ("sessions.csv", SESSIONS_FILE, DNS_FILE)
"""The files that are written beside the document."""


def write_found(case: Case, folder: CaseFolder, dns: pa.Table | None) -> None:
    """Write a case's document, the tables of its sessions, and its DNS exchanges where there are any to write."""
    folder.write(CASE_FILE, case.encoded())
    folder.write("sessions.csv", sessions_csv(case.document))
    folder.write(SESSIONS_FILE, parquet(arrow(session_table(case.document))))
    if dns is not None:
        folder.write(DNS_FILE, parquet(dns))
