"""Both drivers, and both event loops, do the same: same results, same errors, same events, same calls."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from authflow import ErrorCode, SignOutOptions, effects
from authflow.effects import Effect
from tests.drivers.scripted import Reply, challenging, raising, refusing
from tests.drivers.traces import DRIVERS, Advance, Aside, Do, Fail, Script, Step, Trace, replies_to, run

_INITIALIZE = Do("initialize")
_SIGN_IN = Do("sign_in", ("jane", "a-password"))
_ANSWER = Do("confirm_sign_in", ("123456",))
_SIGN_UP = Do("sign_up", ("jane", "a-password"), (("user_attributes", {"email": "j@example.com"}),))

_SCRIPTS: dict[str, Script] = {
    "sign-in with a challenge, a wrong code and a right one": Script(
        (_INITIALIZE, _SIGN_IN, _ANSWER, _ANSWER, Do("get_tokens"), Do("sign_out")),
        (
            (effects.InitiateAuth, challenging("PASSWORD_VERIFIER")),
            (effects.RespondToPasswordVerifier, challenging("SMS_MFA")),
            (effects.RespondToAuthChallenge, refusing(ErrorCode.CODE_MISMATCH, field="code")),
        ),
    ),
    "sign-up": Script(
        (
            _INITIALIZE,
            Do("submit", ("show_sign_up",)),
            _SIGN_UP,
            Do("confirm_sign_up", ("jane", "000000")),
            Do("resend_sign_up_code", ("jane",)),
            Do("confirm_sign_up", ("jane", "123456")),
        ),
        ((effects.ConfirmSignUp, refusing(ErrorCode.EXPIRED_CODE, field="code")),),
    ),
    "reset": Script(
        (
            _INITIALIZE,
            Do("forgot_password", ("jane",)),
            Do("confirm_forgot_password", ("jane", "new-password", "123456")),
            _SIGN_IN,
        )
    ),
    "rejections and refused values": Script(
        (
            _ANSWER,
            Do("get_tokens"),
            _INITIALIZE,
            Do("submit", ("no_such_action",)),
            Do("submit", ("sign_in", {"username": "jane"})),
            Do("submit", ("sign_in", {"username": "jane", "password": "pw"}), (("rev", 99),)),
            Do("submit", ("back",)),
            Do("cancel"),
        )
    ),
    "cancelled from elsewhere": Script(
        (_INITIALIZE, _SIGN_IN, _SIGN_IN, Do("sign_out")), ((effects.InitiateAuth, Aside("cancel")),)
    ),
    "signed out from elsewhere": Script(
        (_INITIALIZE, _SIGN_IN, _SIGN_IN), ((effects.InitiateAuth, Aside("sign_out")),)
    ),
    "signed out during a refresh": Script(
        (_INITIALIZE, Do("get_tokens"), Do("get_tokens")), ((effects.RefreshTokens, Aside("sign_out")),), stored=True
    ),
    "closed from elsewhere": Script((_INITIALIZE, _SIGN_IN, _SIGN_IN), ((effects.InitiateAuth, Aside("close")),)),
    "refresh": Script(
        (
            _INITIALIZE,
            Do("get_tokens"),
            Do("get_tokens"),
            Do("get_tokens", (), (("force_refresh", True),)),
            Advance(4_000),
            Do("get_tokens"),
            Do("sign_out", (SignOutOptions(sign_out_globally=True),)),
        ),
        (
            (effects.RefreshTokens, refusing(ErrorCode.NOT_SENT)),
            (effects.RefreshTokens, refusing(ErrorCode.TOO_MANY_REQUESTS)),
            (effects.GlobalSignOut, refusing(ErrorCode.NOT_AUTHORIZED)),
        ),
        stored=True,
    ),
    "refresh rejected": Script(
        (_INITIALIZE, Do("get_tokens"), Do("get_tokens"), _SIGN_IN),
        ((effects.RefreshTokens, refusing(ErrorCode.NOT_AUTHORIZED)),),
        stored=True,
    ),
    "a broken store": Script(
        (
            Fail("load"),
            _INITIALIZE,
            Fail("load", failing=False),
            _INITIALIZE,
            Fail("save"),
            _SIGN_IN,
            Fail("clear"),
            Do("sign_out"),
        )
    ),
    "expiry": Script((_INITIALIZE, _SIGN_IN, Advance(200), _ANSWER), ((effects.InitiateAuth, challenging("SMS_MFA")),)),
    "foreign exceptions": Script(
        (_INITIALIZE, _SIGN_IN, _SIGN_UP, _SIGN_IN),
        ((effects.InitiateAuth, raising(KeyError("secret"))), (effects.SignUp, raising(ValueError("secret")))),
    ),
    "closing": Script((_INITIALIZE, _SIGN_IN, Do("close"), Do("close"), _SIGN_IN, _INITIALIZE)),
}


def _same(script: Script) -> Trace:
    first, *others = (run(script, driver) for driver in DRIVERS)
    for other in others:
        assert other == first
    return first


@pytest.mark.parametrize("name", list(_SCRIPTS))
def test_one_script_has_one_trace(name: str) -> None:
    script = _SCRIPTS[name]
    trace = _same(script)
    assert len(trace.events) > 1
    assert len([result for result in trace.results if result not in (None,)]) > 0


def test_the_scripts_reach_every_method() -> None:
    called = {step.method for script in _SCRIPTS.values() for step in script.steps if isinstance(step, Do)}
    assert called == {
        "cancel",
        "close",
        "confirm_forgot_password",
        "confirm_sign_in",
        "confirm_sign_up",
        "forgot_password",
        "get_tokens",
        "initialize",
        "resend_sign_up_code",
        "sign_in",
        "sign_out",
        "sign_up",
        "submit",
    }


_STEPS: tuple[Step, ...] = (
    _INITIALIZE,
    _SIGN_IN,
    _SIGN_IN,
    _ANSWER,
    _ANSWER,
    _SIGN_UP,
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
    Advance(100),
    Advance(4_000),
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
    effects.ForgotPassword,
    effects.ConfirmForgotPassword,
    effects.RefreshTokens,
    effects.RevokeToken,
    effects.GlobalSignOut,
)


@st.composite
def _scripts(draw: st.DrawFn) -> Script:
    replies: list[tuple[type[Effect], Reply | Aside]] = []
    for effect in draw(st.lists(st.sampled_from(_EFFECTS), max_size=8)):
        replies.append((effect, draw(st.sampled_from(replies_to(effect)))))
    steps = draw(st.lists(st.sampled_from(_STEPS), min_size=1, max_size=10))
    begun = draw(st.booleans())
    return Script((_INITIALIZE, *steps) if begun else tuple(steps), tuple(replies), stored=draw(st.booleans()))


@given(_scripts())
@settings(max_examples=60)
def test_any_script_has_one_trace(script: Script) -> None:
    _same(script)
