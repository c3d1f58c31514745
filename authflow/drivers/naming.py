"""The named methods' arguments, as the values that `submit` takes. Shared by both drivers."""

from collections.abc import Mapping
from typing import Final

from authflow.errors import ErrorInfo, InvalidInput
from authflow.secrets import seal
from authflow.values import SignOutOptions

Values = dict[str, object]
_LONGEST_WAIT: Final = 31 * 86_400.0  # seconds


def sign_in_values(
    username: str,
    password: object,
    validation_data: Mapping[str, str] | None,
    client_metadata: Mapping[str, str] | None,
    auth_flow: object,
    preferred_challenge: object,
) -> Values:
    """Returns the values of `sign_in`; the password and how to start are sealed already."""
    return {
        "username": seal(username),
        "validation_data": seal(validation_data),
        "client_metadata": seal(client_metadata),
        **{
            name: value
            for name, value in (
                ("password", password),
                ("auth_flow", auth_flow),
                ("preferred_challenge", preferred_challenge),
            )
            if value is not None
        },
    }


def answer_values(
    answer: object, attributes: object, device_name: str | None, client_metadata: Mapping[str, str] | None
) -> Values:
    """Returns the values of `confirm_sign_in`; `answer` and `attributes` are sealed already."""
    named = {"device_name": seal(device_name)} if device_name is not None else {}
    return {
        "answer": answer,
        **named,
        **attribute_values(attributes),
        "client_metadata": seal(client_metadata),
    }


def attribute_values(sealed: object) -> Values:
    """Returns user attributes under the names of their fields."""
    if sealed is None:
        return {}
    if not isinstance(sealed, Mapping):
        return {"attributes.": sealed}  # the door refuses it, and says so
    return {f"attributes.{name}": value for name, value in sealed.items()}


def sign_up_values(
    username: str,
    password: object,
    attributes: object,
    validation_data: Mapping[str, str] | None,
    client_metadata: Mapping[str, str] | None,
    auto_sign_in: bool | None,
) -> Values:
    """Returns the values of `sign_up`; `password` and `attributes` are sealed already."""
    return {
        "username": seal(username),
        "password": password,
        **attribute_values(attributes),
        "validation_data": seal(validation_data),
        "client_metadata": seal(client_metadata),
        "auto_sign_in": auto_sign_in,
    }


def metadata_values(client_metadata: Mapping[str, str] | None) -> Values:
    """Returns the values of an action that takes nothing else."""
    return {"client_metadata": seal(client_metadata)} if client_metadata is not None else {}


def page_values(limit: int | None, next_token: str | None) -> Values:
    """Returns the values of a list."""
    return {"limit": seal(str(limit)) if limit is not None else None, "next_token": seal(next_token)}


def username_values(username: str, client_metadata: Mapping[str, str] | None, **sealed: object) -> Values:
    """Returns the values of an action about a user; what else it takes is sealed already."""
    return {"username": seal(username), **sealed, "client_metadata": seal(client_metadata)}


def redirect_values(
    provider: str | None,
    idp_identifier: str | None,
    login_hint: str | None,
    lang: str | None,
    prompt: str | None,
) -> Values:
    """Returns the values of `sign_in_with_redirect`."""
    named = {
        "identity_provider": provider,
        "idp_identifier": idp_identifier,
        "login_hint": login_hint,
        "lang": lang,
        "prompt": prompt,
    }
    return {name: seal(value) for name, value in named.items() if value is not None}


def abandon_values(error: ErrorInfo) -> Values:
    """Returns the values of `abandon_redirect`."""
    return {"code": seal(error.code.value), "reason": seal(error.message)}


def federation_values(provider: str, token: object, identity_id: str | None, role_arn: str | None) -> Values:
    """Returns the values of `federated_sign_in`; the token is sealed already."""
    return {
        "provider": seal(provider),
        "token": token,
        "identity_id": seal(identity_id),
        "role_arn": seal(role_arn),
    }


def demand_seconds(name: str, seconds: object) -> None:
    """Raises InvalidInput unless `seconds` is a number of seconds that can be waited."""
    good = isinstance(seconds, int | float) and not isinstance(seconds, bool) and 0 <= seconds <= _LONGEST_WAIT
    if not good:
        raise InvalidInput.of(name, f"{name} must be a number of seconds, at most {_LONGEST_WAIT:.0f}.")


def sign_out_values(options: SignOutOptions) -> Values:
    """Returns the values of `sign_out`."""
    if not isinstance(options, SignOutOptions):
        raise InvalidInput.of("options", "options must be SignOutOptions.")
    return {"globally": options.sign_out_globally, "invalidate_tokens": options.invalidate_tokens}
