"""The adversary: worlds that are made to deceive, and what the product says of their sessions.

    python -m tests.adversary --sessions 20000            a table by mechanism, and the wrong verdicts with their worlds
    python -m tests.adversary --only 'stub: musl' forwarder   worlds of these mechanisms alone (names begin so, or fit)
    python -m tests.adversary --world 17:20045 --keep DIR     that world's captures, site.toml and truth.json
    python -m tests.adversary --list

Every session's truth is known by construction. Of a `decidable` one the captures hold all that tells; of a `twin`
another truth gives the very same packets, and only `undetermined` is right; of an `unknowable` one evidence is gone or
another cause is as likely: nothing need be said of it, but nothing wrong. Wrong verdicts where the packets just before
the SYN (0.1 s) show one look-up that ended, as if it were the connection's own, stand apart: `chance` where another
program's look-up happened to fall there, `refresh` where the host's own cache asked again while it served. A world's
sessions count for each of its mechanisms, and once for all. Exit status 1 where a bound is broken.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

if __name__ == "__main__":
    from adversary.command import main

    sys.exit(main(__doc__ or ""))
