"""`authflow init`: asked and told, on AWS as moto has it and on a local pool, and then used."""

import json
import logging
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from authflow.adapters.cli.main import main
from authflow.adapters.cli.terminal import run
from authflow.adapters.config import load_config
from authflow.adapters.local_pool import LocalPool
from authflow.adapters.provision import services as services_module
from authflow.adapters.provision.files import NAMES
from authflow.adapters.provision.services import aws_services, local_services
from authflow.app import AuthFlow
from authflow.states import SignInState
from tests.adapters.cli.test_terminal import PASSWORD, Person
from tests.adapters.provision.account import failing, inventory, on_moto, refused

pytestmark = pytest.mark.filterwarnings("default")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty directory to work in."""
    monkeypatch.setenv("COLUMNS", "80")
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "here"


def init(*arguments: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(main, ["init", *arguments], input=typed)


LOCAL = ("--yes", "--local", "--file", "pool.db", "--identity-pool", "no")


def on_file() -> Any:
    with LocalPool("pool.db") as pool:
        return inventory(local_services(pool))


def test_a_local_pool_is_made_once(here: Path) -> None:
    first = init(*LOCAL)
    assert first.exit_code == 0, first.output
    assert "✓ 1/2 user pool authflow made: us-east-1_" in first.stdout
    assert "✓ 2/2 app client authflow made: " in first.stdout
    assert "authflow pool serve --file pool.db" in first.stdout
    before, files = on_file(), {name: (here / name).read_bytes() for name in NAMES}
    again = init(*LOCAL)
    assert again.exit_code == 0
    assert "Nothing to do: all of it is there." in again.stdout
    assert "made" not in again.stdout
    assert on_file() == before
    assert {name: (here / name).read_bytes() for name in NAMES} == files


@pytest.mark.parametrize("name", NAMES)
def test_authflow_run_signs_a_new_user_up_with_each_file(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert init(*LOCAL).exit_code == 0
    with LocalPool("pool.db") as pool, pool.serve() as server:
        person = Person(
            *("2", "", "ana", PASSWORD, PASSWORD, "ana@example.com"),
            *("", "", lambda: pool.last_code("ana")),
            *("", "", PASSWORD),
            "q",
        )
        monkeypatch.setattr("authflow.adapters.cli.terminal.Keyboard", lambda: person)
        result = CliRunner().invoke(run, ["--config", name, "--endpoint-url", server.url])
    assert result.exit_code == 0, result.output
    for sign in ("✓ Create the account", "✓ Confirm the account", "✓ Sign in", "ana ──"):
        assert sign in result.stdout


ALL = (
    *("--yes", "--local", "--file", "pool.db", "--rotation", "yes", "--guests", "yes", "--domain", "shop-pages"),
    *("--callback-urls", "https://shop.example.com/,myapp://in", "--sign-out-urls", "myapp://out"),
    *("--providers", "cognito,google", "--google-id", "an-id"),
)


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalPool]:
    """A pool with all that can be wished for, made by the command and served as its output says."""
    monkeypatch.setenv("AUTHFLOW_GOOGLE_SECRET", "5ecret5ecret")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    made = init(*ALL, "--port", port)
    assert made.exit_code == 0, made.output
    assert f"authflow pool serve --file pool.db --port {port}" in made.stdout
    assert f"domain shop-pages made: http://127.0.0.1:{port}/shop-pages" in made.stdout
    assert "role of" not in made.stdout
    with LocalPool("pool.db") as pool:
        pool.serve(int(port))
        yield pool


def url_of(pool: LocalPool) -> str:
    return pool.domain_url("shop-pages").removesuffix("/shop-pages")


@pytest.mark.parametrize("name", NAMES)
def test_a_local_pool_with_everything_works_from_each_file(name: str, served: LocalPool) -> None:
    with AuthFlow.from_config(name, endpoint_url=url_of(served)) as flow:
        flow.initialize()
        flow.sign_up("ana", PASSWORD, user_attributes={"email": "ana@example.com"})
        flow.confirm_sign_up("ana", served.last_code("ana"))
        assert flow.sign_in("ana", PASSWORD).sign_in_state is SignInState.signedIn
        tokens = [flow.get_tokens(force_refresh=again) for again in (False, True, True)]
        assert len({one.refresh_token.reveal() for one in tokens if one.refresh_token is not None}) == 3
        assert flow.get_aws_credentials().identity_id is not None
    with AuthFlow.from_config(name, endpoint_url=url_of(served)) as visitor:
        visitor.initialize()
        asked, tab = visitor.sign_in_with_redirect("Google"), served.browser()
        tab.open(asked.parameters["URL"])
        visitor.complete_redirect(tab.continue_as("117", email="bo@example.com"))
        assert visitor.username == "google_117"


def test_a_local_pool_with_everything_is_as_its_files_say(served: LocalPool) -> None:
    for name in NAMES:
        result = CliRunner().invoke(main, ["doctor", "--live", "--config", name, "--endpoint-url", url_of(served)])
        assert result.stdout == f"{name} and its pool: no problems.\n"


def test_a_local_pool_with_everything_is_made_once(served: LocalPool, here: Path) -> None:
    port = url_of(served).rpartition(":")[2]
    served.close()
    before, files = on_file(), {name: (here / name).read_bytes() for name in NAMES}
    again = init(*ALL, "--port", port)
    assert again.exit_code == 0, again.output
    assert "Nothing to do: all of it is there." in again.stdout
    assert (on_file(), {name: (here / name).read_bytes() for name in NAMES}) == (before, files)


def test_the_command_line_alone_goes_all_the_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`authflow init`, and the two commands that it says: each in a process, with the codes read off the screen."""
    made = init("--yes", "--local", "--file", "pool.db", "--rotation", "yes")
    assert made.exit_code == 0
    command = [sys.executable, "-c", "from authflow.adapters.cli.main import main; main()", "pool", "serve"]
    with subprocess.Popen(
        [*command, "--file", "pool.db"], stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as serve:
        assert serve.stdout is not None
        shown = serve.stdout

        def code() -> str:
            return next(line for line in shown if " for ana: sign_up " in line).split()[-1]

        try:
            url = next(line for line in shown if line.startswith("URL")).split()[-1]
            person = Person(
                *("2", "", "ana", PASSWORD, PASSWORD, "ana@example.com"),
                *("", "", code),
                *("", "", PASSWORD),
                *("get_tokens", "q"),
            )
            monkeypatch.setattr("authflow.adapters.cli.terminal.Keyboard", lambda: person)
            arguments = ["--config", "awsconfiguration.json", "--endpoint-url", url]
            result = CliRunner().invoke(run, arguments)
        finally:
            serve.terminate()
    assert result.exit_code == 0, result.output
    for sign in ("✓ Create the account", "✓ Confirm the account", "✓ Sign in", "ana ──"):
        assert sign in result.stdout


def test_what_differs_is_told_and_left(here: Path) -> None:
    init(*LOCAL)
    before = on_file()
    result = init(*LOCAL, "--password-length", "10", "--refresh-days", "7")
    assert result.exit_code == 0
    said = " ".join(result.stdout.split())
    assert "Policies.PasswordPolicy.MinimumLength is 8, not 10; it was left so." in said
    assert "RefreshTokenValidity is 30, not 7; it was left so." in said
    assert "Nothing to do: all of it is there, and what differs was left as it is." in said
    assert on_file() == before


def test_what_differs_is_told_in_the_words_of_the_files(here: Path) -> None:
    init(*LOCAL)
    result = init(*LOCAL, "--required-attributes", "name,email", "--flows", "srp,password", "--rotation", "yes")
    said = " ".join(result.stdout.split())
    assert "Schema is [email], not [name, email]; it was left so." in said
    assert "not [ALLOW_USER_SRP_AUTH, ALLOW_USER_PASSWORD_AUTH]; it was left so." in said
    assert max(map(len, result.stdout.splitlines()[:8])) < 80


def test_files_of_somebody_else_stop_it_before_anything_is_made(here: Path) -> None:
    (here / "amplify_outputs.json").write_text("{}", encoding="utf-8")
    result = init(*LOCAL)
    assert result.exit_code == 1
    assert "amplify_outputs.json is there already" in result.stderr
    assert "Nothing was made." in result.stderr
    assert on_file() == {}
    forced = init(*LOCAL, "--force")
    assert forced.exit_code == 0
    assert "amplify_outputs.json written (what it held is in amplify_outputs.json.bak)" in forced.stdout
    assert (here / "amplify_outputs.json.bak").read_text(encoding="utf-8") == "{}"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--mfa", "sometimes"), "--mfa: answer with one of OFF, OPTIONAL, ON."),
        (("--mfa-methods", "totp"), "--mfa-methods says something about what is not wished for."),
        (("--password-length", "5"), "a number from 6 to 99"),
        (("--first-factors", "email_otp", "--flows", "choice"), "add PASSWORD to the first factors"),
        (("--required-attributes", "name"), "require one of them"),
        (("--name", "a b"), "A project's name"),
    ],
)
def test_bad_answers_are_refused_before_anything_is_made(arguments: tuple[str, ...], says: str, here: Path) -> None:
    result = init(*LOCAL, *arguments)
    assert result.exit_code == 1
    assert says in result.stderr
    assert list(here.iterdir()) == []


def test_a_directory_that_is_not_there_is_said_before_anything_is_made(here: Path) -> None:
    result = init(*LOCAL, "--directory", "nowhere")
    assert result.exit_code == 2
    assert "'nowhere' does not exist" in result.stderr
    assert list(here.iterdir()) == []


def test_local_and_file_go_together() -> None:
    for arguments in (
        *(("--local",), ("--file", "pool.db"), ("--local", "--file", "p.db", "--profile", "me")),
        ("--port", "9229"),
    ):
        assert init("--yes", *arguments).exit_code == 2


def test_questions_are_asked_and_asked_again() -> None:
    answers = [
        *("shop", "fax", "email", "name", "sometimes", "optional", "sms,totp", "10", "lower"),
        *("no", "srp", "60", "60", "30", "", "", "", "", "no"),
    ]
    result = init("--local", "--file", "pool.db", typed="\n".join([*answers, "y", ""]))
    assert result.exit_code == 0, result.output
    said = " ".join(result.stdout.split())
    assert "Answer with one or more of username, email, phone_number." in said
    assert "Answer with one of OFF, OPTIONAL, ON." in said
    assert "Offer a second factor from a text message or an authenticator app." in said
    assert "user pool shop made" in said
    assert {"username_attributes": ["email"], "mfa_methods": ["SMS", "TOTP"]}.items() <= json.loads(
        Path("amplify_outputs.json").read_text(encoding="utf-8")
    )["auth"].items()


def test_somebody_who_is_there_is_asked_about_files(here: Path) -> None:
    (here / "amplify_outputs.json").write_text("{}", encoding="utf-8")
    answered = LOCAL[1:]
    declined = init(*answered, typed="\n" * 15 + "y\nn\n")
    assert declined.exit_code == 1
    assert "Replace amplify_outputs.json? What is there is kept beside it, as .bak." in declined.stdout
    assert on_file() == {}
    agreed = init(*answered, typed="\n" * 15 + "y\ny\n")
    assert agreed.exit_code == 0, agreed.output
    assert (here / "amplify_outputs.json.bak").read_text(encoding="utf-8") == "{}"


def test_files_that_were_changed_since_are_not_replaced(here: Path) -> None:
    init(*LOCAL)
    (here / "awsconfiguration.json").write_text("{}", encoding="utf-8")
    result = init(*LOCAL)
    assert result.exit_code == 1
    assert "awsconfiguration.json is there already and holds something else" in result.stderr
    assert (here / "awsconfiguration.json").read_text(encoding="utf-8") == "{}"


def test_an_app_client_that_lets_nobody_sign_in_has_no_configuration(here: Path) -> None:
    init(*LOCAL)
    with LocalPool("pool.db") as pool:
        (listed,) = pool.call("ListUserPools", {"MaxResults": 1})["UserPools"]
        (client,) = pool.call("ListUserPoolClients", {"UserPoolId": listed["Id"]})["UserPoolClients"]
        name = {"UserPoolId": listed["Id"], "ClientId": client["ClientId"]}
        pool.call("UpdateUserPoolClient", {**name, "ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH"]})
    result = init(*LOCAL)
    assert result.exit_code == 1
    assert "allows no flow that a user can sign in with" in result.stderr


def test_a_link_may_be_wished_for_with_the_domain_that_it_leads_to(account: Any) -> None:
    answers = ["shop-pages", "https://shop.example.com/", "", "", "", "link", "no"]
    result = init(typed="\n" * 13 + "\n".join([*answers, "y", ""]))
    assert result.exit_code == 0, result.output
    assert "is verified by a link" in " ".join(result.stdout.split())
    assert "authflow run --config awsconfiguration.json --confirm-by-link" in result.stdout


def test_an_option_about_what_is_asked_later_is_no_answer_to_another_question() -> None:
    arguments = ("--local", "--file", "pool.db", "--identity-pool", "no", "--mfa-methods", "totp")
    result = init(*arguments, typed="\n\n\noptional\n" + "\n" * 11 + "y\n")
    assert result.exit_code == 0, result.output
    assert result.stdout.count("What is the project called?") == 1
    unwanted = init(*arguments, typed="\n" * 15 + "y\n")
    assert unwanted.exit_code == 1
    assert "--mfa-methods says something about what is not wished for." in unwanted.stderr


def test_an_unfinished_questionnaire_makes_nothing(here: Path) -> None:
    result = init("--local", "--file", "pool.db", typed="shop\n")
    assert result.exit_code == 1
    assert "Nothing was made" in result.stderr
    declined = init(*LOCAL[1:], typed="\n" * 30 + "n\n")
    assert declined.exit_code == 1
    assert "Nothing was made." in declined.stderr
    assert list(here.iterdir()) == []


def test_a_dry_run_calls_nobody_and_writes_nothing(here: Path) -> None:
    program = (
        "import sys\n"
        "from authflow.adapters.cli.main import main\n"
        "main(['init', '--yes', '--dry-run', '--mfa', 'on'], standalone_mode=False)\n"
        "print([name for name in ('boto3', 'botocore', 'urllib3') if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    *said, modules = ran.stdout.splitlines()
    assert modules == "[]"
    assert said[0].startswith("1. Make a user pool")
    text = "\n".join(said)
    assert "there is none unless" in " ".join(text.split())
    template = json.loads(text[text.index("\n{") :])
    assert template["Resources"]["UserPool"]["Properties"]["MfaConfiguration"] == "ON"
    assert list(here.iterdir()) == []


@pytest.fixture
def account(aws: dict[str, Any]) -> Any:
    return lambda: inventory(on_moto())


def test_on_aws_a_new_user_signs_up(account: Any) -> None:
    result = init("--yes", "--name", "shop")
    assert result.exit_code == 0, result.output
    assert result.stdout.count("✓") == 6 + 3
    for name in NAMES:
        with AuthFlow.from_config(name) as flow:
            flow.initialize()
            flow.sign_up(f"ana-{name}", PASSWORD, user_attributes={"email": f"{name}@example.com"})
            flow.confirm_sign_up(f"ana-{name}", "123456")
            assert flow.sign_in(f"ana-{name}", PASSWORD).sign_in_state is SignInState.signedIn


GOOGLE = (
    *("--yes", "--domain", "shop-pages", "--callback-urls", "https://shop.example.com/"),
    *("--providers", "cognito,google", "--google-id", "an-id"),
)


def test_a_providers_secret_comes_from_the_environment(account: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    missing = init(*GOOGLE)
    assert missing.exit_code == 1
    assert "The secret of your app at Google is needed: set AUTHFLOW_GOOGLE_SECRET." in missing.stderr
    assert account() == {}
    assert "5ecret5ecret" not in init(*GOOGLE, "--dry-run").output
    monkeypatch.setenv("AUTHFLOW_GOOGLE_SECRET", "5ecret5ecret")
    made = init(*GOOGLE)
    assert made.exit_code == 0, made.output
    assert "identity provider Google made" in made.stdout
    assert "5ecret5ecret" not in made.output
    assert all("5ecret5ecret" not in Path(name).read_text(encoding="utf-8") for name in NAMES)
    for name in NAMES:
        config = load_config(name)
        assert config.providers == ("Google",)
        assert config.hosted_ui.token_url == "https://shop-pages.auth.eu-west-1.amazoncognito.com/oauth2/token"


def test_a_providers_secret_is_asked_for(account: Any) -> None:
    result = init(*GOOGLE[1:], "--name", "shop", typed="\n" * 17 + "5ecret5ecret\ny\n")
    assert result.exit_code == 0, result.output
    assert "The secret of your app at Google? (or set AUTHFLOW_GOOGLE_SECRET):" in result.stdout
    assert "5ecret5ecret" not in result.output


def test_on_aws_twice_is_once(account: Any, here: Path) -> None:
    arguments = ("--yes", "--name", "shop", "--mfa", "optional", "--mfa-methods", "sms,totp", "--secret", "yes")
    pages = ("--domain", "shop-pages", "--callback-urls", "https://shop.example.com/")
    assert init(*arguments, *pages).exit_code == 0
    before, files = account(), {path.name: path.read_bytes() for path in here.iterdir()}
    again = init(*arguments, *pages)
    assert again.exit_code == 0
    assert "Nothing to do: all of it is there." in again.stdout
    assert (account(), {path.name: path.read_bytes() for path in here.iterdir()}) == (before, files)
    assert set(files) == set(NAMES) - {"amplify_outputs.json"}


def test_the_client_secret_is_in_the_files_and_nowhere_else(account: Any, here: Path) -> None:
    result = init("--yes", "--secret", "yes")
    secret = json.loads((here / NAMES[0]).read_text(encoding="utf-8"))["CognitoUserPool"]["Default"]["AppClientSecret"]
    assert secret
    assert secret not in result.output
    assert secret not in init("--yes", "--secret", "no").output


def test_no_log_tells_the_client_secret(account: Any, here: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        assert init("--yes", "--secret", "yes").exit_code == 0
    secret = json.loads((here / NAMES[0]).read_text(encoding="utf-8"))["CognitoUserPool"]["Default"]["AppClientSecret"]
    assert any(record.name.startswith("botocore") for record in caplog.records)
    assert secret not in caplog.text


def test_what_was_made_before_a_failure_is_said_and_gone_on_from(account: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(**options: Any) -> Any:
        return failing(aws_services(**options), "CreateIdentityPool", refused("AccessDeniedException"))

    monkeypatch.setattr(services_module, "aws_services", broken)
    result = init("--yes", "--name", "shop")
    monkeypatch.undo()
    assert result.exit_code == 1
    assert "Made before that, and still there: user pool shop (eu-west-1_" in " ".join(result.stderr.split())
    assert "run the same command again: it goes on from there." in " ".join(result.stderr.split())
    assert "Your AWS credentials do not allow CreateIdentityPool" in result.stderr.splitlines()[-1]


def test_without_credentials_it_says_what_to_do(no_credentials: None, here: Path) -> None:
    result = init("--yes", "--region", "eu-west-1")
    assert result.exit_code == 1
    assert "No AWS credentials are found: give --profile" in result.stderr
    assert "Nothing was made." in result.stderr
    unknown = init("--yes", "--profile", "nobody")
    assert unknown.exit_code == 1
    assert "There is no such profile" in unknown.stderr
    assert list(here.iterdir()) == []


def test_without_a_region_it_says_so(no_credentials: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    result = init("--yes")
    assert result.exit_code == 1
    assert "No AWS region is known" in result.stderr
