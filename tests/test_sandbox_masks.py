"""Masks: what has the form, the name or the value of a secret is taken out, and nothing else."""

import json

import pytest

from sandbox.slack.masks import Masks

SECRET = "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY00"
FOREIGN = "xoxb-1111111111-2222222222-thisIsSomebodyElses"
PLANTED = [
    FOREIGN,
    "xapp-1-A0SAGEWATCH-0000000000-sandbox",
    "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
    f'{{"SecretAccessKey": "{SECRET}"}}',
    f"<SecretAccessKey>{SECRET}</SecretAccessKey>",
    f"aws_secret_access_key={SECRET}",
    f"SessionToken: {SECRET}",
    f"Bearer {SECRET}",
    f"AWS4-HMAC-SHA256 Credential={SECRET}/x, Signature={SECRET}",
    f"https://x.example/?X-Amz-Signature={SECRET}&X-Amz-Security-Token={SECRET}",
    f"wss://x.example/link/?ticket={SECRET}",
    "AKIAIOSFODNN7EXAMPLE",
]


@pytest.mark.parametrize("planted", PLANTED)
def test_what_has_the_form_of_a_secret_is_masked(planted: str) -> None:
    """In texts, in texts within texts, in names; what stays says what it was."""
    masks = Masks("0123456789abcdef0123456789abcdef")
    for value in (planted, {"a": [planted]}, {planted: 1}, json.dumps({"in": planted}), f"two {planted} {planted}"):
        told = json.dumps(masks.value(value), ensure_ascii=False)
        assert "…" in told
        for secret in (SECRET, FOREIGN[10:], "0000000000-sandbox", "a2114d57b48e", "IOSFODNN7"):
            assert secret not in told


def test_members_that_are_named_as_secrets_are_masked_whatever_they_hold() -> None:
    """Paging tokens, which only sound alike, stay; so do short values and words about tokens."""
    masks = Masks("0123456789abcdef0123456789abcdef", "tiny")
    told = masks.value({
        "token": "abc",
        "Authorization": "abc",
        "X-Slack-Signature": "abc",
        "Credentials": {"SecretAccessKey": "abc", "SessionToken": "abc", "Expiration": "soon"},
        "NextToken": "page-2",
        "text": "the tiny secret is 0123456789abcdef0123456789abcdef: a session token is missing",
        "password": "",
    })  # fmt: skip
    assert told == {
        "token": "…",
        "Authorization": "…",
        "X-Slack-Signature": "…",
        "Credentials": {"SecretAccessKey": "…", "SessionToken": "…", "Expiration": "soon"},
        "NextToken": "page-2",
        "text": "the tiny secret is …: a session token is missing",
        "password": "",
    }
