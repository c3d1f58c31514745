"""Keys of a configuration file that are misspelt, old, or of no effect here."""

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Final

from authflow.adapters.config_formats import known_keys
from authflow.adapters.provision.findings import Finding, advice, contradictory
from authflow.adapters.provision.subject import Subject
from authflow.states import AuthFlowType

_ALIKE: Final = 0.8
# What the tools of AWS write beside what is read here, so that it is taken for no misspelling; by its last part.
_OTHERS: Final = frozenset(
    {
        *("UserAgent", "Version", "version", "$schema", "IdentityManager", "Default", "storage", "analytics", "api"),
        *("data", "custom", "notifications", "geo", "socialProviders", "unauthenticated_identities_enabled", "groups"),
        *("min_length", "require_numbers", "require_lowercase", "require_uppercase", "require_symbols"),
        *("passwordPolicyMinLength", "passwordPolicyCharacters", "email_otp_enabled", "sms_otp_enabled"),
        *("relying_party_id", "user_verification", "identity_providers", "domain", "scopes", "scope", "response_type"),
        *("redirect_sign_in_uri", "redirect_sign_out_uri", "redirectSignIn", "redirectSignOut", "responseType"),
        *("custom_domain", "cognito_domain", "AppClientId", "AppClientSecret", "WebDomain", "Scopes", "TokenURI"),
        *("SignInRedirectURI", "SignOutRedirectURI", "SignInURI", "SignOutURI", "SignInURIQueryParameters"),
        *("SignOutURIQueryParameters", "TokenURIQueryParameters", "HostedUI", "FacebookSignIn", "GoogleSignIn"),
        *("Region", "aws_project_region", "aws_cognito_social_providers", "federationTarget", "PinpointAnalytics"),
        *("aws_mobile_analytics_app_region", "S3TransferUtility", "AppSync", "PinpointTargeting", "Permissions"),
    }
)
# AWSMobileClient, "Legacy pool keys": its older files.
_LEGACY: Final = {
    "CognitoUserPoolId": "PoolId",
    "CognitoUserPoolAppClientId": "AppClientId",
    "CognitoUserPoolAppClientSecret": "AppClientSecret",
}
# What only the drop-in screens of the mobile SDK read.
_NO_EFFECT: Final = ("FacebookSignIn", "GoogleSignIn")


def key_findings(subject: Subject) -> Iterator[Finding]:
    """Yields what is wrong with the names of a file's keys."""
    known = known_keys(subject.content, subject.profile)
    yield from _misspelt(subject.content, "", known)
    for key in sorted(_keys(subject.content, "")):
        name = key.rpartition(".")[2]
        if name in _LEGACY and key in known:
            yield advice("keys.legacy", key, "This name is an old one.", f"Write {_LEGACY[name]}.")
        if key in _NO_EFFECT:
            yield advice(
                "keys.no-effect",
                key,
                "Only the drop-in screens of AWS's mobile SDK read this.",
                "It can stay; for social sign-in, set up the pool's sign-in pages.",
            )
    yield from _migration(subject, known)


def _migration(subject: Subject, known: frozenset[str]) -> Iterator[Finding]:
    key = next((key for key in known if key.endswith(".MigrationEnabled")), None)
    if key is None or _at(subject.content, key) is not True:
        return
    flow = _at(subject.content, subject.key("auth_flow"))
    if flow not in (None, "", AuthFlowType.USER_PASSWORD_AUTH.value):
        yield contradictory(
            "flow.migration",
            key,
            f"Users are migrated, which needs their passwords (USER_PASSWORD_AUTH); {subject.key('auth_flow')} is "
            "something else, and has no effect.",
            "Write false, once they are all there, or write USER_PASSWORD_AUTH.",
        )


def _misspelt(content: Mapping[str, object], path: str, known: frozenset[str]) -> Iterator[Finding]:
    """Compares each key with those that are read beside it."""
    here = {key[len(path) :].partition(".")[0] for key in known if key.startswith(path)}
    possible = {name.lower(): name for name in (*here, *(_OTHERS if path else ()))}
    for name, value in content.items():
        right = name in here or name in _OTHERS
        if not right and (near := get_close_matches(name.lower(), possible, 1, _ALIKE)):
            meant = possible[near[0]]
            yield contradictory(
                "keys.misspelt",
                f"{path}{name}",
                f"Nothing reads this key; {meant} is read here.",
                f"Write {meant}, if that is meant.",
            )
        inside = f"{path}{name}."
        # What else is in a file, such as the models of an app's data, has names of its own.
        if isinstance(value, Mapping) and any(f"{key}.".startswith(inside) for key in known):
            yield from _misspelt(value, inside, known)


def _keys(content: Mapping[str, object], path: str) -> Iterable[str]:
    for name, value in content.items():
        yield f"{path}{name}"
        if isinstance(value, Mapping):
            yield from _keys(value, f"{path}{name}.")


def _at(content: object, key: str) -> object:
    for name in key.split("."):
        content = content.get(name) if isinstance(content, Mapping) else None
    return content
