"""The named methods' arguments, as the values that `submit` takes. Shared by both drivers."""

from collections.abc import Mapping

from authflow.door import seal
from authflow.values import SignOutOptions

Values = dict[str, object]


def sign_in_values(
    username: str,
    password: object,
    validation_data: Mapping[str, str] | None,
    client_metadata: Mapping[str, str] | None,
    auth_flow: object,
) -> Values:
    """Returns the values of `sign_in`; `password` and `auth_flow` are sealed already."""
    return {
        "username": seal(username),
        "password": password,
        "validation_data": seal(validation_data),
        "client_metadata": seal(client_metadata),
        "auth_flow": auth_flow,
    }


def answer_values(answer: object, attributes: object, client_metadata: Mapping[str, str] | None) -> Values:
    """Returns the values of `confirm_sign_in`; `answer` and `attributes` are sealed already."""
    return {
        "answer": answer,
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
) -> Values:
    """Returns the values of `sign_up`; `password` and `attributes` are sealed already."""
    return {
        "username": seal(username),
        "password": password,
        **attribute_values(attributes),
        "validation_data": seal(validation_data),
        "client_metadata": seal(client_metadata),
    }


def username_values(username: str, client_metadata: Mapping[str, str] | None, **sealed: object) -> Values:
    """Returns the values of an action about a user; what else it takes is sealed already."""
    return {"username": seal(username), **sealed, "client_metadata": seal(client_metadata)}


def sign_out_values(options: SignOutOptions) -> Values:
    """Returns the values of `sign_out`."""
    return {"globally": options.sign_out_globally, "invalidate_tokens": options.invalidate_tokens}
