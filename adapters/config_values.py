"""What the values of a configuration must look like: each function returns a setting's value typed, or refuses it."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

from authflow.adapters.config_formats import Setting
from authflow.adapters.places import is_this_machine
from authflow.frontend.traits import PasswordPolicy
from authflow.secrets import Secret

# Cognito's own words (SetUserPoolMfaConfig), and those of amplify_outputs.json for the same.
_MFA: Final = {"OFF": "OFF", "NONE": "OFF", "OPTIONAL": "OPTIONAL", "ON": "ON", "REQUIRED": "ON"}
# Amplify Gen 1's passwordPolicyCharacters, and the rules of amplify_outputs.json.
_CHARACTERS: Final = {
    "REQUIRES_NUMBERS": "require_numbers",
    "REQUIRES_LOWERCASE": "require_lowercase",
    "REQUIRES_UPPERCASE": "require_uppercase",
    "REQUIRES_SYMBOLS": "require_symbols",
}
_DEEPEST: Final = 10


def text(setting: Setting) -> str:
    """Returns a text; "" is one."""
    if not isinstance(setting.value, str):
        raise setting.wrong("is no text", "write it in quotes")
    return setting.value


def texts(setting: Setting) -> tuple[str, ...]:
    """Returns a list of texts."""
    if not isinstance(setting.value, list | tuple) or not all(isinstance(one, str) for one in setting.value):
        raise setting.wrong("is no list of texts", 'write one like ["email"]')
    return tuple(setting.value)


def mfa(setting: Setting) -> str:
    """Returns the MFA setting in Cognito's words."""
    found = _MFA.get(text(setting).upper())
    if found is None:
        raise setting.wrong("is no known MFA configuration", "write OFF, OPTIONAL or ON")
    return found


def policy(setting: Setting) -> PasswordPolicy:
    """Returns a password policy, in the form of Amplify Gen 1, of Gen 2, or as the value itself."""
    value = setting.value
    if isinstance(value, PasswordPolicy):
        return value
    if not isinstance(value, Mapping):
        raise setting.wrong("is no object", "write an object, in braces")
    if "passwordPolicyMinLength" in value or "passwordPolicyCharacters" in value:
        return _policy_of_gen_1(setting, value)
    rules = {rule: _rule(_inner(setting, value, rule)) for rule in _CHARACTERS.values()}
    return PasswordPolicy(min_length=_min_length(_inner(setting, value, "min_length")), **rules)


def _policy_of_gen_1(setting: Setting, value: Mapping[str, object]) -> PasswordPolicy:
    characters = _inner(setting, value, "passwordPolicyCharacters")
    wanted = texts(characters) if characters.value is not None else ()
    if not set(wanted) <= _CHARACTERS.keys():
        raise characters.wrong("holds an unknown rule", f"use {', '.join(_CHARACTERS)}")
    rules = {_CHARACTERS[name]: True for name in wanted}
    return PasswordPolicy(min_length=_min_length(_inner(setting, value, "passwordPolicyMinLength")), **rules)


def _inner(setting: Setting, value: Mapping[str, object], name: str) -> Setting:
    return Setting(setting.source, f"{setting.key}.{name}", value.get(name))


def _rule(setting: Setting) -> bool:
    if setting.value is not None and not isinstance(setting.value, bool):
        raise setting.wrong("is neither true nor false", "write true or false, without quotes")
    return setting.value is True


def _min_length(setting: Setting) -> int:
    value = setting.value
    if value in (None, ""):
        return PasswordPolicy().min_length
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 2:
        value = int(value)  # the Amplify CLI has written it in quotes
    # Cognito API reference, PasswordPolicyType: 6 to 99.
    if isinstance(value, bool) or not isinstance(value, int) or not 6 <= value <= 99:
        raise setting.wrong("is no length that Cognito knows", "write a number from 6 to 99")
    return value


def frozen(setting: Setting) -> Mapping[str, object]:
    """Returns an object that cannot be changed; a client secret within is a `Secret`."""
    if not isinstance(setting.value, Mapping):
        raise setting.wrong("is no object", "write an object, in braces")
    return _frozen_mapping(setting, setting.value, _DEEPEST)


def _frozen_mapping(setting: Setting, value: Mapping[object, object], depth: int) -> Mapping[str, object]:
    return MappingProxyType({str(key): _frozen(setting, str(key), inner, depth) for key, inner in value.items()})


def _frozen(setting: Setting, key: str, value: object, depth: int) -> object:
    if not depth:
        raise setting.wrong("is nested too deeply", "write the settings of the hosted UI only")
    if "secret" in key.lower() and isinstance(value, str):
        return Secret(value)
    if isinstance(value, Mapping):
        return _frozen_mapping(setting, value, depth - 1)
    if isinstance(value, list | tuple):
        return tuple(_frozen(setting, key, inner, depth - 1) for inner in value)
    return value


def address(setting: Setting) -> str | None:
    """Returns the URL of a server: https, or plain http where nobody listens in; None for an empty text."""
    given = text(setting)
    if not given:
        return None
    url = given if "://" in given else f"https://{given}"  # Amplify's `Endpoint` is a host, spoken to over TLS
    if not _is_url(url):
        raise setting.wrong("is no host and no URL", 'write one like "http://127.0.0.1:9229", without user and query')
    parts = urlsplit(url)
    if parts.scheme == "http" and not is_near(parts.hostname or ""):
        raise setting.wrong(
            "would send passwords over the network in the clear",
            "write it with https://, or name this machine (127.0.0.1) or a host without a dot in its name",
        )
    return url


def is_near(host: str) -> bool:
    """Tells hosts that plain http is good enough for: this machine, and neighbours in a network of containers."""
    # A number without dots is an address, too: inet_aton reads 134744072 as 8.8.8.8.
    return is_this_machine(host) or not (
        re.search(r"[.:]", host) or re.fullmatch(r"[0-9]+|0x[0-9a-f]+", host, re.IGNORECASE)
    )


def _is_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # brackets that do not match, a port that is no number
        return False
    return good and url.isascii() and not re.search(r"[\s\x00-\x1f\x7f@?#]", url)
