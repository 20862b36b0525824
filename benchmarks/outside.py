"""Slack and AWS for a start, each in its process: `python -m benchmarks.outside` says where, until its input ends."""

import json
import sys
from datetime import timedelta

from bot.log import configure
from sandbox.demo import Demo
from sandbox.world import people


def main() -> None:
    """The demo without its bot: what is measured is the only one that is connected."""
    configure()
    demo = Demo(0, history=timedelta(hours=30))
    demo.start()
    keys, app = demo.world.bot_credentials(), demo.workspace.app
    said = {
        "key": keys["access_key_id"],
        "secret_key": keys["secret_access_key"],
        "token": keys["session_token"],
        "bot": app.bot_token,
        "app": app.app_token,
        "aws": demo.aws.endpoint_url,
        "slack": f"{demo.url}/api/",
        "hook": f"{demo.url}/",
        "signing": app.signing_secret,
        "team": demo.workspace.team_id,
        "person": people.PRIYA.id,
        "channel": people.CHANNELS[0].id,
    }
    if demo.bot is not None:
        demo.bot.stop()
    print(json.dumps(said), flush=True)
    sys.stdin.read()
    demo.stop()


if __name__ == "__main__":
    main()
