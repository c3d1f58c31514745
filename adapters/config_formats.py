"""Where the known configuration files keep each setting: tables of paths, one a format.

- `awsconfiguration.json`: AWSMobileClient's, with profiles, the legacy names of its pool keys included.
- `amplifyconfiguration.json`: Amplify Gen 1; the same tree below `auth.plugins.awsCognitoAuthPlugin`.
- `amplify_outputs.json`: Amplify Gen 2, version 1.
- aws-exports: the flat form of Amplify for JavaScript v5 and v6.
- plain: the names of `PoolConfig`'s fields.
"""

from collections.abc import Mapping
from typing import Final

import attrs

from authflow.errors import ConfigurationError

_PROFILE: Final = "<profile>"


@attrs.frozen
class Setting:
    """A value and where it stands.

    Args:
        source: the file, or what else was read.
        key: the path of the key in it, with dots.
        value: what stands there; None when nothing does. It may be a secret, and is not shown.
    """

    source: str
    key: str
    value: object = attrs.field(repr=False)

    def wrong(self, problem: str, remedy: str) -> ConfigurationError:
        """Returns the error that names this setting."""
        return ConfigurationError(source=self.source, key=self.key, problem=problem, remedy=remedy)


Settings = dict[str, Setting]
_Paths = Mapping[str, tuple[str, ...]]  # a field: the paths where it may stand; the first is the current one

_POOL: Final = f"CognitoUserPool.{_PROFILE}"
_AUTH: Final = f"Auth.{_PROFILE}"

_AWSCONFIGURATION: Final[_Paths] = {
    "region": (f"{_POOL}.Region",),
    "user_pool_id": (f"{_POOL}.PoolId", f"{_POOL}.CognitoUserPoolId"),
    "client_id": (f"{_POOL}.AppClientId", f"{_POOL}.CognitoUserPoolAppClientId"),
    "client_secret": (f"{_POOL}.AppClientSecret", f"{_POOL}.CognitoUserPoolAppClientSecret"),
    "endpoint": (f"{_POOL}.Endpoint",),
    "pinpoint_app_id": (f"{_POOL}.PinpointAppId",),
    "migration_enabled": (f"{_POOL}.MigrationEnabled",),
    "identity_pool_id": (f"CredentialsProvider.CognitoIdentity.{_PROFILE}.PoolId",),
    "auth_flow": (f"{_AUTH}.authenticationFlowType",),
    "oauth": (f"{_AUTH}.OAuth",),
    "providers": (f"{_AUTH}.socialProviders",),
    "password_policy": (f"{_AUTH}.passwordProtectionSettings",),
    "username_attributes": (f"{_AUTH}.usernameAttributes",),
    "required_attributes": (f"{_AUTH}.signupAttributes",),
    "user_verification_types": (f"{_AUTH}.verificationMechanisms",),
    "mfa_configuration": (f"{_AUTH}.mfaConfiguration",),
    "mfa_methods": (f"{_AUTH}.mfaTypes",),
}

_AMPLIFY_OUTPUTS: Final[_Paths] = {
    "region": ("auth.aws_region",),
    "user_pool_id": ("auth.user_pool_id",),
    "client_id": ("auth.user_pool_client_id",),
    "identity_pool_id": ("auth.identity_pool_id",),
    "auth_flow": ("auth.authentication_flow_type",),
    "oauth": ("auth.oauth",),
    "providers": ("auth.oauth.identity_providers",),
    "password_policy": ("auth.password_policy",),
    "username_attributes": ("auth.username_attributes",),
    "required_attributes": ("auth.standard_required_attributes",),
    "user_verification_types": ("auth.user_verification_types",),
    "mfa_configuration": ("auth.mfa_configuration",),
    "mfa_methods": ("auth.mfa_methods",),
    "preferred_challenge": ("auth.passwordless.preferred_challenge",),
    "passkeys": ("auth.passwordless.web_authn",),
    "pinpoint_app_id": ("analytics.amazon_pinpoint.app_id",),
}

_AWS_EXPORTS: Final[_Paths] = {
    "region": ("aws_cognito_region",),
    "user_pool_id": ("aws_user_pools_id",),
    "client_id": ("aws_user_pools_web_client_id",),
    "identity_pool_id": ("aws_cognito_identity_pool_id",),
    "endpoint": ("aws_user_pools_endpoint",),
    "auth_flow": ("authenticationFlowType",),
    "oauth": ("oauth",),
    "providers": ("aws_cognito_social_providers",),
    "password_policy": ("aws_cognito_password_protection_settings",),
    "username_attributes": ("aws_cognito_username_attributes",),
    "required_attributes": ("aws_cognito_signup_attributes",),
    "user_verification_types": ("aws_cognito_verification_mechanisms",),
    "mfa_configuration": ("aws_cognito_mfa_configuration",),
    "mfa_methods": ("aws_cognito_mfa_types",),
    "pinpoint_app_id": ("aws_mobile_analytics_app_id",),
}

# What no file says.
_KEYWORDS: Final = frozenset(
    {"alias_attributes", "dial_codes", "passkeys", "preferred_challenge", "redirect_uri", "session_validity"}
)
_FIELDS: Final = (frozenset(_AWSCONFIGURATION) | _KEYWORDS) - {"migration_enabled"}
_PLUGIN: Final = "auth.plugins.awsCognitoAuthPlugin"


def settings(content: Mapping[str, object], source: str, profile: str) -> Settings:
    """Returns the settings in `content`, whatever its format.

    Args:
        content: what a file holds.
        source: its name, for errors.
        profile: the profile to read, in formats that have them.

    Raises:
        ConfigurationError: the format is not known, or a part of it is no object.
    """
    known = _format(content)
    if known is not None:
        paths, prefix = known
        if paths is _AMPLIFY_OUTPUTS:
            _check_version(content, source)
        return _collect(content, source, paths, profile, prefix)
    if any(key in _FIELDS for key in content):
        return plain(content, source)
    raise ConfigurationError(
        source=source,
        key="CognitoUserPool",
        problem="is missing, and so is every key of Amplify's formats",
        remedy="give awsconfiguration.json, amplifyconfiguration.json or amplify_outputs.json",
    )


def known_keys(content: Mapping[str, object], profile: str) -> frozenset[str]:
    """Returns the keys, with dots, that are read in a file of this format; none where the format is not known."""
    paths, prefix = _format(content) or ({}, "")
    return frozenset(f"{prefix}{place}".replace(_PROFILE, profile) for places in paths.values() for place in places)


def _format(content: Mapping[str, object]) -> tuple[_Paths, str] | None:
    """Returns a format's paths, and what stands before them; None for fields of `PoolConfig`, and for strangers."""
    auth = content.get("auth")
    if isinstance(auth, Mapping) and "plugins" in auth:
        return _AWSCONFIGURATION, f"{_PLUGIN}."
    if "version" in content or "auth" in content:
        return _AMPLIFY_OUTPUTS, ""
    if any(key.startswith("aws_") for key in content if isinstance(key, str)):
        return _AWS_EXPORTS, ""
    if any(key in _FIELDS for key in content):
        return None
    return (_AWSCONFIGURATION, "") if "CognitoUserPool" in content else None


def plain(content: Mapping[str, object], source: str) -> Settings:
    """Returns settings that are named after the fields of `PoolConfig`.

    Raises:
        ConfigurationError: a name is none of these.
    """
    for name in content:
        if name not in _FIELDS:
            raise ConfigurationError(
                source=source,
                key=str(name),
                problem="is no setting",
                remedy=f"use {', '.join(sorted(_FIELDS))}",
            )
    return {name: Setting(source, name, value) for name, value in content.items() if value is not None}


def _check_version(content: Mapping[str, object], source: str) -> None:
    # Amplify Gen 2's client configuration: "1" to "1.4" so far; the minor versions only add.
    version = content.get("version")
    if not isinstance(version, str) or version.partition(".")[0] != "1":
        raise ConfigurationError(
            source=source, key="version", problem='is not "1"', remedy="generate the file anew with Amplify Gen 2"
        )


def _collect(content: Mapping[str, object], source: str, paths: _Paths, profile: str, prefix: str) -> Settings:
    collected: Settings = {}
    for field, places in paths.items():
        found = [
            Setting(source, key, _at(content, source, key))
            for key in (f"{prefix}{place}".replace(_PROFILE, profile) for place in places)
        ]
        collected[field] = next((setting for setting in found if setting.value not in (None, "")), found[0])
    return collected


def _at(content: Mapping[str, object], source: str, key: str) -> object:
    """Returns what stands at a dotted key; None when it or something above it is missing."""
    value: object = content
    names = key.split(".")
    for depth, name in enumerate(names):
        if value is None:
            return None
        if not isinstance(value, Mapping):
            raise ConfigurationError(
                source=source, key=".".join(names[:depth]), problem="is no object", remedy="write an object, in braces"
            )
        value = value.get(name)
    return value
