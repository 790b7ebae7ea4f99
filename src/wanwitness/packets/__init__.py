"""Stage 2: frames become packets, vectorised; what could not be understood is told, and only what is wanted is kept.

decode         the layers of headers as columns
select         which frames anybody needs
duplicates     what a mirror port shows twice
checksums      which are wrong
capture_rules  which of a file's capture points a packet belongs to
left_out       what could not be understood, counted
flow_key, header_fields, addresses, ports     a connection as one number; single fields; addresses as text; ports
capture_filter the same choice as `select`'s, for tcpdump and dumpcap
"""

from .left_out import LeftOut
from .packets import ARP, IPCP, Packets

__all__ = ["ARP", "IPCP", "LeftOut", "Packets"]
