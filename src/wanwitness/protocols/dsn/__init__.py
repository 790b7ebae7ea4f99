"""Delivery status notifications: the content of a message in, what it reports out. Mail protocols carry them."""

from .report import is_report, read_report, too_long

__all__ = ["is_report", "read_report", "too_long"]
