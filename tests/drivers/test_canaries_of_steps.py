"""Canaries in what the later steps take: choices, set-ups, passkeys, contacts, and what is kept for later."""

import logging
import pickle
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import anyio
import pytest

from authflow import AuthFlow, AuthFlowError, ErrorCode, Form, Secret, effects, outcomes
from authflow.frontend.traits import PoolTraits
from authflow.secrets import Vault
from authflow.states import AuthFlowType, FirstFactor
from authflow.values import Settings
from tests.drivers.canaries import (
    ADDRESS,
    ANSWER,
    CODE,
    CREDENTIAL,
    NEW_PASSWORD,
    PASSWORD,
    SESSION,
    SRP,
    TOTP,
    Watched,
    canary_ports,
    found_in,
    locals_of,
)
from tests.drivers.scripted import challenging, raising, refusing

Do = Callable[[AuthFlow], object]
BY_CHOICE: Final = PoolTraits(auth_flow=AuthFlowType.USER_AUTH)
EVERYTHING: Final = PoolTraits(
    settings=Settings(auto_sign_in=True, offer_passkey=True, verify_contacts=True, retain_password=True)
)


@pytest.fixture(autouse=True)
def _logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Nothing is logged of any secret, by whomever, at any level."""
    with caplog.at_level(logging.DEBUG):
        yield
    records = [repr(record.__dict__) for record in caplog.records]
    assert found_in("\n".join((caplog.text, *records))) == set()


# What an authenticator answers is a JSON object.
SIGNED: Final = f'{{"id": "{CREDENTIAL}"}}'


class Authenticator:
    """Hands out canaries, or raises them."""

    def __init__(self, raised: BaseException | None = None) -> None:
        self._raised = raised

    def create(self, options: str) -> str:
        if self._raised is not None:
            raise self._raised
        return SIGNED

    get = create


def _watched(traits: PoolTraits = BY_CHOICE) -> Watched:
    watched = Watched(canary_ports(traits))
    watched.do(lambda flow: flow.initialize())
    watched.flow.subscribe(lambda event: watched.out.append(pickle.dumps(watched.flow.flow)))
    return watched


def _ask(watched: Watched, name: str, **details: Any) -> None:
    watched.ports.provider.on(effects.InitiateAuth, challenging(name, session=SESSION, **details))
    watched.do(lambda flow: flow.sign_in("jane"))


def test_a_choice_with_a_password() -> None:
    watched = _watched()
    for choice in ("PASSWORD", "PASSWORD_SRP"):
        _ask(watched, "SELECT_CHALLENGE", options=("EMAIL_OTP", choice))
        watched.ports.provider.on(
            effects.RespondToAuthChallenge,
            challenging("PASSWORD_VERIFIER", session=SESSION, srp=SRP),
        )
        watched.ports.provider.on(effects.RespondToPasswordVerifier, refusing(ErrorCode.NOT_AUTHORIZED))
        watched.do(lambda flow, choice=choice: flow.confirm_sign_in(choice))  # type: ignore[misc]  # bound now
        watched.do(lambda flow: flow.confirm_sign_in(PASSWORD))
    watched.do(lambda flow: flow.sign_in("jane", PASSWORD, preferred_challenge=FirstFactor.PASSWORD_SRP))
    assert watched.raised
    watched.check()


@pytest.mark.parametrize("wrong", [PASSWORD, Secret(PASSWORD), [PASSWORD], PASSWORD.encode(), {"a": PASSWORD}])
def test_a_secret_typed_where_something_is_chosen(wrong: Any) -> None:
    watched = _watched()
    _ask(watched, "SELECT_CHALLENGE", options=("EMAIL_OTP", "PASSWORD"))
    watched.do(lambda flow: flow.confirm_sign_in(wrong))
    watched.do(lambda flow: flow.check("confirm_sign_in", {"answer": wrong}))
    assert len(watched.raised) == 1
    watched.check()


def test_a_passkey_that_signs_in() -> None:
    watched = _watched()
    _ask(watched, "WEB_AUTHN", parameters={"CREDENTIAL_REQUEST_OPTIONS": "{}"})
    watched.ports.provider.on(effects.RespondToAuthChallenge, raising(ValueError(CREDENTIAL)))
    watched.do(lambda flow: flow.confirm_sign_in_with_passkey(Authenticator(KeyError(CREDENTIAL))))
    watched.do(lambda flow: flow.confirm_sign_in_with_passkey(Authenticator()))
    _ask(watched, "WEB_AUTHN", parameters={"CREDENTIAL_REQUEST_OPTIONS": "{}"})
    watched.do(lambda flow: flow.confirm_sign_in(SIGNED))
    assert len(watched.raised) == 2
    watched.check()


def test_an_authenticator_app_and_an_address_while_signing_in() -> None:
    watched = _watched(PoolTraits())
    provider = watched.ports.provider
    provider.on(
        effects.InitiateAuth, challenging("MFA_SETUP", session=SESSION, options=("SOFTWARE_TOKEN_MFA", "EMAIL_OTP"))
    )
    provider.on(effects.VerifySoftwareToken, refusing(ErrorCode.CODE_MISMATCH), raising(ValueError(CODE)))
    watched.do(lambda flow: flow.sign_in("jane", PASSWORD))
    watched.do(lambda flow: flow.confirm_sign_in("SOFTWARE_TOKEN_MFA"))
    assert watched.flow.totp_secret().reveal() == TOTP
    watched.do(lambda flow: flow.totp_secret())
    watched.do(lambda flow: flow.confirm_sign_in(CODE))
    watched.do(lambda flow: flow.confirm_sign_in(CODE, device_name="phone"))
    provider.on(effects.InitiateAuth, challenging("MFA_SETUP", session=SESSION, options=("EMAIL_OTP",)))
    provider.on(effects.RespondToAuthChallenge, raising(ValueError(ADDRESS)))
    watched.do(lambda flow: flow.sign_in("jane", PASSWORD))
    watched.do(lambda flow: flow.confirm_sign_in(ADDRESS))
    assert len(watched.raised) > 1
    watched.check()


def test_the_password_of_a_registration_that_signs_in_by_itself() -> None:
    watched = _watched(EVERYTHING)
    provider = watched.ports.provider
    provider.on(effects.ConfirmSignUp, refusing(ErrorCode.CODE_MISMATCH, field="code"))
    provider.on(effects.InitiateAuth, challenging("PASSWORD_VERIFIER", session=SESSION, srp=SRP))
    provider.on(effects.RespondToPasswordVerifier, raising(ValueError(PASSWORD)))
    do = watched.do
    do(lambda flow: flow.sign_up("jane", PASSWORD))
    do(lambda flow: flow.confirm_sign_up("jane", CODE))
    do(lambda flow: flow.confirm_sign_up("jane", CODE))
    do(lambda flow: flow.sign_up("jane", PASSWORD))
    do(lambda flow: flow.confirm_sign_up("jane", CODE))
    assert watched.flow.is_signed_in
    assert watched.raised
    watched.check()


def test_what_is_done_about_an_account() -> None:
    watched = _watched(EVERYTHING)
    provider = watched.ports.provider
    for effect, canary in (
        (effects.CompletePasskey, CREDENTIAL),
        (effects.VerifyContact, CODE),
        (effects.VerifySoftwareToken, CODE),
        (effects.ListDevices, SESSION),
    ):
        provider.on(effect, raising(ValueError(canary)))
    do = watched.do
    do(lambda flow: flow.sign_in("jane", PASSWORD))
    do(lambda flow: flow.register_passkey(Authenticator(KeyError(CREDENTIAL))))
    do(lambda flow: flow.complete_passkey(SIGNED))
    do(lambda flow: flow.register_passkey(Authenticator()))
    do(lambda flow: flow.skip())
    do(lambda flow: flow.verify_user_attribute("email"))
    do(lambda flow: flow.confirm_verify_user_attribute("email", CODE))
    do(lambda flow: flow.confirm_verify_user_attribute("email", CODE))
    do(lambda flow: flow.set_up_totp())
    do(lambda flow: flow.verify_totp_setup(CODE))
    do(lambda flow: flow.verify_totp_setup(CODE))
    do(lambda flow: flow.list_devices())
    do(lambda flow: flow.sign_out())
    assert len(watched.raised) > 3
    watched.check()


_WRONG: Final[dict[str, Do]] = {
    "a code of an app": lambda flow: flow.verify_totp_setup(f"{CODE}\x00"),
    "a code of a contact": lambda flow: flow.confirm_verify_user_attribute("email", f"{CODE}\x00"),
    "a contact": lambda flow: flow.submit("verify_user_attribute", {"attribute": PASSWORD}),
    "a passkey": lambda flow: flow.complete_passkey(CREDENTIAL * 10_000),
    "a passkey of bytes": lambda flow: flow.complete_passkey(CREDENTIAL.encode()),  # type: ignore[arg-type]  # on purpose
    "a use": lambda flow: flow.submit("update_mfa_preference", {"totp": PASSWORD}),
    "a limit": lambda flow: flow.submit("list_devices", {"limit": CODE}),
    "two that do not match": lambda flow: flow.submit(
        "sign_up", {"username": "jane", "password": PASSWORD, "password_confirmation": NEW_PASSWORD}
    ),
    "no action": lambda flow: flow.submit("complete_passkeys", {"credential": CREDENTIAL}),
    "no field": lambda flow: flow.submit("complete_passkey", {"credentials": CREDENTIAL}),
    "no challenge": lambda flow: flow.confirm_sign_in(ANSWER),
}


@pytest.mark.parametrize("wrong", list(_WRONG))
def test_a_refused_value_of_a_step_is_not_shown(wrong: str) -> None:
    watched = _watched(PoolTraits())
    watched.do(lambda flow: flow.sign_in("jane", PASSWORD))
    watched.do(_WRONG[wrong])
    assert len(watched.raised) == 1
    watched.check()


@pytest.mark.parametrize("wrong", list(_WRONG))
def test_the_async_driver_does_not_show_it_either(wrong: str) -> None:
    async def main() -> None:
        flow = canary_ports().asynchronous()
        await flow.initialize()
        await flow.sign_in("jane", PASSWORD)

        async def wrongly() -> None:
            call: Any = _WRONG[wrong]
            await call(flow)

        with pytest.raises(AuthFlowError) as caught:
            await wrongly()
        assert found_in(locals_of(caught.value)) == set()

    anyio.run(main)


# The host application's own rules are given what was typed; what they make of it does not travel


def _raising_with_it(values: Mapping[str, str | bool]) -> Mapping[str, str]:
    raise ValueError(str(values))


def _returning_it(values: Mapping[str, str | bool]) -> Any:
    return [str(values)]


def test_the_account() -> None:
    watched = _watched(PoolTraits())
    provider = watched.ports.provider

    def found(effect: effects.Effect, vault: Vault) -> object:
        return outcomes.AccountRead(effect_id=effect.id, found=vault.put("attributes", {"email": ADDRESS}))

    provider.on(effects.ChangePassword, refusing(ErrorCode.NOT_AUTHORIZED), raising(ValueError(NEW_PASSWORD)))
    provider.on(effects.FetchUserAttributes, found, raising(ValueError(ADDRESS)))
    provider.on(effects.UpdateUserAttributes, raising(ValueError(ADDRESS)))
    watched.do(lambda flow: flow.sign_in("jane", PASSWORD))
    for _ in range(3):
        watched.do(lambda flow: flow.change_password(PASSWORD, NEW_PASSWORD))
    watched.do(lambda flow: flow.submit("change_password", {"password": PASSWORD, "new_password": [NEW_PASSWORD]}))
    assert watched.flow.get_user_attributes() == {"email": ADDRESS}
    watched.do(lambda flow: flow.get_user_attributes())
    for _ in range(2):
        watched.do(lambda flow: flow.update_user_attributes({"email": ADDRESS}))
    watched.do(lambda flow: flow.delete_user())
    assert len(watched.raised) == 5
    watched.check()


@pytest.mark.parametrize("validate", [_raising_with_it, _returning_it])
def test_a_validator_that_goes_wrong_shows_nothing(validate: Callable[..., Any]) -> None:
    watched = _watched(PoolTraits(forms={"sign_in": Form(validate=validate)}))
    watched.do(lambda flow: flow.check("sign_in", {"username": "jane", "password": PASSWORD}))
    watched.do(lambda flow: flow.sign_in("jane", PASSWORD))
    assert [raised.code for raised in watched.raised if isinstance(raised, AuthFlowError)] == [ErrorCode.INVALID_INPUT]
    watched.check()
