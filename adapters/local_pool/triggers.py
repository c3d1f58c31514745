"""Lambda triggers as Python callables, with the events of the Cognito developer guide."""

import logging
from collections.abc import Callable, Mapping
from typing import Final

import attrs

from .errors import PoolError, invalid
from .records import Client, Json, Pool, User

Trigger = Callable[[Json], Json | None]
# What a mistake in a trigger raises, and nobody who wants to refuse.
_MISTAKES: Final = (ArithmeticError, AssertionError, AttributeError, LookupError, NameError, TypeError)
_logger = logging.getLogger(__name__)


@attrs.frozen(kw_only=True)
class Triggers:
    """The triggers of one pool. Each is handed the event and changes its ``response``, or returns an event.

    Attributes:
        define: DefineAuthChallenge: which challenge comes next, or tokens, or failure.
        create: CreateAuthChallenge: the parameters of a custom challenge.
        verify: VerifyAuthChallengeResponse: whether an answer is right.
        pre_sign_up: PreSignUp: may confirm and verify at once; raises to refuse.
        pre_authentication: PreAuthentication: raises to refuse a sign-in.
    """

    define: Trigger | None = None
    create: Trigger | None = None
    verify: Trigger | None = None
    pre_sign_up: Trigger | None = None
    pre_authentication: Trigger | None = None


def pre_authentication(
    triggers: Triggers,
    pool: Pool,
    client: Client,
    user: User | None,
    name: str,
    metadata: Mapping[str, str],
) -> None:
    """Run PreAuthentication, if there is one, when a sign-in begins; a refresh begins none.

    Args:
        triggers: The pool's triggers.
        pool: The user pool.
        client: The app client.
        user: The user, or None for one who does not exist and must not be seen not to.
        name: The name that was given.
        metadata: InitiateAuth's ClientMetadata, which this trigger gets as ``validationData``.

    Raises:
        PoolError: ``UserLambdaValidationException`` if it refuses.
    """
    if triggers.pre_authentication is None:
        return
    attributes = {"sub": user.sub, **user.attributes, "cognito:user_status": user.status} if user else {}
    request = {"userAttributes": attributes, "validationData": dict(metadata), "userNotFound": user is None}
    source = "PreAuthentication_Authentication"
    username = user.username if user else name
    run(triggers.pre_authentication, "PreAuthentication", source, pool, client, username, request, {})


def run(
    trigger: Trigger | None,
    name: str,
    source: str,
    pool: Pool,
    client: Client | None,
    username: str,
    request: Mapping[str, object],
    response: Mapping[str, object],
) -> Json:
    """Run a trigger and answer the ``response`` of its event.

    Args:
        trigger: The callable.
        name: Its name in Cognito's messages, such as ``DefineAuthChallenge``.
        source: The event's ``triggerSource``.
        pool: The user pool.
        client: The app client, or None for an administrator's call.
        username: The user.
        request: The event's ``request``.
        response: The event's ``response`` before the trigger.

    Raises:
        PoolError: ``UserLambdaValidationException`` if it raised, ``InvalidLambdaResponseException`` if it
            answered something else than an event.
    """
    if trigger is None:
        # Cognito's sentence does not tell which is missing, nor could it tell how to set it here.
        _logger.warning("user pool %s has no trigger %s: LocalPool.set_triggers sets it", pool.id, name)
        invalid("Custom auth lambda trigger is not configured for the user pool.")
    client_id = client.id if client else "CLIENT_ID_NOT_APPLICABLE"
    event: Json = {
        "version": "1",
        "region": pool.id.split("_", 1)[0],
        "userPoolId": pool.id,
        "userName": username,
        "callerContext": {"awsSdkVersion": "local-pool", "clientId": client_id},
        "triggerSource": source,
        "request": dict(request),
        "response": dict(response),
    }
    try:
        answered: object = trigger(event)
    except Exception as error:  # whatever the trigger raises is its way to refuse
        raise PoolError("UserLambdaValidationException", f"{name} failed with error {_said(error)}.") from error
    result = event if answered is None else answered
    found = result.get("response") if isinstance(result, dict) else None
    if not isinstance(found, dict):
        sentence = f"{name} invocation failed: it answered no event with a response."
        raise PoolError("InvalidLambdaResponseException", sentence)
    return found


def _said(error: Exception) -> str:
    """Answer what Cognito would say of an error: its text, with its type where the text alone tells little."""
    text = str(error)
    return text if text and not isinstance(error, _MISTAKES) else f"{type(error).__name__}: {text}".removesuffix(": ")
