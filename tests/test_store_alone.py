"""One process at a time on a database file; a killed one holds nobody up."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bot.errors import StoreDown
from bot.store.alone import Alone
from bot.store.engine import connect

CHILD = """
import sys, time
from bot.store.alone import Alone
from bot.store.engine import connect
held = Alone(connect(sys.argv[1]))
print("held", flush=True)
time.sleep(60)
"""


def test_a_second_process_is_refused_until_the_first_is_gone(tmp_path: Path) -> None:
    """With the sentence; the lock goes with a process that is killed, and comes back after a release."""
    url = f"sqlite:///{tmp_path / 'sagewatch.db'}"
    engine = connect(url)
    command = [sys.executable, "-c", CHILD, url]
    root = Path(__file__).parent.parent
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(StoreDown, match=r"Another Sagewatch runs on sagewatch\.db") as refused:
            Alone(engine)
        assert "PostgreSQL" in refused.value.next_step
        other.send_signal(signal.SIGKILL)
        other.wait(10)
    mine = Alone(engine)
    assert mine.held
    mine.release()
    mine.release()
    Alone(engine).release()
    engine.dispose()
