"""The lab: a site with several links, its providers and the rest of the Internet, on one machine.

    topology, exits, mailservers  what there is, as data  namespaces, wires   how that is built
    zones, ways   what resolvers answer, how they are asked
    internet, lan build it and start the servers          servers/            each server's configuration and start
    delays        the wires to the providers              addressing          DHCP, and addresses that change
    router, proxy policy routing, NAT, SMTP forwarding    state               what `down` has to remove
    stage         hosts and router, as scenarios use them stub, dialogue      what a LAN host does
    scenarios/    what can happen, each with its docstring
    capture, tracking, facts     captures; conntrack's events; the hosts' own logs
    priority      that hosts act in time, however busy the machine is
    asked, tracked               the forwarders' and resolvers' logs; all logs put together
    truth, judgement             a row a session from these, by the lab's own reading of the rules
    check, table                 the analysis beside the truth
    worlds, vlan, boxes, pppoe   how a link carries its packets
    shifting, story  a story's days, and its README
    lab, running                 up and down; run

It needs root and Linux, stands outside the stages, and no stage imports it: the lab checks the analysis, so it shares
none of its code.
"""

from .errors import LabError
from .lab import down, up
from .running import Run
from .running import run as play
from .scenarios import SCENARIOS, Scenario, chosen
from .table import tabulate

__all__ = ["SCENARIOS", "LabError", "Run", "Scenario", "chosen", "down", "play", "tabulate", "up"]
