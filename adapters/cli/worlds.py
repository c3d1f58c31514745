"""Kinds of user pools to try things out on, each with what an application on it would want of its flows."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

import attrs

from authflow.app import AuthFlow
from authflow.states import AuthFlowType
from authflow.values import DEFAULTS, Settings

if TYPE_CHECKING:
    from authflow.adapters.local_pool import LocalPool
    from authflow.frontend.forms import Forms
    from authflow.ports import DeviceStore, TokenStore


@attrs.frozen(kw_only=True)
class World:
    """A kind of user pool and an application on it.

    Args:
        says: what is special about it, in a sentence.
        pool: arguments of `LocalPool.quickstart`.
        settings: what the application wants of its flows.
        auth_flow: how a sign-in starts; None for what the pool suggests.
        prepare: does what else there is to do: (service, pool id).
    """

    says: str
    pool: Mapping[str, Any]
    settings: Settings = DEFAULTS
    auth_flow: AuthFlowType | None = None
    prepare: Callable[["LocalPool", str], None] | None = None

    def open(self, service: "LocalPool") -> str:
        """Makes the user pool and returns its id."""
        pool_id = service.quickstart(**self.pool).pool_id
        if self.prepare is not None:
            self.prepare(service, pool_id)
        return pool_id

    def flow(
        self,
        service: "LocalPool",
        *,
        device_store: "DeviceStore | None" = None,
        token_store: "TokenStore | None" = None,
        forms: "Forms | None" = None,
    ) -> AuthFlow:
        """Returns a flow on the pool that was opened last, of a device that keeps what it is known by in the stores."""
        return AuthFlow.local(
            service,
            settings=self.settings,
            forms=forms,
            device_store=device_store,
            token_store=token_store,
            auth_flow=self.auth_flow,
        )


# What a person who signs in is asked, where the pool asks its own questions, with the answers.
QUESTIONS: Final = (("What swims and quacks?", "duck"), ("And what barks?", "dog"))


def _ask_questions(service: "LocalPool", pool_id: str) -> None:
    def define(event: Any) -> None:
        rounds = event["request"]["session"]
        response = event["response"]
        if rounds and not rounds[-1]["challengeResult"]:
            response["failAuthentication"] = True
        elif len(rounds) == len(QUESTIONS):
            response["issueTokens"] = True
        else:
            response["challengeName"] = "CUSTOM_CHALLENGE"

    def create(event: Any) -> None:
        question, answer = QUESTIONS[len(event["request"]["session"])]
        event["response"]["publicChallengeParameters"] = {"question": question}
        event["response"]["privateChallengeParameters"] = {"answer": answer}

    def verify(event: Any) -> None:
        request = event["request"]
        wanted = request["privateChallengeParameters"]["answer"]
        event["response"]["answerCorrect"] = request["challengeAnswer"].strip().casefold() == wanted

    service.set_triggers(pool_id, define=define, create=create, verify=verify)


def _rotate(service: "LocalPool", pool_id: str) -> None:
    """Lets the app client's refresh tokens rotate, which excludes the flow REFRESH_TOKEN_AUTH (developer guide)."""
    clients = service.call("ListUserPoolClients", {"UserPoolId": pool_id})["UserPoolClients"]
    service.call(
        "UpdateUserPoolClient",
        {
            "UserPoolId": pool_id,
            "ClientId": clients[-1]["ClientId"],
            "ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH"],
            "RefreshTokenRotation": {"Feature": "ENABLED", "RetryGracePeriodSeconds": 0},
        },
    )


WORLDS: Final[Mapping[str, World]] = {
    "usual": World(
        says="Passwords, and a second factor for whoever sets one up.",
        pool={"mfa": "OPTIONAL", "required_attributes": ("email", "name")},
    ),
    "mfa": World(
        says="A second factor is demanded: by e-mail, or an app once set up.",
        pool={
            "mfa": "ON",
            "factors": ("SMS_MFA", "SOFTWARE_TOKEN_MFA", "EMAIL_OTP"),
            "required_attributes": ("email",),
        },
        settings=Settings(retain_password=True),
    ),
    "passwordless": World(
        says="Codes and passkeys beside passwords; sign-in after sign-up.",
        pool={
            "first_factors": ("PASSWORD", "EMAIL_OTP", "SMS_OTP", "WEB_AUTHN"),
            "required_attributes": ("email",),
        },
        settings=Settings(auto_sign_in=True, offer_passkey=True, verify_contacts=True),
    ),
    "devices": World(
        says="A remembered device spares the second factor.",
        pool={"devices": "always", "mfa": "OPTIONAL", "required_attributes": ("email",)},
    ),
    "link": World(
        says="A link confirms the registration.",
        pool={"confirm_with_link": True, "required_attributes": ("email",)},
        settings=Settings(auto_sign_in=True, confirm_by_link=True),
    ),
    "questions": World(
        says="The pool asks questions of its own.",
        pool={"required_attributes": ("email",)},
        auth_flow=AuthFlowType.CUSTOM_AUTH_WITHOUT_SRP,
        prepare=_ask_questions,
    ),
    "sessions": World(
        says="Sessions that end and are renewed, and AWS credentials for users and guests.",
        pool={"required_attributes": ("email",), "identity_pool": "guests"},
        prepare=_rotate,
    ),
    "browser": World(
        says="Sign-in in the browser, with Google too.",
        pool={"required_attributes": ("email",), "oauth": True, "providers": ("Google",)},
    ),
}
