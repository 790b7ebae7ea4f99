"""Others on a mail port: proxies that ask for a password before, servers of other kinds, and replies in pieces."""

from __future__ import annotations

from base64 import b64encode

from .dialogues import Plot, Writer, body


def behind_socks(w: Writer) -> None:
    """A proxy's log-in before the mail server's greeting: SOCKS (RFC 1929, and the version before), or CONNECT."""
    word = w.secrets.word()
    user, secret, name = w.user.encode(), word.encode(), b"relay.example"
    kind = w.random.choice(("socks5", "socks4", "connect"))
    if kind == "socks5":
        w.raw("C", b"\x05\x02\x00\x02")
        w.raw("S", b"\x05\x02")
        w.raw("C", bytes((1, len(user))) + user + bytes((len(secret),)) + secret)
        w.raw("S", b"\x01\x00")
        w.raw("C", bytes((5, 1, 0, 3, len(name))) + name + b"\x00\x19")
        w.raw("S", b"\x05\x00\x00\x01\xc0\x00\x02\x19\x00\x19")
    elif kind == "socks4":
        w.raw("C", b"\x04\x01\x00\x19\x00\x00\x00\x01" + secret + b"\0" + name + b"\0")
        w.raw("S", b"\x00\x5a\x00\x19\xc0\x00\x02\x19")
    else:
        basic = b64encode(user + b":" + secret).decode()
        w.secrets.planted.add(basic.rstrip("=").encode())
        w.client(f"CONNECT relay.example:25 HTTP/1.1\r\nProxy-Authorization: Basic {basic}\r\nX: {word}\r\n")
        w.server(w.random.choice(("HTTP/1.1 200 Connection established\r\n", f"HTTP/1.1 407 no {w.echo(word)}\r\n")))
    w.begin()
    w.refused_mail()


_LOG_INS = (
    ("220 ftp.example FTP server ready", (("USER {user}", "331 Password required"), ("PASS {word}", "530 {no}"))),
    ("220 ftp.example ready", (("SITE PSWD {word} {word}", "500 {no}"), ("ACCT {word}", "230 {no}"))),
    ("200 news.example NNTP", (("AUTHINFO USER {user}", "381 more"), ("AUTHINFO PASS {word}", "481 {no}"))),
    ('"IMPLEMENTATION" "sieve"\r\nOK', (('AUTHENTICATE "PLAIN" "{token}"', 'NO "{no}"'), ("LOGOUT", "OK"))),
    (":irc.example NOTICE * :hi", (("PASS {word}", ":irc.example 464 {user} :{no}"), ("OPER {user} {word}", "{no}"))),
    ("-NOAUTH", (("AUTH {user} {word}", "-ERR {no}"), ("*2\r\n$4\r\nAUTH\r\n$9\r\n{word}", "-WRONGPASS {no}"))),
    ("220 login:", (("{user}", "331 Password:"), ("{word}", "530 Login incorrect: {no}"), ("", "221 bye"))),
)


def other_servers(w: Writer) -> None:
    """FTP, news, Sieve, chat, a store, a terminal: some with the same codes as SMTP, and its words before or behind."""
    word = w.secrets.word()
    greeting, said = w.random.choice(_LOG_INS)
    token = w.secrets.plain_log_in(w.user, word)
    if w.random.random() < 0.3:
        w.begin()
    w.server(greeting)
    for line, answer in said:
        w.client(line.format(user=w.user, word=word, token=token))
        w.server(answer.format(user=w.user, no=w.echo(word)))
    if w.random.random() < 0.5:
        w.client("EHLO pc.site.example")
        w.server(f"500 5.5.1 {w.echo(word)}")
    w.refused_mail()


def in_pieces(w: Writer) -> None:
    """A reply that repeats the password over two lines, or lines of it that come in another reply's midst."""
    word = "".join(w.random.choices("zqjxkvw", k=w.random.randint(12, 20)))
    w.secrets.keep(word)
    at = w.random.randint(6, len(word) - 6)
    one, two = word[:at], word[at:]
    w.secrets.planted |= {one.encode(), two.encode()}
    w.begin()
    token = w.secrets.plain_log_in(w.user, word)
    w.client(w.random.choice((f"AUTH PLAIN {token}", f"AUTH LOGIN {word}", f"PASS {word}")))
    w.server(
        w.random.choice(
            (
                f"535-5.7.8 bad {one}\r\n535 5.7.8 {two}",
                f"535-5.7.8 you sent\r\n535-{one}\r\n535-{two}\r\n535 which is wrong",
                f"535 5.7.8 bad ({one}\r\n{two})",
                f"535-{one}-\r\n -{two}\r\n535 5.7.8 no",
                f"535 5.7.8 {one} {two}",
                f"535 5.7.8 begins {one}, ends {two}",
            )
        )
    )
    w.refused_mail()


def long_header(w: Writer) -> None:
    """A message whose header is longer than is searched, with the password in it, and a reply that quotes it."""
    word = w.secrets.word()
    w.begin()
    w.mail()
    w.client("DATA")
    w.server("354 go")
    field = f"X-Padding: {'a' * 900}\r\n".encode()
    secret = f"X-Login: {word}\r\nMessage-ID: {word}\r\n".encode()
    behind = w.random.choice((b"", b"\r\n", b"Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\n"))
    for _ in range(w.random.choice((6, 7, 8))):
        w.raw("C", field * 10)
    w.raw("C", field * w.random.randrange(4) + secret + behind + body(w, word))
    w.client(".")
    w.server(w.quoting(word))
    w.refused_mail()


PLOTS: tuple[Plot, ...] = (behind_socks, other_servers, in_pieces, long_header)
