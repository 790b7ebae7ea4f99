"""Delivery status notifications: the content of a message in, what it reports out. Mail protocols carry them."""

from .report import is_report, read_report

__all__ = ["is_report", "read_report"]
