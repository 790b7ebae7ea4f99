"""Names and addresses of a site replaced by others, so that a case can be shown to strangers.

    secret_names  which names are the site's, by what the case tells              ─► Names
    pseudonyms    a name for each of them, as long as itself
    addresses     an address for each of its addresses, as long as itself
    texts         all of that in running text                                     ─► the same bytes, or others
    dns_wire      the same in DNS messages
    frames        one captured frame: headers, checksums, what they carry
    captures      an evidence capture: its frames, and what their connections say
    tables        a table's columns
    document      case.json
    redaction     all of them by the same names: one for each case

What is masked: mailboxes, their domains, the names that hosts call themselves (HELO, EHLO), names of hosts on the
LAN, its addresses and everybody's MACs. What stays is the evidence: the links' public addresses, their resolvers and
relays by address and name, what servers say, every time and every number.

One thing has one mask everywhere, which is as long as itself, so that no packet changes its size and no sequence
number its meaning; how long a name was can therefore be told. What is not understood of a packet is blanked. No list of
what stands for what is written anywhere.
"""

from .redaction import Redaction

__all__ = ["Redaction"]
