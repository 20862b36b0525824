"""What a person may say of the demo in the environment; what is wrong there is told before anything starts."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from bot.errors import BadRequest

Transport = Literal["socket", "http"]
PORT = 4400
HIGHEST_PORT = 65535


@dataclass(frozen=True, slots=True)
class Said:
    """`keep` is a folder that a later start goes on from; `settings` stand over the demo's own."""

    port: int
    keep: Path | None
    transport: Transport
    settings: Mapping[str, str]


def said() -> Said:
    """All of it. Raises BadRequest."""
    keep = os.environ.get("SAGEWATCH_DEMO_KEEP")
    return Said(_port(), Path(keep) if keep else None, _transport(), _database(keep))


def _port() -> int:
    found = os.environ.get("SAGEWATCH_DEMO_PORT") or str(PORT)
    if not found.isdigit() or not 0 <= int(found) <= HIGHEST_PORT:
        raise BadRequest(f"SAGEWATCH_DEMO_PORT={found} is no port.", "Say a number up to 65535; 0 takes any free one.")
    return int(found)


def _transport() -> Transport:
    found = os.environ.get("SAGEWATCH_DEMO_TRANSPORT") or "socket"
    known: dict[str, Transport] = {name: name for name in get_args(Transport)}
    if found not in known:
        raise BadRequest(f"SAGEWATCH_DEMO_TRANSPORT={found} is no transport.", f"Say {' or '.join(known)}.")
    return known[found]


def _database(keep: str | None) -> dict[str, str]:
    """The setting, if one is said. What is wrong is not repeated: the URL may hold a password."""
    found = os.environ.get("SAGEWATCH_DEMO_DATABASE")
    if not found:
        return {}
    if not found.startswith(("postgres://", "postgresql://")):
        raise BadRequest("SAGEWATCH_DEMO_DATABASE is no PostgreSQL's URL.", "Say postgresql://…, or leave it out.")
    if not keep:
        raise BadRequest(
            "SAGEWATCH_DEMO_DATABASE outlives a demo whose world does not.",
            "Name a folder in SAGEWATCH_DEMO_KEEP too, so that both go on together.",
        )
    return {"database_url": found}
