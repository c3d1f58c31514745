"""USER_AUTH: the user says who, the pool offers what the user has, and the user chooses how to prove it.

- The pool's ``AllowedFirstAuthFactors`` are offered as far as the user has them: a password, an address or
  number for a code, a passkey of the pool's relying party.
- Who has to pass a second factor, or to change a temporary password, is offered passwords only.
- A preferred challenge that is available is issued at once, and so is the only one that there is.
- A user who does not exist is offered a pick of what the pool allows, always the same, and never gets in.
"""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from typing import Any, Final, NoReturn

import attrs

from . import (
    auto_sign_in,
    devices,
    mfa,
    one_time_codes,
    passkeys,
    password_steps,
    secret_hash,
    sessions,
    triggers,
    users,
)
from .challenge import Attempt, needed
from .context import Context
from .errors import INCORRECT, PoolError, invalid, unauthorized
from .first_factors import EMAIL_OTP, ONE_TIME_CODES, PASSWORD, SMS_OTP, WEB_AUTHN
from .records import EXTERNAL_PROVIDER, FORCE_CHANGE_PASSWORD, AuthSession, Client, Json, Pool, User

FLOW: Final = "USER_AUTH"
SELECT: Final = "SELECT_CHALLENGE"
PASSWORD_SRP: Final = "PASSWORD_SRP"  # noqa: S105 - the name of a challenge

# Challenge: the ChallengeResponses that it takes.
CHALLENGES: Final[Mapping[str, frozenset[str]]] = {
    SELECT: frozenset({"ANSWER", "PASSWORD", "SRP_A"}),
    PASSWORD: frozenset({"PASSWORD"}),
    PASSWORD_SRP: frozenset({"SRP_A"}),
    WEB_AUTHN: frozenset({"CREDENTIAL"}),
    **{name: frozenset({parameter}) for name, (_, parameter) in ONE_TIME_CODES.items()},
}
FACTORS: Final = (PASSWORD, EMAIL_OTP, SMS_OTP, WEB_AUTHN)
_PREFERABLE: Final = frozenset(CHALLENGES) - {SELECT}


@attrs.frozen(kw_only=True)
class Choice:
    """One request of a choice-based sign-in.

    Attributes:
        user: None for one who does not exist and must not be seen not to.
        values: AuthParameters or ChallengeResponses, with USERNAME.
    """

    ctx: Context
    pool: Pool
    client: Client
    user: User | None
    values: Mapping[str, str] = attrs.field(repr=False)

    @property
    def username(self) -> str:
        """The real username, or the one that a user who does not exist would have."""
        return self.user.username if self.user else password_steps.sign_in_name(self.pool, self.values["USERNAME"])

    def issue(self, name: str, data: dict[str, Any] | None = None) -> Json:
        """Issue a challenge that tells no more than its name."""
        known = self.user is not None
        session = sessions.issue(self.ctx, self.client, self.username, name, known=known, data=data)
        parameters = {"USER_ID_FOR_SRP": self.username}
        return {"ChallengeName": name, "Session": session.token, "ChallengeParameters": parameters}


def start(
    ctx: Context,
    pool: Pool,
    client: Client,
    values: Mapping[str, str],
    session: str | None,
    client_metadata: dict[str, str],
) -> Json:
    """InitiateAuth with USER_AUTH.

    Args:
        ctx: The pool's parts.
        pool: The user pool.
        client: The app client.
        values: AuthParameters.
        session: The session of ConfirmSignUp, which needs no further proof.
        client_metadata: For the pool's triggers.
    """
    name = needed(values, "USERNAME")
    secret_hash.check(client, name, values.get("SECRET_HASH"))
    if session is not None:
        return auto_sign_in.start(ctx, pool, client, name, session)
    preferred = values.get("PREFERRED_CHALLENGE")
    if preferred is not None and preferred not in _PREFERABLE:
        invalid(f"PREFERRED_CHALLENGE must be one of {', '.join(sorted(_PREFERABLE))}.")
    user = users.client_user(ctx, pool, client, name, "User does not exist.")
    ctx = devices.begun(ctx, user, values)
    triggers.pre_authentication(ctx.triggers_of(pool), pool, client, user, name, client_metadata)
    if user is not None:
        users.require_enabled(user)
        password_steps.require_no_reset(user)
        password_steps.require_confirmed(user)
    choice = Choice(ctx=ctx, pool=pool, client=client, user=user, values=values)
    offered = _offered(choice)
    if not offered:
        unauthorized(INCORRECT)
    if preferred in offered:
        return _begin(choice, preferred)
    if len(offered) == 1:
        return _begin(choice, offered[0])
    return {**choice.issue(SELECT, {"choices": offered}), "AvailableChallenges": offered}


def _offered(choice: Choice) -> list[str]:
    """Answer the challenges that a user can choose from."""
    factors = choice.pool.first_factors
    chosen = _plausible(choice) if choice.user is None else usable(choice.ctx, choice.pool, choice.user)
    names = [(name, PASSWORD_SRP) if name == PASSWORD else (name,) for name in factors if name in chosen]
    return [name for several in names for name in several]


def usable(ctx: Context, pool: Pool, user: User) -> set[str]:
    """Answer the first factors that a user can sign in with."""
    # "Adding MFA to a user pool": who has MFA signs in with passwords only. Nor does a code replace the
    # change of a temporary password.
    if user.status == EXTERNAL_PROVIDER:  # signs in at the provider, and nowhere else
        return set()
    if mfa.second_factor_awaits(pool, user) or user.status == FORCE_CHANGE_PASSWORD:
        return {PASSWORD} if user.verifier else set()
    has = {
        PASSWORD: bool(user.verifier),
        EMAIL_OTP: bool(user.attributes.get("email")),
        SMS_OTP: bool(user.attributes.get("phone_number")),
        WEB_AUTHN: bool(passkeys.usable(ctx, pool, user)),
    }
    return {name for name, had in has.items() if had}


def _plausible(choice: Choice) -> set[str]:
    """Answer what a user who does not exist has: a pick of what the pool allows, the same each time.

    "Managing user existence error responses": choice-based sign-in answers with a random selection from the
    challenge types that the user pool allows.
    """
    factors = [PASSWORD] if choice.pool.mfa == "ON" else list(choice.pool.first_factors)
    if not choice.pool.passkeys:
        factors = [name for name in factors if name != WEB_AUTHN]
    digest = hmac.digest(choice.pool.secret.encode(), choice.username.encode(), hashlib.sha256)
    pick = int.from_bytes(digest, "big") % (2 ** len(factors) - 1) + 1
    return {name for place, name in enumerate(factors) if pick >> place & 1}


def _begin(choice: Choice, name: str) -> Json:
    """Issue a challenge; a password or SRP_A in the same request answers it at once."""
    ctx, pool, client, user, values = choice.ctx, choice.pool, choice.client, choice.user, choice.values
    if name == PASSWORD:
        if "PASSWORD" in values:
            return password_steps.start_password(ctx, pool, client, user, values)
        return choice.issue(name)
    if name == PASSWORD_SRP:
        return _start_srp(choice) if "SRP_A" in values else choice.issue(name)
    if name == WEB_AUTHN:
        return passkeys.ask(ctx, pool, client, user, choice.username)
    if user is None:
        return one_time_codes.ask_nobody(ctx, client, choice.username, values["USERNAME"], name)
    return one_time_codes.ask(ctx, client, user, name)


def _start_srp(choice: Choice) -> Json:
    session = choice.ctx.random.token(384)
    data = {"session": session}
    answer = password_steps.start_srp(choice.ctx, choice.pool, choice.client, choice.user, choice.values, data)
    return {**answer, "Session": session}


def respond(ctx: Context, pool: Pool, client: Client, session: AuthSession, answers: Mapping[str, str]) -> Json:
    """RespondToAuthChallenge with one of `CHALLENGES`.

    Args:
        ctx: The pool's parts.
        pool: The user pool.
        client: The app client.
        session: The challenge's session.
        answers: ChallengeResponses.
    """
    user = sessions.user_of(ctx, pool, session, answers["USERNAME"])
    if user is not None:
        users.require_enabled(user)
    choice = Choice(ctx=ctx, pool=pool, client=client, user=user, values=answers)
    name = session.challenge
    if name == SELECT:
        return _select(choice, session)
    for parameter in CHALLENGES[name]:
        needed(answers, parameter)
    if name == PASSWORD:
        return _try(choice, session, name)
    if name == PASSWORD_SRP:
        return _go_on(choice, session, name)
    if user is None:
        _refuse(ctx, session)
    return _ANSWERS[name](Attempt(ctx=ctx, pool=pool, client=client, session=session, user=user, answers=answers))


_ANSWERS: Final[Mapping[str, Callable[[Attempt], Json]]] = {
    EMAIL_OTP: one_time_codes.answer,
    SMS_OTP: one_time_codes.answer,
    WEB_AUTHN: passkeys.answer,
}


def _refuse(ctx: Context, session: AuthSession) -> NoReturn:
    """Refuse the proof of a user who does not exist, in the words for one that is wrong."""
    if session.challenge == WEB_AUTHN:
        sessions.spend(ctx, session)
        passkeys.refuse()
    one_time_codes.refuse(ctx, session)


def _select(choice: Choice, session: AuthSession) -> Json:
    chosen = needed(choice.values, "ANSWER")
    # What was offered may be gone meanwhile: a passkey deleted, an address removed.
    if chosen not in session.data["choices"] or chosen not in _offered(choice):
        invalid("Invalid ANSWER: it must be one of AvailableChallenges.")
    if chosen == PASSWORD and "PASSWORD" in choice.values:
        needed(choice.values, "PASSWORD")
        return _try(choice, session, chosen)
    return _go_on(choice, session, chosen)


def _go_on(choice: Choice, session: AuthSession, name: str) -> Json:
    answer = _begin(choice, name)
    sessions.spend(choice.ctx, session)
    return answer


def _try(choice: Choice, session: AuthSession, name: str) -> Json:
    """Try a password. A wrong one leaves the session usable, up to five times."""
    try:
        return _go_on(choice, session, name)
    except PoolError:
        sessions.answered_wrong(choice.ctx, session)
        raise
