"""Who may import whom."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
STDLIB_ONLY = {
    "bot.model",
    "bot.logic",
    "bot.ports",
    "bot.errors",
    "bot.incidents",
    "bot.approvals",
    "bot.storms",
    "bot.measuring",
    "bot.kit",
    "bot.parse",
}
ALLOWED: dict[str, set[str]] = {
    "bot.model": {"bot.model"},
    "bot.errors": set(),
    "bot.settings": {"bot.errors"},
    "bot.log": {"bot.errors"},
    "bot.telemetry": {"bot.errors"},
    "bot.logic": {"bot.logic", "bot.model", "bot.errors"},
    "bot.ports": {"bot.ports", "bot.model", "bot.errors"},
    "bot.parse": {"bot.ports", "bot.model", "bot.errors"},
    "bot.kit": {"bot.parse", "bot.ports", "bot.model", "bot.errors"},
    "bot.registry": {"bot.kit", "bot.parse", "bot.ports", "bot.model", "bot.errors"},
    "bot.questions": {"bot.questions", "bot.parse", "bot.logic", "bot.model", "bot.errors"},
    "queries": set(),
    "bot.measuring": {"bot.ports", "bot.logic", "bot.model", "bot.errors"},
    "bot.storms": {"bot.incidents", "bot.ports", "bot.logic", "bot.model", "bot.errors"},
    "bot.incidents": {"bot.ports", "bot.logic", "bot.model", "bot.errors"},
    "bot.approvals": {"bot.ports", "bot.logic", "bot.model", "bot.errors"},
    "bot.setup": {
        "bot.setup",
        "bot.ports",
        "bot.logic",
        "bot.kit",
        "bot.registry",
        "bot.model",
        "bot.errors",
        "bot.settings",
        "bot.loading",
        "bot.questions",
    },
    "bot.loading": {"bot.errors"},
    "bot.scopes": {"bot.registry", "bot.parse", "bot.logic", "bot.model", "bot.errors"},
    "bot.wording": {"bot.parse", "bot.ports", "bot.logic", "bot.model", "bot.errors"},
    "bot.dispatch": {
        "bot.wording",
        "bot.scopes",
        "bot.incidents",
        "bot.registry",
        "bot.kit",
        "bot.parse",
        "bot.ports",
        "bot.logic",
        "bot.model",
        "bot.errors",
    },
    "bot.alerts": {
        "bot.alerts",
        "bot.incidents",
        "bot.approvals",
        "bot.measuring",
        "bot.registry",
        "bot.kit",
        "bot.parse",
        "bot.ports",
        "bot.logic",
        "bot.model",
        "bot.errors",
    },
    "bot.handoff": {"bot.handoff", "bot.ports", "bot.logic", "bot.model", "bot.errors"},
    "bot.render": {"bot.render", "bot.model"},
    "bot.aws": {"bot.aws", "bot.ports", "bot.logic", "bot.model", "bot.errors"},
    "bot.store": {"bot.store", "bot.ports", "bot.model", "bot.errors"},
    "bot.slack": {
        "bot.slack",
        "bot.dispatch",
        "bot.wording",
        "bot.alerts",
        "bot.logic",
        "bot.render",
        "bot.kit",
        "bot.ports",
        "bot.model",
        "bot.errors",
    },
    "bot.routing": {"bot.routing", "bot.parse", "bot.logic", "bot.model", "bot.errors"},
    "bot.outside": {"bot.ports", "bot.slack"},
    "bot.serving": {"bot", "commands"},
    "bot.working": {"bot"},
    "bot.checking": {"bot"},
    "bot.redriving": {"bot"},
    "bot.app": {"bot", "commands"},
    "bot.__main__": {
        "bot.loading",
        "bot.app",
        "bot.outside",
        "bot.aws.actions",
        "bot.checking",
        "bot.questions",
        "bot.redriving",
        "bot.store",
        "bot.model",
        "bot.setup",
        "bot.settings",
        "bot.log",
        "bot.errors",
        "sandbox.demo",
    },
    "commands": {
        "commands",
        "bot.kit",
        "bot.parse",
        "bot.ports",
        "bot.logic",
        "bot.incidents",
        "bot.approvals",
        "bot.storms",
        "bot.measuring",
        "bot.questions",
        "bot.setup",
        "bot.model",
        "bot.errors",
    },
    "sandbox.clock": set(),
    "sandbox.aws": {"sandbox.aws", "sandbox.clock"},
    "sandbox.athena": {"sandbox.athena", "sandbox.aws"},
    "sandbox.athena.stage": {"sandbox.athena", "sandbox.aws", "sandbox.clock"},
    "sandbox.world": {"sandbox.world", "sandbox.aws", "sandbox.clock"},
    "sandbox.slack": {"sandbox.slack", "sandbox.clock"},
    "sandbox.driver": set(),
    "sandbox.environment": {"bot.errors"},
    "sandbox.apart": {"sandbox.driver", "bot"},
    "sandbox.fakes": {"sandbox.fakes_outbox", "bot.ports", "bot.model", "bot.errors"},
    "sandbox.fakes_outbox": {"bot.model", "bot.errors"},
    "sandbox.fakes_storms": {"sandbox.fakes_outbox", "bot.model", "bot.errors"},
    "sandbox.fakes_fleet": {"bot.ports", "bot.model", "bot.errors"},
    "sandbox.fakes_measured": {
        "sandbox.fakes_monitoring",
        "sandbox.fakes_organisation",
        "sandbox.aws",
        "bot.ports",
        "bot.model",
    },
    "sandbox.fakes_alarm": {"sandbox.fakes", "bot.logic.arns", "bot.model"},
    "sandbox.fakes_inbox": {
        "sandbox.fakes_trail_port",
        "sandbox.fakes_resources",
        "sandbox.fakes",
        "sandbox.fakes_fleet",
        "sandbox.fakes_notices",
        "sandbox.fakes_tally",
        "bot",
    },
    "sandbox.fakes_tally": {"bot.model"},
    "sandbox.fakes_metrics": {"bot.ports", "bot.logic.measures", "bot.model", "bot.errors"},
    "sandbox.fakes_monitoring": set(),
    "sandbox.fakes_organisation": {"sandbox.fakes_monitoring", "sandbox.aws", "bot.aws", "bot.ports", "bot.model"},
    "sandbox.fakes_incident": {"sandbox.fakes", "sandbox.fakes_outbox", "bot"},
    "sandbox.fakes_hostile": {"sandbox.fakes", "sandbox.fakes_storms", "bot.ports", "bot.model", "bot.errors"},
    "sandbox.fakes_notices": {"bot.ports", "bot.model", "bot.errors"},
    "sandbox.fakes_poster": {
        "sandbox.fakes",
        "sandbox.fakes_fleet",
        "sandbox.fakes_notices",
        "sandbox.fakes_outbox",
        "sandbox.fakes_storms",
        "bot",
    },
    "sandbox.fakes_storming": {"sandbox.fakes", "sandbox.fakes_poster", "bot"},
    "sandbox.fakes_accounts": {"sandbox.aws", "sandbox.world", "bot.aws", "bot.ports", "bot.model"},
    "sandbox.fakes_alarms": {"sandbox.fakes_accounts", "sandbox.aws", "sandbox.world"},
    "sandbox.fakes_alarm_acts": {"sandbox", "bot", "commands"},
    "sandbox.fakes_glance": {"sandbox", "bot", "commands"},
    "sandbox.fakes_office": {"sandbox", "bot", "commands"},
    "sandbox.fakes_packages": {"sandbox.fakes", "sandbox.fakes_notices", "bot.ports", "bot.model", "bot.errors"},
    "sandbox.fakes_page": {"sandbox.control", "sandbox.slack"},
    "sandbox.fakes_post": {"sandbox", "bot"},
    "sandbox.fakes_quiet": {"sandbox.fakes", "sandbox.fakes_resources", "bot.ports", "bot.model"},
    "sandbox.fakes_handoffs": {"bot.handoff.request", "bot.model"},
    "sandbox.fakes_log": {"sandbox.fakes", "bot.model"},
    "sandbox.fakes_trail": set(),
    "sandbox.fakes_trail_files": set(),
    "sandbox.fakes_trail_site": {
        "sandbox.fakes_trail",
        "sandbox.fakes_trail_files",
        "sandbox.athena",
        "sandbox.aws",
        "bot.aws",
        "bot.logic",
        "bot.ports",
        "bot.model",
    },
    "sandbox.fakes_trail_port": {
        "bot.ports",
        "bot.logic.changes",
        "bot.logic.trail_records",
        "bot.model",
        "bot.errors",
    },
    "sandbox.fakes_trail_story": {"sandbox.fakes_trail"},
    "sandbox.fakes_site": {"sandbox.aws", "sandbox.world", "bot.aws", "bot.ports", "bot.model"},
    "sandbox.fakes_rounds": {"sandbox.fakes", "sandbox.fakes_fleet", "bot"},
    "sandbox.fakes_storm": {"sandbox", "bot", "commands"},
    "sandbox.fakes_hostile_fleet": {
        "sandbox.fakes",
        "sandbox.fakes_fleet",
        "sandbox.fakes_hostile",
        "sandbox.fakes_hostile_alarms",
        "bot.ports",
        "bot.model",
    },
    "sandbox.fakes_hostile_alarms": {"sandbox.fakes", "sandbox.fakes_hostile", "bot.ports", "bot.model"},
    "sandbox.fakes_hostile_packages": {"sandbox.fakes", "sandbox.fakes_hostile", "bot.ports", "bot.model"},
    "sandbox.fakes_hostile_parts": {"sandbox.fakes", "sandbox.fakes_hostile", "bot.model", "bot.slack.payload"},
    "sandbox.inert": {"sandbox.fakes_hostile"},
    "sandbox.furnished": {"sandbox.aws", "sandbox.world"},
    "sandbox.troubles": {"sandbox.demo", "sandbox.world"},
    "sandbox.fakes_hostile_trail": {"sandbox.fakes", "sandbox.fakes_hostile", "bot.ports", "bot.model"},
    "sandbox.fakes_hostile_metrics": {"sandbox.fakes_hostile", "bot.ports", "bot.logic.measures", "bot.model"},
    "sandbox.fakes_resources": {"bot.ports", "bot.model", "bot.errors"},
    "sandbox.fakes_web": {"sandbox.slack", "bot.slack"},
    "sandbox.mortal_queue": {"bot"},
    "sandbox.mortal": {"sandbox.fakes", "sandbox.fakes_fleet", "sandbox.mortal_queue", "bot"},
    "sandbox.fakes_signals": {"sandbox.mortal", "bot"},
    "sandbox.lanes": {"sandbox", "bot"},
    "sandbox.kept_trail": {"sandbox.aws"},
    "sandbox.governed": {"sandbox.aws", "sandbox.world", "bot.logic.trail_layout"},
    "sandbox.control": {"sandbox"},
    "sandbox.northbank": {"sandbox.slack", "sandbox.world", "bot.setup"},
    "sandbox.receiver": {"sandbox.slack"},
    "sandbox.inspector": {"sandbox.aws", "sandbox.slack"},
    "sandbox.demo": {"sandbox", "bot.app", "bot.outside", "bot.setup", "bot.settings", "bot.log", "bot.errors"},
}
OPEN_TO_MOST = {"bot.settings", "bot.log", "bot.telemetry"}
"""All but the model and the logic may import these."""
THIRD_PARTY: dict[str, set[str]] = {
    "bot.alerts": {"structlog"},
    "bot.dispatch": {"structlog"},
    "bot.render": {"tabulate"},
    "bot.aws": {"boto3", "botocore", "pyathena", "structlog"},
    "bot.store": {"sqlalchemy", "alembic", "structlog"},
    "bot.questions": {"sqlglot"},
    "bot.routing": {"pydantic", "pydantic_core"},
    "bot.slack": {"slack_bolt", "slack_sdk", "aiohttp", "structlog"},
    "commands": set(),
    "sandbox.athena": {"duckdb", "sqlglot"},
}
OURS = ("bot", "commands", "queries", "sandbox")
NAMELESS = {"bot", "sandbox", "commands", "queries"}
"""Package docstrings and the version import nothing."""


def parts_of(path: Path) -> tuple[str, str]:
    """(module, its part of the table)."""
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    fitting = [p for p in ALLOWED if module == p or module.startswith(f"{p}.")]
    return module, max(fitting, key=len, default=module)


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """(line, module) of every import, those inside functions too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, a.name) for a in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import"
            yield node.lineno, str(node.module)
            if node.module in OURS:
                yield from ((node.lineno, f"{node.module}.{a.name}") for a in node.names)


def broken(path: Path) -> Iterator[str]:
    """One line per import that the table forbids."""
    module, part = parts_of(path)
    allowed, libraries = ALLOWED.get(part, set()), THIRD_PARTY.get(part)
    if part.startswith("bot.") and part not in {"bot.model", "bot.logic", "bot.errors"}:
        allowed = allowed | OPEN_TO_MOST
    for line, target in imports(path):
        top = target.partition(".")[0]
        if top in OURS:
            fine = any(target == a or target.startswith(f"{a}.") for a in allowed) or target == top
            if not fine:
                yield f"{path.relative_to(ROOT)}:{line}: {part} may not import {target}"
        elif _foreign(top) and ((part in STDLIB_ONLY) or (libraries is not None and top not in libraries)):
            yield f"{path.relative_to(ROOT)}:{line}: {module} may not import {target}"


def _foreign(top: str) -> bool:
    import sys

    return top not in sys.stdlib_module_names


def test_every_import_follows_the_table_of_layers() -> None:
    """A wrong arrow is named with its file, line and rule."""
    files = [p for top in OURS for p in sorted((ROOT / top).rglob("*.py"))]
    assert [line for path in files for line in broken(path)] == []


def test_every_file_has_a_place_in_the_table() -> None:
    """A new folder must be given its rule."""
    files = [p for top in OURS for p in sorted((ROOT / top).rglob("*.py"))]
    homeless = [str(p) for p in files if parts_of(p)[1] not in ALLOWED and parts_of(p)[0] not in NAMELESS]
    assert homeless == []


def test_a_planted_wrong_arrow_is_caught() -> None:
    """The check can fail."""
    planted = ROOT / "bot" / "logic" / "planted.py"
    tree = ast.parse("import boto3\nfrom bot.store import engine\n")
    assert [n.lineno for n in ast.walk(tree) if isinstance(n, ast.Import | ast.ImportFrom)] == [1, 2]
    module, part = parts_of(planted)
    assert (module, part) == ("bot.logic.planted", "bot.logic")
    assert "bot.store" not in ALLOWED[part]
    assert part in STDLIB_ONLY
