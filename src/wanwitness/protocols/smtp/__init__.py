"""SMTP dialogues: the two directions' bytes in, every command with its reply out; free of I/O.

    bytes ─► LineReader ─► Client  (commands, AUTH lines, DATA and BDAT content) ─► Ledger ─► Dialogue
                       └─► Server  (multi-line replies)                          ─┘

- `dialogue.py`      the parser that callers use
- `client.py`        what the client's bytes are: its states, and what each waits for
- `command_lines.py` its lines: commands, answers to AUTH, and what could be either or a message's words
- `withheld.py`      what may be a message's words, and what was said until that is known
- `messages.py`      the messages that it sends, by DATA and by BDAT
- `ledger.py`        which reply belongs to which command, also pipelined and across gaps
- `transactions.py`  the finished exchanges read as mail transactions, HELO name, offers, AUTH
- `command.py`, `reply_line.py`, `reply.py`, `content.py`, `lines.py`, `inbox.py`, `tls.py`  one piece of syntax each
- `vocabulary.py`, `mechanisms.py`, `remarks.py`  servers' words, SASL's names, what is odd, bounded
- `keystrokes.py`, `preface.py`  what terminals and load balancers add, and is none of SMTP
- `echo.py`, `codings.py`  keep secrets out of replies that repeat them, in whatever coding
- `probe.py`         whether it is SMTP at all
"""

from .dialogue import DialogueParser

__all__ = ["DialogueParser"]
