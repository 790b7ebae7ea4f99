"""What sites, and tries, have in common: the columns of every comparison."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from .result import Result, Try

Kind = Literal["model", "firmware", "tag", "relay", "resolver", "mismatch"]


@dataclass(frozen=True, slots=True, order=True)
class Trait:
    """One thing that several sites, or several tries of a site, have in common.

    `model`, `firmware` and `tag` are a site's; `relay`, `resolver` and `mismatch` a try's.
    """

    kind: Kind
    value: str = ""

    def of_try(self, tried: Try) -> bool | None:
        """Whether a try has it; None where that is not known."""
        if self.kind == "mismatch":
            return tried.mismatch
        if self.kind == "resolver":
            return None if tried.resolver is None else tried.resolver == self.value
        return tried.relay == self.value


def site_traits(result: Result) -> Iterator[Trait]:
    """Yield what a site has in common with others."""
    if result.model is not None:
        yield Trait("model", result.model)
        if result.firmware is not None:
            yield Trait("firmware", f"{result.model} {result.firmware}")
    for key, value in result.tags.items():
        yield Trait("tag", f"{key} = {value}")


def try_traits(results: Sequence[Result]) -> list[Trait]:
    """Return what the tries of these sites have in common with others of the same site."""
    relays = {Trait("relay", tried.relay) for result in results for tried in result.tries}
    resolvers = {Trait("resolver", tried.resolver) for result in results for tried in result.tries if tried.resolver}
    return [Trait("mismatch"), *sorted(relays | resolvers)]
