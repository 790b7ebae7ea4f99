"""Dialogues with secrets in them, and servers that repeat them: what people, clients and servers do, and worse."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from random import Random

from .secrets import Secrets

Said = list[tuple[str, bytes]]
"""Who speaks (`C`, `S`), and what; `c`, `s`: the same, but it was not captured; `+`: the connection's ports are used by
another from here on, whose SYN was not captured; `@`: the client opens another connection, to this port."""

HELLO = b"\x16\x03\x01\x00\x30\x01\x00\x00\x2c\x03\x03" + bytes(range(0x80, 0xA0)) + bytes(10)
ALERT = b"\x15\x03\x01\x00\x02\x02\x28"


def _record(random: Random) -> bytes:
    body = random.randbytes(random.randint(20, 400))
    return b"\x17\x03\x03" + len(body).to_bytes(2) + body


class Writer:
    """Writes one dialogue."""

    def __init__(self, random: Random, secrets: Secrets) -> None:
        self.random, self.secrets = random, secrets
        self.said: Said = []
        self.user = f"user{random.randrange(1000)}"

    def client(self, line: str | bytes, *, lost: bool = False) -> None:
        self._say("c" if lost else "C", line)

    def server(self, line: str | bytes, *, lost: bool = False) -> None:
        self._say("s" if lost else "S", line)

    def _say(self, who: str, line: str | bytes) -> None:
        self.said.append((who, (line if isinstance(line, bytes) else line.encode()) + b"\r\n"))

    def raw(self, who: str, data: bytes) -> None:
        self.said.append((who, data))

    def begin(self) -> None:
        self.server("220 relay.example ESMTP")
        self.client("EHLO pc.site.example")
        self.server("250-relay.example\r\n250-AUTH PLAIN LOGIN\r\n250-STARTTLS\r\n250 CHUNKING")

    def mail(self) -> None:
        self.client(f"MAIL FROM:<{self.user}@site.example>")
        self.server("250 2.1.0 Ok")
        self.client("RCPT TO:<b@far.example>")
        self.server("250 2.1.5 Ok")

    def refused_mail(self) -> None:
        self.client("MAIL FROM:<a@site.example>")
        self.server("530 5.7.0 Authentication required")
        self.end()

    def end(self) -> None:
        self.client("QUIT")
        self.server("221 2.0.0 Bye")

    def echo(self, secret: str) -> str:
        """What a server may say of it."""
        words = secret.split()
        form = self.random.choice(
            (
                secret,
                secret.lower(),
                secret.upper(),
                f'"{secret}"',
                f"<{secret}>",
                b64encode(secret.encode()).decode(),
                secret[: max(4, len(secret) * 3 // 4)],
                words[-1],
                secret.encode().hex(),
                f"{self.user}/{secret}",
                f"pass={secret}&user={self.user}",
                "-".join(secret),
                secret[::-1],
            )
        )
        for one in (secret, secret.lower(), secret.upper(), secret[::-1], secret.encode().hex(), "-".join(secret)):
            self.secrets.planted.add(one.encode())
        if len(form) >= 6:
            self.secrets.planted.add(form.encode().rstrip(b"="))
        return form

    def refusal(self, secret: str, code: int = 535) -> str:
        """A reply that repeats it, with its code."""
        said = self.echo(secret)
        return self.random.choice(
            (
                f"{code} 5.7.8 bad password {said} for {self.user}",
                f"{code} {said}",
                f"{code}-{said}\r\n{code} Error",
                f"{code} 5.7.8 Error: authentication failed: {said}",
                f"{code}: {said}",
                f"5.7.8 {said}",
                f"no such thing as {said}",
            )
        )

    def quoting(self, word: str) -> str:
        """A refusal of a message with words of it."""
        loud = word.upper()
        said = self.random.choice((word, loud, f'"{word}"', f"<{word}>", word[: max(4, len(word) * 3 // 4)]))
        self.secrets.planted.add(said.strip('"<>').encode())
        return self.random.choice((f"554 5.7.1 rejected: contains {said}", f"550-{said}\r\n550 spam", f"4.7.0 {said}"))


Plot = Callable[[Writer], None]


def auth_plain(w: Writer) -> None:
    word = w.secrets.word()
    w.begin()
    w.client(f"AUTH PLAIN {w.secrets.plain_log_in(w.user, word)}")
    w.server(w.random.choice((w.refusal(word), "235 2.7.0 ok")))
    if w.random.random() < 0.5:
        w.client("MAIL FROM:<a@site.example>")
        w.server(f"530 5.7.0 Authentication required of {word}")
    w.end()


def auth_login(w: Writer) -> None:
    word = w.secrets.word()
    w.begin()
    w.client(w.random.choice(("AUTH LOGIN", "auth login")))
    w.server("334 VXNlcm5hbWU6")
    w.client(b64encode(w.user.encode()))
    w.server("334 UGFzc3dvcmQ6")
    w.client(b64encode(word.encode()))
    w.server(w.refusal(word))
    w.refused_mail()


def auth_in_two_steps(w: Writer) -> None:
    word = w.secrets.word()
    w.begin()
    w.client("AUTH PLAIN")
    w.server(w.random.choice(("334 ", "334", "334 go on")))
    w.client(w.secrets.plain_log_in(w.user, word))
    w.server(w.refusal(word))
    w.end()


def odd_mechanism(w: Writer) -> None:
    word = w.secrets.word()
    w.begin()
    name = w.random.choice(("X-ODD", "x_odd", "Wizard", "X-VERY-LONG-NAME-OF-A-MECHANISM", "PLAIN:", "PLAIN=", ""))
    w.client(f"AUTH {name} {word}".replace("  ", " "))
    w.server(w.refusal(word, 504))
    w.end()


def password_as_command(w: Writer) -> None:
    word = w.secrets.word()
    w.begin()
    w.client(
        w.random.choice(("PASS {}", "USER bob {}", "{}", "LOGIN bob {}", "HELP {}", "NOOP {}", "EXPN {}")).format(word)
    )
    w.server(w.refusal(word, 500))
    if w.random.random() < 0.5:
        w.server(w.refusal(word, 500))
    w.refused_mail()


def typed(w: Writer) -> None:
    word = w.secrets.word()
    w.begin()
    line = f"AUTH LOGIN {b64encode(w.user.encode()).decode()}\r\n"
    for at in range(len(line)):
        w.raw("C", line[at : at + 1].encode())
    w.server("334 UGFzc3dvcmQ6")
    for byte in f"{word}\x7f{word[-1]}\r\n".encode():
        w.raw("C", bytes((byte,)))
    w.server(w.refusal(word))
    w.end()


def argument(w: Writer) -> None:
    word = w.secrets.word()
    w.begin()
    form = w.random.choice(
        (
            "XCLIENT LOGIN={}",
            "XCLIENT ADDR=192.0.2.9 LOGIN={}",
            "XFORWARD NAME={}",
            "VRFY {}",
            "ETRN {}",
            "MAIL FROM:<a@site.example> AUTH={}",
            "MAIL FROM:<a@site.example> ENVID={} SIZE=100",
            "RCPT TO:<b@far.example> ORCPT=x;{}",
            "BURL imap://a@site.example/x;urlauth=submit+a:internal:{} LAST",
            "MAIL {}",
            "RCPT {}",
            "DATA {}",
            "STARTTLS {}",
            "RSET {}",
            "BDAT {}",
        )
    )
    w.client(form.format(word.replace(" ", "+20") if "=" in form else word))
    w.secrets.planted.add(word.replace(" ", "+20").encode())
    w.server(w.refusal(word, 501))
    w.end()


def tls_fails(w: Writer) -> None:
    word = w.secrets.word()
    w.begin()
    w.client("STARTTLS")
    w.server("220 2.0.0 go")
    w.raw("C", HELLO if w.random.random() < 0.7 else HELLO[:-20])
    if w.random.random() < 0.7:
        w.raw("S", ALERT)
    w.client(f"AUTH PLAIN {w.secrets.plain_log_in(w.user, word)}")
    w.server(w.refusal(word))


def ports_used_again(w: Writer) -> None:
    word = w.secrets.word()
    w.begin()
    w.client("STARTTLS")
    w.server("220 2.0.0 go")
    w.raw("C", HELLO)
    w.raw("S", HELLO)
    for _ in range(w.random.randrange(4)):
        w.raw("C", _record(w.random))
        w.raw("S", _record(w.random))
    if w.random.random() < 0.3:
        w.raw("C", _record(w.random)[:-10])
    w.raw("+", b"")
    w.client(f"AUTH PLAIN {w.secrets.plain_log_in(w.user, word)}")
    w.server(w.refusal(word))
    w.client(word)


def body(w: Writer, word: str) -> bytes:
    """A message, some of whose lines look like commands and replies."""
    lines = [
        "Subject: " + word,
        "From: a@site.example",
        "",
        f"MAIL FROM:<{word}@site.example>",
        f"Mail from: {word}",
        f"RCPT TO:<{word.replace(' ', '')}@far.example> {word}",
        f"EHLO {word.split()[0]}",
        f"AUTH PLAIN {b64encode(word.encode()).decode()}",
        f"auth {word}",
        f"Help {word}",
        f"530 5.7.0 {word}",
        f"250 {word}",
        f"vrfy {word}",
        word,
        "QUIT",
        "RSET",
    ]
    w.secrets.planted.add(word.replace(" ", "").encode())
    first, rest = lines[:1], lines[1:]
    w.random.shuffle(rest)
    return "\r\n".join(first + rest[: w.random.randint(2, len(rest))]).encode() + b"\r\n"


def message(w: Writer) -> None:
    word = w.secrets.keep(w.secrets.word())
    w.begin()
    w.mail()
    lost = w.random.choice(("", "", "d", "s", "ds"))
    w.client("DATA", lost="d" in lost)
    w.server("354 go", lost="s" in lost)
    w.raw("C", body(w, word))
    w.client(".", lost=w.random.random() < 0.2)
    w.server(w.random.choice(("250 2.0.0 Ok: queued", w.quoting(word))))
    w.end()


def refused_message(w: Writer) -> None:
    word = w.secrets.word()
    w.begin()
    w.mail()
    w.client("DATA")
    w.server(w.random.choice(("250 ok", "503 no", "500 what", "554 5.5.1 no", "220 x", "ok", "")))
    w.raw("C", body(w, word))
    w.client(".")
    w.server("500 what")
    w.server(w.refusal(word, 500))
    w.end()


def chunks(w: Writer) -> None:
    word = w.secrets.word()
    w.begin()
    w.mail()
    text = body(w, word)
    refused = w.random.choice(("503 no", "", ""))
    w.client(f"BDAT {len(text)} LAST")
    w.raw("C", text)
    if "503" in refused:
        w.server(refused)
    else:
        w.server(w.random.choice(("250 ok", w.quoting(word))))
    w.end()


def line_not_captured(w: Writer) -> None:
    word = w.secrets.word()
    w.begin()
    w.client(f"AUTH PLAIN {w.secrets.plain_log_in(w.user, word)}", lost=True)
    w.server(w.refusal(word, w.random.choice((535, 501, 500, 503, 550))))
    w.refused_mail()


def begun_amid(w: Writer) -> None:
    word = w.secrets.word()
    w.raw("c", b"EHLO x\r\n")
    if w.random.random() < 0.5:
        w.client(w.random.choice((word, w.secrets.plain_log_in(w.user, word))))
    w.server(w.refusal(word))
    w.refused_mail()


PLOTS: tuple[Plot, ...] = (
    auth_plain,
    auth_login,
    auth_in_two_steps,
    odd_mechanism,
    password_as_command,
    typed,
    argument,
    tls_fails,
    ports_used_again,
    message,
    refused_message,
    chunks,
    line_not_captured,
    begun_amid,
)
