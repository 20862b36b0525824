"""Settings: the file, the environment, and what is wrong with them."""

from pathlib import Path

import pytest

from bot.errors import BadRequest
from bot.loading import known, load

DROPS = "[[reports]]\naccount = '222222222222'\nregion = 'us-west-2'\nbucket = 'drops'\n"


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "Write":
    """Writes the settings file that is read."""
    for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    return Write(tmp_path / "s.toml", monkeypatch)


class Write:
    """A file and the variable that names it."""

    def __init__(self, path: Path, patch: pytest.MonkeyPatch) -> None:
        self.path, self.patch = path, patch

    def __call__(self, text: str) -> None:
        """Write and name it."""
        self.path.write_text(text)
        self.patch.setenv("SAGEWATCH_SETTINGS", str(self.path))


def test_the_environment_beats_the_file(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what it names: the rest of the table stays as in the file."""
    write('[slack]\nchannel = "ops"\ncommand = "/gov"\n[roles.operator]\ngroups = ["S1"]\naccounts = ["222222222222"]')
    monkeypatch.setenv("SAGEWATCH_SLACK__CHANNEL", "alerts")
    got = load()
    assert (got.slack.channel, got.slack.command) == ("alerts", "/gov")
    assert got.roles["operator"].accounts == ("222222222222",)


def test_usual_names_are_understood_and_tokens_are_not_shown(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """Slack's and Heroku's variables; printing the settings shows no secret."""
    write("")
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-secret")
    monkeypatch.setenv("DATABASE_URL", "postgres://u:p@h/d")
    got = load()
    assert got.slack.bot_token.get_secret_value() == "xoxb-secret"
    assert got.database_url.startswith("postgres")
    assert "xoxb-secret" not in repr(got)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[slack]\nchanel = 'x'", "unknown setting slack.chanel; did you mean slack.channel?"),
        ("databse_url = 'sqlite:///x'", "unknown setting databse_url; did you mean database_url?"),
        ("[watch]\npoll_seconds = 1", "setting watch.poll_seconds"),
        ("database_url = 'mysql://x'", "setting database_url: starts with sqlite"),
        ("[roles.emperor]\nusers = []", "roles.emperor"),
        ("[[aws.accounts]]\nid = '12'", "setting aws.accounts.0.id"),
        ("[slack]\ncommand = 'ml'", "setting slack.command"),
        (f"{DROPS}kind = 'sagewatch'\nprefix = 'a/%y/'", "setting reports.0.prefix: after % comes one of"),
        (f"{DROPS}kind = 'evidently'\nprefix = 'a/'", "setting reports.0: Evidently's reports name no service"),
        (f"{DROPS}kind = 'deepchecks'\nprefix = 'a/'", "setting reports.0.kind"),
        ("= nonsense", "cannot be read"),
    ],
)
def test_what_is_wrong_is_named(write: Write, text: str, told: str) -> None:
    """With the nearest known name."""
    write(text)
    with pytest.raises(BadRequest) as error:
        load()
    assert told in error.value.cause


def test_unknown_variables_are_named(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """A slip in a variable's name is no silent default."""
    write("")
    monkeypatch.setenv("SAGEWATCH_DATABASE_URI", "x")
    with pytest.raises(BadRequest, match="unknown setting SAGEWATCH_DATABASE_URI; did you mean database_url"):
        load()


def test_a_missing_file_is_told(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its name."""
    monkeypatch.setenv("SAGEWATCH_SETTINGS", "nowhere.toml")
    with pytest.raises(BadRequest, match=r"no settings file nowhere\.toml"):
        load()
    assert write.path.name == "s.toml"


def test_every_setting_is_described() -> None:
    """The reference page has no blanks."""
    assert [name for name, text, _ in known() if not text] == []


PAGER = '[hand_off.pager]\nkind = "pagerduty"\n'
HOOK = '[hand_off.hook]\nkind = "webhook"\nurl = "https://hooks.example.com/t0k3n"\n'


def test_secrets_of_hand_offs_come_from_the_environment(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file names the destination, the environment its secret; neither is shown."""
    write(PAGER + HOOK)
    monkeypatch.setenv("SAGEWATCH_HAND_OFF__PAGER__SECRET", "k" * 32)
    monkeypatch.setenv("SAGEWATCH_HAND_OFF__HOOK__SECRET", "s" * 16)
    got = load()
    assert got.hand_off["pager"].secret.get_secret_value() == "k" * 32
    assert got.hand_off["hook"].url.get_secret_value() == "https://hooks.example.com/t0k3n"
    assert not any(secret in repr(got) for secret in ("k" * 32, "s" * 16, "t0k3n"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (PAGER, "setting hand_off.pager: secret is no routing key"),
        (f'{PAGER}secret = "t0k3n"', "setting hand_off.pager: secret is no routing key"),
        (f'{HOOK}secret = "t0k3n"', "setting hand_off.hook: secret must have 16"),
        (f'[hand_off.hook]\nkind = "webhook"\nsecret = "t0k3n{"x" * 16}"', "setting hand_off.hook: url is missing"),
        (f'[hand_off.hook]\nkind = "webhook"\nsecret = "{"x" * 16}"\nurl = "http://t0k3n.com/"', "only https://"),
        (f'[hand_off.hook]\nkind = "webhook"\nsecret = "{"x" * 16}"\nurl = "https://\uff110.0.0.1/t0k3n"', "ASCII"),
        (f'{PAGER}secret = "{"k" * 32}"\nseconds = 60', "hand_off.pager.seconds"),
        ('[hand_off."A b"]\nkind = "webhook"', "setting hand_off.A b"),
        ('[hand_off.x]\nkind = "email"', "setting hand_off.x.kind"),
    ],
)
def test_a_mistaken_hand_off_stops_the_start(write: Write, text: str, said: str) -> None:
    """And nothing secret is repeated."""
    write(text)
    with pytest.raises(BadRequest) as error:
        load()
    assert said in error.value.cause
    assert "t0k3n" not in error.value.cause
