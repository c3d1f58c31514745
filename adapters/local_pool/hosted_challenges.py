"""The challenges that the pages of a domain can put to a user: codes, a choice of them, a new password."""

import json
from collections.abc import Callable, Mapping
from typing import Final

import attrs

from . import email_mfa, mfa, password_steps, sessions, totp, users
from .challenge import Attempt
from .context import Context
from .errors import SESSION_INVALID, unauthorized
from .hosted_pages import Button, Field
from .records import AuthSession, Client, Json, Pool

# Challenge: (what answers it, the ChallengeResponse that holds the answer).
_ANSWERS: Final[Mapping[str, tuple[Callable[[Attempt], Json], str]]] = {
    mfa.SMS: (mfa.answer_sms, "SMS_MFA_CODE"),
    totp.CHALLENGE: (mfa.answer_totp, "SOFTWARE_TOKEN_MFA_CODE"),
    email_mfa.CHALLENGE: (email_mfa.answer, "EMAIL_OTP_CODE"),
    mfa.SELECT: (mfa.answer_select, "ANSWER"),
    password_steps.NEW_PASSWORD: (password_steps.answer_new_password, "NEW_PASSWORD"),
}
_FACTORS: Final = {
    mfa.SMS: "A code by text message",
    totp.CHALLENGE: "A code from an authenticator app",
    email_mfa.CHALLENGE: "A code by e-mail",
}
_NEXT: Final = Button(name="action", value="answer", label="Continue", first=True)


@attrs.frozen(kw_only=True)
class Asking:
    """What a page asks."""

    title: str
    sentence: str
    fields: tuple[Field, ...] = ()
    buttons: tuple[Button, ...] = (_NEXT,)


def asking(challenge: Json) -> Asking | None:
    """Answer what to ask for a challenge; None for one that the pages do not model."""
    name, parameters = challenge["ChallengeName"], challenge["ChallengeParameters"]
    if name not in _ANSWERS:
        return None
    if name == password_steps.NEW_PASSWORD:
        field = Field(name="answer", label="New password", kind="password", complete="new-password")
        return Asking(title="Change password", sentence="Choose a new password.", fields=(field,))
    if name == mfa.SELECT:
        names = json.loads(parameters.get("MFAS_CAN_CHOOSE", "[]"))
        buttons = tuple(Button(name="answer", value=one, label=_FACTORS[one]) for one in names)
        return Asking(title="Choose a second factor", sentence="How do you want to go on?", buttons=buttons)
    where = parameters.get("CODE_DELIVERY_DESTINATION")
    sentence = f"Enter the code that was sent to {where}." if where else "Enter the code of your authenticator app."
    field = Field(name="answer", label="Code", complete="one-time-code")
    return Asking(title="Enter your code", sentence=sentence, fields=(field,))


def answered(ctx: Context, pool: Pool, client: Client, form: Mapping[str, str]) -> Json:
    """Answer what follows the answer to a challenge.

    Raises:
        PoolError: The answer is wrong, or there is no such challenge.
    """
    found = ctx.store.get(AuthSession, form["session"])
    if found is None or found.challenge not in _ANSWERS:
        unauthorized(SESSION_INVALID)
    session = sessions.find(ctx, client, found.token, found.challenge)
    user = sessions.user_of(ctx, pool, session)
    if user is None:
        unauthorized(SESSION_INVALID)
    users.require_enabled(user)
    answer, member = _ANSWERS[session.challenge]
    answers = {"USERNAME": user.username, member: form.get("answer", "")}
    return answer(Attempt(ctx=ctx, pool=pool, client=client, session=session, user=user, answers=answers))


def again(ctx: Context, token: str) -> Json | None:
    """Answer the challenge of a session that may be answered once more; None if it is spent, or there is none."""
    found = ctx.store.get(AuthSession, token)
    if found is None or found.used or not found.hosted or ctx.clock() >= found.expires_at:
        return None
    parameters = {"MFAS_CAN_CHOOSE": json.dumps(found.data.get("choices", []))}
    if "destination" in found.data:
        parameters["CODE_DELIVERY_DESTINATION"] = "you"
    return {"ChallengeName": found.challenge, "Session": token, "ChallengeParameters": parameters}
