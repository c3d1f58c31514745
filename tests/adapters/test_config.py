"""Configurations: every format, every way to get one wrong, and no secret in an error."""

import copy
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from authflow.adapters.config import PoolConfig, load_config
from authflow.errors import ConfigurationError, ErrorCode, Recovery
from authflow.frontend.traits import PasswordPolicy, PoolTraits
from authflow.secrets import Secret
from authflow.states import AuthFlowType
from tests.adapters.config_samples import (
    AMPLIFY,
    AWSCONFIGURATION,
    EXPORTS,
    FORMATS,
    LEGACY,
    OUTPUTS,
    PLAIN,
    SECRET,
    changed,
    without,
)


def test_awsconfiguration_is_read() -> None:
    config = load_config(AWSCONFIGURATION)
    assert (config.region, config.user_pool_id, config.client_id) == ("us-east-1", "us-east-1_AbCdEf123", "4client5id")
    assert config.client_secret == Secret(SECRET)
    assert config.identity_pool_id == "us-east-1:1-2-3"
    assert config.pinpoint_app_id == "pinpoint"
    assert config.auth_flow is AuthFlowType.USER_SRP_AUTH
    assert config.oauth is not None
    assert config.oauth["Scopes"] == ("openid", "email")
    assert config.oauth["AppClientSecret"] == Secret(SECRET)
    assert config.pool_name == "AbCdEf123"


def test_the_legacy_names_of_the_pool_are_read() -> None:
    config = load_config(LEGACY)
    assert (config.user_pool_id, config.client_id) == ("us-east-1_AbCdEf123", "4client5id")
    assert config.client_secret == Secret(SECRET)


def test_a_current_name_wins_over_a_legacy_one() -> None:
    both = changed(AWSCONFIGURATION, "CognitoUserPool.Default.CognitoUserPoolId", "us-east-1_Old")
    assert load_config(both).user_pool_id == "us-east-1_AbCdEf123"


def test_amplifyconfiguration_is_read() -> None:
    assert load_config(AMPLIFY) == PoolConfig(
        region="us-east-1",
        user_pool_id="us-east-1_AbCdEf123",
        client_id="4client5id",
        client_secret=Secret(SECRET),
        identity_pool_id="us-east-1:1-2-3",
        auth_flow=AuthFlowType.CUSTOM_AUTH_WITHOUT_SRP,
        password_policy=PasswordPolicy(min_length=10, require_numbers=True, require_symbols=True),
        username_attributes=("email",),
        required_attributes=("email", "name"),
        user_verification_types=("email",),
        mfa_configuration="OPTIONAL",
        mfa_methods=("SMS",),
        pinpoint_app_id="pinpoint",
    )


@pytest.mark.parametrize("version", ["1", "1.4"])
def test_amplify_outputs_is_read(version: str) -> None:
    config = load_config(changed(OUTPUTS, "version", version))
    assert attrs.evolve(config, oauth=None) == PoolConfig(
        region="us-east-1",
        user_pool_id="us-east-1_AbCdEf123",
        client_id="4client5id",
        identity_pool_id="us-east-1:1-2-3",
        password_policy=PasswordPolicy(
            min_length=12, require_numbers=True, require_lowercase=True, require_symbols=True
        ),
        username_attributes=("email", "phone_number"),
        required_attributes=("email",),
        user_verification_types=("email",),
        mfa_configuration="ON",
        mfa_methods=("SMS", "TOTP"),
        providers=("Google",),
    )
    assert config.oauth == {
        "identity_providers": ("GOOGLE",),
        "domain": "d",
        "scopes": ("openid",),
        "redirect_sign_in_uri": ("https://app.example.com/back",),
        "redirect_sign_out_uri": ("https://app.example.com/out",),
        "response_type": "code",
    }


def test_aws_exports_is_read() -> None:
    config = load_config(EXPORTS)
    assert (config.region, config.user_pool_id, config.client_id) == ("us-east-1", "us-east-1_AbCdEf123", "4client5id")
    assert config.auth_flow is AuthFlowType.USER_PASSWORD_AUTH
    assert config.password_policy == PasswordPolicy(min_length=8)
    assert (config.mfa_configuration, config.mfa_methods) == ("OFF", ("SMS",))


def test_keywords_and_a_mapping_of_them_are_read() -> None:
    config = load_config(**PLAIN)
    assert config == load_config(PLAIN)
    assert config.endpoint == "http://127.0.0.1:9229"
    assert config.password_policy == PasswordPolicy(min_length=8, require_symbols=True)
    assert config.traits == PoolTraits(
        auth_flow=AuthFlowType.USER_AUTH,
        username_attributes=("email",),
        required_attributes=("email",),
        verification_attributes=("email",),
        password_policy=config.password_policy,
        second_factors=True,
        providers=("Google", "Okta"),
        configuration=config.name,
    )


def test_what_a_pool_takes_is_known_as_far_as_the_configuration_says() -> None:
    known = {"user_pool_id": "us-east-1_a", "client_id": "c"}
    outputs = {"version": "1.3", "auth": {"user_pool_id": "us-east-1_a", "user_pool_client_id": "c"}}
    plain = load_config(outputs).traits
    assert (plain.passkeys, plain.second_factors) == (None, None)
    outputs["auth"] = {**outputs["auth"], "passwordless": {"web_authn": {"relying_party_id": "x"}}}  # type: ignore[dict-item]
    assert load_config(outputs).traits.passkeys is True
    assert load_config(**known, passkeys=False).traits.passkeys is False
    for name, expected in (("OFF", False), ("OPTIONAL", True), ("ON", True)):
        assert load_config(**known, mfa_configuration=name).traits.second_factors is expected


@pytest.mark.parametrize("minutes", [2, 16, "3", 3.0, True])
def test_a_challenge_waits_three_to_fifteen_minutes(minutes: object) -> None:
    known = {"user_pool_id": "us-east-1_a", "client_id": "c"}
    assert load_config(**known, session_validity=15).session_validity == 15
    with pytest.raises(ConfigurationError, match="session_validity is no number of minutes"):
        load_config(**known, session_validity=minutes)


def test_keywords_take_the_values_of_a_configuration_themselves() -> None:
    policy = PasswordPolicy(min_length=20)
    config = load_config(
        user_pool_id="us-east-1_a",
        client_id="c",
        client_secret=Secret(SECRET),
        password_policy=policy,
        auth_flow=AuthFlowType.CUSTOM_AUTH,
        mfa_methods=("TOTP",),
    )
    assert config.client_secret == Secret(SECRET)
    assert (config.password_policy, config.auth_flow, config.mfa_methods) == (
        policy,
        AuthFlowType.CUSTOM_AUTH,
        ("TOTP",),
    )


def test_keywords_override_a_source_and_none_says_nothing() -> None:
    config = load_config(AWSCONFIGURATION, client_id="other", client_secret=None, endpoint="localhost")
    assert config.client_id == "other"
    assert config.client_secret == Secret(SECRET)
    assert config.endpoint == "https://localhost"


def test_the_region_is_in_the_pools_id() -> None:
    assert load_config(user_pool_id="ap-southeast-2_x", client_id="c").region == "ap-southeast-2"


def test_an_emulators_pool_contradicts_no_region() -> None:
    assert load_config(user_pool_id="local_1a2b3c", client_id="c", region="us-east-1").region == "us-east-1"


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_says_what_its_mapping_says(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text(json.dumps(FORMATS[name]), encoding="utf-8-sig")
    assert load_config(path) == load_config(str(path)) == load_config(FORMATS[name])


def test_a_named_profile_is_read() -> None:
    config = load_config(AWSCONFIGURATION, profile="Staging")
    assert (config.user_pool_id, config.region) == ("eu-west-1_Staging", "eu-west-1")
    assert (config.client_secret, config.identity_pool_id, config.oauth) == (None, None, None)


def test_a_pool_that_migrates_users_takes_passwords() -> None:
    assert load_config(AWSCONFIGURATION, profile="Staging").auth_flow is AuthFlowType.USER_PASSWORD_AUTH
    migrating = changed(AWSCONFIGURATION, "CognitoUserPool.Default.MigrationEnabled", True)
    assert load_config(migrating).auth_flow is AuthFlowType.USER_PASSWORD_AUTH


def test_a_flow_that_the_caller_names_counts_for_more_than_the_files_word_on_migration() -> None:
    config = load_config(AWSCONFIGURATION, profile="Staging", auth_flow="USER_SRP_AUTH")
    assert config.auth_flow is AuthFlowType.USER_SRP_AUTH
    assert load_config(AWSCONFIGURATION, profile="Staging", auth_flow=None).auth_flow is AuthFlowType.USER_PASSWORD_AUTH


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://127.0.0.1:9229",
        "http://127.8.9.10",
        "http://[::1]:9229",
        "http://localhost:9229",
        "http://cognito:9229",
        "http://cognito-local_1",
        "https://cognito.example.com",
        "cognito.example.com",
    ],
)
def test_an_endpoint_is_this_machine_a_neighbour_or_spoken_to_over_tls(endpoint: str) -> None:
    found = load_config(changed(PLAIN, "endpoint", endpoint)).endpoint
    assert found == (endpoint if "://" in endpoint else f"https://{endpoint}")


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://cognito.example.com",
        "HTTP://cognito.example.com:9229",
        "http://localhost.example.com",
        "http://192.168.0.7:9229",
        "http://8.8.8.8",
        "http://134744072",
        "http://0x08080808",
        "http://[2001:db8::1]",
        "http://[::]",
    ],
)
def test_passwords_do_not_cross_a_network_in_the_clear(endpoint: str) -> None:
    with pytest.raises(ConfigurationError, match="in the clear; write it with https://") as raised:
        load_config(changed(PLAIN, "endpoint", endpoint))
    assert raised.value.key == "endpoint"


@pytest.mark.parametrize("flow", AuthFlowType)
def test_every_flow_is_known(flow: AuthFlowType) -> None:
    content = changed(AWSCONFIGURATION, "Auth.Default.authenticationFlowType", flow.value)
    assert load_config(content).auth_flow is flow


def test_what_generators_leave_empty_says_nothing() -> None:
    content = changed(AWSCONFIGURATION, "CognitoUserPool.Default.AppClientSecret", "")
    content = changed(content, "CognitoUserPool.Default.PinpointAppId", "")
    content = changed(content, "CognitoUserPool.Default.Region", "")
    content = changed(content, "CognitoUserPool.Default.Endpoint", "")
    config = load_config(content)
    assert (config.client_secret, config.pinpoint_app_id, config.endpoint) == (None, None, None)
    assert config.region == "us-east-1"


def test_a_configuration_shows_no_secret_and_does_not_change() -> None:
    config = load_config(AWSCONFIGURATION)
    assert SECRET not in repr(config)
    assert SECRET not in str(config.oauth)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        config.region = "x"  # type: ignore[misc]  # what the test is about
    with pytest.raises(TypeError):
        cast(dict[str, object], config.oauth)["WebDomain"] = "x"


POOL = "CognitoUserPool.Default"
WRONG: list[tuple[dict[str, Any], str]] = [
    (without(AWSCONFIGURATION, f"{POOL}.PoolId"), f"{POOL}.PoolId"),
    (without(AWSCONFIGURATION, f"{POOL}.AppClientId"), f"{POOL}.AppClientId"),
    (without(AWSCONFIGURATION, POOL), f"{POOL}.PoolId"),
    (without(AWSCONFIGURATION, "CognitoUserPool"), "CognitoUserPool"),
    (changed(AWSCONFIGURATION, "CognitoUserPool", []), "CognitoUserPool"),
    (changed(AWSCONFIGURATION, POOL, "x"), POOL),
    (changed(AWSCONFIGURATION, "Auth", 7), "Auth"),
    (changed(AWSCONFIGURATION, f"{POOL}.PoolId", 7), f"{POOL}.PoolId"),
    (changed(AWSCONFIGURATION, f"{POOL}.PoolId", ""), f"{POOL}.PoolId"),
    (changed(AWSCONFIGURATION, f"{POOL}.PoolId", "no-underscore"), f"{POOL}.PoolId"),
    (changed(AWSCONFIGURATION, f"{POOL}.PoolId", "us-east-1_a\n"), f"{POOL}.PoolId"),
    (changed(AWSCONFIGURATION, f"{POOL}.AppClientId", "sp ace"), f"{POOL}.AppClientId"),
    (changed(AWSCONFIGURATION, f"{POOL}.AppClientSecret", {"x": SECRET}), f"{POOL}.AppClientSecret"),
    (changed(AWSCONFIGURATION, f"{POOL}.Region", "eu-west-1"), f"{POOL}.Region"),
    (changed(AWSCONFIGURATION, f"{POOL}.Region", "Not A Region"), f"{POOL}.Region"),
    (changed(AWSCONFIGURATION, f"{POOL}.Region", ["us-east-1"]), f"{POOL}.Region"),
    (changed(AWSCONFIGURATION, f"{POOL}.MigrationEnabled", "true"), f"{POOL}.MigrationEnabled"),
    (
        changed(AWSCONFIGURATION, "Auth.Default.authenticationFlowType", "USER_SRP"),
        "Auth.Default.authenticationFlowType",
    ),
    (changed(AWSCONFIGURATION, "Auth.Default.OAuth", "x"), "Auth.Default.OAuth"),
    (changed(AMPLIFY, "auth.plugins", None), "auth.plugins.awsCognitoAuthPlugin.CognitoUserPool.Default.PoolId"),
    (changed(AMPLIFY, "auth.plugins", []), "auth.plugins"),
    (changed(OUTPUTS, "version", "2"), "version"),
    (changed(OUTPUTS, "version", 1), "version"),
    (without(OUTPUTS, "version"), "version"),
    (changed(OUTPUTS, "auth", None), "auth.user_pool_id"),
    (without(OUTPUTS, "auth.user_pool_client_id"), "auth.user_pool_client_id"),
    (changed(OUTPUTS, "auth.password_policy.min_length", 5), "auth.password_policy.min_length"),
    (changed(OUTPUTS, "auth.password_policy.min_length", True), "auth.password_policy.min_length"),
    (changed(OUTPUTS, "auth.password_policy.require_symbols", "yes"), "auth.password_policy.require_symbols"),
    (changed(OUTPUTS, "auth.password_policy", 8), "auth.password_policy"),
    (changed(OUTPUTS, "auth.mfa_configuration", "SOMETIMES"), "auth.mfa_configuration"),
    (changed(OUTPUTS, "auth.mfa_methods", "SMS"), "auth.mfa_methods"),
    (changed(OUTPUTS, "auth.username_attributes", [1]), "auth.username_attributes"),
    (without(EXPORTS, "aws_user_pools_id"), "aws_user_pools_id"),
    (
        changed(EXPORTS, "aws_cognito_password_protection_settings.passwordPolicyCharacters", ["REQUIRES_LUCK"]),
        "aws_cognito_password_protection_settings.passwordPolicyCharacters",
    ),
    (changed(PLAIN, "surprise", 1), "surprise"),
    (changed(PLAIN, "endpoint", "ftp://x"), "endpoint"),
    (changed(PLAIN, "endpoint", "http://[::1"), "endpoint"),
    (changed(PLAIN, "endpoint", "http://x:port"), "endpoint"),
    (changed(PLAIN, "endpoint", f"http://user:{SECRET}@x"), "endpoint"),
    (changed(PLAIN, "endpoint", "sp ace"), "endpoint"),
    (changed(PLAIN, "endpoint", "http://"), "endpoint"),
    ({}, "CognitoUserPool"),
]


@pytest.mark.parametrize(("content", "key"), WRONG, ids=[f"{index} {key}" for index, (_, key) in enumerate(WRONG)])
def test_what_is_wrong_is_named_with_its_file_and_a_remedy(tmp_path: Path, content: dict[str, Any], key: str) -> None:
    path = tmp_path / "some.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(ConfigurationError) as raised:
        load_config(path)
    error = raised.value
    assert (error.source, error.key, error.info.field) == (str(path), key, key)
    assert error.code is ErrorCode.INVALID_CONFIGURATION
    assert error.info.recovery is Recovery.FIX_CONFIGURATION
    assert error.message == f"{path}: {key} {error.message.split(f'{key} ', 1)[1].split(';')[0]}; {error.remedy}."
    assert "\n" not in error.message
    assert SECRET not in repr(error.info)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (json.dumps(AWSCONFIGURATION)[:-40].encode(), "is no valid JSON"),
        (b"", "is no valid JSON"),
        (b"[" * 100_000, "is no valid JSON"),
        (json.dumps(AWSCONFIGURATION).encode("utf-16"), "is no valid JSON"),
        (b"[1, 2]", "holds no JSON object"),
        (b'"text"', "holds no JSON object"),
    ],
)
def test_a_file_that_is_no_json_object_is_refused_without_being_shown(
    tmp_path: Path, content: bytes, problem: str
) -> None:
    path = tmp_path / "awsconfiguration.json"
    path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=problem) as raised:
        load_config(path)
    assert raised.value.key == "file"
    assert raised.value.__cause__ is raised.value.__context__ is None  # a JSONDecodeError holds the whole text


@pytest.mark.parametrize("name", ["missing.json", "", "a\0b"])
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        load_config(os.path.join(tmp_path, name))
    assert raised.value.key == "file"


@pytest.mark.parametrize("source", [7, [], b"awsconfiguration.json", object()])
def test_a_source_of_another_type_is_refused(source: Any) -> None:
    with pytest.raises(ConfigurationError, match="no path and no mapping"):
        load_config(source)


def test_nothing_at_all_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="keywords: user_pool_id is missing"):
        load_config()
    with pytest.raises(ConfigurationError, match="keywords: client_id is missing"):
        load_config(user_pool_id="us-east-1_a")


def test_an_unknown_keyword_is_refused_by_name() -> None:
    with pytest.raises(ConfigurationError, match="keywords: pool_id is no setting"):
        load_config(pool_id="us-east-1_a", client_id="c")
    with pytest.raises(ConfigurationError, match="keywords: profile is no text"):
        load_config(AWSCONFIGURATION, profile=7)


def test_settings_that_contain_themselves_end() -> None:
    endless: dict[str, object] = {}
    endless["again"] = endless
    with pytest.raises(ConfigurationError, match="nested too deeply"):
        load_config(changed(PLAIN, "oauth", {}), oauth=endless)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def places(value: object, above: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
    found = [above] if above else []
    if isinstance(value, Mapping):
        for key, inner in value.items():
            found += places(inner, (*above, key))
    return found


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_any_mutilated_configuration_is_read_or_refused(data: st.DataObject) -> None:
    content = copy.deepcopy(FORMATS[data.draw(st.sampled_from(sorted(FORMATS)))])
    for _ in range(data.draw(st.integers(min_value=1, max_value=4))):
        known = places(content)
        if not known:
            break
        *above, last = data.draw(st.sampled_from(known))
        inner: Any = content
        for name in above:
            inner = inner[name]
        if data.draw(st.booleans()):
            del inner[last]
        else:
            inner[last] = data.draw(json_values)
    read_or_refused(content)


@given(st.dictionaries(st.text(max_size=10) | st.sampled_from(["auth", "version", "CognitoUserPool"]), json_values))
def test_any_mapping_is_read_or_refused(content: dict[str, object]) -> None:
    read_or_refused(content)


def read_or_refused(content: Mapping[str, object]) -> None:
    try:
        shown = repr(load_config(content))
    except ConfigurationError as error:
        shown = error.message
    assert SECRET not in shown
