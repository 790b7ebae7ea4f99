"""`wanwitness filter`."""

from __future__ import annotations

import click

from .output import say


@click.command(name="filter", short_help="Print a capture filter for tcpdump, dumpcap, Wireshark.")
@click.option("--rivals", is_flag=True, help="With what explains refusals otherwise: POP and IMAP.")
@click.option("--port", "ports", multiple=True, type=click.IntRange(1, 65535), metavar="N", help="A mail port more.")
@click.option(
    "--host", "hosts", multiple=True, metavar="ADDRESS", help="With HTTPS of a provider's host or network (webmail)."
)
def filter_(rivals: bool, ports: tuple[int, ...], hosts: tuple[str, ...]) -> int:
    """Print a capture filter that misses nothing that the analysis uses.

    It is for tcpdump, dumpcap and Wireshark, on any interface: tcpdump -i IFACE -w FILE "$(wanwitness filter)", or
    tcpdump -F FILTERFILE where wanwitness runs elsewhere. Tags, PPPoE, tunnels and fragments need no options.
    """
    from wanwitness.packets.capture_filter import capture_filter
    from wanwitness.wrong_use import wrong

    try:
        text = capture_filter(rivals=rivals, ports=ports, hosts=hosts)
    except ValueError as error:
        raise wrong("filter-host", said=str(error)) from None
    say(f"{text}\n")
    return 0
