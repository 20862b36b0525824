"""One at a time for each thing that is changed."""

from threading import Event, Thread

from bot.aws.turns import Turns


def test_the_second_waits_for_the_first_and_others_for_nobody() -> None:
    """Whoever waits longer than may be is told that it is not their turn."""
    turns, held, leave = Turns(), Event(), Event()

    def hold() -> None:
        with turns.of("a", 1) as mine:
            assert mine
            held.set()
            leave.wait(10)

    first = Thread(target=hold)
    first.start()
    assert held.wait(10)
    with turns.of("b", 0) as other:
        assert other
    with turns.of("a", 0) as mine:
        assert not mine
    leave.set()
    with turns.of("a", 10) as mine:
        assert mine
    first.join(10)
