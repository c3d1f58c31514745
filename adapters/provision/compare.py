"""The configuration beside what is there: what the pool will refuse, and what it does differently from what is said."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from authflow.adapters.config import PoolConfig
from authflow.adapters.local_pool.amplify_outputs import POLICY, methods
from authflow.adapters.provision.compare_client import client_findings
from authflow.adapters.provision.consult import Facts
from authflow.adapters.provision.findings import Finding, advice, contradictory, impossible, worst_first
from authflow.adapters.provision.plan import listed
from authflow.adapters.provision.services import Json
from authflow.adapters.provision.subject import Subject

_SAME_PLACE: Final = {"verified_email": "EMAIL", "verified_phone_number": "SMS"}
# Developer guide, "Custom authentication challenge Lambda triggers".
_CUSTOM: Final = ("DefineAuthChallenge", "CreateAuthChallenge", "VerifyAuthChallengeResponse")
# What a file and its pool both list: (finding, field of the configuration, member of DescribeUserPool, what it is).
_SAME: Final = (
    ("live.username-attributes", "username_attributes", "UsernameAttributes", "stands for a username"),
    ("live.user-verification-types", "user_verification_types", "AutoVerifiedAttributes", "is verified"),
)


def compare(subject: Subject, config: PoolConfig, facts: Facts) -> tuple[Finding, ...]:
    """Returns how a configuration and what is there do not go together, the worst first."""
    return worst_first(filter(subject.is_sound, _findings(subject, config, facts)))


def _findings(subject: Subject, config: PoolConfig, facts: Facts) -> Iterator[Finding]:
    if facts.pool is None:
        yield impossible(
            "live.no-pool",
            subject.key("user_pool_id"),
            f"There is no user pool {config.user_pool_id} in this account and region.",
            "Check the id, and with whose credentials you ask (--profile).",
        )
        return
    for check in _CHECKS:
        yield from check(subject, config, facts.pool, facts)
    yield from client_findings(subject, config, facts)


def _second_factors(subject: Subject, config: PoolConfig, pool: Json, facts: Facts) -> Iterator[Finding]:
    there = facts.mfa.get("MfaConfiguration") or "OFF"
    if config.mfa_configuration is not None and config.mfa_configuration != there:
        yield contradictory(
            "live.mfa-differs",
            subject.key("mfa_configuration"),
            f"MFA is {config.mfa_configuration} here, and {there} in the pool.",
            f"Write {there}, or change the pool (SetUserPoolMfaConfig).",
        )
    offered = set(methods(facts.mfa))
    if there != "OFF" and subject.says("mfa_methods") and set(config.mfa_methods) != offered:
        yield contradictory(
            "live.mfa-methods-differ",
            subject.key("mfa_methods"),
            f"The second factors are {listed(sorted(config.mfa_methods)) or 'none'} here, and "
            f"{listed(sorted(offered)) or 'none'} in the pool.",
            f"Write {listed(sorted(offered)) or 'none'}, or change the pool.",
        )
    email = pool.get("EmailConfiguration") or {}
    if there != "OFF" and "EMAIL" in offered and email.get("EmailSendingAccount") != "DEVELOPER":
        yield impossible(
            "live.email-mfa-without-ses",
            "EmailConfiguration",
            "E-mail is a second factor, and the pool does not send through Amazon SES, which that needs.",
            "Give the pool an EmailConfiguration with EmailSendingAccount DEVELOPER.",
        )
    if there != "OFF" and "SMS" in offered and not _sends_sms(pool, facts):
        yield impossible(
            "live.sms-without-role",
            "SmsConfiguration",
            "Text messages are a second factor, and the pool has no role to send them with.",
            "Give the pool an SmsConfiguration.",
        )


def _sends_sms(pool: Json, facts: Facts) -> bool:
    sms = facts.mfa.get("SmsMfaConfiguration") or {}
    return bool(sms.get("SmsConfiguration") or pool.get("SmsConfiguration"))


def _first_factors(subject: Subject, config: PoolConfig, pool: Json, facts: Facts) -> Iterator[Finding]:
    allowed = ((pool.get("Policies") or {}).get("SignInPolicy") or {}).get("AllowedFirstAuthFactors") or ["PASSWORD"]
    wanted = config.preferred_challenge
    if wanted is not None and wanted.value.replace("_SRP", "") not in allowed:
        yield impossible(
            "live.first-factor-not-allowed",
            subject.key("preferred_challenge"),
            f"{wanted.value} is preferred, and the pool allows {listed(allowed)}.",
            "Add it to the pool's SignInPolicy, or prefer another.",
        )
    passkeys = bool((facts.mfa.get("WebAuthnConfiguration") or {}).get("RelyingPartyId"))
    # API reference, WebAuthnConfigurationMissingException: a domain of the pool will do.
    if "WEB_AUTHN" in allowed and not (passkeys or pool.get("Domain") or pool.get("CustomDomain")):
        yield impossible(
            "live.passkeys-without-relying-party",
            "WebAuthnConfiguration",
            "The pool allows passkeys, and has no relying party for them, and no domain.",
            "Give it one (SetUserPoolMfaConfig, WebAuthnConfiguration).",
        )
    if config.passkeys is not None and config.passkeys and "WEB_AUTHN" not in allowed:
        yield contradictory(
            "live.passkeys-differ",
            subject.key("passkeys"),
            "There are passkeys here, and the pool does not allow them.",
            "Add WEB_AUTHN to the pool's SignInPolicy, or leave them out here.",
        )


def _recovery(subject: Subject, config: PoolConfig, pool: Json, facts: Facts) -> Iterator[Finding]:
    setting = (pool.get("AccountRecoverySetting") or {}).get("RecoveryMechanisms")
    names = {entry["Name"] for entry in setting or ()}
    # API reference, AccountRecoverySettingType: without it, Cognito uses what is verified.
    if names == {"admin_only"} or (setting is None and not pool.get("AutoVerifiedAttributes")):
        yield impossible(
            "live.no-recovery",
            "AccountRecoverySetting",
            "Somebody who forgot a password cannot reset it: nothing that is verified recovers an account.",
            "Give the pool an AccountRecoverySetting with verified_email or verified_phone_number.",
        )
    # API reference, AccountRecoverySetting: a second factor that goes to the same place disqualifies a mechanism.
    factors = set(methods(facts.mfa)) if facts.mfa.get("MfaConfiguration", "OFF") != "OFF" else set()
    if names and all(_SAME_PLACE.get(name) in factors for name in names):
        yield advice(
            "live.recovery-by-second-factor",
            "AccountRecoverySetting",
            "Who has codes sent as a second factor cannot reset a password: the code for that would go the same way.",
            "Give the pool another mechanism too, or an authenticator app as a second factor.",
        )


def _registration(subject: Subject, config: PoolConfig, pool: Json, facts: Facts) -> Iterator[Finding]:
    if (pool.get("AdminCreateUserConfig") or {}).get("AllowAdminCreateUserOnly"):
        yield impossible(
            "live.no-sign-up",
            "AdminCreateUserConfig.AllowAdminCreateUserOnly",
            "Only administrators make users of this pool: every registration is refused.",
            "Set Settings(self_sign_up=False) in the app, or allow registrations in the pool.",
        )
    schema = pool.get("SchemaAttributes") or ()
    required = {entry["Name"] for entry in schema if entry.get("Required")} - {"sub"}
    missing = sorted(required - {*config.required_attributes, *config.username_attributes})
    if missing:
        yield impossible(
            "live.required-attributes",
            subject.key("required_attributes"),
            f"The pool demands {listed(missing)} of a registration, which is not asked for here.",
            f"Add {listed(missing)}.",
        )


def _attributes(subject: Subject, config: PoolConfig, pool: Json, facts: Facts) -> Iterator[Finding]:
    for name, field, member, what in _SAME:
        here = getattr(config, field)
        found = sorted(pool.get(member) or ())
        if subject.says(field) and sorted(here) != found:
            said, there = listed(sorted(here)) or "nothing", listed(found) or "nothing"
            yield contradictory(
                name,
                subject.key(field),
                f"What {what} is {said} here, and {there} in the pool.",
                f"Write {listed(found) or 'an empty list'}.",
            )


def _password(subject: Subject, config: PoolConfig, pool: Json, facts: Facts) -> Iterator[Finding]:
    there: Mapping[str, object] = (pool.get("Policies") or {}).get("PasswordPolicy") or {}
    policy = config.password_policy
    if policy is None or not there:
        return
    different = [
        f"{member} is {there.get(member)!r}"
        for name, member in POLICY.items()
        if (there.get(member) or False) != getattr(policy, name)
    ]
    if different:
        yield contradictory(
            "live.password-policy",
            subject.key("password_policy"),
            f"Passwords are checked by other rules than the pool's, where {listed(different)}.",
            "Write the pool's rules.",
        )


def _domain(subject: Subject, config: PoolConfig, pool: Json, facts: Facts) -> Iterator[Finding]:
    pages = subject.pages
    if pages is None or not facts.domain_asked:
        return
    if facts.domain is None or facts.domain["UserPoolId"] != config.user_pool_id:
        yield impossible(
            "live.domain",
            pages.key_of("domain"),
            "The domain of the sign-in pages is not one of this user pool.",
            "Write the pool's domain, or make it (CreateUserPoolDomain).",
        )


def _identity_pool(subject: Subject, config: PoolConfig, pool: Json, facts: Facts) -> Iterator[Finding]:
    if not facts.identity_asked:
        return
    key, found = subject.key("identity_pool_id"), facts.identity_pool
    if found is None:
        yield impossible(
            "live.no-identity-pool",
            key,
            f"There is no identity pool {config.identity_pool_id} in this account and region.",
            "Check the id, or leave it out.",
        )
        return
    providers = found.get("CognitoIdentityProviders") or ()
    if not any(
        provider.get("ClientId") == config.client_id
        and str(provider.get("ProviderName", "")).endswith(f"/{config.user_pool_id}")
        for provider in providers
    ):
        yield impossible(
            "live.identity-pool-other-client",
            key,
            "The identity pool does not take this app client's tokens: no user gets AWS credentials.",
            "Add the user pool and the client to its CognitoIdentityProviders.",
        )
    yield from _identity_roles(subject, facts, key)


def _identity_roles(subject: Subject, facts: Facts, key: str) -> Iterator[Finding]:
    guests = bool((facts.identity_pool or {}).get("AllowUnauthenticatedIdentities"))
    wanted = ["authenticated", *(["unauthenticated"] if guests else [])]
    missing = [name for name in wanted if name not in facts.roles]
    if missing:
        yield impossible(
            "live.identity-pool-without-roles",
            key,
            f"The identity pool has no role for those who are {listed(missing)}: they get no AWS credentials.",
            "Give it roles (SetIdentityPoolRoles).",
        )
    auth = subject.content.get("auth")
    said = auth.get("unauthenticated_identities_enabled") if isinstance(auth, Mapping) else None
    if isinstance(said, bool) and said is not guests:
        yield contradictory(
            "live.guests-differ",
            "auth.unauthenticated_identities_enabled",
            f"Guests are {'allowed' if said else 'not allowed'} here, and the identity pool says otherwise.",
            f"Write {str(guests).lower()}, or change the identity pool.",
        )


def _triggers(subject: Subject, config: PoolConfig, pool: Json, facts: Facts) -> Iterator[Finding]:
    there = pool.get("LambdaConfig") or {}
    missing = [name for name in _CUSTOM if not there.get(name)]
    if "CUSTOM" in config.auth_flow.value and missing and not facts.emulator:
        yield impossible(
            "live.custom-without-triggers",
            subject.key("auth_flow"),
            f"{config.auth_flow.value} asks the pool's own questions, and the pool has no Lambda function for "
            f"{listed(missing)}.",
            "Give the pool these triggers, or write another flow.",
        )


def _tier(subject: Subject, config: PoolConfig, pool: Json, facts: Facts) -> Iterator[Finding]:
    allowed = ((pool.get("Policies") or {}).get("SignInPolicy") or {}).get("AllowedFirstAuthFactors") or []
    # Developer guide, "User pool feature plans".
    if pool.get("UserPoolTier") == "LITE" and set(allowed) - {"PASSWORD"}:
        yield advice(
            "live.tier",
            "UserPoolTier",
            "Codes and passkeys as first factors are not part of the plan LITE.",
            "Choose ESSENTIALS or PLUS.",
        )


_CHECKS: Final[tuple[Callable[[Subject, PoolConfig, Json, Facts], Iterator[Finding]], ...]] = (
    _second_factors,
    _first_factors,
    _recovery,
    _registration,
    _attributes,
    _password,
    _domain,
    _identity_pool,
    _triggers,
    _tier,
)
