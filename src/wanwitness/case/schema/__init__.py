"""The form of case.json, schema 1: what `Case.load` holds a document against, and what JSON Schema tells of it.

scalars        times, numbers, and words of a fixed list
capture, link, crossing, resolution, dialogue, session, hypothesis    its tables, and what their rows are made of
document       case.json as a whole
published      `case.schema.json` beside this folder, made from these types by `publish`; a test holds them equal

A type is named after what it is a form of: `SessionJson` is how case.json tells a `model.Session`. A field may be added
in later versions; none is renamed or dropped without another schema number. Absent knowledge is null. Times are RFC
3339 UTC with nine decimals, on the reference clock; frames are [capture, number].
"""

from .document import SCHEMA
from .published import PUBLISHED, check, json_schema, publish

__all__ = ["PUBLISHED", "SCHEMA", "check", "json_schema", "publish"]
