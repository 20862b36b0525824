"""Assembles `redrive`: the settings' queue, the reasons in the database, and what the words ask for."""

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass

import boto3

from bot.alerts.redrive import redrive, told
from bot.aws.layer import AwsLayer
from bot.aws.settings import AwsSettings
from bot.errors import BadRequest, BotError
from bot.outside import World
from bot.settings import Settings
from bot.store.engine import connect
from bot.store.tally import SqlTally

USAGE = "[--list] [--limit N] [--reason WORDS]"


@dataclass(frozen=True, slots=True)
class Wish:
    """What the words ask for."""

    only_look: bool = False
    limit: int | None = None
    reason: str = ""


def wish_of(words: Sequence[str]) -> Wish:
    """`--list`, `--limit N`, `--reason WORDS`, also with `=`. Raises BadRequest for others."""
    left = [part for word in words for part in (word.split("=", 1) if word.startswith("--") else (word,))]
    only_look, limit, reason = False, None, ""
    while left:
        match left.pop(0), left:
            case "--list", _:
                only_look = True
            case "--limit", [number, *_] if number.isascii() and number.isdigit() and int(number[:9]) > 0:
                limit = int(left.pop(0)[:9])
            case "--reason", [text, *_] if text:
                reason = left.pop(0)
            case word, _:
                raise BadRequest(f"{word} is not understood")
    return Wish(only_look, limit, reason)


def redriven(settings: Settings, world: World, aws: AwsSettings, wish: Wish, say: Callable[[str], object]) -> None:
    """Does it and says what became of it. Raises BotError; what was put back before stays."""
    if not settings.inbox.queue_url:
        raise BotError("inbox.queue_url is not set.", "Set it where the bot runs; nothing else has dead letters.")
    engine = connect(settings.database_url, statement_timeout_s=5)
    try:
        with closing(AwsLayer(world.session or boto3.Session(), aws, world.wall)) as layer:
            letters = layer.dead_letters()
            tally = SqlTally(engine)
            done = redrive(letters, tally.reasons, limit=wish.limit, reason=wish.reason, only_look=wish.only_look)
    finally:
        engine.dispose()
    say(told(done, only_look=wish.only_look))
