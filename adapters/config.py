"""The configuration of a user pool: what AWSMobileClient, Amplify and plain keywords say, as one frozen value.

`load_config` reads awsconfiguration.json, amplifyconfiguration.json, amplify_outputs.json, the flat aws-exports form
of Amplify for JavaScript, a mapping of any of these, and keywords, which override them. Where these files keep a value
is in `authflow.adapters.config_formats`; what a value must look like is here, whatever its origin.

No error quotes a value: a secret may stand in the wrong place.
"""

import json
import os
import re
from collections.abc import Callable, Mapping
from typing import Final, TypeVar

import attrs

from authflow.adapters import config_formats as formats
from authflow.adapters.config_formats import Setting, Settings
from authflow.adapters.config_oauth import OAuthConfig, no_hosted_ui, providers, read_oauth, redirect_uri
from authflow.adapters.config_values import address, frozen, mfa, policy, text, texts
from authflow.errors import ConfigurationError
from authflow.frontend.traits import PasswordPolicy, PoolTraits
from authflow.secrets import Secret
from authflow.states import AuthFlowType, FirstFactor

Source = str | os.PathLike[str] | Mapping[str, object] | None
_Value = TypeVar("_Value")

# Cognito API reference: the patterns of UserPoolId and ClientIdType. A region is the first part of the former.
_USER_POOL_ID: Final = re.compile(r"([0-9a-zA-Z-]{1,40})_([0-9a-zA-Z]{1,55})")
_CLIENT_ID: Final = re.compile(r"[\w+]{1,128}", re.ASCII)
_DIAL_CODE: Final = re.compile(r"\+[1-9][0-9]{0,3}", re.ASCII)
_REGION: Final = re.compile(r"[a-z0-9-]{1,40}")
_AWS_REGION: Final = re.compile(r"[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}")


@attrs.frozen(kw_only=True)
class PoolConfig:
    """Which user pool, as which app client, and what is known of them beforehand.

    Args:
        region: the pool's AWS region.
        user_pool_id: the pool's id, "<region>_<name>".
        client_id: the app client's id.
        client_secret: the app client's secret; None for a public client.
        identity_pool_id: the identity pool that gives AWS credentials.
        endpoint: the URL of Cognito, where it is not at the region's own address; over plain http only on this machine
            or at a host without a dot in its name.
        auth_flow: how a sign-in starts.
        preferred_challenge: the first factor to ask for, where that is a choice (USER_AUTH).
        password_policy: the pool's password policy, if the configuration says.
        username_attributes: the attributes that serve as username ("email", "phone_number"); empty for a username.
        alias_attributes: what else signs in ("email", "phone_number", "preferred_username").
        required_attributes: the attributes that a sign-up must bring.
        user_verification_types: the attributes that Cognito verifies ("email", "phone_number").
        mfa_configuration: "OFF", "OPTIONAL" or "ON", in Cognito's own words; None when the configuration does not say.
        mfa_methods: the kinds of MFA that the pool offers ("SMS", "TOTP", "EMAIL").
        passkeys: whether the pool takes passkeys; None when the configuration does not say.
        session_validity: how long the app client lets a challenge wait, in minutes (AuthSessionValidity, 3 to 15).
        oauth: the settings of the hosted UI as they stand in the file; nested mappings and lists are frozen.
        providers: the identity providers that the hosted UI offers, by Cognito's names ("Google", "Facebook",
            "LoginWithAmazon", "SignInWithApple", one's own; "COGNITO" is the page of the user pool itself).
        redirect_uri: where the hosted UI sends the browser back to, if not to the first address in `oauth`.
        pinpoint_app_id: the Pinpoint project that hears of sign-ins.
        dial_codes: the country codes that phone numbers may begin with ("+44"), the usual one first; empty where people
            type theirs.
    """

    region: str
    user_pool_id: str
    client_id: str
    client_secret: Secret[str] | None = None
    identity_pool_id: str | None = None
    endpoint: str | None = None
    auth_flow: AuthFlowType = AuthFlowType.USER_SRP_AUTH
    preferred_challenge: FirstFactor | None = None
    password_policy: PasswordPolicy | None = None
    username_attributes: tuple[str, ...] = ()
    alias_attributes: tuple[str, ...] = ()
    required_attributes: tuple[str, ...] = ()
    user_verification_types: tuple[str, ...] = ()
    mfa_configuration: str | None = None
    mfa_methods: tuple[str, ...] = ()
    passkeys: bool | None = None
    session_validity: int = 3
    oauth: Mapping[str, object] | None = None
    providers: tuple[str, ...] = ()
    redirect_uri: str | None = None
    pinpoint_app_id: str | None = None
    dial_codes: tuple[str, ...] = ()

    @property
    def pool_name(self) -> str:
        """The part of the pool's id behind the underscore: what SRP hashes."""
        return self.user_pool_id.partition("_")[2]

    @property
    def traits(self) -> PoolTraits:
        """What a flow may know of the pool; nothing secret."""
        return PoolTraits(
            auth_flow=self.auth_flow,
            username_attributes=self.username_attributes,
            alias_attributes=self.alias_attributes,
            required_attributes=self.required_attributes,
            verification_attributes=self.user_verification_types,
            preferred_challenge=self.preferred_challenge,
            dial_codes=self.dial_codes,
            password_policy=self.password_policy,
            passkeys=self.passkeys,
            second_factors=None if self.mfa_configuration is None else self.mfa_configuration != "OFF",
            providers=self.providers,
            configuration=self.name,
        )

    @property
    def hosted_ui(self) -> OAuthConfig:
        """Where the hosted UI is, and as whom and for what it is asked.

        Raises:
            ConfigurationError: there is none, or `oauth` is malformed.
        """
        section = Setting("configuration", "oauth", self.oauth or {})
        found = read_oauth(section, self.client_id, self.client_secret, self.redirect_uri)
        if found is None:
            raise no_hosted_ui()
        return found

    @property
    def name(self) -> str:
        """Names the pools and the app client: what a stored session belongs to."""
        return f"{self.user_pool_id}#{self.client_id}#{self.identity_pool_id or ''}"


def load_config(source: Source = None, **keywords: object) -> PoolConfig:
    """Reads a configuration.

    Args:
        source: path of awsconfiguration.json, amplifyconfiguration.json or amplify_outputs.json; or a mapping with
            the content of one of these, or with the fields of `PoolConfig`.
        keywords: fields of `PoolConfig`, which override the source (None says nothing), and `profile`: which profile
            of awsconfiguration.json or amplifyconfiguration.json to read, "Default" by default.

    Raises:
        ConfigurationError: something is missing, malformed or contradicts itself; its sentence names the file, the
            key and what to write there.
    """
    profile = text(Setting("keywords", "profile", keywords.pop("profile", None) or "Default"))
    settings: Settings = {} if source is None else _settings_of(source, profile)
    given = formats.plain(keywords, "keywords")
    if "auth_flow" in given:
        settings.pop("migration_enabled", None)
    if "client_id" in given and "client_id" in settings and "oauth" in settings:
        settings["oauth"] = _without_client(settings["oauth"], settings["client_id"].value)
    settings.update(given)
    return config_of(settings)


def config_of(settings: Settings) -> PoolConfig:
    """Returns the configuration that settings make, wherever they were read.

    Args:
        settings: by the fields of `PoolConfig`.

    Raises:
        ConfigurationError: as `load_config` does.
    """
    return _build(_Reader(settings))


def _settings_of(source: object, profile: str) -> Settings:
    if isinstance(source, Mapping):
        return formats.settings(source, "configuration mapping", profile)
    if isinstance(source, str | os.PathLike):
        name = str(source)
        return formats.settings(content_of(source), name, profile)
    raise ConfigurationError(
        source="configuration", key="source", problem="is no path and no mapping", remedy="give one of these"
    )


def _without_client(oauth: Setting, overridden: object) -> Setting:
    """Leaves out the OAuth section's mention of the app client that a keyword overrides."""
    if not isinstance(oauth.value, Mapping) or oauth.value.get("AppClientId") != overridden:
        return oauth
    return attrs.evolve(oauth, value={key: value for key, value in oauth.value.items() if key != "AppClientId"})


def content_of(path: str | os.PathLike[str]) -> Mapping[str, object]:
    """Returns what a file holds.

    Raises:
        ConfigurationError: it cannot be read, or holds no JSON object.
    """
    # The error is raised behind the handlers: what they catch holds the file's text, and a client secret with it.
    problem, remedy = "holds no JSON object", "write one object, in braces"
    try:
        with open(path, encoding="utf-8-sig") as file:  # editors on Windows write a byte order mark
            content: object = json.load(file)
        if isinstance(content, Mapping):
            return content
    except OSError as error:
        problem, remedy = (
            f"cannot be read ({error.strerror})",
            "check the path and its permissions",
        )
    except (ValueError, RecursionError):
        problem, remedy = "is no valid JSON", "check that it is complete, and UTF-8"
    raise ConfigurationError(source=os.fspath(path), key="file", problem=problem, remedy=remedy)


class _Reader:
    """Takes typed values out of settings. A setting that is absent or null says nothing."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def optional(self, field: str, convert: Callable[[Setting], _Value], default: _Value) -> _Value:
        setting = self._settings.get(field)
        return default if setting is None or setting.value is None else convert(setting)

    def setting(self, field: str) -> Setting | None:
        return self._settings.get(field)

    def required(self, field: str, remedy: str) -> Setting:
        setting = self._settings.get(field) or Setting("keywords", field, None)
        if setting.value in (None, ""):
            raise setting.wrong("is missing", remedy)
        return setting


def _build(reader: _Reader) -> PoolConfig:
    pool = reader.required("user_pool_id", 'write the id of the user pool, "<region>_<name>"')
    user_pool_id = text(pool)
    match = _USER_POOL_ID.fullmatch(user_pool_id)
    if match is None:
        raise pool.wrong("is not the id of a user pool", 'write it as "<region>_<name>"')
    client = reader.required("client_id", "write the id of the app client")
    client_id = text(client)
    if not _CLIENT_ID.fullmatch(client_id):
        raise client.wrong("is not the id of an app client", "copy it from the user pool's app clients")
    client_secret = reader.optional("client_secret", _secret, None)
    redirect = reader.optional("redirect_uri", redirect_uri, None)
    oauth = reader.optional("oauth", frozen, None) or None
    hosted = _hosted(reader, oauth, client_id, client_secret, redirect)
    return PoolConfig(
        region=reader.optional("region", lambda setting: _region(setting, match[1]), match[1]),
        user_pool_id=user_pool_id,
        client_id=client_id,
        client_secret=client_secret,
        identity_pool_id=reader.optional("identity_pool_id", _text_or_none, None),
        endpoint=reader.optional("endpoint", address, None),
        auth_flow=_auth_flow(reader),
        preferred_challenge=reader.optional("preferred_challenge", _first_factor, None),
        password_policy=reader.optional("password_policy", policy, None),
        username_attributes=reader.optional("username_attributes", _attributes, ()),
        alias_attributes=reader.optional("alias_attributes", _attributes, ()),
        required_attributes=reader.optional("required_attributes", _attributes, ()),
        user_verification_types=reader.optional("user_verification_types", _attributes, ()),
        mfa_configuration=reader.optional("mfa_configuration", mfa, None),
        mfa_methods=reader.optional("mfa_methods", _methods, ()),
        passkeys=reader.optional("passkeys", _present, None),
        session_validity=reader.optional("session_validity", _minutes, 3),
        oauth=oauth,
        providers=providers(_listed(reader, oauth), hosted=hosted),
        redirect_uri=redirect,
        pinpoint_app_id=reader.optional("pinpoint_app_id", _text_or_none, None),
        dial_codes=reader.optional("dial_codes", _dial_codes, ()),
    )


def _listed(reader: _Reader, oauth: Mapping[str, object] | None) -> Setting | None:
    """Returns the list of identity providers; that in the OAuth section where there is none besides."""
    listed = reader.setting("providers")
    if (listed is not None and listed.value is not None) or oauth is None:
        return listed
    section = reader.setting("oauth")
    assert section is not None  # noqa: S101 - it was read
    return Setting(section.source, f"{section.key}.identity_providers", oauth.get("identity_providers"))


def _hosted(
    reader: _Reader,
    oauth: Mapping[str, object] | None,
    client_id: str,
    client_secret: Secret[str] | None,
    redirect: str | None,
) -> bool:
    """Tells whether there is a hosted UI; its settings are refused here, where the file and the key can be named."""
    section = reader.setting("oauth")
    if section is None or oauth is None:
        return False
    return read_oauth(attrs.evolve(section, value=oauth), client_id, client_secret, redirect) is not None


def _region(setting: Setting, of_pool: str) -> str:
    region = text(setting) or of_pool
    if not _REGION.fullmatch(region):
        raise setting.wrong("is not an AWS region", 'write one like "eu-west-1"')
    # Emulators name their pools after no region ("local_1a2b3c"); these contradict nothing.
    if region != of_pool and _AWS_REGION.fullmatch(of_pool):
        raise setting.wrong(
            "contradicts the region in the user pool's id", "write the region before the id's underscore"
        )
    return region


def _auth_flow(reader: _Reader) -> AuthFlowType:
    # AWSMobileClient: a pool that migrates users needs the password itself, whatever flow the file names beside it.
    if reader.optional("migration_enabled", _flag, False):
        return AuthFlowType.USER_PASSWORD_AUTH
    return reader.optional("auth_flow", _named_flow, AuthFlowType.USER_SRP_AUTH)


def _named_flow(setting: Setting) -> AuthFlowType:
    name = text(setting)
    if name not in AuthFlowType.__members__:
        raise setting.wrong("is no known authentication flow", f"write one of {', '.join(AuthFlowType.__members__)}")
    return AuthFlowType(name)


def _first_factor(setting: Setting) -> FirstFactor:
    name = text(setting)
    if name not in FirstFactor.__members__:
        raise setting.wrong("is no first factor", f"write one of {', '.join(FirstFactor.__members__)}")
    return FirstFactor(name)


def _dial_codes(setting: Setting) -> tuple[str, ...]:
    codes = texts(setting)
    if not all(_DIAL_CODE.fullmatch(code) for code in codes):
        raise setting.wrong("are no country codes", 'write them like "+44"')
    return codes


def _flag(setting: Setting) -> bool:
    if not isinstance(setting.value, bool):
        raise setting.wrong("is neither true nor false", "write true or false, without quotes")
    return setting.value


def _present(setting: Setting) -> bool:
    return True if isinstance(setting.value, Mapping) else _flag(setting)


def _minutes(setting: Setting) -> int:
    if type(setting.value) is not int or not 3 <= setting.value <= 15:
        raise setting.wrong("is no number of minutes", "write the app client's AuthSessionValidity, 3 to 15")
    return setting.value


def _secret(setting: Setting) -> Secret[str] | None:
    held = setting.value.reveal() if isinstance(setting.value, Secret) else setting.value
    if not isinstance(held, str):
        raise setting.wrong("is no text", "write the app client's secret, or leave the key out")
    return Secret(held) if held else None  # generated files write "" for a client without one


def _text_or_none(setting: Setting) -> str | None:
    return text(setting) or None


def _attributes(setting: Setting) -> tuple[str, ...]:
    return tuple(name.lower() for name in texts(setting))  # Amplify Gen 1 writes "EMAIL", Gen 2 "email"


def _methods(setting: Setting) -> tuple[str, ...]:
    return tuple(name.upper() for name in texts(setting))
