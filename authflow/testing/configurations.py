"""Strategies for configuration files, as mappings of the shapes that `AuthFlow.from_config` reads."""

from typing import Any, Final

try:
    from hypothesis import strategies as st
    from hypothesis.strategies import SearchStrategy
except ModuleNotFoundError as missing:
    raise ModuleNotFoundError(
        'authflow.testing.configurations needs Hypothesis: pip install "cognito-authflow[testing]"', name=missing.name
    ) from missing

_LETTERS: Final = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
_REGIONS: Final = ("eu-west-1", "us-east-1", "ap-southeast-2")
_FLOWS: Final = ("USER_SRP_AUTH", "USER_PASSWORD_AUTH", "CUSTOM_AUTH")


@st.composite
def _pools(draw: st.DrawFn) -> tuple[str, str, str]:
    region = draw(st.sampled_from(_REGIONS))
    pool = draw(st.text(_LETTERS, min_size=9, max_size=9))
    client = draw(st.text(_LETTERS.lower(), min_size=26, max_size=26))
    return region, f"{region}_{pool}", client


@st.composite
def aws_configurations(draw: st.DrawFn) -> dict[str, Any]:
    """Draws what stands in an awsconfiguration.json."""
    region, pool, client = draw(_pools())
    default: dict[str, object] = {"PoolId": pool, "AppClientId": client, "Region": region}
    if draw(st.booleans()):
        default["AppClientSecret"] = draw(st.text(_LETTERS.lower(), min_size=50, max_size=52))
    found: dict[str, Any] = {"Version": "1.0", "CognitoUserPool": {"Default": default}}
    if draw(st.booleans()):
        found["Auth"] = {"Default": {"authenticationFlowType": draw(st.sampled_from(_FLOWS))}}
    return found


def amplify_configurations() -> SearchStrategy[dict[str, Any]]:
    """Returns a strategy for what stands in an amplifyconfiguration.json."""
    return aws_configurations().map(lambda tree: {"auth": {"plugins": {"awsCognitoAuthPlugin": tree}}})


@st.composite
def amplify_outputs(draw: st.DrawFn) -> dict[str, Any]:
    """Draws what stands in an amplify_outputs.json."""
    region, pool, client = draw(_pools())
    auth: dict[str, object] = {"aws_region": region, "user_pool_id": pool, "user_pool_client_id": client}
    if draw(st.booleans()):
        auth["username_attributes"] = draw(st.lists(st.sampled_from(("email", "phone_number")), unique=True))
    if draw(st.booleans()):
        auth["standard_required_attributes"] = draw(st.lists(st.sampled_from(("email", "name")), unique=True))
    if draw(st.booleans()):
        auth["password_policy"] = {
            "min_length": draw(st.integers(6, 99)),
            "require_lowercase": draw(st.booleans()),
            "require_uppercase": draw(st.booleans()),
            "require_numbers": draw(st.booleans()),
            "require_symbols": draw(st.booleans()),
        }
    if draw(st.booleans()):
        auth["mfa_configuration"] = draw(st.sampled_from(("NONE", "OPTIONAL", "REQUIRED")))
    return {"version": "1", "auth": auth}


def configurations() -> SearchStrategy[dict[str, Any]]:
    """Returns a strategy for configurations of any of the formats."""
    return aws_configurations() | amplify_configurations() | amplify_outputs()
