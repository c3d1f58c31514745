"""Shapes: whatever is sent, the answer is a typed error with a sentence, never a broken pool."""

import json
import warnings
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from authflow.adapters.local_pool import LocalPool, PoolError, shapes
from authflow.adapters.local_pool.operations import OPERATIONS
from authflow.adapters.local_pool.wire import answer

MODEL = shapes.service_model()
texts = st.text(max_size=40) | st.sampled_from(
    ["alice", "a@example.com", "+12065551234", "Passw0rd!", "", "\ud800", "2"]
)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts
documents = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3))


def fitting(shape: Any, setup: Any) -> st.SearchStrategy[Any]:
    """Values that mostly have the right shape, so that the handlers themselves are reached."""
    if shape.type_name == "structure":
        members = {name: fitting(member, setup) for name, member in shape.members.items()}
        required = {name: members[name] for name in shape.required_members}
        return st.fixed_dictionaries(required, optional={k: v for k, v in members.items() if k not in required})
    if shape.type_name == "list":
        return st.lists(fitting(shape.member, setup), max_size=3)
    if shape.type_name == "map":
        keys = st.sampled_from(
            ["USERNAME", "PASSWORD", "SRP_A", "REFRESH_TOKEN", "SECRET_HASH", "ANSWER", "NEW_PASSWORD", "TIMESTAMP"]
        )
        return st.dictionaries(keys | texts, texts, max_size=4)
    if shape.type_name == "string" and shape.enum:
        return st.sampled_from(shape.enum)
    if shape.type_name == "string":
        known = {"UserPoolIdType": setup.pool_id, "ClientIdType": setup.client_id}.get(shape.name)
        name = st.sampled_from(["email", "sub", "custom:x", "alice", "name"])
        return st.just(known) if known else name | texts | st.text(min_size=20, max_size=60)
    if shape.type_name == "boolean":
        return st.booleans()
    return st.integers(shape.metadata.get("min", -5), shape.metadata.get("max", 5))


@pytest.fixture(scope="module")
def service(signing_key: Any) -> Any:
    with LocalPool(signing_key=signing_key) as made:
        yield made


@pytest.fixture(scope="module")
def setup(service: Any) -> Any:
    return service.quickstart()


def served(service: Any, operation: str, body: bytes) -> None:
    reply = answer(service._core, f"AWSCognitoIdentityProviderService.{operation}", body).reply
    assert reply is not None
    document = json.loads(reply.body)
    if reply.status != 200:
        assert reply.status == 400, document
        assert document["__type"].endswith("Exception")
        assert document["message"]
        assert reply.headers["x-amzn-ErrorType"] == document["__type"] + ":"


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_any_document_gets_a_typed_answer(service: Any, setup: Any, operation: str, data: Any) -> None:
    served(service, operation, json.dumps(data.draw(documents)).encode())


@pytest.mark.parametrize("operation", sorted(set(OPERATIONS) - {"DeleteUserPool"}))
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_any_request_of_nearly_the_right_shape_gets_a_typed_answer(
    service: Any, setup: Any, operation: str, data: Any
) -> None:
    shape = MODEL.operation_model(operation).input_shape
    served(service, operation, json.dumps(data.draw(fitting(shape, setup))).encode())


@given(st.binary(max_size=60), st.text(max_size=30))
def test_any_bytes_for_any_target_get_a_typed_answer(service: Any, body: bytes, target: str) -> None:
    served(service, target, body)


@pytest.mark.parametrize("body", [b"[" * 100_000, b"NaN", b'{"a": Infinity}', b"", b"\xff", b"1" * 5000])
def test_what_is_no_json_is_said_to_be_none(service: Any, body: bytes) -> None:
    served(service, "SignUp", body)


def test_every_served_operation_and_its_parameters_are_cognitos() -> None:
    for name, operation in OPERATIONS.items():
        shape = MODEL.operation_model(name).input_shape
        assert shape is not None
        members = set(shape.members)
        assert set(operation.modelled.split()) | set(operation.harmless.split()) <= members, name


def test_every_pattern_of_the_model_can_be_used() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for name in MODEL.shape_names:
            pattern = MODEL.shape_for(name).metadata.get("pattern")
            if pattern:
                assert shapes._compiled(pattern)


@pytest.mark.parametrize(
    ("operation", "request_", "name", "message"),
    [
        (
            "SignUp", {"ClientId": "c", "Username": ""}, "InvalidParameterException",
            "1 validation error detected: Value at 'username' failed to satisfy constraint:"
            " Member must have length greater than or equal to 1",
        ),
        (
            "SignUp", {}, "InvalidParameterException",
            "2 validation errors detected:"
            " Value null at 'clientId' failed to satisfy constraint: Member must not be null;"
            " Value null at 'username' failed to satisfy constraint: Member must not be null",
        ),
        (
            "SignUp", {"ClientId": "c", "Username": "a b"}, "InvalidParameterException",
            "1 validation error detected: Value at 'username' failed to satisfy constraint:"
            r" Member must satisfy regular expression pattern: [\p{L}\p{M}\p{S}\p{N}\p{P}]+",
        ),
        (
            "ListUserPools", {"MaxResults": 61}, "InvalidParameterException",
            "1 validation error detected: Value at 'maxResults' failed to satisfy constraint:"
            " Member must have value less than or equal to 60",
        ),
        (
            "SetUserPoolMfaConfig", {"UserPoolId": "a_b", "MfaConfiguration": "MAYBE"}, "InvalidParameterException",
            "1 validation error detected: Value at 'mfaConfiguration' failed to satisfy constraint:"
            " Member must satisfy enum value set: [OFF, ON, OPTIONAL]",
        ),
        ("SignUp", {"ClientId": 5, "Username": "a"}, "SerializationException", "ClientId must be a string."),
        ("SignUp", {"Nonsense": 5}, "SerializationException", "The request has no member 'Nonsense'."),
        ("SignUp", [], "SerializationException", "The request must be an object."),
        ("ListUserPools", {"MaxResults": True}, "SerializationException", "MaxResults must be an integer."),
        ("ListUserPools", {"MaxResults": 1.5}, "SerializationException", "MaxResults must be an integer."),
        (
            "AdminSetUserPassword", {"UserPoolId": "a_b", "Username": "a", "Password": "b", "Permanent": 1},
            "SerializationException", "Permanent must be true or false.",
        ),
        (
            "GetUser", {"AccessToken": "\ud800"}, "SerializationException", "AccessToken must be valid Unicode.",
        ),
        (
            "AdminCreateUser", {"UserPoolId": "a_b", "Username": "a", "UserAttributes": {}}, "SerializationException",
            "UserAttributes must be a list.",
        ),
        (
            "AdminCreateUser", {"UserPoolId": "a_b", "Username": "a", "UserAttributes": [{"Nme": "x"}]},
            "SerializationException", "UserAttributes.1 has no member 'Nme'.",
        ),
        (
            "InitiateAuth", {"ClientId": "c", "AuthFlow": "USER_SRP_AUTH", "AuthParameters": []},
            "SerializationException", "AuthParameters must be an object.",
        ),
        (
            "InitiateAuth", {"ClientId": "c", "AuthFlow": "USER_SRP_AUTH", "AuthParameters": {"USERNAME": None}},
            "SerializationException", "AuthParameters.USERNAME must be a string.",
        ),
    ],
)  # fmt: skip
def test_messages_say_what_is_wrong_and_repeat_no_value(
    service: Any, operation: str, request_: Any, name: str, message: str
) -> None:
    with pytest.raises(PoolError) as raised:
        service._core.run(operation, request_)
    assert (raised.value.name, raised.value.message, raised.value.status) == (name, message, 400)


def test_no_message_repeats_a_password(service: Any, setup: Any) -> None:
    for password in ("", "short", " canary-Passw0rd ", "x" * 300):
        with pytest.raises(PoolError) as raised:
            service.call("SignUp", {"ClientId": setup.client_id, "Username": "a", "Password": password})
        assert not password.strip() or password.strip() not in str(raised.value)
