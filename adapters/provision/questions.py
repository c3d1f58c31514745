"""The questions of `authflow init`, in order, and what their answers wish for; each has an option of the command, too.

An answer is text, as somebody types it; a question knows how to read it, and when it need not be asked.
"""

from collections.abc import Callable, Mapping
from typing import Final

import attrs

from authflow.adapters.provision.social import OWN_USERS, SOCIAL, ProviderApp
from authflow.adapters.provision.wishes import (
    ATTRIBUTES,
    FIRST_FACTORS,
    FLOWS,
    MFA,
    MFA_METHODS,
    SCOPES,
    SIGN_IN_WITH,
    HostedUi,
    Wishes,
)
from authflow.errors import InvalidInput
from authflow.frontend.traits import PasswordPolicy
from authflow.secrets import Secret

Answers = Mapping[str, str]
# What stands for a verified SES identity on a local pool, which sends nothing.
LOCAL_SES: Final = "arn:aws:ses:us-east-1:000000000000:identity/local-pool.example.com"
_RULES: Final = {
    "lower": "require_lowercase",
    "upper": "require_uppercase",
    "number": "require_numbers",
    "symbol": "require_symbols",
}
_SHORT: Final = {"phone": "phone_number", "mail": "email", "e-mail": "email", "app": "TOTP", "none": ""}


NO_SECRETS: Final[Mapping[str, Secret[str]]] = {}
_NOTHING: Final = (None, "", "no")


def _always(answers: Answers) -> bool:
    return True


@attrs.frozen(kw_only=True)
class Question:
    """One question.

    Args:
        name: the answer's name, and the option's.
        asks: the question.
        default: what nothing answers; "" for nothing.
        among: what an answer is one of, or some of; empty for any text.
        several: whether it may be several, with commas between.
        number: whether it is a number.
        when: whether it is asked, by the answers before it.
        hint: what somebody needs to know who has not set a user pool up before.
    """

    name: str
    asks: str
    default: str = ""
    among: tuple[str, ...] = ()
    several: bool = False
    number: bool = False
    when: Callable[[Answers], bool] = _always
    hint: str = ""

    @property
    def option(self) -> str:
        """The option of the command line that answers it."""
        return f"--{self.name.replace('_', '-')}"

    @property
    def choices(self) -> str:
        """What can be answered, for reading; "" where it is any text."""
        return ", ".join(self.among) if self.several else "/".join(self.among)

    def read(self, typed: str) -> str:
        """Returns an answer as it is kept: in one spelling.

        Raises:
            InvalidInput: it is none.
        """
        if self.number:
            return self._number(typed)
        if self.several:
            parts = [part for part in (self._spelt(one) for one in typed.replace(",", " ").split()) if part]
            return ",".join(parts)
        return self._spelt(typed.strip())

    def _number(self, typed: str) -> str:
        stripped = typed.strip()
        if not (stripped.isascii() and stripped.isdigit() and len(stripped) <= 6):
            raise InvalidInput.of(self.name, f"{self.option}: type a number.")
        return stripped

    def _spelt(self, typed: str) -> str:
        if not self.among:
            return typed
        meant = _SHORT.get(typed.lower(), typed)
        found = next((one for one in self.among if one.lower() == meant.lower().replace("-", "_")), None)
        if found is None and meant and typed != "none":
            which = "one or more" if self.several else "one"
            raise InvalidInput.of(self.name, f"{self.option}: answer with {which} of {', '.join(self.among)}.")
        return found or ""


def _has(name: str, *words: str) -> Callable[[Answers], bool]:
    return lambda answers: any(word in answers.get(name, "").split(",") for word in words)


def _hosted(answers: Answers) -> bool:
    return bool(answers.get("domain"))


_YES_NO: Final = ("yes", "no")
QUESTIONS: Final = (
    Question(name="name", asks="What is the project called?", default="authflow"),
    Question(
        name="sign_in",
        asks="What do people sign in with?",
        default="username",
        among=SIGN_IN_WITH,
        several=True,
    ),
    Question(
        name="required_attributes",
        asks="What must a registration bring?",
        default="email",
        among=ATTRIBUTES,
        several=True,
        hint="What is required cannot be changed once the pool is there.",
    ),
    Question(name="mfa", asks="Is there a second factor?", default="OFF", among=MFA),
    Question(
        name="mfa_methods",
        asks="Which second factors?",
        default="TOTP",
        among=MFA_METHODS,
        several=True,
        when=_has("mfa", "OPTIONAL", "ON"),
    ),
    Question(
        name="ses_identity",
        asks="The ARN of the Amazon SES identity that sends e-mail codes?",
        hint="Such as arn:aws:ses:eu-west-1:123456789012:identity/example.com.",
        when=_has("mfa_methods", "EMAIL"),
    ),
    Question(name="password_length", asks="How many characters has a password at least?", default="8", number=True),
    Question(
        name="password_rules",
        asks="Which characters must it have?",
        default="lower,upper,number,symbol",
        among=tuple(_RULES),
        several=True,
    ),
    Question(
        name="secret",
        asks="Has the app client a secret? (only servers can keep one)",
        default="no",
        among=_YES_NO,
    ),
    Question(
        name="flows",
        asks="How do people sign in, the usual way first?",
        default="srp",
        among=FLOWS,
        several=True,
        hint="srp: with a password that never leaves the device; password: with one that is sent to Cognito; custom: "
        "by questions of your own Lambda functions; choice: by what they choose, such as codes and passkeys.",
    ),
    Question(
        name="first_factors",
        asks="What can they choose from?",
        default="PASSWORD,EMAIL_OTP",
        among=FIRST_FACTORS,
        several=True,
        when=_has("flows", "choice"),
    ),
    Question(
        name="relying_party",
        asks="Which domain are passkeys for?",
        hint="Such as app.example.com; those of one domain are no good for another.",
        when=_has("first_factors", "WEB_AUTHN"),
    ),
    Question(name="access_minutes", asks="How many minutes do access tokens live?", default="60", number=True),
    Question(name="id_minutes", asks="How many minutes do ID tokens live?", default="60", number=True),
    Question(name="refresh_days", asks="How many days do refresh tokens live?", default="30", number=True),
    Question(name="rotation", asks="Is a refresh token good for one refresh only?", default="no", among=_YES_NO),
    Question(
        name="hide_users",
        asks="Are strangers kept from finding out who has an account?",
        default="yes",
        among=_YES_NO,
    ),
    Question(
        name="domain",
        asks="The domain prefix of the sign-in pages? (nothing for none)",
        hint="Cognito can serve pages to sign in on, at <prefix>.auth.<region>.amazoncognito.com.",
    ),
    Question(
        name="callback_urls",
        asks="Where do people come back to after signing in there?",
        several=True,
        when=_hosted,
        hint="Addresses of your app, such as https://app.example.com/ or myapp://in.",
    ),
    Question(name="sign_out_urls", asks="And after signing out?", several=True, when=_hosted),
    Question(
        name="scopes",
        asks="What are the tokens good for?",
        default=",".join(SCOPES),
        several=True,
        when=_hosted,
    ),
    Question(
        name="providers",
        asks="Who signs people in there?",
        default=OWN_USERS,
        among=(OWN_USERS, *SOCIAL),
        several=True,
        when=_hosted,
    ),
    *(
        Question(name=f"{social.short}_id", asks=f"The id of your app at {name}?", when=_has("providers", name))
        for name, social in SOCIAL.items()
    ),
    # Behind the domain, to which a link leads.
    Question(
        name="verify_by", asks="Is a registration confirmed by code or link?", default="code", among=("code", "link")
    ),
    Question(
        name="identity_pool",
        asks="Do users get AWS credentials?",
        default="yes",
        among=_YES_NO,
        hint="Only an app that calls other services of AWS itself, such as S3, needs them.",
    ),
    Question(
        name="guests",
        asks="Do guests get some, too?",
        default="no",
        among=_YES_NO,
        when=_has("identity_pool", "yes"),
    ),
)


def pending(answers: Answers) -> Question | None:
    """Returns the next question that has no answer; None when there is none left."""
    return next((question for question in QUESTIONS if question.name not in answers and question.when(answers)), None)


def secrets_wanted(answers: Answers) -> tuple[str, ...]:
    """Returns the providers whose app's secret is needed; no option tells one."""
    return tuple(name for name in _several(completed(answers), "providers") if name in SOCIAL)


def wishes_of(answers: Answers, secrets: Mapping[str, Secret[str]] = NO_SECRETS) -> Wishes:
    """Returns what the answers wish for; what is not answered is as its question's default, or left out.

    Args:
        answers: by the question's name.
        secrets: the secrets of apps that are registered with providers, by provider.

    Raises:
        InvalidInput: something is answered that goes with something else that is not wished for.
    """
    complete = completed(answers)
    return Wishes(
        project=complete["name"],
        sign_in_with=_several(complete, "sign_in"),
        required_attributes=_several(complete, "required_attributes"),
        mfa=complete["mfa"],
        mfa_methods=_several(complete, "mfa_methods"),
        ses_identity=complete.get("ses_identity") or None,
        password_policy=_password_policy(complete),
        verification=complete["verify_by"],
        secret=_yes(complete, "secret"),
        flows=_several(complete, "flows"),
        first_factors=_several(complete, "first_factors") or ("PASSWORD",),
        relying_party=complete.get("relying_party") or None,
        access_minutes=int(complete["access_minutes"]),
        id_minutes=int(complete["id_minutes"]),
        refresh_days=int(complete["refresh_days"]),
        rotation=_yes(complete, "rotation"),
        prevent_user_existence_errors=_yes(complete, "hide_users"),
        hosted_ui=_hosted_ui(complete, secrets),
        identity_pool=_yes(complete, "identity_pool"),
        guests=_yes(complete, "guests"),
    )


def completed(answers: Answers) -> dict[str, str]:
    """Returns the answers with the defaults of all that is asked and not answered.

    Raises:
        InvalidInput: something is answered that is not asked.
    """
    complete = dict(answers)
    while (question := pending(complete)) is not None:
        complete[question.name] = question.default
    for question in QUESTIONS:
        if answers.get(question.name) not in _NOTHING and not question.when(complete):
            raise InvalidInput.of(question.name, f"{question.option} says something about what is not wished for.")
    return complete


def _password_policy(answers: Answers) -> PasswordPolicy:
    rules = {_RULES[word]: True for word in _several(answers, "password_rules")}
    return PasswordPolicy(min_length=int(answers["password_length"]), **rules)


def _hosted_ui(answers: Answers, secrets: Mapping[str, Secret[str]]) -> HostedUi | None:
    if not answers.get("domain"):
        return None
    return HostedUi(
        domain=answers["domain"],
        callback_urls=_several(answers, "callback_urls"),
        sign_out_urls=_several(answers, "sign_out_urls"),
        scopes=_several(answers, "scopes"),
        providers=_several(answers, "providers"),
        apps=tuple(
            ProviderApp(
                provider=name,
                client_id=answers.get(f"{SOCIAL[name].short}_id", ""),
                client_secret=secrets.get(name, Secret("")),
            )
            for name in _several(answers, "providers")
            if name in SOCIAL
        ),
    )


def _several(answers: Answers, name: str) -> tuple[str, ...]:
    return tuple(part for part in answers.get(name, "").split(",") if part)


def _yes(answers: Answers, name: str) -> bool:
    return answers.get(name) == "yes"
