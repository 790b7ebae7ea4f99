"""What is looked up of a file's interfaces."""

from __future__ import annotations

from wanwitness.model import Interface
from wanwitness.reading.described import Described


def interface(n: int) -> Interface:
    return Interface(n, 1 + n % 3, 65535, f"if{n}" if n % 2 else None, section=n + 1)


def test_what_grows_window_by_window_is_as_if_it_had_been_there_at_once() -> None:
    """And an interface is looked at once, however many windows there are."""
    all_of_them = [interface(n) for n in range(50)]
    captures = {n: [(-1, 100 + n)] for n in range(50)}
    grown = Described()
    for count in (1, 2, 3, 7, 50):
        linktypes = grown.linktypes(all_of_them[:count])
        table = grown.table(count, 0, captures)
        assert linktypes.tolist() == [one.linktype for one in all_of_them[:count]]
        assert table.tolist() == [[100 + n] for n in range(count)]
    assert grown.places == ["0", "if1", "2", "if3"] + [one.name or str(one.index) for one in all_of_them[4:]]
    assert grown.several


def test_new_rules_are_columns_of_their_own() -> None:
    grown = Described()
    grown.linktypes([interface(0)])
    assert grown.table(1, 1, {0: [(0, 7)]}).tolist() == [[7, -1]]
    assert grown.table(1, 2, {0: [(0, 7), (1, 8)]}).tolist() == [[7, 8, -1]]
