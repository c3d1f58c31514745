"""The way to the hosted UI and the way back from it. Nothing here calls anybody.

- Every attempt has a state, a nonce and a code verifier of its own, 32 random bytes each (RFC 9700, sections 2.1 and
  4.7; RFC 7636, section 4.1: 43 characters at least), which stay in the vault. The URL carries the state, the nonce and
  the verifier's hash, as it must; the browser's history has them, and they are worth nothing without the verifier.
- What comes back is believed only if it comes to the redirect URI and brings the state, each parameter once.

oauthlib would do the arithmetic, but not the checks: its parser takes the last of several `code`s, compares states with
`!=`, and refuses redirects to http and to schemes of the app's own, which RFC 8252 gives native apps, unless an
environment variable allows plain http everywhere.
"""

import base64
import hashlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl

import attrs

from authflow import effects, outcomes
from authflow.adapters.config_oauth import OAuthConfig
from authflow.adapters.oauth import refusals
from authflow.adapters.oauth.addresses import redirect_for, with_parameters
from authflow.adapters.places import same_place
from authflow.errors import InvalidInput
from authflow.secrets import Vault
from authflow.values import Challenge

if TYPE_CHECKING:
    from authflow.adapters.cognito.tools import Tools

NAME: Final = "HOSTED_UI"
_RANDOM: Final = 32  # bytes
# Cognito's own pages remember a browser for an hour; the code that comes at their end lives five minutes.
_PATIENCE: Final = 3_600.0
_LONGEST: Final = 16_384  # characters of an address; a code has some hundred
_MOST_PARAMETERS: Final = 50
# What identity providers append to the addresses that they send browsers to, and browsers keep: nothing that was asked.
_STRAY_FRAGMENTS: Final = frozenset({"", "_=_"})
_ONCE: Final = ("code", "error", "error_description")


@attrs.frozen(kw_only=True)
class RedirectSecret:
    """What the vault keeps of an attempt until the browser is back.

    Args:
        state: shows that the way back belongs to this attempt.
        nonce: shows that the ID token does.
        verifier: shows the token endpoint that the code does.
        redirect_uri: where the browser comes back to.
    """

    state: str = attrs.field(repr=False)
    nonce: str = attrs.field(repr=False)
    verifier: str = attrs.field(repr=False)
    redirect_uri: str


def start_redirect(tools: "Tools", effect: effects.StartRedirect, vault: Vault) -> outcomes.Outcome:
    """Makes the URL of the hosted UI.

    Raises:
        ConfigurationError: there is no hosted UI.
        InvalidInput: both a provider and an identifier of one are named.
    """
    if effect.provider and effect.idp_identifier:
        raise InvalidInput.of("provider", "Name the identity provider or an identifier of it, not both.")
    oauth = tools.config.hosted_ui
    kept = _new_secret(tools.random_bytes, redirect_for(oauth, loopback=effect.loopback))
    url = with_parameters(oauth.sign_in_url, {**oauth.sign_in_parameters, **_asked(effect), **_proved(oauth, kept)})
    challenge = Challenge(
        name=NAME,
        parameters={"URL": url, "REDIRECT_URI": kept.redirect_uri},
        session=vault.put("redirect", kept),
        lifetime=_PATIENCE,
    )
    return outcomes.HostedUiIssued(effect_id=effect.id, challenge=challenge)


def _new_secret(random_bytes: Callable[[int], bytes], redirect_uri: str) -> RedirectSecret:
    state, nonce, verifier = (_base64url(random_bytes(_RANDOM)) for _ in range(3))
    return RedirectSecret(state=state, nonce=nonce, verifier=verifier, redirect_uri=redirect_uri)


def _asked(effect: effects.StartRedirect) -> dict[str, str]:
    """Cognito's developer guide, "Authorize endpoint": the parameters that say who is to sign in, and how."""
    asked = {
        "identity_provider": effect.provider,
        "idp_identifier": effect.idp_identifier,
        "login_hint": effect.login_hint,
        "lang": effect.lang,
        "prompt": effect.prompt,
    }
    return {name: value for name, value in asked.items() if value}


def _proved(oauth: OAuthConfig, kept: RedirectSecret) -> dict[str, str]:
    scope = {"scope": " ".join(oauth.scopes)} if oauth.scopes else {}
    return {
        "response_type": "code",
        "client_id": oauth.client_id,
        "redirect_uri": kept.redirect_uri,
        **scope,
        "state": kept.state,
        "nonce": kept.nonce,
        "code_challenge": _base64url(hashlib.sha256(kept.verifier.encode()).digest()),
        "code_challenge_method": "S256",
    }


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def code_in(url: str, kept: RedirectSecret) -> str:
    """Returns the code that the browser brought back.

    Args:
        url: the whole address that it was sent to.
        kept: what the attempt began with.

    Raises:
        AuthFlowError: the address is another one, belongs to another attempt, holds no single code, or an error.
    """
    address, _, fragment = url.partition("#")
    if len(url) > _LONGEST or not url.isascii() or not url.isprintable() or " " in url:
        raise refusals.malformed_redirect("is too long, or holds characters that no address has")
    if not same_place(address, kept.redirect_uri):
        raise refusals.elsewhere()
    if fragment not in _STRAY_FRAGMENTS:
        raise refusals.malformed_redirect("has a fragment, where a code has no place")
    return _code(_parameters(address.partition("?")[2]), kept)


def _code(found: Mapping[str, list[str]], kept: RedirectSecret) -> str:
    states = found.get("state", [])
    if len(states) != 1 or not states[0]:
        raise refusals.malformed_redirect("has no state, or several")
    # Before anything else is believed, an error included: anybody can have this browser open an address.
    if not same_secret(states[0], kept.state):
        raise refusals.state_mismatch()
    if any(len(found.get(name, [])) > 1 for name in _ONCE) or ("error" in found and "code" in found):
        raise refusals.malformed_redirect("says one thing twice, or both an error and a code")
    if "error" in found:
        secrets = (kept.state, kept.nonce, kept.verifier)
        raise refusals.refused_at_provider(found["error"][0], found.get("error_description", [""])[0], secrets)
    code = found.get("code", [""])[0]
    if not code:
        raise refusals.malformed_redirect("has no code")
    return code


def same_secret(given: str, kept: str) -> bool:
    """Tells whether two texts are the same, in a time that does not tell where they differ."""
    from hmac import compare_digest

    return compare_digest(given.encode(), kept.encode())


def _parameters(query: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=_MOST_PARAMETERS)
    except ValueError:
        raise refusals.malformed_redirect("has more parameters than a sign-in brings") from None
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found
