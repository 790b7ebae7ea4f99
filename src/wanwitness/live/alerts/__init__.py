"""Who is told when a session is flagged: a command, a web hook, syslog, somebody by mail.

    message   what is said of a row of the journal
    target    one place that is told, and how
    ledger    what was told already, over restarts
    alerts    each target in a thread of its own, so that one that hangs holds nothing back

Only final rows alert anybody. Each (session, revision) is told once; what is alike within ten minutes of a message is
counted, and told together.
"""

from .alerts import Alerts, alerting
from .target import AlertTarget, target_of

__all__ = ["AlertTarget", "Alerts", "alerting", "target_of"]
