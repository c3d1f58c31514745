"""Both drivers, and both event loops, do the same: same results, same errors, same events, same calls."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from authflow import SignOutOptions, effects
from authflow.effects import Effect
from tests.drivers.identities import CAME_BACK, GOOGLE
from tests.drivers.scripted import Reply
from tests.drivers.scripts import ANSWER, INITIALIZE, SCRIPTS, SIGN_IN, SIGN_UP, TRAITS
from tests.drivers.scripts_of_sessions import BROWSERS, HOSTED, SCRIPTS_OF_SESSIONS
from tests.drivers.traces import DRIVERS, Advance, Aside, Do, Fail, Script, Step, Store, Trace, replies_to, run

_ALL = {**SCRIPTS, **SCRIPTS_OF_SESSIONS}


def _same(script: Script) -> Trace:
    first, *others = (run(script, driver) for driver in DRIVERS)
    for other in others:
        assert other == first
    return first


@pytest.mark.parametrize("name", list(_ALL))
def test_one_script_has_one_trace(name: str) -> None:
    script = _ALL[name]
    trace = _same(script)
    assert len(trace.events) > 1
    assert len([result for result in trace.results if result not in (None,)]) > 0


def test_the_scripts_reach_every_method() -> None:
    called = {step.method for script in _ALL.values() for step in script.steps if isinstance(step, Do)}
    # A passkey's answer comes from an authenticator, which has tests of its own.
    assert called == {
        "back",
        "cancel",
        "change_password",
        "check_confirmation",
        "check_contacts",
        "choose_another_factor",
        "close",
        "complete_passkey",
        "complete_redirect",
        "confirm_forgot_password",
        "confirm_sign_in",
        "confirm_sign_up",
        "confirm_verify_user_attribute",
        "delete_passkey",
        "delete_user",
        "federated_sign_in",
        "fetch_mfa_preference",
        "forget_device",
        "forgot_password",
        "get_aws_credentials",
        "get_device",
        "get_identity_id",
        "get_tokens",
        "get_user_attributes",
        "initialize",
        "list_devices",
        "list_passkeys",
        "register_passkey",
        "release_sign_in_wait",
        "resend_code",
        "resend_sign_up_code",
        "set_up_totp",
        "sign_in",
        "sign_in_with_browser",
        "sign_in_with_redirect",
        "sign_out",
        "sign_up",
        "skip",
        "submit",
        "sync_session",
        "totp_secret",
        "update_device_status",
        "update_mfa_preference",
        "update_user_attributes",
        "verify_totp_setup",
        "verify_user_attribute",
    }


_STEPS: tuple[Step, ...] = (
    INITIALIZE,
    SIGN_IN,
    SIGN_IN,
    ANSWER,
    ANSWER,
    SIGN_UP,
    Do("confirm_sign_up", ("jane", "123456")),
    Do("resend_sign_up_code", ("jane",)),
    Do("forgot_password", ("jane",)),
    Do("confirm_forgot_password", ("jane", "new-password", "123456")),
    Do("get_tokens"),
    Do("get_tokens", (), (("force_refresh", True),)),
    Do("sign_out"),
    Do("sign_out", (SignOutOptions(sign_out_globally=True),)),
    Do("cancel"),
    Do("submit", ("show_sign_up",)),
    Do("submit", ("show_sign_in",)),
    Do("submit", ("back",)),
    Do("submit", ("skip",)),
    Do("submit", ("sign_in", {"username": 7})),
    Do("confirm_sign_in"),
    Do("resend_code"),
    Do("choose_another_factor"),
    Do("check_confirmation"),
    Do("check_contacts"),
    Do("register_passkey"),
    Do("complete_passkey", ("{}",)),
    Do("verify_user_attribute", ("email",)),
    Do("confirm_verify_user_attribute", ("email", "123456")),
    Do("set_up_totp"),
    Do("verify_totp_setup", ("123456",)),
    Do("list_devices"),
    Do("forget_device"),
    Do("get_user_attributes"),
    Do("change_password", ("a-password", "another")),
    Do("delete_user"),
    Do("skip"),
    Do("get_aws_credentials"),
    Do("get_aws_credentials", (), (("force_refresh", True), ("wait_for_sign_in", 0.0))),
    Do("get_tokens", (), (("wait_for_sign_in", 0.0),)),
    Do("get_identity_id"),
    Do("federated_sign_in", (GOOGLE, "a-token")),
    Do("release_sign_in_wait"),
    Do("sync_session"),
    Do("sign_in_with_redirect", ("Google",)),
    Do("complete_redirect", (CAME_BACK,)),
    *(Do("sign_in_with_browser", (browser,)) for browser in BROWSERS),
    Do("sign_out", (), (("browser", BROWSERS[0]),)),
    Store(None),
    Store("a user"),
    Store("somebody else"),
    Store("a guest"),
    Store("another provider's"),
    Advance(100),
    Advance(4_000),
    Advance(-100_000),
    Fail("load"),
    Fail("load", failing=False),
    Fail("save"),
    Fail("clear"),
)
_EFFECTS: tuple[type[Effect], ...] = (
    effects.InitiateAuth,
    effects.RespondToAuthChallenge,
    effects.RespondToPasswordVerifier,
    effects.SignUp,
    effects.ConfirmSignUp,
    effects.RespondToDeviceSrpAuth,
    effects.RespondToDevicePasswordVerifier,
    effects.AssociateSoftwareToken,
    effects.VerifySoftwareToken,
    effects.CheckPasskeys,
    effects.StartPasskey,
    effects.CompletePasskey,
    effects.ReadUser,
    effects.SendContactCode,
    effects.VerifyContact,
    effects.ResendConfirmationCode,
    effects.ForgotPassword,
    effects.ConfirmForgotPassword,
    effects.RefreshTokens,
    effects.RevokeToken,
    effects.GlobalSignOut,
    effects.GetId,
    effects.GetCredentialsForIdentity,
    effects.StartRedirect,
    effects.ExchangeCode,
)


@st.composite
def _scripts(draw: st.DrawFn) -> Script:
    replies: list[tuple[type[Effect], Reply | Aside]] = []
    for effect in draw(st.lists(st.sampled_from(_EFFECTS), max_size=8)):
        replies.append((effect, draw(st.sampled_from(replies_to(effect)))))
    steps = draw(st.lists(st.sampled_from(_STEPS), min_size=1, max_size=10))
    begun = draw(st.booleans())
    return Script(
        (INITIALIZE, *steps) if begun else tuple(steps),
        tuple(replies),
        stored=draw(st.booleans()),
        traits=draw(st.sampled_from((*TRAITS, HOSTED))),
    )


@given(_scripts())
@settings(max_examples=100)
def test_any_script_has_one_trace(script: Script) -> None:
    _same(script)
