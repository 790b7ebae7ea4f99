"""The lab's hosts act when they mean to, however busy the machine is."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def first_served() -> Iterator[None]:
    """Let the calling thread, and those it starts, be served before all that has no such right (sched(7)).

    A host that stood still between an answer and its connection looks like one that kept the answer: what such
    captures show is less than what happened. Where the machine refuses (a container without CAP_SYS_NICE), all stays
    as it is.
    """
    policy, parameters = os.sched_getscheduler(0), os.sched_getparam(0)
    with suppress(PermissionError):
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(os.sched_get_priority_min(os.SCHED_RR)))
    try:
        yield
    finally:
        os.sched_setscheduler(0, policy, parameters)
