"""What is secret shows itself nowhere, and the one thing that has to be shown is whole (S132, S138)."""

import json
import logging
import pickle
import re
import traceback
from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

import attrs
import pytest
import structlog
from pyotp.totp import TOTP

from authflow import AuthFlow, AuthFlowError, Secret, Settings
from authflow.adapters.local_pool import Fault
from authflow.adapters.logging import log_events
from authflow.adapters.totp import TotpSetup
from authflow.events import Event, data_of
from tests.behaviours.host import Host

EMAIL: Final = "ana@example.com"
PHONE: Final = "+15555550100"

# What is typed in these tests and nowhere else.
PASSWORD: Final = "Canary-yellow-31"
OTHER_PASSWORD: Final = "Canary-orange-32"
TEMPORARY: Final = "Canary-feather-33"
WRONG_PASSWORD: Final = "Canary-cage-34"
WRONG_CODE: Final = "717273"
ANSWER: Final = "canary-song-35"
TYPED: Final = (PASSWORD, OTHER_PASSWORD, TEMPORARY, WRONG_PASSWORD, WRONG_CODE, ANSWER)


def written_out(error: AuthFlowError) -> list[str]:
    """Returns the traceback as Python prints it, and the variables in our frames as error trackers log them."""
    frames = traceback.TracebackException.from_exception(error, capture_locals=True).stack
    ours = [frame.locals for frame in frames if "/authflow/" in frame.filename]
    assert ours
    return ["".join(traceback.format_exception(error)), *map(repr, ours)]


class Watch:
    """Keeps whatever a flow shows of itself: snapshots, events, logs, errors, and the flow as it would be saved.

    Args:
        host: the application.
        caplog: what the whole process logs.
    """

    def __init__(self, host: Host, caplog: pytest.LogCaptureFixture) -> None:
        self.host = host
        self.secrets: set[str] = set(TYPED)
        self.shown: list[str] = []
        self._lines = StringIO()
        self._caplog = caplog
        logger = structlog.wrap_logger(structlog.PrintLogger(self._lines), [structlog.processors.JSONRenderer()])
        log_events(host.flow, logger, debug=True)
        host.flow.subscribe(self._hear, debug=True)

    def submit(self, action_id: str, **values: object) -> None:
        """Does something that the step offers, and keeps the error if it is refused."""
        self.look({name: attrs.asdict(found) for name, found in self.host.check(action_id, **values).items()})
        try:
            self.host.submit(action_id, **values)
        except AuthFlowError as error:
            self.look(error, error.args, error.info, error.__dict__, *written_out(error))
        self.look()

    def refused(self, action_id: str, **values: object) -> None:
        """Does something that is refused."""
        told = len(self.shown)
        self.submit(action_id, **values)
        assert any("Traceback" in text for text in self.shown[told:])

    def code(self, purpose: str) -> str:
        """Returns the newest code for ana, which is a secret from now on."""
        code = self.host.code("ana", purpose)
        self.secrets.add(code)
        return code

    def tokens(self, *, anew: bool = False) -> None:
        """Counts the tokens among the secrets."""
        tokens = self.host.flow.get_tokens(force_refresh=anew)
        held = (tokens.id_token, tokens.access_token, tokens.refresh_token)
        self.secrets |= {token.reveal() for token in held if token is not None}
        self.look(tokens)

    def look(self, *others: object) -> None:
        """Keeps what is shown now, and other things as they are written out."""
        flow = self.host.flow
        snapshot = flow.snapshot()
        self.shown += [json.dumps(snapshot.to_json()), repr(snapshot), repr(flow), repr(flow.flow)]
        self.shown.append(pickle.dumps(flow.flow).decode("latin-1"))
        self.shown.append(repr(self.host.tokens.load()))
        for other in others:
            self.shown += [repr(other), str(other)]

    def leaks(self) -> list[tuple[str, str]]:
        """Returns every secret that was shown, and a little of where."""
        texts = [*self.shown, self._lines.getvalue(), self._caplog.text]
        assert all(texts), "There is nothing to look at."
        assert any("ana" in text for text in self.shown), "What was typed is not to be seen at all."
        return [leak for text in texts for leak in self._leaks_of(text)]

    def _hear(self, event: Event) -> None:
        self.look(event, json.dumps(data_of(event)))

    def _leaks_of(self, text: str) -> Iterator[tuple[str, str]]:
        for secret in self.secrets:
            # A code is six digits, which may also be found inside a longer number.
            pattern = rf"(?<![\w.]){secret}(?!\w)" if secret.isdigit() else re.escape(secret)
            if found := re.search(pattern, text):
                yield secret, text[max(found.start() - 60, 0) : found.end() + 60]


def sign_in_with_a_code(watch: Watch) -> None:
    watch.host.user("ana", password=PASSWORD, phone=PHONE)
    watch.refused("sign_in", username="ana", password=WRONG_PASSWORD)
    watch.submit("sign_in", username="ana", password=PASSWORD)
    watch.refused("confirm_sign_in", answer=WRONG_CODE)
    watch.submit("resend_code")
    watch.submit("confirm_sign_in", answer=watch.code("sms_mfa"))
    device = watch.host.devices.load("ana")
    assert device is not None
    watch.secrets.add(device.secret.reveal())


def sign_up_and_in(watch: Watch) -> None:
    given = {"username": "ana", "attributes__email": EMAIL}
    watch.submit("show_sign_up")
    watch.refused("sign_up", password=WRONG_PASSWORD, password_confirmation=PASSWORD, **given)
    watch.submit("sign_up", password=PASSWORD, password_confirmation=PASSWORD, **given)
    watch.refused("confirm_sign_up", username="ana", code=WRONG_CODE)
    watch.submit("confirm_sign_up", username="ana", code=watch.code("sign_up"))


def new_password_and_totp(watch: Watch) -> None:
    watch.host.user("ana", password=TEMPORARY, temporary=True)
    watch.submit("sign_in", username="ana", password=TEMPORARY)
    watch.refused("confirm_sign_in", answer=PASSWORD, answer_confirmation=WRONG_PASSWORD)
    watch.submit("confirm_sign_in", answer=PASSWORD, answer_confirmation=PASSWORD)
    seed = watch.host.flow.totp_secret().reveal()
    code = TOTP(seed).at(int(watch.host.pool.clock()))
    watch.secrets |= {seed, code}
    watch.look(watch.host.flow.totp_setup(issuer="Tea"), watch.host.flow.totp_setup().uri())
    watch.refused("confirm_sign_in", answer=WRONG_CODE)
    watch.submit("confirm_sign_in", answer=code, device_name="phone")
    with pytest.raises(AuthFlowError):
        watch.host.flow.totp_secret()


def reset_and_sign_in(watch: Watch) -> None:
    watch.host.user("ana", password=WRONG_PASSWORD, email=EMAIL)
    watch.submit("show_forgot_password")
    watch.submit("forgot_password", username="ana")
    new = {"username": "ana", "new_password": OTHER_PASSWORD, "new_password_confirmation": OTHER_PASSWORD}
    watch.refused("confirm_forgot_password", code=WRONG_CODE, **new)
    watch.submit("confirm_forgot_password", code=watch.code("forgot_password"), **new)
    watch.submit("sign_in", username="ana", password=OTHER_PASSWORD)


def answer_a_question(watch: Watch) -> None:
    def define(event: dict[str, Any]) -> None:
        answered = event["request"]["session"]
        event["response"].update(
            challengeName="CUSTOM_CHALLENGE" if len(answered) == 2 else "PASSWORD_VERIFIER",
            issueTokens=len(answered) == 3,
            failAuthentication=False,
        )

    def verify(event: dict[str, Any]) -> None:
        event["response"]["answerCorrect"] = event["request"]["challengeAnswer"] == ANSWER

    watch.host.pool.set_triggers(watch.host.setup.pool_id, define=define, create=lambda event: event, verify=verify)
    watch.host.user("ana", password=PASSWORD)
    watch.submit("sign_in", username="ana", password=PASSWORD)
    watch.submit("confirm_sign_in", answer=ANSWER)


def sign_in_by_code(watch: Watch) -> None:
    watch.host.user("ana", password=PASSWORD, email=EMAIL)
    watch.submit("sign_in", username="ana", preferred_challenge="EMAIL_OTP")
    watch.refused("confirm_sign_in", answer=WRONG_CODE)
    watch.submit("confirm_sign_in", answer=watch.code("sign_in"))


def verify_a_contact(watch: Watch) -> None:
    watch.host.user("ana", password=PASSWORD, email=EMAIL, verified=False)
    watch.submit("sign_in", username="ana", password=PASSWORD)
    watch.submit("verify_user_attribute")
    watch.refused("confirm_verify_user_attribute", code=WRONG_CODE)
    watch.submit("confirm_verify_user_attribute", code=watch.code("verify_email"))


def sign_in_to_a_service_that_repeats_what_it_hears(watch: Watch) -> None:
    watch.host.user("ana", password=PASSWORD, phone=PHONE)
    faults: tuple[dict[str, Any], ...] = (
        {"error": ("InvalidParameterException", f"Value '{PASSWORD}' at 'password' failed to satisfy constraint.")},
        {"error": ("NeverHeardOfException", f"PASSWORD={PASSWORD}")},
        {"body": f'{{"AuthenticationResult": "{PASSWORD}"'},
        {"body": f"<html>{PASSWORD}</html>", "status": 500},
        {"drop": "after"},
    )
    for fault in faults:
        watch.host.pool.inject(Fault(operation="InitiateAuth", **fault))
        watch.refused("sign_in", username="ana", password=PASSWORD)
    watch.submit("sign_in", username="ana", password=PASSWORD)
    watch.host.pool.inject(Fault(operation="RespondToAuthChallenge", error=("CodeMismatchException", WRONG_CODE)))
    watch.refused("confirm_sign_in", answer=WRONG_CODE)
    watch.submit("confirm_sign_in", answer=watch.code("sms_mfa"))


SETTINGS: Final = Settings(auto_sign_in=True, retain_password=True, verify_contacts=True)
SRP: Final = {"config": {"auth_flow": "USER_SRP_AUTH"}}
PLAIN: Final = {"config": {"auth_flow": "USER_PASSWORD_AUTH"}}
SMS: Final = {"mfa": "ON", "factors": ("SMS_MFA",), "devices": "always"}
APP: Final = {"mfa": "ON", "factors": ("SOFTWARE_TOKEN_MFA",)}


@pytest.mark.parametrize(
    ("walk", "pool"),
    [
        (sign_in_with_a_code, SRP | SMS),
        (sign_in_with_a_code, PLAIN | SMS),
        (sign_up_and_in, SRP),
        (sign_up_and_in, PLAIN),
        (new_password_and_totp, SRP | APP),
        (new_password_and_totp, PLAIN | APP),
        (reset_and_sign_in, PLAIN),
        (answer_a_question, {"config": {"auth_flow": "CUSTOM_AUTH"}}),
        (sign_in_by_code, {"config": {"auth_flow": "USER_AUTH"}, "first_factors": ("EMAIL_OTP",)}),
        (verify_a_contact, SRP),
        (sign_in_to_a_service_that_repeats_what_it_hears, SRP | SMS),
        (sign_in_to_a_service_that_repeats_what_it_hears, PLAIN | SMS),
    ],
)
def test_s132_no_secret_is_shown_logged_or_saved(
    walk: Callable[[Watch], None], pool: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    watch = Watch(Host(settings=SETTINGS, **pool), caplog)
    walk(watch)
    assert watch.host.screen == "signedIn"
    watch.tokens()
    watch.tokens(anew=True)
    watch.submit("sign_out", globally=True)
    assert watch.leaks() == []


def test_s132_nor_is_it_where_the_requests_go_over_a_network(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    host = Host()
    with host.pool.serve() as server:
        host.flow = AuthFlow.from_config(
            user_pool_id=host.setup.pool_id,
            client_id=host.setup.client_id,
            auth_flow="USER_PASSWORD_AUTH",
            endpoint_url=server.url,
            token_store=host.tokens,
            settings=SETTINGS,
        )
        host.flow.initialize()
        watch = Watch(host, caplog)
        sign_up_and_in(watch)
        assert host.screen == "signedIn"
        watch.tokens()
        watch.tokens(anew=True)
        watch.submit("sign_out", globally=True)
        assert watch.leaks() == []


def test_s132_what_is_kept_of_a_session_is_its_tokens_and_nothing_that_was_typed() -> None:
    host = Host(mfa="ON", factors=("SMS_MFA",))
    host.user("ana", password=PASSWORD, phone=PHONE)
    host.submit("sign_in", username="ana", password=PASSWORD)
    code = host.code("ana")
    host.submit("confirm_sign_in", answer=code)
    kept = host.tokens.load()
    assert kept is not None
    assert kept.tokens is not None
    written = [kept.username, kept.user_sub, kept.tokens.access_token.reveal()]
    written += [token.reveal() for token in (kept.tokens.id_token, kept.tokens.refresh_token) if token is not None]
    assert [text for text in written if text is not None and (PASSWORD in text or text == code)] == []


# The otpauth URI


def parts(uri: str) -> tuple[str, str, dict[str, str]]:
    """Returns issuer and account of the label, and the parameters, as the Key URI Format says they are read."""
    split = urlsplit(uri)
    assert (split.scheme, split.netloc, split.fragment) == ("otpauth", "totp", "")
    issuer, _, account = split.path.removeprefix("/").partition(":")
    return unquote(issuer), unquote(account), dict(parse_qsl(split.query, strict_parsing=True))


@pytest.mark.parametrize("character", " +&#?:/%=@")
def test_s138_every_part_of_the_otpauth_uri_is_encoded_and_comes_back(character: str) -> None:
    issuer, account = f"Tea{character}Co", f"ana{character}bo"
    uri = TotpSetup(secret=Secret("JBSWY3DPEHPK3PXP"), issuer=issuer, account=account).uri().reveal()
    assert parts(uri) == (issuer, account, {"secret": "JBSWY3DPEHPK3PXP", "issuer": issuer})
    label, _, parameters = uri.removeprefix("otpauth://totp/").partition("?")
    assert label.count(":") == 1
    assert not set(label) & set(" +&#?=@/")
    assert not set(parameters) & set(" +#?:@/")


def test_s138_so_it_is_for_what_a_sign_in_really_sets_up() -> None:
    host = Host(mfa="ON", factors=("SOFTWARE_TOKEN_MFA",))
    host.user("ana+bo&co#1?x:y", password=PASSWORD)
    host.submit("sign_in", username="ana+bo&co#1?x:y", password=PASSWORD)
    uri = host.flow.totp_setup(issuer="Tea & Co: #1?").uri().reveal()
    secret = host.flow.totp_secret().reveal()
    assert parts(uri) == ("Tea & Co: #1?", "ana+bo&co#1?x:y", {"secret": secret, "issuer": "Tea & Co: #1?"})
    host.submit("confirm_sign_in", answer=TOTP(parts(uri)[2]["secret"]).at(int(host.pool.clock())))
    assert host.screen == "signedIn"
