"""App Home: what the hidden command `home` answers, published for one person."""

import time
from dataclasses import dataclass

from bot.dispatch import Dispatch, Request
from bot.errors import Refused
from bot.log import LOG
from bot.model.reply import Reply
from bot.slack.chat import SlackChat

_LINE = "home"


@dataclass(frozen=True, slots=True)
class Opened:
    """A Home to draw. `hash` is of the one that its drawing takes the place of; empty: of whichever is there."""

    id: str
    user_id: str
    team_id: str
    hash: str = ""


class Home:
    """Draws Homes. What was drawn for an older one never takes the place of a newer."""

    def __init__(self, dispatch: Dispatch, chat: SlackChat) -> None:
        self._dispatch = dispatch
        self._chat = chat

    def draw(self, opened: Opened) -> None:
        """Ask with the person's rights and publish what comes of it, a refusal too. Raises ChatError."""
        request = Request(opened.id, _LINE, opened.user_id, opened.team_id, channel_id="", origin="home")
        content = self._dispatch.prepare(request).run().content
        if isinstance(content, Reply):
            self.show(opened.user_id, content, opened.hash)

    def show(self, user_id: str, content: Reply, before: str = "") -> None:
        """Publish. Raises ChatError."""
        drawn = self._chat.drawn(content, stamp=f"{time.time_ns() // 1_000_000:x}")
        try:
            self._chat.publish(user_id, drawn.blocks, before)
        except Refused as error:
            if "hash_conflict" in error.cause:
                LOG.info("a newer Home stands already")
            elif drawn.fallback is not None:
                LOG.warning("Home refused", cause=error.cause)
                self._chat.publish(user_id, drawn.fallback.blocks, before)
