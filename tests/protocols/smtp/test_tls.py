"""What a handshake chose at random, as OpenSSL makes it."""

from __future__ import annotations

import ssl
from contextlib import suppress
from pathlib import Path

from wanwitness.model import Direction, FrameRef
from wanwitness.protocols.smtp import DialogueParser


def test_the_clients_random_is_the_one_that_openssl_logs(tmp_path: Path) -> None:
    """Its key log names each connection by it. Anonymous key exchange needs no certificate."""
    ends = []
    for side in (ssl.PROTOCOL_TLS_CLIENT, ssl.PROTOCOL_TLS_SERVER):
        context = ssl.SSLContext(side)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers("AECDH-AES256-SHA:@SECLEVEL=0")
        ends.append(context)
    ends[0].keylog_filename = str(tmp_path / "keys.log")
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    sides: list[tuple[Direction, ssl.SSLObject, ssl.MemoryBIO]] = [
        ("orig", ends[0].wrap_bio(down, up), up),
        ("resp", ends[1].wrap_bio(up, down, server_side=True), down),
    ]
    parser, at = DialogueParser(mail_port=True), 0
    while at < 4:  # two flights each
        for direction, end, out in sides:
            with suppress(ssl.SSLWantReadError):
                end.do_handshake()
            data, at = out.read(), at + 1
            parser.data(direction, data, FrameRef(0, at), at)
            out.write(data)
    dialogue = parser.close(at)
    assert dialogue is not None and dialogue.implicit_tls
    logged = (tmp_path / "keys.log").read_text().splitlines()[-1].split()
    assert logged[0] == "CLIENT_RANDOM"
    assert dialogue.tls_randoms.client == bytes.fromhex(logged[1])
    assert dialogue.tls_randoms.server not in (None, dialogue.tls_randoms.client)
