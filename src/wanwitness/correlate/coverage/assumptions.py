"""What is taken for granted of captures."""

from __future__ import annotations

from wanwitness.model.assumption import seconds, share

# blind_spots
UNLIKELY = share(0.001, "Nobody would wait for a thing that happens in one case of a thousand.")

# covered
QUIET_NS = seconds(10, "A capture that runs may see nothing for so long before its first frame and after its last.")
