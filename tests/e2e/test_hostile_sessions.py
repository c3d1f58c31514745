"""Answers that neither Cognito nor a token endpoint would give about a session: each is taken or refused by name."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from authflow import AuthFlow
from authflow.adapters.cognito.wire_settings import Wire
from authflow.ports import AwsCredentials, Browser
from authflow.states import UserState
from tests.behaviours.host import PASSWORD
from tests.e2e.session_rules import FACEBOOK, impatient_flow, open_to_others, rotate
from tests.e2e.test_hostile_answers import _ANYTHING, _RESULT, _TOKEN, BELL, HALF, WIDELY, Stage, _some

_REGION: Final = "us-east-1"
# A stage takes longer to set up here than for other answers, and there are fewer members to get wrong.
_LESS: Final = settings(WIDELY, max_examples=max(8, WIDELY.max_examples // 4))


class SessionStage(Stage):
    """A stage with an identity pool, a domain, and refresh tokens that rotate."""

    def __init__(self) -> None:
        super().__init__(identity_pool="guests", oauth=True, providers=("Google",))

    def start(self, *, initialize: bool = True) -> AuthFlow:
        open_to_others(self.pool, self.setup)
        rotate(self.pool, self.setup)
        self.flow = impatient_flow(self.pool, self.tokens, wire=Wire(retries=0))
        self.flow.initialize()
        return self.flow

    def signed_in(self) -> None:
        """Signs a user in, in the user pool."""
        self.flow.sign_in("ana", PASSWORD, auth_flow="USER_SRP_AUTH")

    def vouched_for(self) -> None:
        """Signs a user of Facebook's in."""
        self.flow.federated_sign_in(FACEBOOK, self.pool.third_party_token(FACEBOOK, "fay"))

    def browser(self) -> "GoogleUser":
        """Returns a browser whose user is known at Google."""
        return GoogleUser(self)


class GoogleUser(Browser):
    """Goes where it is sent, and on with Google."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def visit(self, url: str, redirect_uri: str) -> str:
        """Returns where the browser ended."""
        browser = self._stage.pool.browser()
        browser.open(url)
        return browser.continue_as("117", email="gina@example.com")


_ID: Final = st.sampled_from(
    (f"{_REGION}:00000000-0000-4000-8000-000000000000", "", "x", f"{_REGION}:{BELL}", f"{_REGION}:{HALF}", "a" * 5_000)
)
_KEY: Final = st.sampled_from(("ASIAEXAMPLE", "", "a\x00", HALF)) | _ANYTHING
_END: Final = st.sampled_from((1.9e9, 0, -1, 10**18, -(10**18), "2031-01-31T00:00:00Z", "soon", True)) | _ANYTHING
_CREDENTIALS: Final = _some(AccessKeyId=_KEY, SecretKey=_KEY, SessionToken=_KEY, Expiration=_END, Surprise=_ANYTHING)
_IDENTITIES: Final[Mapping[str, st.SearchStrategy[Any]]] = {
    "GetId": _some(IdentityId=_ID | _ANYTHING, Surprise=_ANYTHING),
    "GetCredentialsForIdentity": _some(IdentityId=_ID | _ANYTHING, Credentials=_CREDENTIALS, Surprise=_ANYTHING),
}
_WHO: Final[Mapping[str, tuple[Callable[[SessionStage], None], tuple[UserState, ...]]]] = {
    "a user": (lambda stage: stage.signed_in(), (UserState.signedIn,)),
    "a guest": (lambda stage: None, (UserState.signedOut, UserState.guest)),
    "Facebook's user": (lambda stage: stage.vouched_for(), (UserState.signedIn,)),
}


@pytest.mark.slow
@_LESS
@given(who=st.sampled_from(sorted(_WHO)), operation=st.sampled_from(sorted(_IDENTITIES)), data=st.data())
def test_any_answer_of_the_identity_pool_gives_whole_credentials_or_a_refusal(
    who: str, operation: str, data: st.DataObject
) -> None:
    stage = SessionStage()
    arrive, may_be = _WHO[who]
    arrive(stage)
    stage.answer(operation, data.draw(_IDENTITIES[operation]))
    found: list[AwsCredentials] = []
    stage.attempt(lambda: found.append(stage.flow.get_aws_credentials(force_refresh=True)))
    assert stage.flow.user_state in may_be
    for credentials in found:
        assert credentials.access_key_id
        assert credentials.secret_key.reveal()
        assert credentials.session_token.reveal()
        assert credentials.expires_at > stage.pool.clock()
    if who == "Facebook's user":
        stage.attempt(stage.flow.sign_out)
    stage.signs_in_as_ever()


@pytest.mark.slow
@_LESS
@given(answer=_IDENTITIES["GetId"])
def test_no_answer_of_the_identity_pool_signs_in_whom_nobody_vouches_for(answer: object) -> None:
    stage = SessionStage()
    stage.answer("GetId", answer)
    refused = stage.attempt(stage.vouched_for)
    assert (stage.flow.user_state is UserState.signedIn) is (refused is None)
    if refused is None:
        stage.attempt(stage.flow.sign_out)
    stage.signs_in_as_ever()


_REFRESHED: Final = _some(AuthenticationResult=_RESULT, ChallengeName=_ANYTHING, Surprise=_ANYTHING)


@pytest.mark.slow
@_LESS
@given(answer=_REFRESHED)
def test_no_answer_to_a_refresh_ends_a_session(answer: object) -> None:
    stage = SessionStage()
    stage.signed_in()
    stage.answer("GetTokensFromRefreshToken", answer)
    stage.attempt(lambda: stage.flow.get_tokens(force_refresh=True))
    assert stage.flow.user_state is UserState.signedIn
    stage.signs_in_as_ever()


_TYPE: Final = st.sampled_from(("Bearer", "bearer", "mac", "")) | _ANYTHING
_SECONDS: Final = st.sampled_from((3600, 0, -1, "3600", 1.5, True, 10**30)) | _ANYTHING
_EXCHANGED: Final = st.one_of(
    _some(
        access_token=_TOKEN,
        id_token=_TOKEN,
        refresh_token=_TOKEN,
        token_type=_TYPE,
        expires_in=_SECONDS,
        surprise=_ANYTHING,
    ),
    _some(error=_ANYTHING, error_description=_ANYTHING),
    st.sampled_from(("", "<html>", "null", "[" * 100_000, "\xff", '{"access_token": "a.b.c"')),
)


@pytest.mark.slow
@_LESS
@given(answer=_EXCHANGED)
def test_no_answer_of_the_token_endpoint_but_a_right_one_signs_in(answer: object) -> None:
    stage = SessionStage()
    stage.answer("oauth2/token", answer)
    assert stage.attempt(lambda: stage.flow.sign_in_with_browser(stage.browser(), "Google")) is not None
    assert not stage.flow.is_signed_in
    stage.signs_in_as_ever()
    stage.attempt(stage.flow.sign_out)
    assert stage.attempt(lambda: stage.flow.sign_in_with_browser(stage.browser(), "Google")) is None
    assert stage.flow.username == "google_117"
