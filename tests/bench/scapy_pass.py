"""Reads captures with scapy, dissecting each packet, and prints what it counted as JSON.

    python scapy_pass.py PACKETS FILE...     at most PACKETS of each file; 0 for all

The seconds printed are those of the reading loop alone: importing scapy is not held against its rate.
"""

from __future__ import annotations

import json
import sys
import time

from scapy.layers.dns import DNS
from scapy.layers.inet import TCP
from scapy.utils import PcapReader


def main() -> None:
    """Count packets, DNS messages and packets to or from port 25."""
    limit, files = int(sys.argv[1]), sys.argv[2:]
    packets = dns = mail = 0
    begin = time.perf_counter()
    for file in files:
        with PcapReader(file) as reader:
            for number, packet in enumerate(reader, 1):
                packets += 1
                if DNS in packet:
                    dns += 1
                elif TCP in packet and 25 in (packet[TCP].sport, packet[TCP].dport):
                    mail += 1
                if number == limit:
                    break
    print(json.dumps({"packets": packets, "dns": dns, "mail": mail, "seconds": time.perf_counter() - begin}))


if __name__ == "__main__":
    main()
