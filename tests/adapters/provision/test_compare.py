"""A configuration beside its pool: each way in which the two can part, on pools that really are so."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from authflow.adapters.config import load_config
from authflow.adapters.local_pool import LocalPool
from authflow.adapters.provision.compare import compare
from authflow.adapters.provision.consult import consult
from authflow.adapters.provision.execute import execute
from authflow.adapters.provision.files import AMPLIFY_OUTPUTS, AWSCONFIGURATION, contents
from authflow.adapters.provision.findings import Finding, is_problem
from authflow.adapters.provision.plan import Kind, plan
from authflow.adapters.provision.services import Services, local_services
from authflow.adapters.provision.subject import subject_of
from authflow.adapters.provision.wishes import HostedUi, Wishes
from authflow.errors import AuthFlowError
from tests.adapters.config_samples import changed
from tests.adapters.provision.account import failing, on_moto, refused

pytestmark = pytest.mark.filterwarnings("default")
PAGES = HostedUi(
    domain="shop-pages", callback_urls=("https://shop.example.com/",), sign_out_urls=("https://shop.example.com/out",)
)
ALL = Wishes(project="shop", hosted_ui=PAGES, mfa="OPTIONAL", mfa_methods=("TOTP",), guests=True)
Change = Callable[[str, dict[str, Any]], None]


class Bench:
    """A project on moto, with the configuration that was written for it."""

    def __init__(self, wishes: Wishes = ALL, file: str = AMPLIFY_OUTPUTS) -> None:
        self.services = on_moto()
        self.reports = execute(plan(wishes), self.services)
        self.file: Any = contents(wishes, self.reports, self.services)[file]

    def id(self, kind: Kind) -> str:
        return next(report.identifier for report in self.reports if report.step.kind is kind)

    def found(self, content: Any = None, services: Services | None = None) -> dict[str, Finding]:
        subject = subject_of(self.file if content is None else content)
        assert subject.config is not None
        domain = subject.pages.domain if subject.pages else ""
        facts = consult(subject.config, services or self.services, domain=domain)
        return {finding.id: finding for finding in compare(subject, subject.config, facts)}

    def pool(self, **changes: Any) -> None:
        """Has the pool be otherwise, as its owner might have it."""
        self.backend.user_pools[self.id(Kind.USER_POOL)].extended_config.update(changes)

    def client(self, **changes: Any) -> None:
        client = self.backend.user_pools[self.id(Kind.USER_POOL)].clients[self.id(Kind.APP_CLIENT)]
        client.extended_config.update(changes)

    @property
    def backend(self) -> Any:
        from moto.cognitoidp.models import cognitoidp_backends

        return cognitoidp_backends["123456789012"]["eu-west-1"]


@pytest.fixture
def bench(aws: dict[str, Any]) -> Bench:
    return Bench()


def test_what_init_writes_goes_with_what_it_makes(bench: Bench) -> None:
    assert bench.found() == {}


def test_what_init_writes_for_a_server_does_too(aws: dict[str, Any]) -> None:
    wishes = Wishes(project="shop", secret=True, rotation=True, flows=("password",))
    assert Bench(wishes, AWSCONFIGURATION).found() == {}


def test_on_a_local_pool_as_well() -> None:
    wishes = Wishes(project="shop", identity_pool=False)
    with LocalPool() as pool:
        services = local_services(pool)
        content = contents(wishes, execute(plan(wishes), services), services)[AMPLIFY_OUTPUTS]
        subject = subject_of(content)
        assert compare(subject, load_config(content), consult(load_config(content), services)) == ()


@pytest.mark.parametrize(
    ("key", "value", "name"),
    [
        ("auth.user_pool_id", "eu-west-1_Nobody", "live.no-pool"),
        ("auth.user_pool_client_id", "nobody", "live.no-client"),
        ("auth.authentication_flow_type", "USER_AUTH", "live.flow-not-allowed"),
        ("auth.authentication_flow_type", "CUSTOM_AUTH_WITHOUT_SRP", "live.flow-not-allowed"),
        ("auth.mfa_configuration", "REQUIRED", "live.mfa-differs"),
        ("auth.mfa_methods", ["SMS"], "live.mfa-methods-differ"),
        ("auth.username_attributes", ["email"], "live.username-attributes"),
        ("auth.user_verification_types", ["phone_number"], "live.user-verification-types"),
        ("auth.standard_required_attributes", [], "live.required-attributes"),
        ("auth.password_policy.min_length", 12, "live.password-policy"),
        ("auth.passwordless.preferred_challenge", "EMAIL_OTP", "live.first-factor-not-allowed"),
        ("auth.passwordless.web_authn", True, "live.passkeys-differ"),
        ("auth.identity_pool_id", "eu-west-1:0-1-2", "live.no-identity-pool"),
        ("auth.unauthenticated_identities_enabled", False, "live.guests-differ"),
        ("auth.oauth.domain", "other.auth.eu-west-1.amazoncognito.com", "live.domain"),
        ("auth.oauth.domain", "login.shop.example.com", "live.domain"),
        ("auth.oauth.scopes", ["openid", "shop/buy"], "live.scopes"),
        ("auth.oauth.identity_providers", ["GOOGLE"], "live.providers"),
        ("auth.authentication_flow_type", "CUSTOM_AUTH", "live.custom-without-triggers"),
        ("auth.oauth.redirect_sign_in_uri", ["https://shop.example.com"], "live.callback-urls"),
        ("auth.oauth.redirect_sign_out_uri", ["myapp://"], "live.sign-out-urls"),
    ],
)
def test_a_file_that_says_something_else(key: str, value: object, name: str, bench: Bench) -> None:
    finding = bench.found(changed(bench.file, key, value))[name]
    if name not in ("live.passkeys-differ",):
        assert finding.key == key or key.startswith(finding.key)
    assert is_problem(finding)


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        (
            {"AccountRecoverySetting": {"RecoveryMechanisms": [{"Name": "admin_only", "Priority": 1}]}},
            "live.no-recovery",
        ),
        ({"AccountRecoverySetting": None, "AutoVerifiedAttributes": []}, "live.no-recovery"),
        ({"AdminCreateUserConfig": {"AllowAdminCreateUserOnly": True}}, "live.no-sign-up"),
        (
            {"UserPoolTier": "LITE", "Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["EMAIL_OTP"]}}},
            "live.tier",
        ),
    ],
)
def test_a_pool_in_which_something_is_impossible(changes: dict[str, Any], name: str, bench: Bench) -> None:
    bench.pool(**changes)
    assert name in bench.found()


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"PreventUserExistenceErrors": "LEGACY"}, "live.user-existence"),
        ({"EnableTokenRevocation": False}, "live.no-revocation"),
        ({"RefreshTokenRotation": {"Feature": "ENABLED"}}, "live.rotation-and-refresh-auth"),
        ({"ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH"]}, "live.no-refresh"),
        ({"WriteAttributes": ["name"]}, "live.required-not-writable"),
        ({"AllowedOAuthFlowsUserPoolClient": False}, "live.oauth-off"),
        ({"AllowedOAuthFlows": ["implicit"]}, "live.oauth-off"),
    ],
)
def test_an_app_client_in_which_something_is_impossible(changes: dict[str, Any], name: str, bench: Bench) -> None:
    bench.client(**changes)
    assert name in bench.found()


def test_passkeys_need_a_relying_party_or_a_domain(aws: dict[str, Any]) -> None:
    allowed = {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "WEB_AUTHN"]}}
    without, with_domain = Bench(Wishes(project="plain")), Bench()
    for bench in (without, with_domain):
        bench.pool(Policies=allowed)
    assert "live.passkeys-without-relying-party" in without.found()
    assert "live.passkeys-without-relying-party" not in with_domain.found()


def test_a_password_is_not_reset_by_the_way_of_the_second_factor(aws: dict[str, Any]) -> None:
    phone = Wishes(
        project="shop", sign_in_with=("phone_number",), required_attributes=(), mfa="ON", mfa_methods=("SMS",)
    )
    assert set(Bench(phone).found()) == {"live.recovery-by-second-factor"}


def test_triggers_make_a_custom_flow_possible(bench: Bench) -> None:
    function = "arn:aws:lambda:eu-west-1:123456789012:function:x"
    triggers = ("DefineAuthChallenge", "CreateAuthChallenge", "VerifyAuthChallengeResponse")
    bench.pool(LambdaConfig=dict.fromkeys(triggers, function))
    bench.client(ExplicitAuthFlows=["ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"])
    assert bench.found(changed(bench.file, "auth.authentication_flow_type", "CUSTOM_AUTH")) == {}


def test_secrets_that_the_two_do_not_share(aws: dict[str, Any]) -> None:
    with_secret = Bench(Wishes(project="server", secret=True), AWSCONFIGURATION)
    key = "CognitoUserPool.Default.AppClientSecret"
    secret = with_secret.file["CognitoUserPool"]["Default"]["AppClientSecret"]
    without = copy.deepcopy(with_secret.file)
    del without["CognitoUserPool"]["Default"]["AppClientSecret"]
    missing = with_secret.found(without)
    assert set(missing) == {"live.secret-missing"}
    differs = with_secret.found(changed(with_secret.file, key, f"{secret}x"))
    assert set(differs) == {"live.secret-differs"}
    assert secret not in json.dumps([str(finding) for finding in (*missing.values(), *differs.values())])
    public = Bench(Wishes(project="app"), AWSCONFIGURATION)
    assert set(public.found(changed(public.file, key, secret))) == {"live.secret-needless"}


def test_an_identity_pool_that_does_not_know_the_app(bench: Bench, aws: dict[str, Any]) -> None:
    name = {"IdentityPoolId": bench.id(Kind.IDENTITY_POOL)}
    pool = bench.services.identity_pools("DescribeIdentityPool", name)
    provider = {**pool["CognitoIdentityProviders"][0], "ClientId": "another"}
    changes = {"AllowUnauthenticatedIdentities": True, "CognitoIdentityProviders": [provider]}
    bench.services.identity_pools("UpdateIdentityPool", {**name, "IdentityPoolName": "shop", **changes})
    assert set(bench.found()) == {"live.identity-pool-other-client"}
    aws[name["IdentityPoolId"]] = {"authenticated": "arn"}
    assert "unauthenticated" in bench.found()["live.identity-pool-without-roles"].says
    aws.clear()
    assert "authenticated and unauthenticated" in bench.found()["live.identity-pool-without-roles"].says


def test_the_domain_of_an_emulator_is_found_by_its_last_part(bench: Bench) -> None:
    assert bench.found(changed(bench.file, "auth.oauth.domain", "http://127.0.0.1:9229/shop-pages")) == {}
    assert "live.domain" in bench.found(changed(bench.file, "auth.oauth.domain", "http://127.0.0.1:9229/other"))


def answering(services: Services, operation: str, **members: Any) -> Services:
    """The same user pools, but for what one operation answers: where moto does not model a setting."""
    import attrs

    calls = services.user_pools

    def call(name: str, request: Any) -> Any:
        answer = calls(name, request)
        return {**answer, **members} if name == operation else answer

    return attrs.evolve(services, user_pools=call)


def test_second_factors_that_cannot_be_sent(bench: Bench) -> None:
    mfa = {
        "EmailMfaConfiguration": {"Message": "{####}"},
        "SmsMfaConfiguration": {"SmsAuthenticationMessage": "{####}"},
    }
    services = answering(bench.services, "GetUserPoolMfaConfig", **mfa)
    assert {"live.email-mfa-without-ses", "live.sms-without-role"} <= set(bench.found(services=services))
    bench.pool(
        EmailConfiguration={"EmailSendingAccount": "DEVELOPER"},
        SmsConfiguration={"SnsCallerArn": "arn:aws:iam::1:role/x"},
    )
    assert not {"live.email-mfa-without-ses", "live.sms-without-role"} & set(bench.found(services=services))


def test_a_challenge_that_waits_longer_than_the_client_lets_it(bench: Bench) -> None:
    bench.client(AuthSessionValidity=3)
    plain = {
        "user_pool_id": bench.id(Kind.USER_POOL),
        "client_id": bench.id(Kind.APP_CLIENT),
        "required_attributes": ["email"],
        "session_validity": 9,
    }
    assert "live.session-validity" in bench.found(plain)


def test_who_may_not_ask_is_told(bench: Bench) -> None:
    services = failing(bench.services, "DescribeUserPool", refused("AccessDeniedException"))
    with pytest.raises(AuthFlowError, match="Your AWS credentials do not allow DescribeUserPool"):
        bench.found(services=services)


def test_what_an_emulator_does_not_know_is_not_asked_for(bench: Bench) -> None:
    domain = failing(bench.services, "DescribeUserPoolDomain", refused("UnsupportedOperationException"))
    identity = failing(domain, "DescribeIdentityPool", refused("UnknownOperationException"))
    assert bench.found(services=identity) == {}
