"""What a pool leaves of the machines, and what the host application cannot want of it."""

from collections.abc import Mapping
from typing import Any

import attrs
import pytest

from authflow.check import Pool, Reachable, contradictions, of_the_flow, on_pool, reachable
from authflow.frontend.traits import PoolTraits
from authflow.states import AuthFlowType, ScreenState
from authflow.values import Settings

PLAIN = Pool(traits=PoolTraits(passkeys=False, second_factors=False))
FULL = Pool(
    traits=PoolTraits(
        auth_flow=AuthFlowType.USER_AUTH,
        passkeys=True,
        second_factors=True,
        providers=("Google",),
        configuration="a#b#c",
    ),
    identity_pool=True,
    settings=Settings(offer_passkey=True, verify_contacts=True),
)


def left_of(pool: Pool) -> Mapping[str, Reachable]:
    return {one.machine: one for one in reachable(on_pool(of_the_flow(), pool))}


def names(states: tuple[object, ...]) -> set[str]:
    return {str(getattr(state, "name", state)) for state in states}


def changed(pool: Pool, **traits: Any) -> Pool:
    return attrs.evolve(pool, traits=attrs.evolve(pool.traits, **traits))


def test_every_state_is_reached_by_users_by_programs_or_never() -> None:
    left = left_of(PLAIN)
    for machine in of_the_flow().machines:
        one = left[machine.name]
        assert sorted((*one.by_users, *one.by_programs, *one.never)) == sorted(machine.states)


def test_a_pool_with_everything_leaves_out_what_only_others_ask() -> None:
    left = left_of(FULL)
    assert names(left["sign_in"].never) == {"customChallenge"}
    assert names(left["screen"].never) == {"awaitingLink"}
    assert all(
        left[name].never == () for name in ("user", "sign_up", "forgot_password", "session", "account", "identity")
    )


def test_without_a_hosted_ui_nobody_is_sent_there() -> None:
    assert "hostedUI" in names(left_of(changed(FULL, providers=()))["sign_in"].never)


@pytest.mark.parametrize(
    ("pool", "unreached"),
    [
        (changed(FULL, auth_flow=AuthFlowType.USER_SRP_AUTH), {"selectChallenge", "password", "passwordSRP", "smsOTP"}),
        (changed(FULL, second_factors=False), {"smsMFA", "softwareTokenMFA", "selectMFAType", "mfaSetup", "totpSetup"}),
        (changed(FULL, passkeys=False), {"webAuthn"}),
        (PLAIN, {"emailOTP"}),
        (changed(FULL, auth_flow=AuthFlowType.USER_PASSWORD_AUTH), {"passwordVerifier"}),
    ],
)
def test_what_a_pool_cannot_ask_is_never_reached(pool: Pool, unreached: set[str]) -> None:
    assert unreached <= names(left_of(pool)["sign_in"].never)


def test_a_custom_flow_asks_its_own_questions() -> None:
    left = left_of(changed(PLAIN, auth_flow=AuthFlowType.CUSTOM_AUTH))
    assert "customChallenge" in names(left["sign_in"].by_users)


def test_a_code_by_e_mail_is_a_second_factor_as_well() -> None:
    left = left_of(changed(PLAIN, second_factors=True))
    assert "emailOTP" in names(left["sign_in"].by_users)


def test_whoever_may_not_register_sees_no_registration() -> None:
    closed = attrs.evolve(FULL, settings=Settings(self_sign_up=False, initial_screen=ScreenState.signUp))
    assert ScreenState.signUp in left_of(closed)["screen"].never


def test_a_link_is_waited_for_where_there_is_one() -> None:
    by_link = attrs.evolve(PLAIN, settings=Settings(confirm_by_link=True))
    assert ScreenState.awaitingLink in left_of(by_link)["screen"].by_users


def test_nothing_follows_a_sign_in_unless_it_is_wanted() -> None:
    plain, full = left_of(PLAIN)["screen"], left_of(FULL)["screen"]
    following = {ScreenState.finishing, ScreenState.passkeyPrompt, ScreenState.verifyContact}
    assert following <= set(plain.never)
    assert following <= set(full.by_users)


def test_without_second_factors_only_programs_set_an_app_up() -> None:
    assert ScreenState.setUpTotp in left_of(PLAIN)["screen"].by_programs
    assert ScreenState.setUpTotp in left_of(FULL)["screen"].by_users


def test_without_an_identity_pool_nobody_is_a_guest() -> None:
    without, with_one = left_of(PLAIN), left_of(FULL)
    assert {"guest", "signedOutFederatedTokensInvalid"} == names(without["user"].never)
    assert {"storingGuest", "storingFederation"} <= names(without["identity"].never)
    assert with_one["user"].never == ()


CONTRADICTIONS = {
    "settings.sign-up-closed": (FULL, Settings(self_sign_up=False, initial_screen=ScreenState.signUp)),
    "settings.no-passkeys": (PLAIN, Settings(offer_passkey=True)),
    "settings.no-second-factors": (PLAIN, Settings(second_factors=True)),
    "settings.unknown-provider": (FULL, Settings(providers=("Google", "Facebook"))),
    "settings.no-contacts": (PLAIN, Settings(verify_contacts=True)),
}


@pytest.mark.parametrize("rule", CONTRADICTIONS)
def test_what_cannot_be_wanted_is_told(rule: str) -> None:
    pool, settings = CONTRADICTIONS[rule]
    (finding,) = contradictions(attrs.evolve(pool, settings=settings))
    assert finding.rule == rule
    assert finding.says.endswith(".")


def test_what_fits_contradicts_nothing() -> None:
    assert contradictions(PLAIN) == ()
    assert contradictions(changed(FULL, required_attributes=("email",))) == ()
