"""The Slack app's manifest, for both transports, against the JSON Schemas that Slack publishes."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from bot.errors import BadRequest
from bot.setup import manifest

SCHEMAS = Path(__file__).parent.parent.parent / "shared" / "data" / "slack"
URL = "https://ml.example.com/slack/events"


@pytest.fixture(params=["manifest-schema-v1.json", "manifest-schema-v2.json"])
def schema(request: pytest.FixtureRequest) -> Any:
    """One of Slack's schemas, where they lie beside the repository."""
    path = SCHEMAS / str(request.param)
    if not path.exists():
        pytest.skip(f"{path.name} is not here")
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("url", ["", URL])
def test_slack_takes_it(schema: Any, url: str) -> None:
    """Under both versions of the schema."""
    jsonschema.validate(json.loads(manifest.text("/ml", url)), schema)


def test_slack_would_not_take_another(schema: Any) -> None:
    """The schemas can refuse: a misspelt key, a command without its slash."""
    made = manifest.manifest("ml", URL)
    with pytest.raises(jsonschema.ValidationError, match="'ml' does not match"):
        jsonschema.validate(made, schema)
    with pytest.raises(jsonschema.ValidationError, match="socket_mode"):
        jsonschema.validate({**manifest.manifest(), "settings": {"socket_mode": True}}, schema)


def test_over_http_commands_clicks_and_events_go_to_one_address() -> None:
    """And nothing else differs from Socket Mode."""
    socket, http = manifest.manifest("/ml"), manifest.manifest("/ml", URL)
    assert http["settings"].pop("socket_mode_enabled") is False
    assert socket["settings"].pop("socket_mode_enabled") is True
    assert http["features"]["slash_commands"][0].pop("url") == URL
    assert http["settings"]["interactivity"].pop("request_url") == URL
    assert http["settings"]["event_subscriptions"].pop("request_url") == URL
    assert http == socket
    assert "url" not in manifest.text("/ml")


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://ml.example.com", URL),
        ("https://ml.example.com/", URL),
        (URL, URL),
        ("https://ml.example.com:8443/bots/ml/", "https://ml.example.com:8443/bots/ml/slack/events"),
    ],
)
def test_an_address_becomes_the_request_url(address: str, expected: str) -> None:
    """Whether or not it already ends as it has to."""
    assert manifest.request_url(address) == expected


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ml.example.com",
        "http://ml.example.com",
        "https://",
        "https://user:word@ml.example.com",
        "https://ml.example.com?team=1",
        "https://ml.example.com/#here",
        "https://ml.example.com /x",
        "https://ml.example.com\n",
        "https://ml.example.com/" + "x" * 3000,
    ],
)
def test_what_slack_could_not_call_is_refused(address: str) -> None:
    """With an address as it should be."""
    with pytest.raises(BadRequest) as told:
        manifest.request_url(address)
    assert "https://sagewatch.example.com" in told.value.next_step
