"""Whatever Cognito answers, an outcome or an `AuthFlowError` comes of it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authflow import effects, outcomes
from authflow.adapters.cognito.answers import AuthAnswers
from authflow.adapters.cognito.provider import CognitoProvider
from authflow.adapters.cognito.vaulted import NewDevice
from authflow.errors import AuthFlowError, ErrorCode
from authflow.ports import Tokens
from authflow.secrets import Secret, Vault
from authflow.states import AuthFlowType, DeliveryMedium
from authflow.values import Account, CodeDelivery

VERIFIER = {"SRP_B": "abc", "SALT": "ab", "SECRET_BLOCK": "AAAA", "USER_ID_FOR_SRP": "alice"}
RESULT = {"AccessToken": "a", "IdToken": "i", "RefreshToken": "r", "ExpiresIn": 60}

UNUSABLE: list[tuple[str, object]] = [
    ("AccessToken", None),
    ("AccessToken", ""),
    ("AccessToken", 7),
    ("IdToken", 7),
    ("RefreshToken", []),
    ("ExpiresIn", None),
    ("ExpiresIn", "60"),
    ("ExpiresIn", True),
    ("ExpiresIn", 0),
    ("ExpiresIn", -60),
    ("ExpiresIn", 10**400),
]


def read(answer: object) -> Any:
    answers = AuthAnswers(vault=Vault(), now=0.0, lifetime=180.0)
    return answers.outcome(1, answer, "alice")  # type: ignore[arg-type]


def is_malformed(answer: object) -> bool:
    with pytest.raises(AuthFlowError) as caught:
        read(answer)
    return caught.value.code is ErrorCode.MALFORMED_RESPONSE


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"ChallengeName": None},
        {"ChallengeName": ""},
        {"ChallengeName": 7},
        {"ChallengeName": "SMS_MFA", "Session": 7},
        {"ChallengeName": "SMS_MFA", "ChallengeParameters": []},
        {"ChallengeName": "SMS_MFA", "ChallengeParameters": {"A": 7}},
        {"AuthenticationResult": "tokens"},
        {"AuthenticationResult": {}},
        *[{"AuthenticationResult": {**RESULT, field: value}} for field, value in UNUSABLE],
    ],
)
def test_malformed_answers(answer: object) -> None:
    assert is_malformed(answer)


@pytest.mark.parametrize("field", [None, *VERIFIER])
@pytest.mark.parametrize("value", [None, "", 7])
def test_malformed_password_verifier(field: str | None, value: object) -> None:
    parameters = {**VERIFIER} if field is None else {**VERIFIER, field: value}
    client = Answering({"ChallengeName": "PASSWORD_VERIFIER", "ChallengeParameters": parameters})
    provider = CognitoProvider(config(), client_factory=lambda: client)  # type: ignore[arg-type, return-value]
    vault = Vault()
    effect = effects.InitiateAuth(
        id=1, username="alice", password=vault.put("password", "x"), auth_flow=AuthFlowType.USER_SRP_AUTH
    )
    if field is None:
        issued = provider.perform(effect, vault)
        assert isinstance(issued, outcomes.PasswordVerifierIssued)
        assert issued.challenge.parameters == {}
        return
    with pytest.raises(AuthFlowError) as caught:
        provider.perform(effect, vault)
    assert caught.value.code is ErrorCode.MALFORMED_RESPONSE


def test_password_verifier_that_nobody_asked_for() -> None:
    assert is_malformed({"ChallengeName": "PASSWORD_VERIFIER", "ChallengeParameters": VERIFIER})


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        ('["userAttributes.email", "userAttributes.custom:x", 3]', ("email", "custom:x")),
        ("[]", ()),
        ("", ()),
        ("{}", ()),
        ("not JSON", ()),
        ("[" * 100_000, ()),
    ],
)
def test_required_attributes(listed: str, expected: tuple[str, ...]) -> None:
    issued = read({"ChallengeName": "NEW_PASSWORD_REQUIRED", "ChallengeParameters": {"requiredAttributes": listed}})
    assert issued.challenge.required_attributes == expected


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, None),
        (
            {"CODE_DELIVERY_DELIVERY_MEDIUM": "SMS", "CODE_DELIVERY_DESTINATION": "+1"},
            (DeliveryMedium.sms, "+1"),
        ),
        ({"CODE_DELIVERY_DELIVERY_MEDIUM": "PIGEON"}, (DeliveryMedium.unknown, None)),
        ({"CODE_DELIVERY_DESTINATION": "a***"}, (DeliveryMedium.unknown, "a***")),
    ],
)
def test_delivery_of_a_challenge(
    parameters: dict[str, str], expected: tuple[DeliveryMedium, str | None] | None
) -> None:
    issued = read({"ChallengeName": "SMS_MFA", "ChallengeParameters": parameters})
    assert issued.challenge.delivery == (
        CodeDelivery(medium=expected[0], destination=expected[1]) if expected else None
    )


class Answering:
    """A client with one answer to everything."""

    def __init__(self, answer: object) -> None:
        self._answer = answer

    def __getattr__(self, operation: str) -> Any:
        return lambda **_: self._answer


def config() -> Any:
    from authflow.adapters.config import PoolConfig

    return PoolConfig(region="us-east-1", user_pool_id="us-east-1_Pool", client_id="client")


_leaves: st.SearchStrategy[Any] = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.binary(max_size=4)
)
_anything = st.recursive(
    _leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner), max_leaves=6
)
_token = st.sampled_from(["a.b.c", "a.e30.c", "a.W10.c", "a.eyJ1c2VybmFtZSI6M30.c", "é.é.é", "."]) | st.text()
_parameters = st.dictionaries(
    st.sampled_from([*VERIFIER, "USERNAME", "requiredAttributes", "CODE_DELIVERY_DESTINATION", "x"]),
    st.text(max_size=8) | st.just(json.dumps(["userAttributes.a"])) | _anything,
)
_shapes = st.fixed_dictionaries(
    {},
    optional={
        "ChallengeName": st.sampled_from([*outcomes.CHALLENGES, "NEW"]) | _anything,
        "ChallengeParameters": _parameters | _anything,
        "Session": st.text() | _anything,
        "AuthenticationResult": st.none()
        | _anything
        | st.fixed_dictionaries(
            {},
            optional={
                "AccessToken": _token | _anything,
                "IdToken": _token | _anything,
                "RefreshToken": _token | _anything,
                "ExpiresIn": st.integers() | _anything,
            },
        ),
        "UserConfirmed": st.booleans() | _anything,
        "UserSub": st.text() | _anything,
        "AvailableChallenges": st.lists(st.text() | _anything) | _anything,
        "SecretCode": st.text() | _anything,
        "Status": st.sampled_from(["SUCCESS", "ERROR"]) | _anything,
        "UserAttributes": st.lists(
            st.dictionaries(st.sampled_from(["Name", "Value"]), st.sampled_from(["email", "phone_number"]) | _anything)
            | _anything
        )
        | _anything,
        "Credentials": st.lists(st.dictionaries(st.sampled_from(["CredentialId", "CreatedAt"]), _anything)) | _anything,
        "CredentialCreationOptions": _anything,
        "UserMFASettingList": st.lists(_anything) | _anything,
        "PreferredMfaSetting": _anything,
        "Devices": st.lists(st.dictionaries(st.sampled_from(["DeviceKey", "DeviceAttributes"]), _anything)) | _anything,
        "Device": st.dictionaries(st.sampled_from(["DeviceKey", "DeviceAttributes"]), _anything) | _anything,
        "CodeDeliveryDetails": _anything
        | st.dictionaries(st.sampled_from(["Destination", "DeliveryMedium", "AttributeName"]), st.text() | _anything),
    },
)


@given(answer=_shapes | _anything, data=st.data())
def test_any_answer_ends_in_an_outcome_or_an_error(answer: object, data: st.DataObject) -> None:
    vault = Vault()
    password = vault.put("password", "Passw0rd!")
    held = Tokens(access_token=Secret("a"), refresh_token=Secret("r"), expires_at=0.0)
    account = Account(username="alice", tokens=vault.put("tokens", held), expires_at=0.0)
    device = vault.put("device", NewDevice(key="key", group_key="group"))
    effect = data.draw(
        st.sampled_from(
            [effects.InitiateAuth(id=1, username="alice", password=password, auth_flow=flow) for flow in AuthFlowType]
            + [
                effects.SignUp(id=1, username="alice", password=password, attributes=None),
                effects.ResendConfirmationCode(id=1, username="alice"),
                effects.ForgotPassword(id=1, username="alice"),
                effects.RefreshTokens(id=1, account=account),
                effects.GlobalSignOut(id=1, account=account),
                effects.AssociateSoftwareToken(id=1, account=account),
                effects.VerifySoftwareToken(id=1, account=account, code=password),
                effects.ConfirmDevice(id=1, account=account, username="alice", device=device),
                effects.ReadUser(id=1, account=account),
                effects.SendContactCode(id=1, account=account, attribute="email"),
                effects.CheckPasskeys(id=1, account=account),
                effects.StartPasskey(id=1, account=account),
                effects.ListPasskeys(id=1, account=account),
                effects.FetchMfaPreference(id=1, account=account),
                effects.ListDevices(id=1, account=account),
                effects.GetDevice(id=1, account=account, device_key="device"),
            ]
        )
    )
    made = Answering(answer)
    provider = CognitoProvider(config(), client_factory=lambda: made, admin_client_factory=lambda: made)  # type: ignore[arg-type, return-value]
    code = None
    try:
        outcome = provider.perform(effect, vault)
    except AuthFlowError as refused:
        code = refused.code
    else:
        assert isinstance(outcome, outcomes.Outcome)
        assert outcome.effect_id == 1
    # A Status other than SUCCESS says that VerifySoftwareToken's code was wrong.
    assert code in (None, ErrorCode.MALFORMED_RESPONSE, ErrorCode.CODE_MISMATCH)
