"""The command line: thin, each command calls one public function."""

from .main import main

__all__ = ["main"]
