"""Asks the token endpoint, and reads its answers (RFC 6749, sections 4.1.3, 5 and 6; Cognito's "Token endpoint").

The client secret goes by HTTP Basic (RFC 6749, section 2.3.1). No answer, whatever it is, becomes a KeyError.
"""

import base64
import json
from collections.abc import Collection, Mapping
from typing import Final
from urllib.parse import quote_plus, urlencode

from authflow.adapters.cognito import answers
from authflow.adapters.cognito.answers import Fields
from authflow.adapters.cognito.transport import LARGEST
from authflow.adapters.config_oauth import OAuthConfig
from authflow.adapters.oauth import refusals
from authflow.adapters.oauth.addresses import with_parameters
from authflow.adapters.oauth.http import Http
from authflow.errors import AuthFlowError

# The names that AuthenticationResult has for the same.
_RESULT: Final = {
    "access_token": "AccessToken",
    "id_token": "IdToken",
    "refresh_token": "RefreshToken",
    "expires_in": "ExpiresIn",
}
_TEXTS: Final = ("id_token", "refresh_token")


def ask(http: Http, oauth: OAuthConfig, fields: Mapping[str, str], *, refused: AuthFlowError) -> Fields:
    """Asks for tokens and returns them as Cognito's API would: as an AuthenticationResult.

    Args:
        http: makes the request.
        oauth: the endpoint and the app client.
        fields: the grant and what belongs to it.
        refused: the error of a grant that is not taken (invalid_grant).

    Raises:
        AuthFlowError: there are none.
    """
    body = urlencode({**fields, "client_id": oauth.client_id}).encode()
    url = with_parameters(oauth.token_url, oauth.token_parameters)
    status, content = http.request("POST", url, _headers(oauth), body)
    if status >= 500 or status == 429:
        raise refusals.unavailable(status)
    answer = _object(content) if len(content) <= LARGEST else None
    if answer is None or (status != 200 and not isinstance(answer.get("error"), str)):
        raise answers.malformed("the token endpoint's answer")
    if status != 200:
        raise _refusal(str(answer["error"]), refused, _secrets(oauth, fields))
    return _tokens(answer)


def _headers(oauth: OAuthConfig) -> dict[str, str]:
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    if oauth.client_secret is None:
        return headers
    pair = f"{quote_plus(oauth.client_id)}:{quote_plus(oauth.client_secret.reveal())}"
    return {**headers, "Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}


def _secrets(oauth: OAuthConfig, fields: Mapping[str, str]) -> Collection[str]:
    secret = () if oauth.client_secret is None else (oauth.client_secret.reveal(),)
    hidden = ("code", "code_verifier", "refresh_token")
    return [*(fields[name] for name in hidden if name in fields), *secret]


def _refusal(name: str, refused: AuthFlowError, secrets: Collection[str]) -> AuthFlowError:
    return refused if name == "invalid_grant" else refusals.app_client_refused(name, secrets)


def _object(content: bytes) -> Fields | None:
    try:
        found: object = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _tokens(answer: Fields) -> Fields:
    kind = answers.text(answer, "token_type")
    if kind.lower() != "bearer":  # RFC 6749, section 7.1: a client does not use tokens of a type that it does not know
        raise answers.malformed("token_type")
    answers.text(answer, "access_token")
    for name in _TEXTS:
        answers.optional_text(answer, name)
    return {theirs: answer[name] for name, theirs in _RESULT.items() if answer.get(name) is not None}
