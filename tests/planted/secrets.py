"""Words that must be nowhere in an output: passwords as people have them, and what a message says."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, field
from random import Random

_ODD = "zqjxkvw"
"""Letters that no hexadecimal figure has, so that no short secret stands in an output by chance."""
_ACCENTED = "éàôüñç"
_SIGNS = "!@#$%&?~^"


@dataclass(slots=True)
class Secrets:
    """Makes secrets, and remembers them and every form in which one was sent."""

    random: Random
    planted: set[bytes] = field(default_factory=set)

    def word(self) -> str:
        """A password."""
        kind = self.random.choice(("plain", "capitals", "mixed", "short", "accented", "signs", "phrase", "figures"))
        letters = self._letters
        made = {
            "plain": lambda: letters(9),
            "capitals": lambda: letters(6).upper() + str(self.random.randrange(10)) + letters(4).upper(),
            "mixed": lambda: letters(5).title() + str(self.random.randrange(1000)) + letters(5).title(),
            "short": lambda: letters(5),
            "accented": lambda: "-".join(
                "".join(self.random.choices(_ACCENTED, k=2)) + letters(2) for _ in range(self.random.randint(1, 3))
            ),
            "signs": lambda: letters(4) + "".join(self.random.choices(_SIGNS, k=2)) + letters(4),
            "phrase": lambda: f"{letters(6)} {letters(5)} {letters(7)}",
            "figures": lambda: "".join(self.random.choices("0123456789", k=12)),
        }[kind]()
        return self.keep(made)

    def keep(self, word: str) -> str:
        """Plant a word, and in Base64 too."""
        self.planted.add(word.encode())
        for coding in ("latin-1", "utf-8"):
            self.planted.add(b64encode(word.encode(coding, "replace")).rstrip(b"="))
        return word

    def plain_log_in(self, user: str, word: str) -> str:
        """As AUTH PLAIN sends it."""
        token = b64encode(f"\0{user}\0{word}".encode()).decode()
        self.planted.add(token.encode().rstrip(b"="))
        return token

    def _letters(self, size: int) -> str:
        return "".join(self.random.choices(_ODD, k=size))
