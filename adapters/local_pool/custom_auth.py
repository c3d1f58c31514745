"""CUSTOM_AUTH: the pool's triggers decide which challenges there are and when they are passed."""

from collections.abc import Mapping
from typing import Any, Final

import attrs

from . import password_steps, sessions, tokens, triggers, users
from .challenge import needed
from .context import Context
from .errors import INCORRECT, PoolError, invalid, unauthorized
from .records import AuthSession, Client, Json, Pool, User

CHALLENGE: Final = "CUSTOM_CHALLENGE"
FLOW: Final = "CUSTOM_AUTH"


@attrs.frozen(kw_only=True)
class Round:
    """One round of a custom flow. `user` is None for one who does not exist and must not be seen not to."""

    ctx: Context
    pool: Pool
    client: Client
    user: User | None
    username: str
    history: list[Json]
    metadata: Mapping[str, str]

    def request(self, **more: object) -> Json:
        """Answer the part of a trigger's event that all three triggers share."""
        attributes = {"sub": self.user.sub, **self.user.attributes} if self.user else {}
        return {
            "userAttributes": {**attributes, "cognito:user_status": self.user.status} if self.user else {},
            "userNotFound": self.user is None,
            "clientMetadata": dict(self.metadata),
            **more,
        }

    def trigger(self, name: str, source: str, request: Json, response: Json) -> Json:
        """Run one of the pool's triggers: ``define``, ``create`` or ``verify``."""
        callback = getattr(self.ctx.triggers_of(self.pool), name)
        full = source.partition("_")[0]
        return triggers.run(callback, full, source, self.pool, self.client, self.username, request, response)


def start(
    ctx: Context,
    pool: Pool,
    client: Client,
    user: User | None,
    values: Mapping[str, str],
    metadata: Mapping[str, str],
) -> Json:
    """InitiateAuth with CUSTOM_AUTH, with SRP first if CHALLENGE_NAME says ``SRP_A``."""
    if user is not None:
        password_steps.require_may_try(ctx, user)
        password_steps.require_confirmed(user)
    username = user.username if user else password_steps.sign_in_name(pool, values["USERNAME"])
    begun = values.get("CHALLENGE_NAME")
    if begun not in (None, "SRP_A"):
        invalid("CHALLENGE_NAME must be SRP_A, or left out.")
    history = [entry("SRP_A", result=True)] if begun else []
    step = Round(ctx=ctx, pool=pool, client=client, user=user, username=username, history=history, metadata=metadata)
    return advance(step, values)


def entry(name: str, *, result: bool, metadata: str | None = None) -> Json:
    """Answer one entry of the ``session`` that triggers are handed."""
    found: Json = {"challengeName": name, "challengeResult": result}
    return found if metadata is None else {**found, "challengeMetadata": metadata}


def advance(step: Round, values: Mapping[str, str]) -> Json:
    """Ask DefineAuthChallenge what comes next, and do it.

    Args:
        step: The round.
        values: AuthParameters, needed if SRP comes next.
    """
    empty: Json = {"challengeName": None, "issueTokens": None, "failAuthentication": None}
    decision = step.trigger(
        "define", "DefineAuthChallenge_Authentication", step.request(session=list(step.history)), empty
    )
    if decision.get("failAuthentication"):
        unauthorized(INCORRECT)
    if decision.get("issueTokens"):
        if step.user is None:
            unauthorized(INCORRECT)
        return tokens.sign_in(step.ctx, step.pool, step.client, step.user)
    named = decision.get("challengeName")
    if named == CHALLENGE:
        return _create(step)
    if named == password_steps.VERIFIER and values.get("SRP_A"):
        return _verify_password(step, values)
    raise PoolError(
        "InvalidLambdaResponseException",
        f"DefineAuthChallenge answered the challenge {str(named)[:64]!r}: the local pool models"
        " CUSTOM_CHALLENGE, and PASSWORD_VERIFIER after SRP_A.",
    )


def _verify_password(step: Round, values: Mapping[str, str]) -> Json:
    session = step.ctx.random.token(384)
    data = {"custom": True, "history": step.history, "session": session}
    answer = password_steps.start_srp(step.ctx, step.pool, step.client, step.user, values, data)
    return {**answer, "Session": session}


def _create(step: Round) -> Json:
    empty: Json = {
        "publicChallengeParameters": None,
        "privateChallengeParameters": None,
        "challengeMetadata": None,
    }
    request = step.request(session=list(step.history), challengeName=CHALLENGE)
    made = step.trigger("create", "CreateAuthChallenge_Authentication", request, empty)
    public = _texts(made, "publicChallengeParameters")
    data: dict[str, Any] = {
        "private": _texts(made, "privateChallengeParameters"),
        "metadata": made.get("challengeMetadata"),
        "history": step.history,
    }
    session = sessions.issue(step.ctx, step.client, step.username, CHALLENGE, known=step.user is not None, data=data)
    parameters = {"USERNAME": step.username, **public}
    return {"ChallengeName": CHALLENGE, "Session": session.token, "ChallengeParameters": parameters}


def _texts(made: Json, member: str) -> dict[str, str]:
    values = made.get(member) or {}
    pairs = values.items() if isinstance(values, dict) else [(None, None)]
    if not all(isinstance(text, str) for pair in pairs for text in pair):
        sentence = f"CreateAuthChallenge: {member} must map texts to texts."
        raise PoolError("InvalidLambdaResponseException", sentence)
    return values


def password_proved(
    ctx: Context, pool: Pool, client: Client, session: AuthSession, user: User, metadata: Mapping[str, str]
) -> Json:
    """Go on after PASSWORD_VERIFIER within a custom flow."""
    password_steps.require_confirmed(user)
    history = [*session.data["history"], entry(password_steps.VERIFIER, result=True)]
    step = Round(
        ctx=ctx,
        pool=pool,
        client=client,
        user=user,
        username=user.username,
        history=history,
        metadata=metadata,
    )
    return advance(step, {})


def answer(
    ctx: Context,
    pool: Pool,
    client: Client,
    session: AuthSession,
    answers: Mapping[str, str],
    metadata: Mapping[str, str],
) -> Json:
    """RespondToAuthChallenge with ``CUSTOM_CHALLENGE``. The session is spent, whatever the answer."""
    user = sessions.user_of(ctx, pool, session, answers["USERNAME"])
    given = needed(answers, "ANSWER")
    if user is not None:
        users.require_enabled(user)
    sessions.spend(ctx, session)
    history = list(session.data["history"])
    step = Round(
        ctx=ctx,
        pool=pool,
        client=client,
        user=user,
        username=session.username,
        history=history,
        metadata=metadata,
    )
    request = step.request(privateChallengeParameters=session.data["private"], challengeAnswer=given)
    verdict = step.trigger("verify", "VerifyAuthChallengeResponse_Authentication", request, {"answerCorrect": False})
    right = bool(verdict.get("answerCorrect"))
    noted = entry(CHALLENGE, result=right, metadata=session.data["metadata"])
    return advance(attrs.evolve(step, history=[*history, noted]), {})
