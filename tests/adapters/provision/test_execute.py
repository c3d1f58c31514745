"""Carrying a plan out on moto: what is made, what is found again, what differs, and what happens in between."""

from collections.abc import Callable
from typing import Any

import attrs
import pytest

from authflow.adapters.provision.execute import ProvisioningStopped, Report, execute
from authflow.adapters.provision.plan import Kind, plan
from authflow.adapters.provision.services import Services, aws_services
from authflow.adapters.provision.social import ProviderApp
from authflow.adapters.provision.wishes import HostedUi, Wishes
from authflow.errors import ErrorCode
from authflow.secrets import Secret
from tests.adapters.provision.account import failing, inventory, on_moto, refused

pytestmark = pytest.mark.filterwarnings("default")
PAGES = HostedUi(domain="shop-pages", callback_urls=("https://shop.example.com/",))
USUAL = Wishes(project="shop")
MORE = Wishes(
    project="shop",
    mfa="OPTIONAL",
    mfa_methods=("SMS", "TOTP"),
    secret=True,
    rotation=True,
    hosted_ui=PAGES,
    guests=True,
)


@pytest.fixture
def services(aws: dict[str, Any]) -> Services:
    return on_moto()


def kinds(reports: tuple[Report, ...], *, made: bool) -> set[Kind]:
    return {report.step.kind for report in reports if report.made is made}


@pytest.mark.parametrize("wishes", [USUAL, MORE])
def test_all_is_made_and_made_once(wishes: Wishes, services: Services, aws: dict[str, Any]) -> None:
    steps = plan(wishes)
    told: list[Report] = []
    first = execute(steps, services, tell=told.append)
    assert kinds(first, made=True) == {step.kind for step in steps}
    assert tuple(told) == first
    before = inventory(services)
    again = execute(steps, services)
    assert kinds(again, made=True) == set()
    assert [report.drift for report in again] == [()] * len(steps)
    assert [report.identifier for report in again] == [report.identifier for report in first]
    assert inventory(services) == before


def test_the_parts_know_each_other(services: Services, aws: dict[str, Any]) -> None:
    ids = {report.step.kind: report.identifier for report in execute(plan(MORE), services)}
    assert services.roles is not None
    pool_id, identity_pool_id = ids[Kind.USER_POOL], ids[Kind.IDENTITY_POOL]
    pool = services.user_pools("DescribeUserPool", {"UserPoolId": pool_id})["UserPool"]
    assert pool["UserPoolTags"] == {"authflow:project": "shop"}
    assert pool["SmsConfiguration"]["SnsCallerArn"] == ids[Kind.SMS_ROLE]
    identity = services.identity_pools("DescribeIdentityPool", {"IdentityPoolId": identity_pool_id})
    assert identity["AllowUnauthenticatedIdentities"] is True
    assert identity["CognitoIdentityProviders"] == [
        {
            "ProviderName": f"cognito-idp.eu-west-1.amazonaws.com/{pool_id}",
            "ClientId": ids[Kind.APP_CLIENT],
            "ServerSideTokenCheck": True,
        }
    ]
    role = services.roles("GetRole", {"RoleName": "shop-authenticated"})["Role"]
    condition = role["AssumeRolePolicyDocument"]["Statement"][0]["Condition"]
    assert condition["StringEquals"] == {"cognito-identity.amazonaws.com:aud": identity_pool_id}
    assert condition["ForAnyValue:StringLike"] == {"cognito-identity.amazonaws.com:amr": "authenticated"}
    assert aws[identity_pool_id] == {
        "authenticated": ids[Kind.USERS_ROLE],
        "unauthenticated": ids[Kind.GUESTS_ROLE],
    }
    policy = services.roles("GetRolePolicy", {"RoleName": "shop-sms", "PolicyName": "send-sms"})["PolicyDocument"]
    assert policy["Statement"][0]["Action"] == "sns:Publish"


def test_what_differs_is_told_and_not_changed(services: Services) -> None:
    execute(plan(USUAL), services)
    before = inventory(services)
    other = attrs.evolve(USUAL, refresh_days=7, guests=True, secret=True, mfa="ON", mfa_methods=("TOTP",))
    reports = execute(plan(other), services)
    assert kinds(reports, made=True) == set()
    drift = {found.key: (found.found, found.wished) for report in reports for found in report.drift}
    assert drift == {
        "MfaConfiguration": ("OFF", "ON"),
        "SoftwareTokenMfaConfiguration": (None, {"Enabled": True}),
        "GenerateSecret": (False, True),
        "RefreshTokenValidity": (30, 7),
        "AllowUnauthenticatedIdentities": (False, True),
    }
    assert inventory(services) == before


def test_a_provider_is_made_once_and_its_secret_told_to_nobody_else(services: Services) -> None:
    def wishes(secret: str) -> Wishes:
        app = ProviderApp(provider="Google", client_id="id", client_secret=Secret(secret))
        return attrs.evolve(USUAL, hosted_ui=attrs.evolve(PAGES, providers=("COGNITO", "Google"), apps=(app,)))

    first = execute(plan(wishes("5ecret5ecret")), services)
    pool_id = next(report.identifier for report in first if report.step.kind is Kind.USER_POOL)
    name = {"UserPoolId": pool_id, "ProviderName": "Google"}
    made = services.user_pools("DescribeIdentityProvider", name)["IdentityProvider"]
    assert made["ProviderDetails"]["client_secret"] == "5ecret5ecret"
    assert made["AttributeMapping"] == {"email": "email"}
    again = execute(plan(wishes("5ecret5ecret")), services)
    assert [report.drift for report in again] == [()] * len(first)
    drifted = execute(plan(wishes("an0ther")), services)
    assert [found.key for report in drifted for found in report.drift] == ["ProviderDetails.client_secret"]
    assert "5ecret" not in repr((first, again, drifted))


def test_drift_tells_no_client_secret(services: Services) -> None:
    execute(plan(MORE), services)
    reports = execute(plan(attrs.evolve(MORE, secret=False)), services)
    pool_id = next(report.identifier for report in reports if report.step.kind is Kind.USER_POOL)
    client_id = next(report.identifier for report in reports if report.step.kind is Kind.APP_CLIENT)
    name = {"UserPoolId": pool_id, "ClientId": client_id}
    secret = services.user_pools("DescribeUserPoolClient", name)["UserPoolClient"]["ClientSecret"]
    assert any(found.key == "GenerateSecret" for report in reports for found in report.drift)
    assert secret not in repr(reports)


@pytest.mark.parametrize(
    ("operation", "kind"),
    [
        ("CreateRole", Kind.SMS_ROLE),
        ("CreateUserPool", Kind.USER_POOL),
        ("SetUserPoolMfaConfig", Kind.SECOND_FACTORS),
        ("CreateUserPoolClient", Kind.APP_CLIENT),
        ("CreateUserPoolDomain", Kind.DOMAIN),
        ("CreateIdentityPool", Kind.IDENTITY_POOL),
        ("SetIdentityPoolRoles", Kind.ROLES),
    ],
)
def test_a_broken_step_keeps_what_was_made_and_the_next_run_goes_on(
    operation: str, kind: Kind, services: Services
) -> None:
    steps = plan(MORE)
    with pytest.raises(ProvisioningStopped) as stopped:
        execute(steps, failing(services, operation, refused("InternalErrorException")), sleep=lambda seconds: None)
    assert stopped.value.step.kind is kind
    assert stopped.value.message.endswith(".")
    done = stopped.value.done
    assert [report.step for report in done] == list(steps[: len(done)])
    again = execute(steps, services)
    assert kinds(again, made=False) == {report.step.kind for report in done}
    assert all(report.drift == () for report in again)
    assert kinds(execute(steps, services), made=True) == set()


def test_a_role_for_text_messages_gets_its_policy_later(services: Services) -> None:
    with pytest.raises(ProvisioningStopped):
        execute(plan(MORE), failing(services, "PutRolePolicy", refused("AccessDenied")))
    execute(plan(MORE), services)
    assert services.roles is not None
    assert services.roles("GetRolePolicy", {"RoleName": "shop-sms", "PolicyName": "send-sms"})


def test_a_new_role_is_waited_for(services: Services) -> None:
    waits: list[float] = []
    answers = iter(["InvalidSmsRoleTrustRelationshipException", "InvalidSmsRoleAccessPolicyException"])
    calls = services.user_pools

    def slowly(operation: str, request: Any) -> Any:
        code = next(answers, None) if operation == "CreateUserPool" else None
        if code is not None:
            raise refused(code)(operation)
        return calls(operation, request)

    reports = execute(plan(MORE), attrs.evolve(services, user_pools=slowly), sleep=waits.append)
    assert kinds(reports, made=False) == set()
    assert waits == [2.0, 4.0]


def test_what_somebody_else_made_is_left_alone(services: Services) -> None:
    made = services.user_pools("CreateUserPool", {"PoolName": "shop"})["UserPool"]["Id"]
    before = inventory(services)
    with pytest.raises(ProvisioningStopped, match="authflow init did not make it") as stopped:
        execute(plan(USUAL), services)
    assert made in stopped.value.message
    assert inventory(services) == before
    reports = execute(plan(USUAL), services, adopt=True)
    assert reports[0].identifier == made
    assert not reports[0].made
    assert {found.key for found in reports[0].drift} >= {"AutoVerifiedAttributes"}


def test_several_of_one_name_are_not_chosen_from(services: Services) -> None:
    for _ in range(2):
        services.user_pools("CreateUserPool", {"PoolName": "shop"})
    with pytest.raises(ProvisioningStopped, match="Several are called shop"):
        execute(plan(USUAL), services, adopt=True)


def test_a_role_of_somebody_else_is_left_alone(services: Services) -> None:
    assert services.roles is not None
    services.roles("CreateRole", {"RoleName": "shop-authenticated", "AssumeRolePolicyDocument": "{}"})
    with pytest.raises(ProvisioningStopped, match="A role shop-authenticated is there already"):
        execute(plan(USUAL), services)


def test_a_domain_of_another_pool_is_refused(services: Services) -> None:
    other = services.user_pools("CreateUserPool", {"PoolName": "other"})["UserPool"]["Id"]
    services.user_pools("CreateUserPoolDomain", {"Domain": "shop-pages", "UserPoolId": other})
    with pytest.raises(ProvisioningStopped, match=f"belongs to the user pool {other}: choose another --domain"):
        execute(plan(MORE), services)


@pytest.mark.parametrize(
    ("operation", "code", "message", "says"),
    [
        ("CreateUserPool", "AccessDeniedException", "", "Your AWS credentials do not allow CreateUserPool"),
        ("CreateUserPool", "LimitExceededException", "", "The user pool shop would exceed a quota"),
        (
            "CreateUserPoolDomain",
            "InvalidParameterException",
            "Domain already associated with another user pool.",
            "The domain shop-pages is taken by somebody else: choose another --domain.",
        ),
        ("CreateIdentityPool", "InvalidParameterException", "No.", "The identity pool shop is refused by CreateIdent"),
    ],
)
def test_what_aws_refuses_is_said_in_a_sentence(
    operation: str, code: str, message: str, says: str, services: Services
) -> None:
    with pytest.raises(ProvisioningStopped) as stopped:
        execute(plan(MORE), failing(services, operation, refused(code, message)))
    assert stopped.value.message.startswith(says)


def network(name: str) -> Callable[[str], Exception]:
    def error(operation: str) -> Exception:
        import botocore.exceptions

        made: Exception = getattr(botocore.exceptions, name)(endpoint_url="https://aws", error="gone")
        return made

    return error


def test_no_answer_is_no_refusal(services: Services) -> None:
    with pytest.raises(ProvisioningStopped) as stopped:
        execute(plan(USUAL), failing(services, "CreateUserPool", network("ReadTimeoutError")))
    assert stopped.value.code is ErrorCode.OUTCOME_UNKNOWN
    with pytest.raises(ProvisioningStopped, match="AWS cannot be reached"):
        execute(plan(USUAL), failing(services, "CreateUserPool", network("EndpointConnectionError")))


def test_without_credentials_nothing_is_made(no_credentials: None) -> None:
    with pytest.raises(ProvisioningStopped, match="No AWS credentials are found") as stopped:
        execute(plan(USUAL), aws_services(region="eu-west-1"))
    assert stopped.value.done == ()
