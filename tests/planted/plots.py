"""Every plot that there is."""

from __future__ import annotations

from . import confusions, dialogues, log_ins, strangers

PLOTS = (*dialogues.PLOTS, *log_ins.PLOTS, *confusions.PLOTS, *strangers.PLOTS)
