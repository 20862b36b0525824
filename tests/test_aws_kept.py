"""What is kept of answers is bounded by weight."""

from bot.aws.kept import Kept


def test_what_was_used_longest_ago_goes_first() -> None:
    """A look is a use."""
    kept: Kept[str, int] = Kept(2)
    kept.put("a", 1)
    kept.put("b", 2)
    assert kept.get("a") == 1
    kept.put("c", 3)
    assert [kept.get(key) for key in "abc"] == [1, None, 3]


def test_heavy_values_leave_room_for_fewer() -> None:
    """A value put again is weighed anew; one that is heavier than all may be is not kept."""
    kept: Kept[str, str] = Kept(10, len)
    kept.put("a", "x" * 4)
    kept.put("a", "x" * 6)
    kept.put("b", "x" * 4)
    assert (kept.get("a"), kept.get("b")) == ("x" * 6, "x" * 4)
    kept.put("c", "x")
    assert (kept.get("a"), kept.get("b"), kept.get("c")) == (None, "x" * 4, "x")
    kept.put("d", "x" * 11)
    assert [kept.get(key) for key in "abcd"] == [None] * 4
    kept.put("e", "x" * 10)
    assert kept.get("e") == "x" * 10
