"""App Home: what the hidden command `home` answers, published for one person."""

import time
from dataclasses import dataclass, replace

from bot.dispatch import Answer, Dispatch, Request
from bot.errors import NotAllowed, Refused
from bot.log import LOG
from bot.model.reply import Actions, Press, Reply
from bot.slack.chat import SlackChat

_LINE = "home"
_REFRESH = Press("Refresh", _LINE)


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
        answer = self._asked(opened)
        if isinstance(answer.content, Reply):
            again = () if answer.error is None or isinstance(answer.error, NotAllowed) else (Actions((_REFRESH,)),)
            shown = replace(answer.content, parts=(*answer.content.parts, *again))
            self.show(opened.user_id, shown, opened.hash)

    def redraw(self, opened: Opened) -> None:
        """After an act on it, which told its own failure: where it cannot be drawn now it stays. Raises ChatError."""
        answer = self._asked(opened)
        if answer.error is None and isinstance(answer.content, Reply):
            self.show(opened.user_id, answer.content, opened.hash)

    def _asked(self, opened: Opened) -> Answer:
        request = Request(opened.id, _LINE, opened.user_id, opened.team_id, channel_id="", origin="home")
        return self._dispatch.prepare(request).run()

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
