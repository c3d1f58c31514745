"""What a doctor examines: a configuration as it is read, with the keys of the file that it was read from."""

import json
import os
from collections.abc import Mapping
from typing import Final

import attrs

from authflow.adapters import config_formats
from authflow.adapters.config import PoolConfig, load_config
from authflow.errors import ConfigurationError
from authflow.secrets import Secret

# The settings of the sign-in pages, by what each format calls them.
_DOMAIN: Final = ("WebDomain", "domain")
_SCOPES: Final = ("Scopes", "scopes", "scope")
_SIGN_IN: Final = ("SignInRedirectURI", "redirect_sign_in_uri", "redirectSignIn")
_SIGN_OUT: Final = ("SignOutRedirectURI", "redirect_sign_out_uri", "redirectSignOut")
_RESPONSE: Final = ("response_type", "responseType")
_PROVIDERS: Final = ("identity_providers",)
_CLIENT: Final = ("AppClientId",)
_SECRET: Final = ("AppClientSecret",)


class Unreadable(ConfigurationError):
    """There is no configuration to examine: the file is not there, or holds no JSON object."""


@attrs.frozen(kw_only=True)
class Pages:
    """What a configuration says of the sign-in pages (its `oauth`), whatever its format.

    Args:
        settings: as they stand there.
        key: the key of them all.
    """

    settings: Mapping[str, object]
    key: str

    @property
    def domain(self) -> str:
        """The domain; "" without."""
        return self._text(_DOMAIN)

    @property
    def scopes(self) -> tuple[str, ...]:
        """The scopes that are asked for."""
        return self._texts(_SCOPES)

    @property
    def sign_in(self) -> tuple[str, ...]:
        """Where people come back to after signing in."""
        return self._texts(_SIGN_IN)

    @property
    def sign_out(self) -> tuple[str, ...]:
        """Where people come back to after signing out."""
        return self._texts(_SIGN_OUT)

    @property
    def response_type(self) -> str:
        """What is asked for: "code" or "token"; "" where that is not said."""
        return self._text(_RESPONSE)

    @property
    def providers(self) -> tuple[str, ...]:
        """Who else signs people in there, in the words of amplify_outputs.json."""
        return self._texts(_PROVIDERS)

    @property
    def client_id(self) -> str:
        """The app client that signs people in there; "" for the same."""
        return self._text(_CLIENT)

    @property
    def secret(self) -> Secret[str] | None:
        """Its secret."""
        found = self.settings.get(*_SECRET)
        return found if isinstance(found, Secret) and found.reveal() else None

    def where(self, *names: str) -> str:
        """Returns the key of the first of some settings that is there, or of the first."""
        return f"{self.key}.{next((name for name in names if name in self.settings), names[0])}"

    @property
    def domain_key(self) -> str:
        """The key of the domain."""
        return self.where(*self._spelt(_DOMAIN))

    @property
    def scopes_key(self) -> str:
        """The key of the scopes."""
        return self.where(*self._spelt(_SCOPES))

    @property
    def sign_in_key(self) -> str:
        """The key of the addresses after signing in."""
        return self.where(*self._spelt(_SIGN_IN))

    @property
    def sign_out_key(self) -> str:
        """The key of the addresses after signing out."""
        return self.where(*self._spelt(_SIGN_OUT))

    def _spelt(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """What a missing setting would be called goes by how the others are."""
        capital = any(name[:1].isupper() for name in self.settings)
        return names if capital else (*names[1:], names[0])

    def _text(self, names: tuple[str, ...]) -> str:
        found = next((self.settings[name] for name in names if name in self.settings), "")
        return found if isinstance(found, str) else ""

    def _texts(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """A list, or what Amplify Gen 1 wrote as one text with commas."""
        found = next((self.settings[name] for name in names if name in self.settings), ())
        parts = found.split(",") if isinstance(found, str) else found
        listed = parts if isinstance(parts, list | tuple) else ()
        return tuple(part.strip() for part in listed if isinstance(part, str) and part.strip())


@attrs.frozen(kw_only=True)
class Subject:
    """A configuration under examination.

    Args:
        content: what the file holds.
        profile: the profile that is read, in formats that have them.
        config: the configuration; None when it cannot be used at all.
        refused: why it cannot be used.
    """

    content: Mapping[str, object] = attrs.field(repr=False)
    profile: str
    config: PoolConfig | None
    refused: ConfigurationError | None = None

    def key(self, field: str) -> str:
        """Returns the key of the file that says a field of the configuration; the field's own name where none does."""
        try:
            settings = config_formats.settings(self.content, "", self.profile)
        except ConfigurationError:
            return field
        return settings[field].key if field in settings else field

    def says(self, field: str) -> bool:
        """Whether the file says anything about a field."""
        try:
            setting = config_formats.settings(self.content, "", self.profile).get(field)
        except ConfigurationError:
            return False
        return setting is not None and setting.value is not None

    @property
    def pages(self) -> Pages | None:
        """The sign-in pages; None where the configuration has none."""
        oauth = self.config.oauth if self.config is not None else None
        return Pages(settings=oauth, key=self.key("oauth")) if oauth else None


def subject_of(source: str | os.PathLike[str] | Mapping[str, object], profile: str = "Default") -> Subject:
    """Returns what there is to examine in a file, or in a mapping with the content of one.

    Raises:
        Unreadable: nothing.
    """
    content = source if isinstance(source, Mapping) else _content(source)
    try:
        return Subject(content=content, profile=profile, config=load_config(content, profile=profile))
    except ConfigurationError as error:
        return Subject(content=content, profile=profile, config=None, refused=error)


def _content(path: str | os.PathLike[str]) -> Mapping[str, object]:
    # The errors are raised behind the handlers: what they catch holds the file's text, and a client secret with it.
    problem, remedy = "holds no JSON object", "write one object, in braces"
    try:
        with open(path, encoding="utf-8-sig") as file:
            content: object = json.load(file)
        if isinstance(content, Mapping):
            return content
    except OSError as error:
        problem, remedy = f"cannot be read ({error.strerror})", "check the path and its permissions"
    except (ValueError, RecursionError):
        problem, remedy = "is no valid JSON", "check that it is complete, and UTF-8"
    raise Unreadable(source=os.fspath(path), key="file", problem=problem, remedy=remedy)
