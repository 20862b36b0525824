"""`python -m bot …`: `run` for a real workspace, `demo` for a world on this machine; the rest prints or writes.

`serve` and `work` are the two halves of `run`, for several processes on one PostgreSQL that `migrate` prepared.
`doctor` looks at all of it, beside what runs or before. `iam`, `manifest` and `questions` ask nobody and need no
tokens; `trail-table` looks into the trail's bucket, `redrive` puts dead letters back into the queue.
"""

import gc
import logging
import signal
import sys
from collections.abc import Callable, Sequence
from functools import partial
from inspect import signature
from threading import Event
from typing import TYPE_CHECKING, Final

from bot.errors import BadRequest, BotError
from bot.loading import load
from bot.log import LOG, configure

if TYPE_CHECKING:
    from bot.model.worker import Kind
    from bot.outside import World
    from bot.settings import Settings
    from bot.setup.iam import Rights
    from bot.setup.iam_trail import TrailNames


class Misused(BotError):
    """The words after the command's name do not fit; the usage line is told."""


def run() -> None:
    """Everything in one process, until SIGINT or SIGTERM."""
    process("run")


def serve() -> None:
    """What people do in Slack, in any number of processes."""
    process("serve")


def work() -> None:
    """The poll and the poster, in any number of processes."""
    process("work")


def process(kind: "Kind", world: "World | None" = None) -> None:
    """One process of the product, until SIGINT or SIGTERM; `world` is the real one unless said. Raises BotError."""
    from bot.app import build

    settings = load()
    _refuse_missing(settings, kind)
    stop = Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    configure(level=logging.getLevelNamesMapping()[settings.telemetry.log_level.upper()])
    app = build(settings, world, kind)
    app.start()
    settle()
    LOG.info("ready", kind=kind, url=app.listener.url if app.listener else "")
    stop.wait()
    app.stop()


GARBAGE_AFTER: Final = 20_000
"""Objects more than there were: Python by itself looks after 700, which one report makes."""


def settle() -> None:
    """Spare what the start made from every later look for garbage: one of those stopped all threads for 100 ms."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_AFTER, 20, 20)


def _refuse_missing(settings: "Settings", kind: "Kind") -> None:
    """Raises BotError that names each secret which this kind of process lacks."""
    if missing := _missing(settings, kind):
        step = "Set it as docs/install.md says, or run `make demo`."
        raise BotError(f"Not set: {', '.join(missing)}.", step)


def _missing(settings: "Settings", kind: "Kind") -> list[str]:
    """The secrets that this kind of process lacks, as the environment calls them."""
    slack = settings.slack
    wanted = {"SLACK_BOT_TOKEN": slack.bot_token}
    if kind != "work":
        by_socket = slack.transport == "socket"
        wanted |= {"SLACK_APP_TOKEN": slack.app_token} if by_socket else {"SLACK_SIGNING_SECRET": slack.signing_secret}
    return [name for name, secret in wanted.items() if not secret.get_secret_value().strip()]


def migrate() -> None:
    """Bring the database to this version's tables; older processes may go on meanwhile."""
    from bot.store.engine import connect
    from bot.store.migrate import migrate as bring

    engine = connect(load().database_url, statement_timeout_s=60)
    bring(engine)
    engine.dispose()
    sys.stdout.write("The database is up to date.\n")


def doctor() -> int:
    """Print what works, what does not and what to do; 1 when anything failed."""
    return examine()


def examine(world: "World | None" = None) -> int:
    """The doctor's lines on standard output; `world` is the real one unless said. Nothing is started or migrated."""
    from bot.app import aws_settings
    from bot.checking import apart
    from bot.outside import World
    from bot.setup.doctor import text

    settings, world = load(), world or World()
    configure(level=logging.ERROR)  # what the libraries warn of is told in the lines
    checks = apart(settings, world, aws_settings(settings, world), _missing(settings, "run"))
    sys.stdout.write(text(checks))
    return int(any(check.status == "bad" for check in checks))


def demo() -> None:
    """The AWS world, the Slack page and the bot on this machine."""
    from sandbox.demo import main as start

    start()


def docs() -> None:
    """Write the generated pages in docs/ anew."""
    from bot.setup.pages import write

    write(_rights())


def iam() -> None:
    """Print the policies that AWS needs."""
    from bot.setup.iam import Names, text

    settings = load()
    aws, drops = settings.aws, tuple((report.bucket, report.prefix) for report in settings.reports)
    names = Names(
        read_role=aws.read_role,
        operator_role=aws.operate_role,
        external_id=aws.external_id,
        counting=aws.count_predictions,
        drops=drops,
        queue=settings.inbox.queue_url.rsplit("/", 1)[-1],
        trail=_trail_names(settings),
    )
    sys.stdout.write(text(_rights(), names))


def _trail_names(settings: "Settings") -> "TrailNames | None":
    """None where no trail is set up."""
    from bot.setup.iam_trail import TrailNames, place

    trail, unnamed = settings.trail, TrailNames()
    if not trail.table:
        return None
    database, _, table = trail.table.partition(".")
    logs, results = place(trail.logs, unnamed.logs[0]), place(trail.output, unnamed.results[0])
    return TrailNames(database, table, trail.workgroup, logs, results)


def trail_table() -> None:
    """Print the statement that makes the table over the log files, as they lie in the bucket. Asks S3 alone."""
    from bot.app import aws_settings
    from bot.checking import trail_found
    from bot.outside import World
    from bot.setup.trail_table import statement

    settings, world = load(), World()
    configure(level=logging.ERROR)
    sys.stdout.write(statement(settings.trail, trail_found(settings, world, aws_settings(settings, world))))


def questions() -> int:
    """Print the questions to the trail and what is wrong with their files; 1 when anything is. Asks nobody."""
    from bot.questions.configured import configured
    from bot.questions.parsed import checked
    from bot.setup.questions import text

    settings = load()
    configure(level=logging.ERROR)
    found = checked(configured(settings))
    sys.stdout.write(text(found))
    return int(bool(found.faults))


def manifest(transport: str = "socket", address: str = "") -> None:
    """Print the Slack app's manifest; for `http`, `address` is where the bot answers. Raises Misused."""
    from bot.setup.manifest import request_url, text

    if (transport, bool(address)) not in {("socket", False), ("http", True)}:
        raise Misused("" if transport in {"socket", "http"} else f"{transport} is no transport")
    try:
        url = request_url(address) if address else ""
    except BadRequest as error:
        raise Misused(error.cause, error.next_step) from None
    sys.stdout.write(text(load().slack.command, url))


def redrive(*words: str) -> None:
    """Put what the inbox refused back into its queue, or tell it with `--list`. Raises Misused."""
    from bot.app import aws_settings
    from bot.outside import World
    from bot.redriving import redriven, wish_of

    try:
        wish = wish_of(words)
    except BadRequest as error:
        raise Misused(error.cause) from None
    settings, world = load(), World()
    configure(level=logging.ERROR)
    redriven(settings, world, aws_settings(settings, world), wish, sys.stdout.write)


def _rights() -> "Rights":
    """What the adapters declare; importing the app imports every one of them."""
    import bot.app  # noqa: F401
    from bot.aws.actions import declared
    from bot.setup.iam import Rights

    bot_, read, operate = declared("bot"), declared("read"), declared("operate")
    return Rights(bot_, read, operate, declared("trail"), declared("trail-read"), declared("redrive"))


ACTS: dict[str, Callable[..., int | None]] = {
    "run": run,
    "serve": serve,
    "work": work,
    "migrate": migrate,
    "doctor": doctor,
    "demo": demo,
    "docs": docs,
    "iam": iam,
    "manifest": manifest,
    "questions": questions,
    "redrive": redrive,
    "trail-table": trail_table,
}
WORDS = {"manifest": " [socket|http URL]", "redrive": " [--list] [--limit N] [--reason WORDS]"}
"""What may follow a command's name."""


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when it ended well, 1 when it could not start or a check failed, 2 when it was asked wrongly."""
    asked = list(sys.argv[1:] if arguments is None else arguments)
    return ended(partial(_act, asked))


def ended(act: Callable[[], int | None]) -> int:
    """How it ended: what it says, 0 when it says nothing, or 1 and 2 with the sentences on standard error."""
    try:
        return act() or 0
    except BotError as error:
        usage = f"usage: python -m bot {{{'|'.join(name + WORDS.get(name, '') for name in ACTS)}}}"
        told = [error.cause, error.next_step, usage if isinstance(error, Misused) else ""]
        print("\n".join(filter(None, told)), file=sys.stderr)  # noqa: T201
        return 2 if isinstance(error, Misused) else 1


def _act(asked: Sequence[str]) -> int | None:
    """What the command and its words say. Raises Misused."""
    name, *words = asked or [""]
    try:
        bound = signature(ACTS[name]).bind(*words)
    except (KeyError, TypeError):
        raise Misused("") from None
    return ACTS[name](*bound.args)


if __name__ == "__main__":
    sys.exit(main())
