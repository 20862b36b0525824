"""Answers on their way: what Slack may take in a moment is sent again."""

from collections.abc import Callable
from functools import partial

from bot.errors import BotError, RateLimited, ServerFailed
from bot.log import LOG
from bot.slack.pools import Pools

TRIES = 3
"""How often an answer is sent to a Slack that is busy or broken."""
_LONGEST_WAIT_S = 10.0
"""Whoever asked does not wait longer; a `Retry-After` beyond it ends the tries."""
_BROKEN_WAIT_S = 1.0


class Courier:
    """Does work that nobody waits for; its failures are logged, and tried again in the pool for sending."""

    def __init__(self, pools: Pools) -> None:
        self._pools = pools

    def send(self, work: Callable[[], None]) -> None:
        """Soon."""
        self._pools.send(partial(self.deliver, work))

    def deliver(self, work: Callable[[], None], tries: int = TRIES) -> None:
        """Now, and later again where Slack asked to wait or answered with 5xx."""
        try:
            work()
        except (RateLimited, ServerFailed) as error:
            wait_s = error.retry_after_s if isinstance(error, RateLimited) else _BROKEN_WAIT_S
            if tries > 1 and wait_s <= _LONGEST_WAIT_S:
                self._pools.later(wait_s, partial(self.deliver, work, tries - 1))
            else:
                LOG.warning("answer not delivered", cause=error.cause)
        except BotError as error:
            LOG.warning("answer not delivered", cause=error.cause)
        except Exception:  # noqa: BLE001  # the listener's edge, after the acknowledgement
            LOG.exception("answer not delivered")
