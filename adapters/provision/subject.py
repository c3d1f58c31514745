"""What a doctor examines: a configuration as it is read, with the keys of the file that it was read from.

What is refused is left out and told, and the rest is read: whoever mends a file wants to know all that is wrong.
"""

import os
from collections.abc import Mapping
from typing import Final

import attrs

from authflow.adapters import config_formats
from authflow.adapters.config import PoolConfig, config_of, content_of
from authflow.adapters.config_formats import Setting, Settings
from authflow.adapters.config_oauth import OAuthSection, providers
from authflow.adapters.config_values import frozen
from authflow.adapters.provision.findings import Finding
from authflow.errors import ConfigurationError
from authflow.secrets import Secret

# Without these there is no configuration; what stands in for them until all else is read contradicts nothing.
_NEEDED: Final = {"user_pool_id": "local_pool", "client_id": "client"}


@attrs.frozen(kw_only=True)
class Pages:
    """What a configuration says of the sign-in pages (its `oauth`), whatever its format, and be it refused.

    Args:
        key: the key of all the settings.
        section: the settings.
        listed: the identity providers, if something lists them.
    """

    key: str
    section: OAuthSection
    listed: Setting | None = attrs.field(default=None, repr=False)

    @property
    def domain(self) -> str:
        """The domain; "" without."""
        return self._text("domain")

    @property
    def scopes(self) -> tuple[str, ...]:
        """The scopes that are asked for."""
        return self._texts("scopes")

    @property
    def sign_in(self) -> tuple[str, ...]:
        """Where people come back to after signing in."""
        return self._texts("redirects")

    @property
    def sign_out(self) -> tuple[str, ...]:
        """Where people come back to after signing out."""
        return self._texts("sign_out_redirects")

    @property
    def providers(self) -> tuple[str, ...]:
        """Who else signs people in there, by Cognito's names."""
        try:
            return providers(self.listed, hosted=True) if self.listed is not None else ()
        except ConfigurationError:
            return ()

    @property
    def client_id(self) -> str:
        """The app client that signs people in there; "" for the same."""
        return self._text("client_id")

    @property
    def secret(self) -> Secret[str] | None:
        """Its secret."""
        found = self.section.find("client_secret").value
        return found if isinstance(found, Secret) and found.reveal() else None

    def key_of(self, field: str) -> str:
        """Returns the key of a setting, in the words of `OAuthConfig`; what it would be called if it is missing."""
        return self.section.find(field).key

    def _text(self, field: str) -> str:
        found = self.section.find(field).value
        return found if isinstance(found, str) else ""

    def _texts(self, field: str) -> tuple[str, ...]:
        """A list, or what Amplify Gen 1 wrote as one text with commas."""
        found = self.section.find(field).value
        parts = found.split(",") if isinstance(found, str) else found
        listed = parts if isinstance(parts, list | tuple) else ()
        return tuple(part.strip() for part in listed if isinstance(part, str) and part.strip())


@attrs.frozen(kw_only=True)
class Subject:
    """A configuration under examination.

    Args:
        content: what the file holds.
        profile: the profile that is read, in formats that have them.
        settings: what it says, by the fields of the configuration, with the keys; empty where its format is not known.
        config: the configuration, without what is refused; None when it cannot be used at all.
        refused: what is refused, and why.
    """

    content: Mapping[str, object] = attrs.field(repr=False)
    profile: str
    settings: Settings = attrs.field(repr=False)
    config: PoolConfig | None
    refused: tuple[ConfigurationError, ...] = ()

    def key(self, field: str) -> str:
        """Returns the key of the file that says a field of the configuration; the field's own name where none does."""
        return self.settings[field].key if field in self.settings else field

    def says(self, field: str) -> bool:
        """Whether the file says anything about a field."""
        setting = self.settings.get(field)
        return setting is not None and setting.value is not None

    def is_sound(self, finding: Finding) -> bool:
        """Whether a finding is about what is there, and not about what was left out since it is refused."""
        return finding.key not in {error.key for error in self.refused}

    @property
    def pages(self) -> Pages | None:
        """The sign-in pages; None where the configuration has none."""
        setting = self.settings.get("oauth")
        if setting is None or not setting.value:
            return None
        try:
            section = OAuthSection(setting, frozen(setting))
        except ConfigurationError:
            return None
        return Pages(key=setting.key, section=section, listed=self._listed(setting))

    def _listed(self, oauth: Setting) -> Setting | None:
        if self.says("providers"):
            return self.settings["providers"]
        listed = oauth.value.get("identity_providers") if isinstance(oauth.value, Mapping) else None
        return Setting(oauth.source, f"{oauth.key}.identity_providers", listed) if listed is not None else None


def subject_of(source: str | os.PathLike[str] | Mapping[str, object], profile: str = "Default") -> Subject:
    """Returns what there is to examine in a file, or in a mapping with the content of one.

    Raises:
        ConfigurationError: nothing: the file cannot be read, or holds no JSON object.
    """
    content = source if isinstance(source, Mapping) else content_of(source)
    refused: list[ConfigurationError] = []
    settings = _settings(content, profile, refused)
    config = _usable(settings, refused) if settings else None
    # What is inside of something that is refused is missing for that reason alone.
    told = [error for error in refused if not any(error.key.startswith(f"{outer.key}.") for outer in refused)]
    return Subject(content=content, profile=profile, settings=settings, config=config, refused=tuple(told))


def _settings(content: Mapping[str, object], profile: str, refused: list[ConfigurationError]) -> Settings:
    """Returns the settings in a file, without what stands in the way of reading them; none of an unknown format."""
    try:
        return config_formats.settings(content, "configuration", profile)
    except ConfigurationError as error:
        if any(error.key == other.key for other in refused):
            return {}
        refused.append(error)
        left = _without(content, error.key.split("."))
    known = config_formats.known_keys(content, profile)
    if left == content or config_formats.known_keys(left, profile) != known:
        return {}
    return _settings(left, profile, refused)


def _without(content: Mapping[str, object], path: list[str]) -> Mapping[str, object]:
    name, *inside = path
    kept = {key: value for key, value in content.items() if key != name}
    inner = content.get(name)
    return {**kept, name: _without(inner, inside)} if inside and isinstance(inner, Mapping) else kept


def _usable(settings: Settings, refused: list[ConfigurationError]) -> PoolConfig | None:
    """Returns the configuration without what is refused; None where it lacks what it needs."""
    left, complete = dict(settings), True
    while True:
        try:
            config = config_of(left)
            return config if complete else None
        except ConfigurationError as error:
            refused.append(error)
            field = _field_of(error, left)
        if field is None:
            return None
        del left[field]
        if field in _NEEDED:
            left[field], complete = Setting("", field, _NEEDED[field]), False
        if field in (*_NEEDED, "oauth"):  # what is wrong with the pages is told with them, and needs the client
            left.pop("oauth", None)
            left.pop("providers", None)


def _field_of(error: ConfigurationError, settings: Settings) -> str | None:
    """Returns the setting that an error is about: the one with the longest key, where one is inside another."""
    keys = {field: setting.key for field, setting in settings.items() if f"{error.key}.".startswith(f"{setting.key}.")}
    return max(keys, key=lambda field: len(keys[field]), default=None)
