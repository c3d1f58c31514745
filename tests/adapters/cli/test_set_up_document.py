"""docs/set_up.md: its sessions are played, its tables are complete."""

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import authflow.adapters.provision
from authflow.adapters.cli.main import main
from authflow.adapters.provision.questions import QUESTIONS

PAGE = (Path(__file__).parents[3] / "docs/set_up.md").read_text(encoding="utf-8")
SESSIONS = re.findall(r"```console\n\$ authflow (.*)\n((?:.*\n)*?)```", PAGE)
# What is different in each run: ids, and how moto makes them.
_RANDOM = (
    (re.compile(r"\b(us-east-1|eu-west-1)_\w+"), r"\1_AbCdEfGhI"),
    (re.compile(r"\beu-west-1:[0-9a-f-]{36}"), "eu-west-1:01234567-89ab-cdef-0123-456789abcdef"),
    (re.compile(r"(app client \w+ (?:made|there already): )\w{26}"), r"\g<1>1example23456789abcdefghij"),
)
# A prompt in a document is followed by what is typed.
_PROMPT = re.compile(r"^(.+?\?[^:]*:) ?(.*)$")
OLD: dict[str, Any] = {
    "CognitoUserPool": {"Default": {"PoolId": "eu-west-1_AbCdEfGhI", "AppCIientId": "x", "AppClientId": "4client5id"}},
    "Auth": {
        "Default": {
            "signupAttributes": ["EMAIL"],
            "OAuth": {
                "WebDomain": "https://shop.auth.eu-west-1.amazoncognito.com",
                "Scopes": ["openid", "aws.cognito.signin.user.admin"],
                "SignInRedirectURI": "http://shop.example.com/",
                "SignOutRedirectURI": "myapp://out",
            },
        }
    },
}


def played(command: str, shown: str) -> tuple[str, str]:
    """What a session says, and what the document says that it says; without what is typed, and what is random."""
    typed = "".join(f"{match[2]}\n" for line in shown.splitlines() if (match := _PROMPT.match(line)))
    result = CliRunner().invoke(main, shlex.split(command), input=typed)
    expected = "\n".join(_PROMPT.sub(r"\1", line) for line in shown.splitlines())
    return _usual(result.output), _usual(expected)


def _usual(text: str) -> str:
    for pattern, usual in _RANDOM:
        text = pattern.sub(usual, text)
    return "\n".join(line.rstrip() for line in text.splitlines())


@pytest.mark.filterwarnings("default")
def test_the_sessions_are_as_shown(aws: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those in AWS on moto, in a directory of their own; the others on a local pool."""
    monkeypatch.setenv("COLUMNS", "100")
    assert len(SESSIONS) == 5
    for command, shown in SESSIONS:
        directory = tmp_path / ("aws" if "--region" in command else "local")
        directory.mkdir(exist_ok=True)
        monkeypatch.chdir(directory)
        Path("old.json").write_text(json.dumps(OLD), encoding="utf-8")
        said, expected = played(command, shown)
        assert said == expected


def test_every_option_of_a_wish_is_listed() -> None:
    rows = dict(re.findall(r"^\| `(--[a-z-]+)` \| .* \| (.*) \|$", PAGE, re.MULTILINE))
    assert rows == {question.option: f"`{question.default}`" if question.default else "none" for question in QUESTIONS}


def test_every_finding_is_listed() -> None:
    (folder,) = authflow.adapters.provision.__path__
    source = "".join(file.read_text(encoding="utf-8") for file in Path(folder).glob("*.py"))
    groups = "configuration|flow|otp|passkey|mfa|sign_up|password|secret|identity_pool|oauth|keys|live"
    made = set(re.findall(rf'"((?:{groups})\.[a-z-]+)"', source))
    listed = set(re.findall(rf"`((?:{groups})\.[a-z-]+)`", PAGE))
    assert made == listed
