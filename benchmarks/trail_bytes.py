"""What a question of CloudTrail reads: `/ml who CreateEndpoint since=24h account=prod` against the article's query.

`python -m benchmarks.trail_bytes`; log files of 50 accounts, 3 Regions and 90 days, each day of the same size. Bytes
are Athena's own count, by which it is paid. Then the same is typed, again and again, until its answer is on the page.
"""

import logging
import random
import statistics
import sys
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pyathena

from bot.log import configure
from bot.logic.trail_layout import Layout, ddl
from bot.model.account import Scope
from bot.model.observation import Window
from bot.model.person import Grant, Role
from bot.model.question import Questions
from bot.model.trail import Wanted
from bot.ports import Ask, Trail
from bot.questions.load import load
from sandbox import fakes_trail as people
from sandbox.driver import text_of, until
from sandbox.fakes_office import Office, office
from sandbox.fakes_trail import PRODUCTION, Told
from sandbox.fakes_trail_site import LOGS, RESULTS, ROOT, TABLE, Site, served

ACCOUNTS: Final = (PRODUCTION, *(f"{n:012d}" for n in range(700_000_000_001, 700_000_000_050)))
REGIONS: Final = ("us-west-2", "us-east-1", "eu-west-1")
DAYS, FILES_A_DAY, RECORDS = 90, 2, 6
MOST: Final = 1 / 500
"""Of the bytes of the article's query."""
ASKED, PAUSE_S, MOST_S = 20, 1.0, 1.0
"""How often it is typed, with how long between; and the most that half of the answers may take."""
EVENTS: Final = ("CreateEndpoint", "DeleteEndpoint", "CreateMonitoringSchedule", "UpdateEndpoint", "PutMetricAlarm")
WHO: Final = (people.MAYA, people.DIEGO, people.PIPELINE)
ARTICLE: Final = f"""
SELECT useridentity.arn, useridentity.sessioncontext.sourceidentity, requestparameters
FROM {TABLE}
WHERE eventname='CreateEndpoint' AND eventsource='sagemaker.amazonaws.com'
"""  # noqa: S608  # a name of ours


def fill(site: Site) -> None:
    """Deliver all, the newest just now."""
    any_ = random.Random(7)  # noqa: S311  # the same files in each run
    for account in ACCOUNTS:
        for region in REGIONS:
            for n in range(DAYS * FILES_A_DAY):
                site.deliver(records(any_, account, region, n / FILES_A_DAY + 0.01, site.calendar.today))


def records(any_: random.Random, account: str, region: str, days_ago: float, now: datetime) -> list[dict[str, Any]]:
    """Those of one file."""
    told = (
        Told(days_ago, account, any_.choice(WHO), any_.choice(EVENTS), {"endpointName": f"service-{any_.random()}"})
        for _ in range(RECORDS)
    )
    return [{**people.record(each, now), "awsRegion": region} for each in told]


def article(site: Site) -> int:
    """Bytes that the article's query reads, asked by plain PyAthena."""
    with pyathena.connect(
        aws_access_key_id=site.keys["AccessKeyId"],
        aws_secret_access_key=site.keys["SecretAccessKey"],
        region_name=REGIONS[0],
        endpoint_url=site.aws.endpoint_url,
        s3_staging_dir=f"s3://{RESULTS}/article/",
        poll_interval=0.2,
    ) as connection:
        cursor = connection.cursor()
        cursor.execute(ARTICLE)
        return int(cursor.data_scanned_in_bytes or 0)


def ours(site: Site) -> tuple[int, int]:
    """Bytes that the command reads, and how many calls it found."""
    ask = site.ask(PRODUCTION)
    accounts = tuple(replace(account, regions=REGIONS) for account in ask.scope.accounts)
    trail = site.layer().trail(replace(ask, scope=Scope(accounts)))
    found = trail.calls(Wanted("CreateEndpoint"), Window(ask.now - timedelta(days=1), ask.now))
    return found.scan.scanned_bytes, len(found.items)


def typed(site: Site) -> list[float]:
    """Seconds from Enter to the answer on the page, each by a run of Athena's of its own; the first is left out."""
    layer, questions = site.layer(), load(given={"operate_role": "sagewatch-operate"}, known_settings=())

    def ports(ask: Ask) -> dict[type, object]:
        return {Trail: layer.trail(ask), Questions: questions}

    with (
        tempfile.TemporaryDirectory() as folder,
        office(f"{folder}/sagewatch.db", Grant(Role.AUDITOR, ("U0MAYA",)), more=ports) as made,
    ):
        return [_answered(made, number) for number in range(ASKED + 1)][1:]


def _answered(made: Office, before: int) -> float:
    time.sleep(PAUSE_S)
    began = time.perf_counter()
    made.drive.say("maya", "/ml who CreateEndpoint since=24h account=ml-production")

    def shown() -> bool:
        return sum("CreateEndpoint: " in text_of(each) for each in made.drive.messages("maya")) > before

    until(shown, "an answer")
    return time.perf_counter() - began


def main() -> int:
    """0 when the command reads little enough and answers soon enough."""
    configure(level=logging.WARNING)
    with served() as site:
        site.calendar.today = datetime.now(UTC)
        since = (site.calendar.today - timedelta(days=DAYS + 1)).date()
        site.table(statement=ddl(Layout(LOGS, ROOT), TABLE, list(ACCOUNTS), list(REGIONS), since))
        began = time.perf_counter()
        fill(site)
        print(f"{DAYS * FILES_A_DAY * len(ACCOUNTS) * len(REGIONS):,} files in {time.perf_counter() - began:.1f} s")
        began = time.perf_counter()
        whole = article(site)
        print(f"the article's query: {whole:,} bytes, {time.perf_counter() - began:.1f} s")
        began = time.perf_counter()
        read, calls = ours(site)
        print(f"/ml who: {read:,} bytes, {calls} calls, {time.perf_counter() - began:.1f} s")
        print(f"1/{whole / read:,.0f} of it; at most 1/{1 / MOST:.0f} is wanted")
        took = sorted(typed(site))
        half = statistics.median(took)
        print(
            f"from the command to the page: p50 {half:.2f} s, longest {took[-1]:.2f} s; p50 of {MOST_S:.0f} s is wanted"
        )
        return int(read > whole * MOST or half > MOST_S)


if __name__ == "__main__":
    sys.exit(main())
