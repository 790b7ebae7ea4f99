"""Prints how many DNS messages wanwitness reads in a case, frame by frame.

python count_dns.py DIR
"""

from __future__ import annotations

import sys

from wanwitness.inputs import gather
from wanwitness.reading import read


def main() -> None:
    """Count every query, repeat and answer of every capture point."""
    readings = read(gather((sys.argv[1],), (), (), None).files)
    exchanges = [exchange for point in readings.points for exchange in point.rows.dns]
    print(sum((e.query is not None) + len(e.repeats) + (e.answer is not None) for e in exchanges))


if __name__ == "__main__":
    main()
