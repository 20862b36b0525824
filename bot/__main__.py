"""`python -m bot …`: `run` for a real workspace, `demo` for a world on this machine, `docs` for generated pages."""

import signal
import sys
from collections.abc import Callable, Sequence
from threading import Event

from bot.errors import BotError
from bot.log import configure
from bot.settings import load


def run() -> None:
    """Everything in one process, until SIGINT or SIGTERM."""
    from bot.app import build

    stop = Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    settings = load()
    if not (settings.slack.bot_token.get_secret_value() and settings.slack.app_token.get_secret_value()):
        raise BotError("Slack's tokens are not set.", "Set SLACK_BOT_TOKEN and SLACK_APP_TOKEN, or run `make demo`.")
    configure()
    app = build(settings)
    app.start()
    stop.wait()
    app.stop()


def demo() -> None:
    """The AWS world, the Slack page and the bot on this machine."""
    from sandbox.demo import main as start

    start()


def docs() -> None:
    """Write the generated pages in docs/ anew."""
    from bot.setup.pages import write

    write()


ACTS: dict[str, Callable[[], None]] = {"run": run, "demo": demo, "docs": docs}


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when it ended well, 1 when it could not start, 2 when it was asked wrongly."""
    asked = list(sys.argv[1:] if arguments is None else arguments)
    if len(asked) != 1 or asked[0] not in ACTS:
        print(f"usage: python -m bot {{{'|'.join(ACTS)}}}", file=sys.stderr)  # noqa: T201
        return 2
    try:
        ACTS[asked[0]]()
    except BotError as error:
        print(f"{error.cause}\n{error.next_step}".strip(), file=sys.stderr)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
