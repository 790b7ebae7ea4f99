"""Every plot that there is."""

from __future__ import annotations

from . import dialogues, log_ins

PLOTS = (*dialogues.PLOTS, *log_ins.PLOTS)
