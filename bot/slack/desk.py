"""Takes what people do in Slack to dispatch and brings the answers back to where they asked."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from bot.dispatch import Answer, Dispatch, Request, Underway
from bot.errors import BadRequest, BotError, Busy, ChatError, NotAllowed, StoreDown, Unsaved
from bot.log import LOG
from bot.model.reply import Actions, Form, Press, Reply
from bot.ports import People
from bot.render.forms import errors, notice, view
from bot.slack import payload
from bot.slack.answers import Answers
from bot.slack.courier import Courier
from bot.slack.filing import Filing
from bot.slack.home import Home, Opened
from bot.slack.interim import Interim
from bot.slack.pools import Pools
from bot.slack.presses import Presses, unforeseen
from bot.wording import told

Ack = Callable[..., Any]
Body = Mapping[str, Any]
PATIENCE_S = 2.0
"""After this long without an answer, a command's asker is told whom it is asked of."""
UNSURE = "See /ml incidents, and send it again if it is not there: it counts once."
SHARED = NotAllowed("Nothing is posted to a channel that is shared with another company.", "Ask in a channel of ours.")


class Desk:
    """One method for each thing that people do. Each acknowledges once what must not be lost is stored."""

    def __init__(self, dispatch: Dispatch, pools: Pools, people: People, answers: Answers) -> None:
        self._dispatch = dispatch
        self._pools = pools
        self._courier = Courier(pools)
        self._people = people
        self._answers = answers
        self._home = Home(dispatch, answers.chat)
        filing = Filing(answers.chat, self._no_company)
        self._presses = Presses(answers, filing, self._home, self._courier)

    def command(self, ack: Ack, body: Body) -> None:
        """A slash command: the answer is the asker's alone, wherever it was typed."""
        trigger_id, response_url = payload.text(body, "trigger_id"), payload.text(body, "response_url")
        request = Request(
            id=f"command:{trigger_id}",
            line=payload.text(body, "text", default=""),
            user_id=payload.text(body, "user_id"),
            team_id=payload.team(body),
            channel_id=payload.text(body, "channel_id"),
            origin="command",
            private=True,
        )
        answered = partial(self._answer_command, response_url, trigger_id, request.user_id)
        self._take(request, answered, ack, response_url=response_url)

    def click(self, ack: Ack, body: Body) -> None:
        """A button or a menu's item."""
        pressed = payload.click(body)
        if pressed is None:
            ack()
            return
        request = Request(
            id=pressed.id,
            line=pressed.line,
            user_id=pressed.user_id,
            team_id=pressed.team_id,
            channel_id=pressed.channel_id,
            origin="click",
            opens=pressed.does == "form",
            private=pressed.private and pressed.does == "run",
            whole=pressed.does == "file",
        )
        answered = partial(self._presses.answered, pressed)
        no = self._no_company(request.channel_id) if pressed.does == "share" else None
        if no is not None:
            answer = self._dispatch.refuse(request, no)
            ack()
            self._courier.send(partial(answered, answer))
            return
        self._take(request, answered, ack, later=pressed.does == "file")

    def submit(self, ack: Ack, body: Body) -> None:
        """A sent form: stored before it is acknowledged; a second sending of the same view changes nothing.

        One that asks AWS is acknowledged at once, and whatever lay under it closes too.
        """
        sent = payload.sent(body)
        request = Request(
            id=sent.id,
            line=sent.line,
            user_id=sent.user_id,
            team_id=sent.team_id,
            channel_id=sent.channel_id,
            origin="form",
            fields=sent.fields,
        )
        job = self._dispatch.prepare(request)
        if job.slow:
            ack(response_action="clear")
            self._slow(job.run, partial(self._answers.after_form, sent))
            return
        ack(**self._closing(self._guarded(job.run), sent))

    def mention(self, event: Body, *, team_id: str, event_id: str, shared: bool | None = None) -> None:
        """`@Sagewatch …`: answered in the thread, for all; refusals and errors are told privately.

        `shared`: whether Slack says that another company reads the channel; None when it does not say.
        """
        request = Request(
            id=f"event:{event_id}",
            line=payload.without_mention(payload.text(event, "text", default="")),
            user_id=payload.text(event, "user"),
            team_id=payload.text(event, "user_team", default="") or payload.text(event, "team", default=team_id),
            channel_id=payload.text(event, "channel"),
            origin="mention",
        )
        direct = event.get("channel_type") == "im"
        thread = payload.text(event, "thread_ts", default="") or (None if direct else payload.text(event, "ts"))
        answered = partial(self._answer_mention, request, thread, direct)
        no = None if direct else self._no_company(request.channel_id, shared)
        if no is not None:
            self._courier.send(partial(answered, self._dispatch.refuse(request, no)))
            return
        self._take(request, answered, lambda **_: None)

    def home(self, event: Body, *, team_id: str, event_id: str) -> None:
        """Somebody opened the bot's Home: drawn for them when the event is acknowledged; strangers get none."""
        opened = Opened(
            id=f"event:{event_id}",
            user_id=payload.text(event, "user"),
            team_id=team_id,
            hash=payload.text(event, "view", "hash", default=""),
        )
        if payload.text(event, "tab", default="home") == "home":
            self._courier.send(partial(self._draw, opened))

    def _draw(self, opened: Opened) -> None:
        if not self._people.person(opened.user_id, opened.team_id).stranger:
            self._home.draw(opened)

    def _no_company(self, channel_id: str, shared: bool | None = None) -> BotError | None:
        """Why nothing may be said to all in this channel: another company reads it, or nobody can tell."""
        try:
            external = self._people.is_external(channel_id) if shared is None else shared
        except ChatError as error:
            return error
        return SHARED if external else None

    def _take(
        self,
        request: Request,
        answered: Callable[[Answer], None],
        ack: Ack,
        *,
        response_url: str = "",
        later: bool = False,
    ) -> None:
        """What is quick runs before it is acknowledged, so an acknowledged click is a stored one.

        Whoever waits long for an answer is told, by the `response_url`, whom it is asked of. `later`: it stores
        nothing and may be long.
        """
        job = self._dispatch.prepare(request)
        if not (job.slow or later):
            answer = self._guarded(job.run)
            ack()
            self._courier.send(partial(answered, answer))
            return
        if response_url:
            answered = self._patiently(job.underway, response_url, answered)
        try:
            self._pools.slow(partial(self._then, job.run, answered))
        except Busy as error:
            self._courier.send(partial(answered, Answer(told(error), error)))
        ack()

    def _patiently(
        self, underway: Underway, response_url: str, answered: Callable[[Answer], None]
    ) -> Callable[[Answer], None]:
        def say() -> None:
            self._answers.privately(response_url, waiting(underway))

        interim = Interim(partial(self._courier.deliver, say, 1), PATIENCE_S)

        def settled(answer: Answer) -> None:
            interim.settle()
            answered(answer)

        return settled

    def _slow(self, run: Callable[[], Answer], told_to: Callable[[Reply], None]) -> None:
        try:
            self._pools.slow(partial(self._then, run, lambda answer: _reply_only(answer, told_to)))
        except Busy as error:
            self._courier.send(partial(told_to, told(error)))

    def _then(self, run: Callable[[], Answer], answered: Callable[[Answer], None]) -> None:
        answer = self._guarded(run)
        self._courier.deliver(partial(answered, answer))

    def _guarded(self, run: Callable[[], Answer]) -> Answer:
        """The listener's edge: what nobody foresaw is told with an id that the log has too."""
        try:
            return run()
        except Exception:  # noqa: BLE001
            LOG.exception("something broke")
            error = unforeseen()
            return Answer(told(error), error)

    def _answer_command(self, response_url: str, trigger_id: str, user_id: str, answer: Answer) -> None:
        if isinstance(answer.content, Form):
            self._presses.open(trigger_id, response_url, user_id, answer.content)
        else:
            self._answers.replacing(response_url, answer.content)

    def _answer_mention(self, request: Request, thread: str | None, direct: bool, answer: Answer) -> None:
        content = answer.content
        if isinstance(content, Form):
            opener = Actions((Press("Open the Form", request.said, does="form", style="primary"),))
            content = Reply((f"{content.title}: a form is needed.",), (opener,), shareable=False)
        if (answer.error is not None or content.private) and not direct:
            self._answers.to_person(request.channel_id, request.user_id, content, thread)
        else:
            self._answers.in_thread(request.channel_id, thread, content)

    def _closing(self, answer: Answer, sent: payload.Sent) -> dict[str, Any]:
        """How a form ends: closed, the field at fault (else the first) marked, replaced by what must be said.

        Another form lies upon it: whoever closes that is back at this one, as it was filled in.
        """
        if isinstance(answer.error, BadRequest) and sent.first:
            at = answer.error.field if answer.error.field in sent.asked else sent.first
            return errors({at: f"{answer.error.cause}. {answer.error.next_step}".strip()})
        if isinstance(answer.error, StoreDown | Unsaved):
            unsure = BotError(f"This may not be saved: {answer.error.cause}", UNSURE)
            return {"response_action": "update", "view": notice(told(unsure), failed=True)}
        if isinstance(answer.content, Form):
            return self._pushed(answer.content, sent)
        if isinstance(answer.content, Reply) and (answer.error is not None or not answer.content.quiet):
            return {"response_action": "update", "view": notice(answer.content, failed=answer.error is not None)}
        return {}

    @staticmethod
    def _pushed(form: Form, sent: payload.Sent) -> dict[str, Any]:
        """A form on the one that was sent; where it cannot be drawn, what is said instead of that one."""
        try:
            drawn = view(form, metadata={"channel": sent.channel_id, "hook": sent.response_url})
        except ValueError:
            LOG.exception("form not drawn")
            return {"response_action": "update", "view": notice(told(unforeseen()), failed=True)}
        return {"response_action": "push", "view": drawn}


def waiting(underway: Underway) -> Reply:
    """What whoever waits is told, and how they may end it."""
    stop = (Actions((Press("Cancel", f"cancel {underway.run}", does="act"),)),) if underway.run else ()
    return Reply((underway.said,), stop, shareable=False)


def _reply_only(answer: Answer, told_to: Callable[[Reply], None]) -> None:
    if isinstance(answer.content, Reply):
        told_to(answer.content)
