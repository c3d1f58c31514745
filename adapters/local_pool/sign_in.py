"""InitiateAuth and RespondToAuthChallenge: what all flows and challenges share, then the one asked for."""

from collections.abc import Callable, Mapping
from typing import Final

import attrs

from . import (
    choice,
    custom_auth,
    device_srp,
    devices,
    mfa,
    password_steps,
    refresh,
    secret_hash,
    sessions,
    totp,
    triggers,
    users,
)
from .challenge import Attempt, needed
from .context import Context
from .errors import SESSION_INVALID, invalid, unauthorized, unmodelled
from .records import Client, Json, Pool
from .shapes import metadata

# Flow: (what ExplicitAuthFlows must hold, which AuthParameters it takes besides those that all take)
_FLOWS: Final = {
    "USER_SRP_AUTH": ("ALLOW_USER_SRP_AUTH", frozenset({"SRP_A"})),
    "USER_PASSWORD_AUTH": ("ALLOW_USER_PASSWORD_AUTH", frozenset({"PASSWORD"})),
    choice.FLOW: ("ALLOW_USER_AUTH", frozenset({"PREFERRED_CHALLENGE", "PASSWORD", "SRP_A"})),
    "CUSTOM_AUTH": ("ALLOW_CUSTOM_AUTH", frozenset({"SRP_A", "CHALLENGE_NAME"})),
    "REFRESH_TOKEN_AUTH": ("ALLOW_REFRESH_TOKEN_AUTH", frozenset({"REFRESH_TOKEN"})),
    "REFRESH_TOKEN": ("ALLOW_REFRESH_TOKEN_AUTH", frozenset({"REFRESH_TOKEN"})),
    "ADMIN_USER_PASSWORD_AUTH": ("ALLOW_ADMIN_USER_PASSWORD_AUTH", frozenset({"PASSWORD"})),
    "ADMIN_NO_SRP_AUTH": ("ALLOW_ADMIN_USER_PASSWORD_AUTH", frozenset({"PASSWORD"})),  # the flow's former name
}
_PASSWORD: Final = frozenset({"USER_PASSWORD_AUTH", "ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"})
_COMMON: Final = frozenset({"USERNAME", "SECRET_HASH", "DEVICE_KEY"})


def initiate(ctx: Context, request: Json) -> Json:
    """InitiateAuth."""
    ctx = _on_a_side(ctx)
    flow = request["AuthFlow"]
    pool, client = ctx.client(request["ClientId"])
    if flow not in _FLOWS:
        unmodelled(f"the AuthFlow {flow} of InitiateAuth")
    allowed, parameters = _FLOWS[flow]
    # Passwords have a flow of their own on each side: USER_PASSWORD_AUTH is no administrator's.
    if flow in _PASSWORD and flow.startswith("ADMIN_") != ctx.call.admin:
        invalid("Initiate Auth method not supported.")
    _require_allowed(client, flow, allowed)
    values: dict[str, str] = request.get("AuthParameters") or {}
    _require_known(values, parameters | _COMMON, f"the AuthParameter {{}} of {flow}")
    if flow == choice.FLOW:
        return choice.start(ctx, pool, client, values, request.get("Session"), metadata(request))
    if request.get("Session") is not None:
        unmodelled(f"the parameter Session of InitiateAuth with {flow}")
    if allowed == "ALLOW_REFRESH_TOKEN_AUTH":
        return refresh.refresh(ctx, pool, client, values)
    return _sign_in(ctx, pool, client, flow, values, metadata(request))


def _on_a_side(ctx: Context) -> Context:
    """Answer a context that says whose sign-in this is: the app's, unless it is an administrator's already."""
    return attrs.evolve(ctx, call=attrs.evolve(ctx.call, admin=bool(ctx.call.admin)))


def _sign_in(
    ctx: Context,
    pool: Pool,
    client: Client,
    flow: str,
    values: dict[str, str],
    client_metadata: dict[str, str],
) -> Json:
    name = needed(values, "USERNAME")
    secret_hash.check(client, name, values.get("SECRET_HASH"))
    user = users.client_user(ctx, pool, client, name, "User does not exist.")
    ctx = devices.begun(ctx, user, values)
    triggers.pre_authentication(ctx.triggers_of(pool), pool, client, user, name, client_metadata)
    if flow in _PASSWORD:
        return password_steps.start_password(ctx, pool, client, user, values)
    if flow == "USER_SRP_AUTH":
        return password_steps.start_srp(ctx, pool, client, user, values)
    return custom_auth.start(ctx, pool, client, user, values, client_metadata)


def _require_allowed(client: Client, flow: str, allowed: str) -> None:
    if allowed not in client.flows:
        if flow == "USER_PASSWORD_AUTH":
            invalid("USER_PASSWORD_AUTH flow not enabled for this client")
        if flow in _PASSWORD:
            invalid("Auth flow not enabled for this client")
        invalid(f"{flow} is not enabled for the client.")


def _require_known(values: Mapping[str, str], known: frozenset[str], what: str) -> None:
    for name in values:
        if name not in known:
            unmodelled(what.format(name[:64]))


# Challenges that need nothing but their session: (what answers them, which ChallengeResponses they take).
_CHALLENGES: Final[Mapping[str, tuple[Callable[[Attempt], Json], frozenset[str]]]] = {
    "NEW_PASSWORD_REQUIRED": (password_steps.answer_new_password, frozenset({"NEW_PASSWORD"})),
    mfa.SMS: (mfa.answer_sms, frozenset({"SMS_MFA_CODE"})),
    totp.CHALLENGE: (mfa.answer_totp, frozenset({"SOFTWARE_TOKEN_MFA_CODE"})),
    mfa.SELECT: (mfa.answer_select, frozenset({"ANSWER"})),
    totp.SETUP: (mfa.answer_setup, frozenset({"SESSION", "EMAIL"})),
}
_PROOF: Final = frozenset({"PASSWORD_CLAIM_SECRET_BLOCK", "PASSWORD_CLAIM_SIGNATURE", "TIMESTAMP"})


def respond(ctx: Context, request: Json) -> Json:
    """RespondToAuthChallenge."""
    ctx = _on_a_side(ctx)
    name = request["ChallengeName"]
    pool, client = ctx.client(request["ClientId"])
    answers: dict[str, str] = request.get("ChallengeResponses") or {}
    username = needed(answers, "USERNAME")
    if name in device_srp.ANSWERS:
        _require_known(answers, _COMMON | device_srp.ANSWERS[name], "the ChallengeResponse {} of " + name)
        return device_srp.respond(ctx, pool, client, name, answers, request.get("Session"))
    token = answers.get("PASSWORD_CLAIM_SECRET_BLOCK") or request.get("Session")
    secret_hash.check(client, sessions.own_name(ctx, token, username), answers.get("SECRET_HASH"))
    ctx = devices.going_on(ctx, client, answers, token)
    if name == password_steps.VERIFIER:
        return _prove(ctx, pool, client, answers, request)
    if name == custom_auth.CHALLENGE:
        _require_known(answers, _COMMON | {"ANSWER"}, "the ChallengeResponse {} of " + name)
        session = sessions.find(ctx, client, request.get("Session"), name)
        return custom_auth.answer(ctx, pool, client, session, answers, metadata(request))
    if name in choice.CHALLENGES:
        _require_known(answers, _COMMON | choice.CHALLENGES[name], "the ChallengeResponse {} of " + name)
        return choice.respond(ctx, pool, client, sessions.find(ctx, client, request.get("Session"), name), answers)
    if name not in _CHALLENGES:
        unmodelled(f"the challenge {name} of RespondToAuthChallenge")
    answer, known = _CHALLENGES[name]
    attributes = {key for key in answers if key.startswith("userAttributes.")}
    extra = attributes if name == password_steps.NEW_PASSWORD else set()
    _require_known(answers, _COMMON | known | extra, "the ChallengeResponse {} of " + name)
    session = sessions.find(ctx, client, request.get("Session"), name)
    user = sessions.user_of(ctx, pool, session, username)
    if user is None:  # pragma: no cover - these challenges are issued to users who exist
        unauthorized(SESSION_INVALID)
    users.require_enabled(user)
    return answer(
        Attempt(
            ctx=ctx,
            pool=pool,
            client=client,
            session=session,
            user=user,
            answers=answers,
            metadata=metadata(request),
        )
    )


def _prove(ctx: Context, pool: Pool, client: Client, answers: dict[str, str], request: Json) -> Json:
    _require_known(answers, _COMMON | _PROOF, "the ChallengeResponse {} of PASSWORD_VERIFIER")
    session, user = password_steps.prove_srp(ctx, pool, client, answers, request.get("Session"))
    if session.data.get("custom"):
        return custom_auth.password_proved(ctx, pool, client, session, user, metadata(request))
    return password_steps.password_proved(ctx, pool, client, user)
