"""The sentences of remedies: `remedy-FAMILY-CAUSE`, and what stands around them."""

from __future__ import annotations

from wanwitness.language import Catalogue

from .router import families, general

sentence = Catalogue(
    "remedies",
    {
        "remedy-on": "On {router}, for {isp}'s relay {relay}: {remedy}",
        "remedy-for": "For {isp}'s relay {relay}: {remedy}",
        "remedy-capture": "To capture on {router}: {how}",
        "remedy-known": "With your router in the site file ([router] model = …), its own settings are told here; known \
are {routers}.",
        "remedy-its-resolver": "{isp}'s own resolver",
        **{f"remedy-{one.id}-{what}": text for one in (general(), *families()) for what, text in one.texts.items()},
    },
)
