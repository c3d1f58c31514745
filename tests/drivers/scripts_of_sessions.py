"""Scripts that every driver runs: identities and their credentials, other providers, the browser, a shared store."""

from authflow import ErrorCode, SignOutOptions, effects
from authflow.errors import Recovery
from authflow.frontend.traits import PoolTraits
from authflow.values import Settings
from tests.drivers.identities import CAME_BACK, GOOGLE, ScriptedBrowser
from tests.drivers.scripted import refusing
from tests.drivers.scripts import INITIALIZE, SIGN_IN
from tests.drivers.traces import Advance, Aside, Do, Fail, Script, Store

HOSTED = PoolTraits(configuration="these-pools", settings=Settings(providers=("Google",)))
BROWSERS = (ScriptedBrowser(), ScriptedBrowser(TimeoutError()), ScriptedBrowser(ValueError("foreign")))
_CREDENTIALS = Do("get_aws_credentials")
_TOKENS_OR_NOTHING = Do("get_tokens", (), (("wait_for_sign_in", 0.0),))
_FEDERATE = Do("federated_sign_in", (GOOGLE, "a-token"))
_SYNC = Do("sync_session")
_BROWSE = tuple(Do("sign_in_with_browser", (browser,)) for browser in BROWSERS)

SCRIPTS_OF_SESSIONS: dict[str, Script] = {
    "credentials of a guest and of a user": Script(
        (
            _CREDENTIALS,
            INITIALIZE,
            Do("get_identity_id"),
            _CREDENTIALS,
            _CREDENTIALS,
            Advance(3_540),
            _CREDENTIALS,
            SIGN_IN,
            _CREDENTIALS,
            Do("get_aws_credentials", (), (("force_refresh", True),)),
            Advance(4_000),
            _CREDENTIALS,
            Do("sign_out"),
            _CREDENTIALS,
        ),
        (
            (effects.GetCredentialsForIdentity, refusing(ErrorCode.NOT_SENT)),
            (effects.GetCredentialsForIdentity, refusing(ErrorCode.GUEST_ACCESS_NOT_ALLOWED)),
            (effects.RefreshTokens, refusing(ErrorCode.NOT_SENT)),
        ),
    ),
    "credentials that cannot be replaced": Script(
        (INITIALIZE, _CREDENTIALS, Advance(3_540), _CREDENTIALS, Advance(120), _CREDENTIALS, _CREDENTIALS),
        (
            (effects.GetId, refusing(ErrorCode.TOO_MANY_REQUESTS)),
            (effects.GetCredentialsForIdentity, refusing(ErrorCode.NOT_SENT)),
        ),
        stored=True,
    ),
    "a session that has ended": Script(
        (
            INITIALIZE,
            _TOKENS_OR_NOTHING,
            Do("get_aws_credentials", (), (("wait_for_sign_in", 0.0),)),
            Do("release_sign_in_wait"),
            Do("release_sign_in_wait"),
            Do("sign_out", (SignOutOptions(sign_out_globally=True),)),
            SIGN_IN,
            _TOKENS_OR_NOTHING,
        ),
        ((effects.RefreshTokens, refusing(ErrorCode.NOT_AUTHORIZED)),),
        stored=True,
    ),
    "another provider's user": Script(
        (
            INITIALIZE,
            Do("federated_sign_in", ("cognito-identity.amazonaws.com", "a-token")),
            _FEDERATE,
            _FEDERATE,
            Do("get_tokens"),
            _CREDENTIALS,
            Advance(4_000),
            _CREDENTIALS,
            _CREDENTIALS,
            Do("federated_sign_in", (GOOGLE, "another-token"), (("role_arn", "a-role"),)),
            Do("sign_out"),
            SIGN_IN,
            _FEDERATE,
        ),
        (
            (effects.GetId, refusing(ErrorCode.NOT_AUTHORIZED)),
            (effects.GetCredentialsForIdentity, Aside("get_identity_id")),
            (effects.GetCredentialsForIdentity, refusing(ErrorCode.NOT_AUTHORIZED)),
        ),
    ),
    "another provider's user, signed out meanwhile": Script(
        (INITIALIZE, _FEDERATE, _FEDERATE), ((effects.GetId, Aside("sign_out")),)
    ),
    "credentials, signed out meanwhile": Script(
        (INITIALIZE, SIGN_IN, _CREDENTIALS, _CREDENTIALS), ((effects.GetCredentialsForIdentity, Aside("sign_out")),)
    ),
    "the browser": Script(
        (
            INITIALIZE,
            Do("complete_redirect", (CAME_BACK,)),
            *_BROWSE,
            Do("sign_in_with_redirect", ("Facebook",)),
            Do("sign_out", (), (("browser", BROWSERS[0]),)),
            Do("sign_in_with_redirect", ("Google",), (("prompt", "login"),)),
            Do("complete_redirect", (CAME_BACK,)),
            Do("submit", ("abandon_redirect",)),
            Do("sign_in_with_redirect"),
            Advance(200),
            Do("complete_redirect", (CAME_BACK,)),
        ),
        (
            (effects.ExchangeCode, refusing(ErrorCode.REDIRECT_STATE_MISMATCH)),
            (effects.ExchangeCode, refusing(ErrorCode.NOT_SENT)),
        ),
        traits=HOSTED,
    ),
    "no browser": Script((INITIALIZE, *_BROWSE)),
    "somebody else at the store": Script(
        (
            INITIALIZE,
            _SYNC,
            Store("a user"),
            _SYNC,
            _SYNC,
            Store("somebody else"),
            _SYNC,
            _CREDENTIALS,
            Fail("load"),
            _SYNC,
            Fail("load", failing=False),
            Store("of other pools"),
            _SYNC,
            Store("a guest"),
            _SYNC,
            Store("another provider's"),
            _SYNC,
            Store(None),
            _SYNC,
            Fail("save"),
            SIGN_IN,
            _SYNC,
        ),
        traits=HOSTED,
    ),
    "a look at the store that joins a refresh": Script(
        (INITIALIZE, SIGN_IN, Store(None), Do("get_tokens", (), (("force_refresh", True),)), _SYNC),
        ((effects.RefreshTokens, refusing(ErrorCode.NOT_SENT)),),
    ),
    "a session of other pools": Script((Store("of other pools"), INITIALIZE, SIGN_IN), traits=HOSTED),
    "a clock that was set": Script(
        (
            INITIALIZE,
            SIGN_IN,
            Advance(-100_000),
            Do("get_tokens"),
            Do("get_tokens"),
            Advance(100_000),
            Do("get_tokens"),
        )
    ),
    "an access token that is refused": Script(
        (INITIALIZE, SIGN_IN, Do("list_devices"), Do("list_devices"), Do("list_devices")),
        (
            (effects.ListDevices, refusing(ErrorCode.NOT_AUTHORIZED, recovery=Recovery.REFRESH)),
            (effects.RefreshTokens, refusing(ErrorCode.NOT_SENT)),
            (effects.ListDevices, refusing(ErrorCode.NOT_AUTHORIZED, recovery=Recovery.REFRESH)),
            (effects.ListDevices, refusing(ErrorCode.NOT_AUTHORIZED, recovery=Recovery.REFRESH)),
        ),
    ),
}
