"""What a configuration makes impossible or contradictory, told from the file alone: nobody is called."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from authflow.adapters.config import PoolConfig
from authflow.adapters.provision.examine_keys import key_findings
from authflow.adapters.provision.examine_pages import page_findings
from authflow.adapters.provision.findings import (
    Finding,
    advice,
    contradictory,
    impossible,
    is_problem,
    refusal,
    worst_first,
)
from authflow.adapters.provision.plan import listed
from authflow.adapters.provision.subject import Subject
from authflow.states import AuthFlowType, FirstFactor

_CODES: Final = {
    FirstFactor.EMAIL_OTP: ("email", "an e-mail address"),
    FirstFactor.SMS_OTP: ("phone_number", "a number"),
}
_ADMIN: Final = frozenset(flow for flow in AuthFlowType if flow.value.startswith("ADMIN_"))
# Cognito Federated Identities API reference, IdentityPoolId, with the region that is before the colon.
_IDENTITY_POOL: Final = re.compile(r"([a-z0-9-]+):[0-9a-f]+(?:-[0-9a-f]+)*", re.ASCII)
_SHORT_PASSWORD: Final = 8


def examine(subject: Subject) -> tuple[Finding, ...]:
    """Returns what is wrong with a configuration, the worst first."""
    pages = tuple(_pages(subject))
    told = {finding.key for finding in pages if is_problem(finding)}
    refused = [refusal(error) for error in subject.refused if error.key not in told]
    return worst_first((*refused, *pages, *filter(subject.is_sound, _findings(subject))))


def _pages(subject: Subject) -> Iterator[Finding]:
    if subject.config is not None and subject.pages is not None:
        yield from page_findings(subject.config, subject.pages)


def _findings(subject: Subject) -> Iterator[Finding]:
    yield from key_findings(subject)
    if subject.config is not None:
        for check in _CHECKS:
            yield from check(subject, subject.config)


def _flow(subject: Subject, config: PoolConfig) -> Iterator[Finding]:
    key = subject.key("auth_flow")
    if config.auth_flow in _ADMIN:
        yield advice(
            "flow.needs-credentials",
            key,
            f"{config.auth_flow.value} is for servers: it signs in with AWS credentials, which no app may have.",
            "In an app, write USER_SRP_AUTH.",
        )
    if config.auth_flow is AuthFlowType.USER_PASSWORD_AUTH:
        yield advice(
            "flow.sends-password",
            key,
            "The password itself is sent to Cognito; with USER_SRP_AUTH it never leaves the device.",
            "Write USER_SRP_AUTH, unless a Lambda function migrates users.",
        )
    if config.preferred_challenge is not None and config.auth_flow is not AuthFlowType.USER_AUTH:
        yield contradictory(
            "flow.preference-without-choice",
            subject.key("preferred_challenge"),
            f"A first factor is preferred, but {config.auth_flow.value} leaves nothing to choose.",
            "Write USER_AUTH as the flow, or leave the preference out.",
        )


def _first_factor(subject: Subject, config: PoolConfig) -> Iterator[Finding]:
    wanted, key = config.preferred_challenge, subject.key("preferred_challenge")
    if wanted is not None and wanted in _CODES:
        attribute, what = _CODES[wanted]
        known = {*config.required_attributes, *config.username_attributes, *config.user_verification_types}
        if attribute not in known:
            yield impossible(
                "otp.no-contact",
                key,
                f"Codes are to be sent, but a registration brings no {what.partition(' ')[2]}.",
                f"Add {attribute} to {subject.key('required_attributes')}.",
            )
        if _switched_off(subject, f"{wanted.value.lower()}_enabled"):
            yield contradictory(
                "otp.off",
                key,
                f"Codes ({wanted.value}) are preferred, and the same file says that the pool has none.",
                "Correct one of the two.",
            )
    if wanted is FirstFactor.WEB_AUTHN and config.passkeys is False:
        yield impossible(
            "passkey.none",
            key,
            "Passkeys are preferred, and the pool takes none.",
            "Set up a relying party, or prefer something else.",
        )
    codes_or_passkeys = wanted in _CODES or wanted is FirstFactor.WEB_AUTHN
    # Developer guide, "Authentication with user pools": required MFA excludes them.
    if codes_or_passkeys and config.mfa_configuration == "ON":
        yield impossible(
            "mfa.excludes-first-factor",
            key,
            "Where MFA is required, codes and passkeys are no first factors.",
            "Make MFA optional, or prefer a password.",
        )


def _switched_off(subject: Subject, name: str) -> bool:
    auth = subject.content.get("auth")
    passwordless = auth.get("passwordless") if isinstance(auth, Mapping) else None
    return isinstance(passwordless, Mapping) and passwordless.get(name) is False


def _second_factors(subject: Subject, config: PoolConfig) -> Iterator[Finding]:
    key = subject.key("mfa_methods")
    if config.mfa_configuration in ("ON", "OPTIONAL") and not config.mfa_methods and subject.says("mfa_methods"):
        yield contradictory(
            "mfa.no-methods",
            key,
            f"MFA is {config.mfa_configuration}, and there is no method for it.",
            "Name SMS, TOTP or EMAIL, or turn MFA off.",
        )
    if (
        config.mfa_configuration == "ON"
        and set(config.mfa_methods) == {"SMS"}
        and _brings(config, "phone_number") is False
    ):
        yield contradictory(
            "mfa.sms-without-number",
            key,
            "MFA by text message is required, and a registration brings no phone number: nobody can sign in.",
            f"Add phone_number to {subject.key('required_attributes')}, or allow TOTP.",
        )


def _brings(config: PoolConfig, attribute: str) -> bool:
    return attribute in {*config.required_attributes, *config.username_attributes, *config.user_verification_types}


def _sign_up(subject: Subject, config: PoolConfig) -> Iterator[Finding]:
    if not any(_brings(config, contact) for contact in ("email", "phone_number")):
        yield advice(
            "sign_up.no-contact",
            subject.key("required_attributes"),
            "A registration brings no e-mail address and no phone number: no code can be sent to confirm it.",
            'Write ["email"], if the pool confirms by e-mail.',
        )
    missing = [name for name in config.username_attributes if name not in config.required_attributes]
    if len(config.username_attributes) == 1 and missing:
        yield advice(
            "sign_up.username-not-required",
            subject.key("required_attributes"),
            f"People sign in with {listed(missing)}, which is not among what a registration must bring.",
            f"Add {listed(missing)} to it.",
        )
    policy = config.password_policy
    if policy is not None and policy.min_length < _SHORT_PASSWORD:
        yield advice(
            "password.short",
            subject.key("password_policy"),
            f"A password of {policy.min_length} characters is soon guessed.",
            f"Ask for {_SHORT_PASSWORD} or more, in the pool's policy too.",
        )


def _secret(subject: Subject, config: PoolConfig) -> Iterator[Finding]:
    if config.client_secret is not None:
        yield advice(
            "secret.in-file",
            subject.key("client_secret"),
            "The file holds the app client's secret: whoever gets the file has it, and an app cannot keep it.",
            "Keep the file on a server; give apps a client without a secret.",
        )
    pages = subject.pages
    if pages is None or pages.client_id != config.client_id:
        return
    if (pages.secret is None) != (config.client_secret is None):
        yield contradictory(
            "secret.in-one-place",
            pages.key_of("client_secret"),
            "The client's secret stands in one of two places, for the pool or for its sign-in pages, and not in both.",
            "Write it in both, or in neither.",
        )
    elif pages.secret != config.client_secret:
        yield contradictory(
            "secret.differs",
            pages.key_of("client_secret"),
            "The same client has one secret for the pool and another for its sign-in pages.",
            "Copy it from the user pool's app client.",
        )


def _identity_pool(subject: Subject, config: PoolConfig) -> Iterator[Finding]:
    if config.identity_pool_id is None:
        return
    key = subject.key("identity_pool_id")
    match = _IDENTITY_POOL.fullmatch(config.identity_pool_id)
    if match is None:
        yield impossible(
            "identity_pool.malformed",
            key,
            "That is not the id of an identity pool.",
            'Write it as "<region>:<uuid>"; "<region>_<name>" is a user pool.',
        )
    elif match[1] != config.region:
        yield contradictory(
            "identity_pool.other-region",
            key,
            f"The identity pool is in {match[1]}, and the user pool in {config.region}.",
            "Check that it is the one that you mean: usually both are in one region.",
        )


_CHECKS: Final[tuple[Callable[[Subject, PoolConfig], Iterator[Finding]], ...]] = (
    _flow,
    _first_factor,
    _second_factors,
    _sign_up,
    _secret,
    _identity_pool,
)
