"""matplotlib's SVG made fit to stand in a page.

matplotlib writes styles as attributes and elements, which the page's policy refuses, and colours as numbers, which a
dark screen could not change. Here styles become SVG's presentation attributes, colours of the palette become classes
(`f-ink`, `s-line`), and ids get the figure's name so that several may stand in one page.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from wanwitness.model.text import printable
from wanwitness.report.palette import LIGHT

from .figure import Drawing

_SVG, _XLINK = "{http://www.w3.org/2000/svg}", "{http://www.w3.org/1999/xlink}"
_ATTRIBUTES = {
    "fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-dashoffset", "stroke-linecap", "stroke-linejoin",
    "stroke-miterlimit", "opacity", "fill-opacity", "stroke-opacity", "text-anchor", "font-size", "font-weight",
    "font-style",
}  # fmt: skip
"""Of CSS what SVG knows as attributes, and matplotlib uses."""
_DROPPED = ("metadata", "style")
_NAMES = {colour: name for name, colour in LIGHT.items()}
_FONT = re.compile(r"(?:(?P<weight>bold|\d{3}) )?(?P<size>[\d.]+)px ")
"""CSS's shorthand `font`, as matplotlib writes it: weight where it is not the usual one, size, families."""
_REFERENCE = re.compile(r"url\(#([^)]+)\)")


def inlined(svg: str, name: str, alt: str) -> Drawing:
    """Return an SVG document as an element for a page.

    Args:
        svg: what matplotlib wrote, with texts as text.
        name: the figure's, for its ids.
        alt: what it shows, in words.
    """
    root = ET.fromstring(svg)  # noqa: S314 - matplotlib's own
    for parent in list(root.iter()):
        for child in [one for one in parent if one.tag.removeprefix(_SVG) in _DROPPED]:
            parent.remove(child)
    for element in root.iter():
        element.tag = element.tag.removeprefix(_SVG)
        _plain(element, name)
    for size in ("width", "height", "version"):
        root.attrib.pop(size, None)
    root.set("role", "img")
    root.set("aria-label", printable(alt, len(alt)))
    return Drawing(ET.tostring(root, encoding="unicode"))


def _plain(element: ET.Element, name: str) -> None:
    declared = dict(_declared(element.attrib.pop("style", "")))
    for key in list(element.attrib):
        if key in ("fill", "stroke"):
            declared.setdefault(key, element.attrib.pop(key))
        elif key == f"{_XLINK}href":
            element.set("href", f"#{name}-{element.attrib.pop(key)[1:]}")
        elif key == "id":
            element.set("id", f"{name}-{element.attrib[key]}")
        elif key == "clip-path":
            element.set(key, _REFERENCE.sub(rf"url(#{name}-\1)", element.attrib[key]))
    classes = []
    for key, stated in declared.items():
        value = _REFERENCE.sub(rf"url(#{name}-\1)", stated)  # a pattern
        known = _NAMES.get(value.lower()) if key in ("fill", "stroke") else None
        if known is not None:
            classes.append(f"{key[0]}-{known}")
        elif key in _ATTRIBUTES:
            element.set(key, value)
    if element.tag == "text" and "fill" not in declared:
        classes.append("f-ink")
    if classes:
        element.set("class", " ".join(classes))


def _declared(style: str) -> list[tuple[str, str]]:
    """Take a style attribute apart; the font's shorthand becomes its size and weight, its families are the page's."""
    found = []
    for declaration in filter(str.strip, style.split(";")):
        key, _, value = declaration.partition(":")
        key, value = key.strip(), value.strip()
        if key == "font":
            match = _FONT.match(value)
            assert match is not None, f"matplotlib writes fonts in another way: {value}"
            found.append(("font-size", f"{match['size']}px"))
            found += [("font-weight", match["weight"])] if match["weight"] else []
        else:
            found.append((key, value))
    return found
