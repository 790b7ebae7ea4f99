"""What is said in the wrong place, the wrong spelling or the wrong protocol, and echoes in every coding there is."""

from __future__ import annotations

import html
import quopri
from base64 import b64encode, urlsafe_b64encode
from codecs import encode
from urllib.parse import quote

from hello import client_hello

from .dialogues import Plot, Writer, body


def _planted(w: Writer, form: str | bytes) -> str | bytes:
    """Remember a form of a secret in which it is said as well."""
    w.secrets.planted.add(form if isinstance(form, bytes) else form.encode())
    return form


def _coded(w: Writer, word: str) -> str:
    """What a server may make of a secret that it says again."""
    utf8 = word.encode()
    form = w.random.choice(
        (
            quopri.encodestring(utf8).decode().replace("=\n", ""),
            quote(word),
            "".join(f"%{byte:02x}" for byte in utf8),
            html.escape(word).encode("ascii", "xmlcharrefreplace").decode(),
            word.encode("unicode_escape").decode(),
            "".join(f"\\x{byte:02x}" for byte in utf8),
            urlsafe_b64encode(utf8).decode(),
            b64encode(b64encode(utf8)).decode(),
            b64encode(word.encode("utf-16-le")).decode(),
            f"=?utf-8?b?{b64encode(utf8).decode()}?=",
            f"=?utf-8?q?{quopri.encodestring(utf8, header=True).decode()}?=",
            utf8.hex(" "),
            utf8.hex(":").upper(),
            encode(word, "rot13"),
            "_".join(word),
            " ".join(word),
            word.replace(" ", "\xa0"),
            f"[{word}]({word})",
            f"https://relay.example/unlock?user={w.user}&token={quote(word)}",
            f"https://{w.user}:{quote(word)}@relay.example/",
            word.encode("utf-7").decode(),
            word.swapcase(),
        )
    )
    if len(form) >= 6:
        _planted(w, form.rstrip("="))
    return form


def coded_echo(w: Writer) -> None:
    """In a refusal of the log-in, in that of the next command, or over several lines."""
    word = w.secrets.word()
    w.begin()
    w.client(f"AUTH PLAIN {w.secrets.plain_log_in(w.user, word)}")
    said = _coded(w, word)
    half = len(said) // 2
    w.server(
        w.random.choice(
            (
                f"535 5.7.8 no: {said}",
                f"535-{said[:half]}\r\n535 {said[half:]}",
                f"535 5.7.8 password='{said}'",
                f"535 {w.user}:{said}@relay.example",
                f"334 {said}",
                said,
            )
        )
    )
    w.client(w.random.choice(("NOOP", "MAIL FROM:<a@site.example>")))
    w.server(f"530 5.7.0 Authentication required ({_coded(w, word)})")
    w.end()


def spelt_oddly(w: Writer) -> None:
    """A log-in as broken clients write it."""
    word = w.secrets.word()
    token = w.secrets.plain_log_in(w.user, word)
    w.begin()
    line = w.random.choice(
        (
            f"AUTH\tPLAIN\t{token}",
            f"  auth   plain   {token}",
            f"AUTH=PLAIN {token}",
            f"AUTHPLAIN {token}",
            f"AUTH PLAIN{token}",
            f"AUTH PLAIN={token}",
            f"AUTH {token} PLAIN",
            f"\ufeffAUTH PLAIN {token}",
            f"AUTH PLAIN {token[:8]} {token[8:]}",
            f"AUTH PLAIN\r{token}",
            f"AUTH PLAIN\0{token}",
            f"AUTH PLAIN {token}\rMAIL FROM:<a@site.example>",
            f"AUTH LOGIN {w.user} {word}",
            f"A\x08AUTH PLAIN {token}",
            f"EHLO pc AUTH PLAIN {token}",
            f"MAIL FROM:<a@site.example>\rAUTH PLAIN {token}",
            f"\xff\xf4\xff\xfdAUTH PLAIN {token}",
        )
    )
    for at in range(2, len(token) - 6):
        _planted(w, token[at:])
    ends = w.random.choice((b"\r\n", b"\n", b"\r", b"\n\r"))
    data = line.encode("utf-16-le" if w.random.random() < 0.1 else "latin-1" if "\xff" in line else "utf-8")
    w.raw("C", data + ends)
    w.server(w.refusal(word, w.random.choice((500, 501, 504, 535))))
    w.refused_mail()


def turned(w: Writer) -> None:
    """Server and client change their parts (RFC 821's TURN, RFC 2645's ATRN): the server sends a message then."""
    word = w.secrets.word()
    w.begin()
    w.client(w.random.choice(("TURN", "ATRN site.example", "ATRN")))
    w.server(w.random.choice(("250 ok", "250 2.0.0 I will", "", "502 no")))
    w.client(w.random.choice(("220 pc.site.example ready", "")))
    w.server("EHLO relay.example")
    w.client("250-pc.site.example\r\n250 AUTH PLAIN")
    if w.random.random() < 0.5:
        w.server(f"AUTH PLAIN {w.secrets.plain_log_in(w.user, word)}")
        w.client(w.refusal(word))
    w.server(f"MAIL FROM:<{w.user}@far.example>")
    w.client("250 ok")
    w.server("RCPT TO:<a@site.example>")
    w.client("250 ok")
    w.server("DATA")
    w.client("354 go")
    w.raw("S", body(w, word) + b".\r\n")
    w.client(f"550 5.7.1 {w.echo(word)}")
    w.server("QUIT")
    w.client("221 bye")


def web_on_mail_port(w: Writer) -> None:
    """A browser, or another's script in it, that speaks HTTP to a mail server, which answers each line."""
    word = w.secrets.word()
    basic = b64encode(f"{w.user}:{word}".encode()).decode()
    _planted(w, basic.rstrip("="))
    odd = _planted(w, word.replace(" ", "+"))
    assert isinstance(odd, str)
    lines = [
        f"POST /login?pass={odd} HTTP/1.1",
        f"Host: {odd}.example:25",
        f"Authorization: Basic {basic}",
        f"Cookie: session={odd}",
        "",
        f"user={w.user}&pass={odd}",
        "EHLO pc.site.example",
        "MAIL FROM:<a@site.example>",
        f"data={word}",
    ]
    if w.random.random() < 0.6:
        w.server("220 relay.example ESMTP")
    if w.random.random() < 0.5:
        w.client("\r\n".join(lines))
        w.server("421 4.7.0 go away")
        return
    for line in lines:
        w.client(line)
        w.server(w.random.choice(("500 5.5.1 what", f"500 5.5.1 unknown: {line}", f"502 {line.partition(chr(32))[0]}")))
    w.end()


def answered_line_by_line(w: Writer) -> None:
    """A refused DATA whose message comes all the same, and is taken for commands, each of which is repeated."""
    word = w.secrets.word()
    w.begin()
    w.mail()
    w.client("DATA")
    w.server(w.random.choice(("554 5.5.1 no", "250 ok", "503 no", "451 later")))
    for line in body(w, word).split(b"\r\n"):
        w.client(line)
        said = line.decode()
        w.server(
            w.random.choice(
                (
                    f"500 5.5.1 Command unrecognized: {said}",
                    f"500 5.5.1 '{said.upper()}'",
                    f"501 5.5.4 Syntax: {said[:20]}",
                    f"503 5.5.0 {said}",
                    "500 what",
                )
            )
        )
    w.client(".")
    w.server("500 5.5.1 .")
    w.refused_mail()


def chunks_of_no_size(w: Writer) -> None:
    """BDAT with sizes that are none, and binary content (RFC 3030) with lines that look like its end."""
    word = w.secrets.word()
    w.begin()
    w.client("MAIL FROM:<a@site.example> BODY=BINARYMIME")
    w.server("250 ok")
    w.client("RCPT TO:<b@far.example>")
    w.server("250 ok")
    text = b"\0\r\n.\r\n" + body(w, word) + b"\0\xff\r\nBDAT 3 LAST\r\n" + word.encode()
    size = len(text)
    said = w.random.choice(
        (
            f"0x{size:x}",
            f"-{size}",
            f"+{size}",
            f"{size}.0",
            f"1e{size}",
            "9" * 30,
            f"{size}LAST",
            "",
            f" {size}  ",
            "LAST",
        )
    )
    w.client(f"BDAT {said}{w.random.choice((' LAST', ' last', ' LAST x', ''))}")
    if w.random.random() < 0.5:
        w.server(w.random.choice(("501 5.5.4 Syntax", "250 ok", "503 no")))
    w.raw("C", text + w.random.choice((b"", b"\r\n", b"\r\n.\r\n")))
    w.server(w.quoting(word))
    w.end()


def behind_a_proxy(w: Writer) -> None:
    """The PROXY protocol's line and header, with fields that balancers add, and forms that are none."""
    word = w.secrets.word()
    secret = word.encode()
    field = bytes((w.random.choice((0x02, 0x05, 0x20, 0xE0, 0xEA)),)) + len(secret).to_bytes(2) + secret
    ends = bytes((192, 168, 1, 10, 192, 0, 2, 25, 4, 1, 0, 25))
    signature = b"\r\n\r\n\0\r\nQUIT\n"
    w.raw(
        "C",
        w.random.choice(
            (
                signature + b"\x21\x11" + len(ends + field).to_bytes(2) + ends + field,
                signature + b"\x21\x11" + len(ends).to_bytes(2) + ends + field + b"\r\n",
                signature + b"\x31\x11" + len(ends + field).to_bytes(2) + ends + field + b"\r\n",
                b"PROXY UNKNOWN " + secret + b"\r\n",
                b"PROXY TCP4 192.168.1.10 192.0.2.25 1025 25 " + secret + b"\r\n",
                b"PROXY " + secret + b"\r\n",
            )
        ),
    )
    w.begin()
    w.refused_mail()


def hello_with_password(w: Writer) -> None:
    """In the form that URLs have."""
    word = w.secrets.word().replace(" ", "")
    _planted(w, word)
    w.server("220 relay.example ESMTP")
    w.client(w.random.choice((f"EHLO {w.user}:{word}@pc.example", f"HELO smtp://{w.user}:{word}@relay.example:25/")))
    w.server(f"250 relay.example Hello {w.user}:{word}@pc.example, pleased to meet you")
    w.refused_mail()


def behind_the_end(w: Writer) -> None:
    """Somebody goes on behind QUIT, or behind 421."""
    word = w.secrets.word()
    w.begin()
    if w.random.random() < 0.5:
        w.server("421 4.3.2 closing")
    else:
        w.end()
    w.client(f"AUTH PLAIN {w.secrets.plain_log_in(w.user, word)}")
    w.client(word)
    w.server(w.refusal(word))


def on_another_port(w: Writer) -> None:
    """Protocols that greet as SMTP does, or speak SASL: FTP, NNTP, ManageSieve; and SMTP itself."""
    word = w.secrets.word()
    w.begin()
    w.refused_mail()
    token = w.secrets.plain_log_in(w.user, word)
    port, greeting, lines = w.random.choice(
        (
            (b"21", "220 ftp.example ready", [f"USER {w.user}", f"PASS {word}", "HELP", "QUIT"]),
            (b"2121", "220-hi\r\n220 ftp", [f"USER {word}", f"PASS {word}", f"EHLO {w.user}", "NOOP"]),
            (b"119", "200 news", [f"AUTHINFO USER {w.user}", f"AUTHINFO PASS {word}", "QUIT"]),
            (b"4190", '"IMPLEMENTATION" "x"\r\nOK', [f'AUTHENTICATE "PLAIN" "{token}"', "LOGOUT"]),
            (b"2525", "220 relay ESMTP", ["EHLO pc", f"AUTH PLAIN {token}", f"PASS {word}", "QUIT"]),
            (b"4000", "220 relay ESMTP", ["EHLO pc", f"AUTH PLAIN {token}", "MAIL FROM:<a@b.example>", word]),
        )
    )
    w.raw("@", port)
    w.server(greeting)
    for line in lines:
        w.client(line)
        heard = word in line or token in line
        w.server(w.refusal(word, w.random.choice((331, 530, 500))) if heard else "250 ok")


def line_without_end(w: Writer) -> None:
    """Longer than any line that is kept, with the secret where it may be cut."""
    word = w.secrets.word()
    w.begin()
    before = "x" * w.random.choice((480, 990, 1000, 12_270, 12_288, 13_000))
    line = w.random.choice((f"MAIL FROM:<a@site.example> X={before}{word}", f"EHLO {before} {word}", f"{before}{word}"))
    w.client(line)
    w.server(w.random.choice((f"500 5.5.2 line too long: {word}", f"500 {before}{word}", "250 ok")))
    w.refused_mail()


def all_ahead(w: Writer) -> None:
    """A client that waits for nothing, and replies that come at the end, some of them of the message's words."""
    word, other = w.secrets.word(), w.secrets.word()
    w.server("220 relay.example ESMTP")
    tries = w.random.choice((1, 2, 100))
    said = [f"AUTH PLAIN {w.secrets.plain_log_in(w.user, word)}"] * tries
    head = "\r\n".join(["EHLO pc.example", *said, "MAIL FROM:<a@site.example>", "RCPT TO:<b@far.example>", "DATA"])
    w.raw("C", head.encode() + b"\r\n" + body(w, other) + b".\r\nQUIT\r\n")
    w.server("250-relay.example\r\n250 AUTH PLAIN")
    for _ in range(tries):
        w.server(w.refusal(word))
    w.server("250 ok")
    w.server(w.random.choice(("250 ok", f"530 5.7.0 Authentication required, {w.echo(word)}")))
    w.server(w.random.choice(("354 go", "503 no")))
    w.server(w.quoting(other))
    w.server("221 bye")


def wide_letters(w: Writer) -> None:
    """Passwords in UTF-16 (as NTLM has them), and in the letters of another code page."""
    word = w.secrets.word()
    coding = w.random.choice(("utf-16-le", "utf-16-be", "utf-16", "cp437", "mac-roman"))
    data = word.encode(coding, "replace")
    token = b64encode(b"\0" + w.user.encode() + b"\0" + data).decode()
    _planted(w, token.rstrip("="))
    _planted(w, b64encode(data).rstrip(b"="))
    _planted(w, data)
    w.begin()
    w.client(f"AUTH PLAIN {token}")
    w.raw("S", b"535 5.7.8 " + w.random.choice((data, b"<" + data + b">", b64encode(data))) + b"\r\n")
    w.refused_mail()


def named_to_a_web_server(w: Writer) -> None:
    """A secret in the name that TLS tells in the clear."""
    word = "".join(w.random.choices("zqjxkvw", k=12))
    w.secrets.keep(word)
    w.begin()
    w.refused_mail()
    w.raw("@", b"443")
    w.raw("C", client_hello(w.random.choice((f"{word}.webmail.isp.example", f"{word}.dns.google", word))))


PLOTS: tuple[Plot, ...] = (
    coded_echo,
    spelt_oddly,
    turned,
    web_on_mail_port,
    answered_line_by_line,
    chunks_of_no_size,
    behind_a_proxy,
    hello_with_password,
    behind_the_end,
    on_another_port,
    line_without_end,
    all_ahead,
    wide_letters,
    named_to_a_web_server,
)
