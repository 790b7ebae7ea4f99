"""Why traffic is odd, why frames were left out, and why bytes of a file cannot be read."""

from __future__ import annotations

from typing import Final

from wanwitness.language import Catalogue

ODD: Final = Catalogue(
    "oddities",
    {
        # Any protocol.
        "odd-of-protocol": "{protocol}: {why}",
        "odd-advertisement": "router advertisement",
        "odd-inside-tls": "SMTP inside of TLS",
        "odd-more": "{number:d} more oddities, not kept",
        "odd-more-frames": "{why}: {number:d} more frames",
        "odd-cut": "cut off by the snap length",
        # Frames.
        "odd-copy": "the same packet was captured before",
        "odd-copy-of": "the same packet was captured before, in frame {frame:d}; it is used once",
        "odd-copy-elsewhere": "the same packet was captured before, in frame {frame:d} of {path}; it is used once",
        "odd-joined": "put together from IP fragments",
        "odd-joined-of": "put together from IP fragments; the others are in frames {frames:comma}",
        "odd-unclaimed": "{number:d} frames belong to no capture point that the site file or --lan/--wan names",
        "odd-interfaces": (
            "{number:d} frames came through other interfaces of the device than the first {most:d}, which alone are "
            "told apart; the others are taken for one"
        ),
        "odd-headers-cut": "headers cut off by the snap length",
        "odd-headers-short": "the packet ends inside its headers",
        "odd-ip-version": "IP version is neither 4 nor 6, or not the one that the link layer names",
        "odd-ip-header": "IPv4 header length below 20 bytes",
        "odd-ip-length": "IPv4 total length shorter than the header",
        "odd-extensions": "more IPv6 extension headers than are followed",
        "odd-fragment": "IP fragment of a packet that was not captured whole",
        "odd-first-fragment": "first IP fragment, its payload is only a part",
        "odd-fragments-differ": "IP fragments had different bytes for one place; those that came first are used",
        "odd-tags": "more tags or labels before the network layer than are followed",
        "odd-tunnels": "more tunnels in tunnels than are followed",
        "odd-tcp-header": "TCP header length impossible",
        "odd-udp-length": "UDP length below 8 bytes",
        "odd-link-type": "link type {name} is not understood",
        "odd-none-understood": "none of this capture's frames was understood",
        "odd-none-understood-most": (
            "none of this capture's frames was understood; most are of {what}, which is not read"
        ),
        "odd-ip-protocol": "IP protocol {number:d}",
        "odd-ethertype": "ethertype 0x{number:04X}",
        # Hosts and their addresses.
        "odd-claims": (
            "ARP and neighbour discovery: {number:d} claims of addresses beyond {most:d}, not kept; so no two "
            "addresses are taken for one host"
        ),
        "odd-senders": (
            "the senders of {number:d} packets are not compared with the MACs of others: they are too many"
        ),
        "odd-senders-lost": ("{number:d} senders are too many to be kept with their MACs; of links these show nothing"),
        "odd-visits": (
            "{number:d} visits to web servers are too many to be kept, and no explanation is weighed by them"
        ),
        "odd-quic-open": (
            "QUIC: {number:d} handshakes that take several packets were given up, for more than {most:d} were open at "
            "once; whom they asked for is not told"
        ),
        "odd-quic-long": (
            "QUIC: {number:d} pieces of handshakes lie beyond the {most:d} bytes of one that are read; a name in them "
            "is not told"
        ),
        "odd-hello-parts": (
            "TLS: {number:d} connections began with a ClientHello of several packets, and the first does not say which "
            "server was asked for; that is not told, nor whether it was a resolver"
        ),
        "odd-mailbox-ahead": (
            "{number:d} commands of connections to mailboxes were sent too far ahead of their replies to be followed; "
            "log-ins and delivery reports among them are not told"
        ),
        "odd-mailbox-tries": (
            "{number:d} failed log-ins to mailboxes are not told: of a connection the first {most:d} are"
        ),
        "odd-reports-cut": (
            "{number:d} delivery reports that were fetched from mailboxes are longer than is read; of the mails that "
            "came back with them not all may be told"
        ),
        "odd-headers-long": (
            "{number:d} messages that were fetched from mailboxes have headers longer than the {most:d} bytes that are "
            "searched; delivery reports among them are not told"
        ),
        "odd-encrypted": "encrypted DNS: {number:d} uses are too many to be kept",
        # TCP.
        "odd-followed-no-longer": (
            "{number:d} connections on other ports than mail's, which began like mail, were followed no longer when "
            "{most:d} newer ones had come"
        ),
        "odd-syns-held": (
            "{number:d} openings of connections on other ports than mail's were forgotten early, for more than "
            "{most:d} came within a minute; a connection among them that turns out to be mail's has no beginning"
        ),
        "odd-given-up": (
            "{number:d} connections in which nothing was said yet were given up early: there were more than {most:d} "
            "at once"
        ),
        "odd-syn-inside": "SYN inside an open connection",
        "odd-sent-again": (
            "sent again with the right checksum; what frame {frames:comma} had with a wrong one is not used"
        ),
        "odd-older-answer": "answer of a server that still held an older connection",
        "odd-far-sequence": "sequence number far outside the window",
        "odd-far-acknowledgement": "acknowledgement number far outside the window",
        "odd-overlap": "bytes differ from those captured before for the same place",
        "odd-no-smtp": "the stream to {server} is on a mail port and does not speak SMTP",
        # SMTP.
        "odd-half-heard": "what was said in {number:d} connections, by one side alone, is not kept",
        "odd-unpaired": (
            "{number:d} commands and replies came too far ahead of one another to be brought together; which reply was "
            "to which command is not told of them"
        ),
        "odd-exchanges": "{number:d} more exchanges, not kept",
        "odd-command-unended": "last command line without its end",
        "odd-command-cr": "command line ended by CR alone",
        "odd-command-long": "command line too long, cut",
        "odd-command-empty": "empty command line",
        "odd-passed-over": "client's lines passed over up to the next plain command",
        "odd-content-end": "content ended by a dot, but not by CRLF.CRLF",
        "odd-content-missing": "{number:d} bytes of content not captured",
        "odd-client-missing": "{number:d} bytes of the client not captured",
        "odd-report-cut": (
            "the delivery report is longer than is read; of the mails that came back with it not all may be told"
        ),
        "odd-header-long": (
            "the message's header is longer than the {most:d} bytes of it that are searched; a Message-ID behind them "
            "is not told, nor what it may report of another mail"
        ),
        "odd-certificate": "the server's certificate is for {number:d} more names, which are not told",
        "odd-certificate-long": "the server's certificate is longer than is read; its names are not told",
        "odd-recipients": "recipient beyond {most:d}, not kept",
        "odd-server-missing": "{number:d} bytes of the server not captured",
        "odd-reply-line-end": "last reply without its line end",
        "odd-reply-cr": "reply line ended by CR alone",
        "odd-reply-beginning": "server's line without its beginning",
        "odd-reply-long": "reply line too long, cut",
        "odd-reply-outside": "line outside of any reply",
        "odd-reply-no-code": "reply line without a code",
        "odd-reply-malformed": "reply line without a well-formed code",
        "odd-reply-two-codes": "reply with two codes, {first:03} and {second:03}; the last counts",
        "odd-reply-unended": "reply {code:03} without its last line",
        "odd-refusal-long": (
            "a refusal of more than {most:d} characters; its reason is looked for in as many, from its beginning"
        ),
        "odd-reply-many": "reply of more than {most:d} lines, cut",
        "odd-reply-missing": "reply {code:03}: not all was captured",
        # DNS.
        "odd-dns-cut": "message cut by the snap length",
        "odd-dns-unreadable": "not readable",
        "odd-dns-fault": "{said}",
        "odd-dns-unasked": "an answer to a question that was not captured: it was lost, or nobody asked",
        "odd-dns-too-many": (
            "{number:d} messages are too many to be kept; what may rest on an answer among them is not judged"
        ),
        "odd-dns-clients": "{number:d} messages of clients beyond {most:d}, who are not counted",
        "odd-dns-open": (
            "DNS: {number:d} questions and answers were not waited for to their end, for more than {most:d} were under "
            "way at once; what came of them later is taken for another's"
        ),
        "odd-dns-second": "a second, different answer to one query; the first is used",
        "odd-dns-spelling": "the question's name is spelt otherwise in the answer than it was asked",
        # What sets links up.
        "odd-too-many-given": "more hosts are given more than is kept",
        "odd-ipcp-offers": (
            "IPCP: {number:d} offers of addresses were forgotten, for more than {most:d} were made; whether one was "
            "taken is not told"
        ),
        "odd-option-over": "option {option:d} runs over the message's end",
        "odd-option-length": "option {option:d} with a length of {length:d}",
        "odd-addresses-length": "a list of addresses of {length:d} bytes",
        "odd-mask": "{mask} is no subnet mask",
        "odd-prefix": "a prefix of {bits:d} bits",
        "odd-length": "a length of {length:d} in {bytes:d} bytes",
        # Files.
        "odd-damage": "{why}; {number:d} bytes left out",
        "odd-unfinished": "{why}; {number:d} bytes of its last record were there",
        "file-cut": "the file ends inside a record (it was cut, or is still being written)",
        "file-growing": "the file was still being written, and is read as far as it went",
        "file-shrank": "the file became shorter while it was read",
        "file-unreadable": "the file cannot be read to its end ({said})",
        "file-is": "{path}: {why}",
        "file-not-there": "{path}: no such file",
        "file-no-capture": "not a capture",
        "file-refused": "{said}",
        "stdin-closed": "-: standard input is closed",
        "file-empty": "empty file, no capture",
        "file-again-and-again": "records broken again and again",
        "file-header-cut": "the file ends inside the pcap file header, after {bytes:d} bytes",
        "file-record-long": "a record of {bytes:d} captured bytes, more than any packet has",
        "file-zeros": "zeros where a record should be (the file was not written to its end, as by a power cut)",
        "file-block-short": "a block too short for its kind",
        "file-block-length": "a block of impossible length {bytes:d}",
        "file-block-lengths": "a block whose lengths at its begin and end differ ({bytes:d}, {again:d})",
        "file-block-packet": "a packet of {bytes:d} captured bytes in a block that has room for fewer",
        "file-section-magic": "a section whose byte-order magic is {magic}",
        "file-section-length": "a section header of impossible length {bytes:d}",
        "file-section-version": "a section of version {major:d}.{minor:d}, which is not read",
        "file-interface": "a packet of interface {interface:d}, which the section has not described",
    },
)
