"""What is left of Athena when the sandbox stops, and what is loaded before the first query."""

import json
import subprocess
import sys
import threading
from pathlib import Path

from sandbox.athena.stage import HUB, RESULTS, queried

SLOW = "SELECT max(a.n * b.n) FROM UNNEST(sequence(1, 60000)) AS a(n), UNNEST(sequence(1, 600000)) AS b(n)"
START = """
import json, sys
from sandbox.athena.stage import HUB, queried
with queried() as aws:
    aws.client("glue", HUB).get_databases()
    aws.client("athena", HUB).list_work_groups()
    print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules} & {"duckdb", "sqlglot", "pandas"})))
"""


def test_stopping_ends_queries_and_leaves_no_thread() -> None:
    """Also those that wait for a slot."""
    with queried() as aws:
        athena = aws.client("athena", HUB)
        place = {"OutputLocation": f"s3://{RESULTS}/x/"}
        for _ in range(6):
            athena.start_query_execution(QueryString=SLOW, ResultConfiguration=place)
    assert [each.name for each in threading.enumerate() if each.name.startswith("athena_")] == []


def test_before_the_first_query_nothing_heavy_is_loaded() -> None:
    """So that a demo starts as fast as without Athena."""
    ran = subprocess.run(
        [sys.executable, "-c", START],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=Path(__file__).parent.parent,
    )
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout) == []
