"""The plan: each step needs only what stands before it, and is said in a sentence; the template is of the same."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from authflow.adapters.provision.plan import Kind, listed, plan
from authflow.adapters.provision.requests import Made
from authflow.adapters.provision.social import SOCIAL, ProviderApp
from authflow.adapters.provision.template import template, template_text
from authflow.adapters.provision.wishes import HostedUi, Wishes, check
from authflow.secrets import Secret

APPS = tuple(ProviderApp(provider=name, client_id="id", client_secret=Secret("5ecret5ecret")) for name in SOCIAL)
PAGES = HostedUi(
    domain="shop-pages",
    callback_urls=("https://shop.example.com/",),
    sign_out_urls=("myapp://out",),
    providers=("COGNITO", *SOCIAL),
    apps=APPS,
)
USUAL = Wishes(project="shop")
ALL = Wishes(
    project="shop",
    sign_in_with=("email", "phone_number"),
    mfa="OPTIONAL",
    mfa_methods=("SMS", "TOTP", "EMAIL"),
    ses_identity="arn:aws:ses:eu-west-1:123456789012:identity/shop.example.com",
    verification="link",
    secret=True,
    flows=("choice", "srp", "password", "custom"),
    first_factors=("PASSWORD", "EMAIL_OTP", "SMS_OTP", "WEB_AUTHN"),
    relying_party="shop.example.com",
    rotation=True,
    hosted_ui=PAGES,
    guests=True,
)
LEAST = Wishes(project="shop", identity_pool=False)


def references(value: object) -> Iterator[Made]:
    if isinstance(value, Made):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


@pytest.mark.parametrize("wishes", [USUAL, ALL, LEAST])
def test_a_step_needs_only_what_stands_before_it(wishes: Wishes) -> None:
    check(wishes)
    before: set[str] = set()
    for step in plan(wishes):
        assert {made.kind for made in references(step.request)} <= before
        before.add(step.kind.value)


def test_the_usual_plan() -> None:
    kinds = [step.kind for step in plan(USUAL)]
    assert kinds == [
        *(Kind.USER_POOL, Kind.APP_CLIENT, Kind.IDENTITY_POOL),
        *(Kind.USERS_ROLE, Kind.GUESTS_ROLE, Kind.ROLES),
    ]
    assert [step.kind for step in plan(LEAST)] == [Kind.USER_POOL, Kind.APP_CLIENT]
    assert len(plan(ALL)) == len(Kind)


def test_a_plan_is_said_in_sentences() -> None:
    pool, client, *_ = plan(USUAL)
    assert pool.says == (
        "Make a user pool: people sign in with a username and a password of at least 8 characters, with a small "
        "letter, a capital letter, a digit and a symbol; a registration must bring an e-mail address, and an e-mail "
        "address is verified by a code."
    )
    assert "without a secret" in client.says
    assert "with a secret" in next(step.says for step in plan(ALL) if step.kind is Kind.APP_CLIENT)
    assert listed([]) == ""


def test_a_role_is_for_one_identity_pool_and_one_kind_of_people() -> None:
    for kind, amr in ((Kind.USERS_ROLE, "authenticated"), (Kind.GUESTS_ROLE, "unauthenticated")):
        role: Any = next(step.request for step in plan(USUAL) if step.kind is kind)
        (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
        assert statement["Principal"] == {"Federated": "cognito-identity.amazonaws.com"}
        assert statement["Condition"] == {
            "StringEquals": {"cognito-identity.amazonaws.com:aud": Made("identity_pool")},
            "ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": amr},
        }


def test_rotation_excludes_the_older_way_to_refresh() -> None:
    for wishes, allowed in ((USUAL, True), (ALL, False)):
        client: Any = next(step.request for step in plan(wishes) if step.kind is Kind.APP_CLIENT)
        assert ("ALLOW_REFRESH_TOKEN_AUTH" in client["ExplicitAuthFlows"]) is allowed
        assert ("RefreshTokenRotation" in client) is not allowed


def objections(text: str) -> list[str]:
    """cfn-lint's errors and warnings; not what it tells for information."""
    api: Any = pytest.importorskip("cfnlint.api")
    matches = api.lint(text, config=api.ManualArgs(regions=["eu-west-1"]))
    return [str(match) for match in matches if match.rule.id[0] in "EW"]


@pytest.mark.parametrize("wishes", [USUAL, ALL, LEAST])
@pytest.mark.filterwarnings("default")
def test_cfn_lint_has_nothing_against_the_template(wishes: Wishes) -> None:
    assert objections(template_text(plan(wishes))) == []


def test_cfn_lint_would_see_a_mistake() -> None:
    wrong: Any = template(plan(USUAL))
    wrong["Resources"]["UserPool"]["Properties"]["UserPoolNaem"] = "shop"
    assert objections(json.dumps(wrong))


def test_the_template_has_what_the_plan_has() -> None:
    made: Any = template(plan(ALL))
    types = [resource["Type"] for resource in made["Resources"].values()]
    assert sorted(types) == sorted(
        [
            *(f"AWS::Cognito::{name}" for name in ("UserPool", "UserPoolClient", "UserPoolDomain", "IdentityPool")),
            *("AWS::Cognito::IdentityPoolRoleAttachment", "AWS::IAM::Role", "AWS::IAM::Role", "AWS::IAM::Role"),
            *["AWS::Cognito::UserPoolIdentityProvider"] * len(SOCIAL),
        ]
    )
    pool = made["Resources"]["UserPool"]["Properties"]
    assert pool["EnabledMfas"] == ["SMS_MFA", "SOFTWARE_TOKEN_MFA", "EMAIL_OTP"]
    assert pool["WebAuthnRelyingPartyID"] == "shop.example.com"
    assert pool["SmsConfiguration"]["SnsCallerArn"] == {"Fn::GetAtt": ["SmsRole", "Arn"]}
    assert made["Resources"]["AppClient"]["Properties"]["UserPoolId"] == {"Ref": "UserPool"}
    assert json.loads(template_text(plan(ALL))) == made


def test_no_secret_is_in_the_template() -> None:
    made: Any = template(plan(ALL))
    assert "5ecret" not in template_text(plan(ALL))
    assert made["Parameters"]["GoogleClientSecret"] == {"Type": "String", "NoEcho": True}
    details = made["Resources"]["Google"]["Properties"]["ProviderDetails"]
    assert details["client_secret"] == {"Ref": "GoogleClientSecret"}
    assert made["Resources"]["AppClient"]["DependsOn"] == ["Google", "Facebook", "LoginWithAmazon"]
    assert "5ecret" not in repr(plan(ALL))
