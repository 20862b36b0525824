"""Where work runs: waiting holds nobody up."""

from threading import Event, get_ident

from bot.slack.pools import Pools


def test_what_waits_holds_no_thread_of_the_pool() -> None:
    """Any number of answers may wait for Slack while others are sent."""
    pools, woken = Pools(send=1), Event()
    try:
        for _ in range(8):
            pools.later(0.3, woken.set)
        assert pools.send(get_ident).result(timeout=0.2)
        assert not woken.is_set()
        assert woken.wait(5)
    finally:
        pools.close()


def test_nothing_runs_after_the_pools_are_closed() -> None:
    """A wait that ends then is let go without a word."""
    pools, woken = Pools(send=1), Event()
    pools.later(0.05, woken.set)
    pools.close()
    assert not woken.wait(0.3)
