"""Names and addresses in running text, replaced by others as long as they are."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from wanwitness.model import printable
from wanwitness.model.text import MOST_PER_BYTE

from .addresses import AddressMasks
from .pseudonyms import Kind, Pseudonyms
from .secret_names import EVERYBODYS, PRIVATE_ZONES, Names, raw, registered, suffix_labels

_LABEL = rb"[a-z0-9_\x80-\xff](?:[a-z0-9_\x80-\xff-]*[a-z0-9_\x80-\xff])?"
_BEGIN = rb"(?:(?<![a-z0-9_\x80-\xff.-])|(?<=\n\d\d\d-)|(?<=\A\d\d\d-))"
"""Where a name may begin: also behind the hyphen of a reply that has more lines (RFC 5321 section 4.2.1)."""
_NAME = _BEGIN + _LABEL + rb"(?:\." + _LABEL + rb")+(?![a-z0-9_\x80-\xff-])"
_LOCAL = rb"\"(?:[^\"\\\r\n]|\\.){1,64}\"|[a-z0-9!#$%&'*+/=?^_`{|}~.\x80-\xff-]{1,256}"
_PATTERN = rb"""
    (?P<kept> (?:(?<=\n)|\A) \d{3}- | (?<![0-9.]) (?:10\.0\.0\.0/8|172\.16\.0\.0/12|192\.168\.0\.0/16) (?!\d) )
  | (?P<mailbox> (?P<local>%(local)s) @ (?P<domain>%(label)s(?:\.%(label)s)*|(?=\[)) )
  | (?P<mac> (?:(?<![0-9a-f:-])|(?<=\n\d\d\d-)) [0-9a-f]{2}(?P<between>[:-])
      (?:[0-9a-f]{2}(?P=between)){4}[0-9a-f]{2} (?![0-9a-f:-]) )
  | (?P<ip4> (?<![0-9a-z_.]) \d{1,3}(?:\.\d{1,3}){3} (?![0-9a-z_]|\.[0-9a-z]) )
  | (?P<ip6> (?:(?<![0-9a-z_:.])|(?<=ipv6:)) (?=[0-9a-f]*:[0-9a-f]*:)
      [0-9a-f:]{2,39}(?:\d{1,3}(?:\.\d{1,3}){3})? (?![0-9a-z_:]) )
  | (?P<name> %(name)s )
""" % {b"local": _LOCAL, b"label": _LABEL, b"name": _NAME}
_SURE = 6
"""Bytes from which a name is masked within longer words too, not only where it stands alone."""
_BEFORE = rb"(?:(?<![a-z0-9\x80-\xff_-])|(?<=\n\d\d\d-)|(?<=\A\d\d\d-))"
_BEHIND = rb"(?![a-z0-9\x80-\xff_-])"


class TextMasks:
    """Masks bytes of running text; as many bytes come out.

    Args:
        names: which names are masked.
        addresses: gives addresses.
        pseudonyms: gives names.
    """

    def __init__(self, names: Names, addresses: AddressMasks, pseudonyms: Pseudonyms) -> None:
        self._domains, self._kept = names.domains, names.kept
        self._addresses, self._pseudonyms = addresses, pseudonyms
        self._kinds: dict[bytes, Kind] = dict.fromkeys((*names.sayings, *names.hosts), "host")
        self._kinds |= dict.fromkeys(names.users - self._kinds.keys(), "user")
        self._users = names.users
        words = sorted((word.lower() for word in self._kinds), key=lambda word: (-len(word), word))
        self._kinds = {word.lower(): kind for word, kind in self._kinds.items()}
        alone = [re.escape(word) for word in words if len(word) < _SURE]
        within = [re.escape(word) for word in words if len(word) >= _SURE]
        parts = [_PATTERN]
        if within:
            parts.append(rb"(?P<within>%s)" % b"|".join(within))
        if alone:
            parts.append(rb"(?P<alone>%s(?:%s)%s)" % (_BEFORE, b"|".join(alone), _BEHIND))
        self._pattern = re.compile(b"|".join(map(_verbose, parts)), re.IGNORECASE)
        self._within = re.compile(b"|".join(within) or rb"(?!)", re.IGNORECASE)
        self.text = lru_cache(1 << 16)(self._text)

    def mask(self, data: bytes) -> bytes:
        """Return the same bytes, but for what is masked of them."""
        return self._pattern.sub(self._of, data)

    def _text(self, text: str) -> str:
        """Return a text of a case document, in which bytes that are no text are escaped."""
        data = raw(text)
        masked = self.mask(data)
        return text if masked == data else printable(masked, MOST_PER_BYTE * len(masked))

    def _of(self, match: re.Match[bytes]) -> bytes:
        found = match[0]
        if match["kept"] is not None:  # a reply's code, or a network that is everybody's
            return found
        if match["mailbox"] is not None:
            return self._mailbox(match["local"], match["domain"])
        if match["mac"] is not None:
            between = match["between"]
            mac = self._addresses.mac(bytes.fromhex(found.replace(between, b"").decode()))
            return mac.hex(between.decode()).encode()
        if match["ip4"] is not None or match["ip6"] is not None:
            return self._addresses.text(found.decode()).encode()
        if match["name"] is not None:
            return self.name(found)
        return self._word(found)

    def _word(self, word: bytes) -> bytes:
        return self._pseudonyms.of(self._kinds[word.lower()], word)

    def _mailbox(self, local: bytes, domain: bytes) -> bytes:
        if not local.strip(b"*"):  # hidden already
            return b"%s@%s" % (local, self.name(domain))
        head, equals, tail = local.rpartition(b"=")  # `ORCPT=rfc822;…` ends elsewhere, but `to=jean.dupont` is none
        if equals and tail.lower() in self._users:
            return b"%s=%s@%s" % (self.mask(head), self.user(tail), self.name(domain))
        return b"%s@%s" % (self.user(local), self.name(domain))

    def user(self, local: bytes) -> bytes:
        """Return what stands for a mailbox's name; its quotes stay."""
        if len(local) > 2 and local.startswith(b'"') and local.endswith(b'"'):
            return b'"%s"' % self.user(local[1:-1])
        return self._pseudonyms.of(self._kinds.get(local.lower(), "user"), local)

    def name(self, name: bytes) -> bytes:
        """Return what stands for a host's or a domain's name, or for what looks like one."""
        if b"." in name and name.lower() in self._kinds:
            return self._word(name)
        return b".".join(self.labels(name.split(b".")))

    def labels(self, labels: list[bytes]) -> list[bytes]:
        """Return what stands for the labels of a name; themselves, where it is none that is masked."""
        reverse = self._addresses.reversed(labels)
        if reverse is not None:
            return reverse
        if len(labels) == 1:
            word = labels[0].lower()
            return [self._word(word)] if word in self._kinds else labels
        name = b".".join(labels)
        if not self.is_masked(name):
            if registered(name) in self._kept:
                return labels
            return [self._within.sub(lambda match: self._word(match[0]), label) for label in labels]
        zone = suffix_labels(name)
        return [*map(self._label, labels[:-zone]), *labels[-zone:]]

    def is_masked(self, name: bytes) -> bool:
        """Whether a name of several labels is one of the site's."""
        lower = name.lower().rstrip(b".")
        private = lower.rpartition(b".")[2] in PRIVATE_ZONES or lower.endswith(b".home.arpa")
        return private or registered(lower) in self._domains

    def _label(self, label: bytes) -> bytes:
        word = label.lower()
        if word in EVERYBODYS or word.startswith(b"_") or word.rstrip(b"0123456789") in EVERYBODYS or not word:
            return label
        return self._pseudonyms.of(self._kinds.get(word, "host"), label)


def _verbose(pattern: bytes) -> bytes:
    return b"(?x:%s)" % pattern if pattern is _PATTERN else pattern


def words_of(texts: Iterable[str]) -> set[bytes]:
    """Return the words of some texts, in lower case: no pseudonym is to be one."""
    return {word for text in texts for word in re.findall(rb"[a-z0-9-]+", raw(text).lower())}
