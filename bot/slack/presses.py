"""What comes of a press, brought to where it was made: a message, or App Home, which no answer can be put beside."""

from dataclasses import replace
from functools import partial
from typing import Any

from bot.dispatch import Answer
from bot.errors import BotError, ChatError
from bot.log import LOG, current_id
from bot.model.reply import Form, Note, Reply, User
from bot.render.forms import notice, reading, view
from bot.slack.answers import Answers
from bot.slack.courier import Courier
from bot.slack.filing import Filing
from bot.slack.home import Home, Opened
from bot.slack.payload import Click
from bot.wording import told


def unforeseen() -> BotError:
    """What nobody foresaw, with an id that the log has too."""
    return BotError(f"Something broke, id {current_id()}.", "Tell whoever runs this bot; the log has the same id.")


class Presses:
    """Works after the acknowledgement."""

    def __init__(self, answers: Answers, filing: Filing, home: Home, courier: Courier) -> None:
        self._answers = answers
        self._filing = filing
        self._home = home
        self._courier = courier

    def answered(self, pressed: Click, answer: Answer) -> None:
        """Show it, where and to whom the kind of press wants it."""
        content = answer.content
        if isinstance(content, Form):
            origin = {"channel": pressed.channel_id, "hook": pressed.response_url}
            self.open(pressed.trigger_id, pressed.response_url, pressed.user_id, content, origin)
        elif pressed.does == "file" and answer.error is None:
            # What came of it is told apart: telling it once more must not bring the file once more.
            self._courier.send(partial(self._tell, pressed, self._filing.bring(pressed, answer)))
        elif pressed.home:
            self._on_home(pressed, answer, content)
        elif pressed.does == "share" and answer.error is None and not content.private:
            by = Note(("Shared by ", User(pressed.user_id)))
            self._answers.publicly(pressed.response_url, replace(content, parts=(*content.parts, by)))
        elif pressed.does == "run" and answer.error is None:
            self._answers.replacing(pressed.response_url, content)
        elif answer.error is not None or not content.quiet or pressed.private:
            self._answers.privately(pressed.response_url, content)

    def open(
        self, trigger_id: str, response_url: str, user_id: str, form: Form, origin: dict[str, str] | None = None
    ) -> None:
        """A form, or the sentence why there is none: a trigger lasts 3 s, too short to try it again later."""
        try:
            self._answers.open(trigger_id, view(form, metadata=origin or {"hook": response_url}))
        except ChatError as error:
            LOG.warning("form not opened", cause=error.cause)
            self._unopened(
                response_url,
                user_id,
                BotError("The form did not open: Slack did not take it.", "Try again in a moment."),
            )
        except ValueError:
            LOG.exception("form not drawn")
            self._unopened(response_url, user_id, unforeseen())

    def _unopened(self, response_url: str, user_id: str, error: BotError) -> None:
        if response_url:
            self._answers.privately(response_url, told(error))
        else:
            self._answers.directly(user_id, told(error))

    def _on_home(self, pressed: Click, answer: Answer, content: Reply) -> None:
        """Its own answer redraws it; another is read in a modal, and what an act changed is seen on it."""
        failed = answer.error is not None
        if answer.name == "home" and not failed:
            self._home.show(pressed.user_id, content, pressed.hash)
            return
        if pressed.does == "act":
            if failed or not content.quiet:
                self._say(pressed, content, notice(content, failed=failed))
            self._home.redraw(Opened(f"{pressed.id}:home", pressed.user_id, pressed.team_id))
        else:
            self._say(pressed, content, notice(content, failed=True) if failed else reading(content))

    def _say(self, pressed: Click, content: Reply, modal: dict[str, Any]) -> None:
        """In a modal; where it comes too late for one, in the conversation with the bot."""
        try:
            self._answers.open(pressed.trigger_id, modal)
        except ChatError as error:
            LOG.info("said in messages", cause=error.cause)
            self._answers.directly(pressed.user_id, content)

    def _tell(self, pressed: Click, said: Reply) -> None:
        if pressed.response_url:
            self._answers.privately(pressed.response_url, said)
        else:
            self._answers.directly(pressed.user_id, said)
