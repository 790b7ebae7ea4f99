"""Log-ins of every other kind: SASL's mechanisms, in the clear where TLS was refused, to mailboxes and to web pages."""

from __future__ import annotations

import json
from base64 import b64encode
from hashlib import md5

from .dialogues import HELLO, Plot, Writer, body


def _token(w: Writer, text: str) -> str:
    """A text with a secret in it, as SASL sends it; that is a secret too."""
    token = b64encode(text.encode()).decode()
    w.secrets.planted.add(token.encode().rstrip(b"="))
    return token


def bearer(w: Writer) -> None:
    """XOAUTH2, and RFC 7628, whose server may say why it refuses in a challenge."""
    word = w.secrets.word()
    w.begin()
    user = f"{w.user}@site.example"
    mechanism, said = w.random.choice(
        (
            ("XOAUTH2", f"user={user}\1auth=Bearer {word}\1\1"),
            ("OAUTHBEARER", f"n,a={user},\1host=relay.example\1port=25\1auth=Bearer {word}\1\1"),
        )
    )
    _sent_after(w, mechanism, _token(w, said))
    if w.random.random() < 0.7:
        why = _token(w, json.dumps({"status": "401", "scope": word, "schemes": "bearer"}))
        w.server(w.random.choice((f"334 {why}", f"334 {word}")))
        w.client(w.random.choice(("AQ==", "", "*", b64encode(word.encode()))))
    w.server(w.random.choice((w.refusal(word), "235 2.7.0 ok")))
    w.refused_mail()


def _sent_after(w: Writer, mechanism: str, token: str) -> None:
    if w.random.random() < 0.6:
        w.client(f"AUTH {mechanism} {token}")
        return
    w.client(f"AUTH {mechanism}")
    w.server(w.random.choice(("334 ", "334 eyJnbyI6Im9uIn0=")))
    w.client(token)


def challenged(w: Writer) -> None:
    """CRAM-MD5, SCRAM, DIGEST-MD5, NTLM: what answers a challenge lets the password be guessed."""
    word = w.secrets.word()
    nonce = "".join(w.random.choices("ghilmnop", k=12))  # letters of no secret: it may be shown
    proof = w.secrets.keep(b64encode(w.random.randbytes(24)).decode())
    digest = w.secrets.keep(md5(word.encode(), usedforsecurity=False).hexdigest())
    steps = w.random.choice(
        (
            ("CRAM-MD5", "", f"<{w.random.randrange(10**9)}@relay.example>", f"{w.user} {digest}"),
            ("SCRAM-SHA-256", f"n,,n={w.user},r={nonce}", f"r={nonce}9,s=QSXCR,i=4096", f"c=biws,r={nonce}9,p={proof}"),
            ("DIGEST-MD5", "", f'realm="relay",nonce="{nonce}"', f'username="{w.user}",response={digest}'),
            ("NTLM", f"NTLMSSP\0\1{word}", f"NTLMSSP\0\2{nonce}", f"NTLMSSP\0\3{word}{proof}"),
        )
    )
    mechanism, first, challenge, answer = steps
    w.begin()
    w.client(f"AUTH {mechanism}" + (f" {_token(w, first)}" if first else ""))
    w.server(f"334 {b64encode(challenge.encode()).decode()}")  # no secret without its answer
    w.client(_token(w, answer))
    if w.random.random() < 0.4:
        w.server(f"334 {_token(w, f'v={proof}')}")
        w.client("")
    w.server(w.random.choice((w.refusal(word), w.refusal(digest), w.refusal(proof), "235 2.7.0 ok")))
    w.refused_mail()


def prompted(w: Writer) -> None:
    """AUTH LOGIN with prompts as they are in other lands, one of which repeats what was typed in the wrong field."""
    word = w.secrets.word()
    w.begin()
    w.client("AUTH LOGIN")
    w.server(w.random.choice(("334 VXRpbGlzYXRldXIgOg==", "334 Utilisateur :", "334-Benutzer\r\n334 bitte", "334")))
    w.client(w.random.choice((b64encode(word.encode()), word.encode())))
    asked = w.random.choice(("Mot de passe de {} :", "Contraseña ({}):", "Passwort für {}", "{}"))
    spoken = asked.format(w.echo(word))
    w.server("334 " + w.random.choice((spoken, _token(w, spoken))))
    w.client(w.random.choice((b64encode(word.encode()), word.encode(), b"*")))
    w.server(w.refusal(word, w.random.choice((535, 501, 454))))
    w.refused_mail()


def starttls_refused(w: Writer) -> None:
    """The client logs in all the same, at once or ahead of the answer; or the answer is yes, and it had been ahead."""
    word = w.secrets.word()
    w.begin()
    log_in = f"AUTH PLAIN {w.secrets.plain_log_in(w.user, word)}\r\n".encode()
    answer = w.random.choice(("454 4.7.0 TLS not available", "502 5.5.1 no", "220 2.0.0 go", "", "220-wait\r\n220 go"))
    if w.random.random() < 0.6:
        w.raw("C", b"STARTTLS\r\n" + log_in)
        w.server(answer)
    else:
        w.client("STARTTLS")
        w.server(answer)
        w.raw("C", log_in)
    if answer.startswith("220") and w.random.random() < 0.5:
        w.raw("C", HELLO)
    w.server(w.refusal(word))
    w.refused_mail()


def local_delivery(w: Writer) -> None:
    """LMTP (RFC 2033): a reply for each recipient behind the message, and each may quote it."""
    word = w.secrets.word()
    w.server("220 relay.example LMTP")
    w.client("LHLO pc.site.example")
    w.server("250-relay.example\r\n250 PIPELINING")
    w.mail()
    w.client("RCPT TO:<c@far.example>")
    w.server("250 2.1.5 Ok")
    w.client("DATA")
    w.server("354 go")
    w.raw("C", body(w, word))
    w.client(".")
    w.server("250 2.0.0 <b@far.example> saved")
    w.server(w.quoting(word))
    w.end()


def chunks_of_wrong_size(w: Writer) -> None:
    """BDAT (RFC 3030) that announces more or less than comes, in several, pipelined or one by one."""
    word = w.secrets.word()
    w.begin()
    w.mail()
    ahead = w.random.random() < 0.5
    for number in range(count := w.random.randint(1, 3)):
        text = body(w, word)
        size = max(0, len(text) + w.random.choice((0, 0, -1, -9, -len(text), 3, 40)))
        head = f"BDAT {size}{' LAST' if number == count - 1 else ''}\r\n".encode()
        w.raw("C", head + text if ahead else head)
        if not ahead:
            w.raw("C", text)
            w.server(w.random.choice(("250 2.0.0 Ok", "503 no", w.quoting(word))))
    w.server(w.random.choice(("250 2.0.0 Ok", w.quoting(word))))
    w.end()


def chunks_up_to_a_line(w: Writer) -> None:
    """The same, where every line of the message is a command, and what is announced ends where one of them does."""
    word = w.secrets.word()
    plain = word.replace(" ", "")
    w.secrets.planted.add(plain.encode())
    w.begin()
    w.mail()
    commands = (f"MAIL FROM:<{plain}@site.example>", f"RCPT TO:<{plain}@far.example>", f"EHLO {plain}")
    others = (f"VRFY {plain}", f"HELP {plain}", "RSET", "NOOP", "QUIT", "DATA", ".")
    ahead = w.random.random() < 0.5
    for number in range(count := w.random.randint(1, 3)):
        lines = [*w.random.choices(commands, k=w.random.randint(1, 2)), *w.random.choices(others, k=2)]
        w.random.shuffle(lines)
        text = "".join(f"{line}\r\n" for line in lines).encode()
        last = " LAST" if number == count - 1 else ""
        sizes = [sum(len(line) + 2 for line in lines[:upto]) for upto in range(len(lines) + 1)]
        sizes += [len(text) + len(f"BDAT {len(text)}{last}\r\n") + size for size in sizes]
        head = f"BDAT {w.random.choice(sizes)}{last}\r\n".encode()
        lost = w.random.random() < 0.1
        w.raw("c" if lost else "C", head)
        w.raw("C", text)
        if not ahead:
            w.server(w.random.choice(("250 2.0.0 Ok", "503 no", w.quoting(word))))
    for _ in range(w.random.randint(1, count + 2)):
        w.server(w.random.choice(("250 2.0.0 Ok", "503 5.5.1 no", w.quoting(word))))
    w.end()


def parameters(w: Writer) -> None:
    """Of MAIL and RCPT, which are accepted (RFC 4954 section 5, RFC 3461)."""
    word = w.secrets.word()
    w.begin()
    xtext = "".join(c if c.isalnum() and c.isascii() else "".join(f"+{b:02X}" for b in c.encode()) for c in word)
    w.secrets.planted.add(xtext.encode())
    form = w.random.choice((" AUTH={}", " SIZE=9 AUTH=<{}> BODY=8BITMIME", " RET=HDRS ENVID={}", " X-KEY={}", " {}"))
    w.client("MAIL FROM:<a@site.example>" + form.format(xtext))
    w.server("250 2.1.0 Ok")
    w.client("RCPT TO:<b@far.example>" + w.random.choice((" ORCPT=rfc822;{}", " NOTIFY=NEVER,{}")).format(xtext))
    w.server(w.random.choice((f"530 5.7.0 Authentication required of {w.echo(word)}", "250 2.1.5 Ok")))
    w.end()


def _report(w: Writer, word: str) -> str:
    """A delivery report that is told of, with secrets wherever a message has them."""
    w.secrets.planted.add(word.replace(" ", "").encode())
    return "\r\n".join(
        (
            f"Received: from {word.replace(' ', '')}.example (a {word}) by mx.example; Tue, 14 Nov 2023 22:00:00 +0000",
            f"X-Password: {word}",
            f"Subject: {word}",
            'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
            "",
            "--b",
            "",
            f"Your mail could not be delivered. {word}",
            "--b",
            "Content-Type: message/delivery-status",
            "",
            f"Reporting-MTA: dns; mx.example\r\nOriginal-Envelope-Id: {word}\r\nX-Key: {word}",
            "",
            "Final-Recipient: rfc822; b@far.example\r\nAction: failed\r\nStatus: 5.7.1",
            f"X-Note: {word}",
            "--b",
            "Content-Type: message/rfc822",
            "",
            f"Subject: {word}\r\nMessage-ID: <1@site.example>\r\nX-Token: {word}\r\n\r\n{word}",
            "--b--",
        )
    )


def by_pop(w: Writer) -> None:
    """A mailbox is opened (RFC 1939), and a report of mail that came back is fetched from it."""
    word = w.secrets.word()
    w.begin()
    w.refused_mail()
    w.raw("@", b"110")
    w.server("+OK ready <1896.697170952@relay.example>")
    digest = w.secrets.keep(md5(word.encode(), usedforsecurity=False).hexdigest())
    for line in w.random.choice(
        (
            (f"USER {w.user}", f"PASS {word}"),
            (f"USER {word}", f"PASS {word}"),
            (f"APOP {w.user} {digest}",),
            (f"AUTH PLAIN {w.secrets.plain_log_in(w.user, word)}",),
            ("AUTH PLAIN", w.secrets.plain_log_in(w.user, word)),
        )
    ):
        w.client(line)
        w.server("+ " if line == "AUTH PLAIN" else w.random.choice(("+OK", f"+OK {word}")))
    if w.random.random() < 0.3:
        w.client(f"PASS {word}")
        w.server(f"-ERR {w.echo(word)}")
    w.client(w.random.choice(("RETR 1", "TOP 1 99")))
    w.raw("S", f"+OK\r\n{_report(w, word)}\r\n.\r\n".encode())
    w.client("QUIT")
    w.server("+OK")


def by_imap(w: Writer) -> None:
    """The same (RFC 9051), with literals that are sent at once (RFC 7888) or when they are asked for."""
    word = w.secrets.word()
    w.begin()
    w.refused_mail()
    w.raw("@", b"143")
    w.server("* OK ready")
    size = len(word.encode())
    kind = w.random.choice(("quoted", "at-once", "literal", "plain", "in-steps"))
    if kind == "quoted":
        w.client(f'a1 LOGIN "{w.user}" "{word}"')
    elif kind == "at-once":
        w.client(f"a1 LOGIN {{{len(w.user)}+}}\r\n{w.user} {{{size}+}}\r\n{word}")
    elif kind == "literal":
        w.client(f"a1 LOGIN {w.user} {{{size}}}")
        w.server("+ go on")
        w.client(word)
    elif kind == "plain":
        w.client(f"a1 AUTHENTICATE PLAIN {w.secrets.plain_log_in(w.user, word)}")
    else:
        w.client("a1 AUTHENTICATE LOGIN")
        w.server("+ VXNlcm5hbWU6")
        w.client(b64encode(w.user.encode()))
        w.server("+ UGFzc3dvcmQ6")
        w.client(b64encode(word.encode()))
    w.server(w.random.choice((f"a1 OK {word}", "a1 OK in", f"a1 NO {w.echo(word)}")))
    w.client("a2 FETCH 1 BODY[]")
    report = _report(w, word).encode()
    w.raw("S", b"* 1 FETCH (BODY[] {%d}\r\n%s)\r\na2 OK\r\n" % (len(report), report))


def on_the_web(w: Writer) -> None:
    """A webmail by HTTP, with the password wherever people and programs put it."""
    word = w.secrets.word()
    w.begin()
    w.refused_mail()
    w.raw("@", w.random.choice((b"80", b"8080", b"3128")))
    plain = _token(w, f"{w.user}:{word}")
    odd = word.replace(" ", "%20")
    w.secrets.planted.add(odd.encode())
    target, host = w.random.choice(
        (
            ("/", "webmail.isp.example"),
            (f"/?user={w.user}&pass={odd}", "webmail.isp.example"),
            ("/", f"{w.user}:{odd}@webmail.isp.example"),
            ("/", f"{odd}@webmail.isp.example"),
            (f"http://{w.user}:{odd}@webmail.isp.example/", "webmail.isp.example"),
            (f"http://{odd}@webmail.isp.example/", ""),
        )
    )
    method = w.random.choice(("GET", "POST"))
    if w.random.random() < 0.2:
        method, target = "CONNECT", w.random.choice((f"{w.user}:{odd}@webmail.isp.example:443", f"{odd}@isp.example"))
    fields = [f"{method} {target} HTTP/1.1", f"Host: {host}", f"Authorization: Basic {plain}", f"Cookie: k={odd}"]
    content = f"user={w.user}&pass={odd}"
    w.client("\r\n".join([*fields, f"Content-Length: {len(content)}", "", content]))
    w.server(f"HTTP/1.1 401 no\r\nX-Said: {word}\r\n\r\n{w.echo(word)}")


PLOTS: tuple[Plot, ...] = (
    bearer,
    challenged,
    prompted,
    starttls_refused,
    local_delivery,
    chunks_of_wrong_size,
    chunks_up_to_a_line,
    parameters,
    by_pop,
    by_imap,
    on_the_web,
)
