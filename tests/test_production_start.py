"""What a production start loads."""

import json
import subprocess
import sys
from pathlib import Path

from sandbox.demo import Demo
from sandbox.driver import Driver

HEAVY = ("sagemaker", "moto", "duckdb", "sqlglot", "pandas", "matplotlib", "sandbox", "hypothesis", "flask")
START = """
import json, sys
import boto3
from bot.app import World, build
from bot.settings import Fixed
said = json.loads(sys.argv[1])
session = boto3.Session(said["key"], said["secret"], region_name="us-west-2")
settings = Fixed(database_url=said["db"], slack={"bot_token": said["bot"], "app_token": said["app"]})
app = build(settings, World(session=session, aws_url=said["aws"], slack_url=said["slack"], hooks=(said["hook"],)))
app.start()
app.stop()
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


def test_a_start_loads_nothing_heavy(demo: Demo, drive: Driver, tmp_path: Path) -> None:
    """Connected to Slack, polling AWS, ready for commands: without what only demos and write paths need."""
    keys, app = demo.world.bot_credentials(), demo.workspace.app
    said = {
        "key": keys["access_key_id"],
        "secret": keys["secret_access_key"],
        "db": f"sqlite:///{tmp_path / 'other.db'}",
        "bot": app.bot_token,
        "app": app.app_token,
        "aws": demo.aws.endpoint_url,
        "slack": f"{demo.url}/api/",
        "hook": f"{demo.url}/",
    }
    ran = subprocess.run(
        [sys.executable, "-W", "error::ResourceWarning", "-c", START, json.dumps(said)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=Path(__file__).parent.parent,
    )
    assert ran.returncode == 0, ran.stderr
    loaded = json.loads(next(line for line in ran.stdout.splitlines() if line.startswith("[")))
    assert not set(HEAVY) & set(loaded)
    assert {"bot", "commands", "slack_bolt", "boto3"} <= set(loaded)
    assert drive.state()["ready"]
