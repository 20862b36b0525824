"""Brings answers to people: to where they asked, to them alone, or to all."""

import time
from typing import Any

from bot.errors import Refused
from bot.model.reply import Reply
from bot.render import Message
from bot.slack.chat import SlackChat
from bot.slack.payload import Sent


class Answers:
    """Every way that an answer takes, each with the fallback for blocks that Slack refuses."""

    def __init__(self, chat: SlackChat) -> None:
        self.chat = chat

    def replacing(self, response_url: str, reply: Reply) -> None:
        """In place of the message that the click stood on, or of the command's interim sentence."""
        self.chat.respond(response_url, self._drawn(reply), replace=True)

    def privately(self, response_url: str, reply: Reply) -> None:
        """To whoever acted, beside what is there."""
        self.chat.respond(response_url, self._drawn(reply), replace=False)

    def publicly(self, response_url: str, reply: Reply) -> None:
        """To the channel, also where the bot is no member."""
        self.chat.respond(response_url, self._drawn(reply), replace=False, in_channel=True)

    def in_thread(self, channel_id: str, thread_ts: str | None, reply: Reply) -> None:
        """To all, in the thread."""
        self.chat.say(channel_id, self._drawn(reply), thread_ts=thread_ts)

    def to_person(self, channel_id: str, user_id: str, reply: Reply, thread_ts: str | None = None) -> None:
        """To one person in a channel that the bot is a member of."""
        self.chat.whisper(channel_id, user_id, self._drawn(reply), thread_ts=thread_ts)

    def after_form(self, sent: Sent, reply: Reply) -> None:
        """To whoever sent a form, beside what had opened it; where that is too long ago, in the conversation."""
        try:
            if sent.response_url:
                self.privately(sent.response_url, reply)
                return
        except Refused:
            pass
        self.directly(sent.user_id, reply)

    def directly(self, user_id: str, reply: Reply) -> None:
        """In somebody's conversation with the bot: for what was asked where nothing can be said."""
        self.chat.say(self.chat.files.conversation(user_id), self._drawn(reply))

    def open(self, trigger_id: str, view: dict[str, Any]) -> None:
        """A form; Slack takes the trigger for 3 s."""
        self.chat.open(trigger_id, view)

    def _drawn(self, reply: Reply) -> Message:
        """Each rendering has block ids of its own, so that Slack draws it anew."""
        return self.chat.drawn(reply, stamp=f"{time.time_ns() // 1_000_000:x}")
