"""What an identity is given: credentials with a role, and tokens."""

import base64
import re
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from authflow.adapters.local_pool import Standing
from tests.adapters.local_pool.visitors import (
    ADMIN_ROLE,
    AUTHENTICATED,
    BACKEND,
    FACEBOOK,
    GOOGLE,
    GUEST,
    NO_MATCH,
    UNVERIFIED,
    claims_of,
    forged,
)

COGNITO = "cognito-identity.amazonaws.com"
MISCONFIGURED = (
    "InvalidIdentityPoolConfigurationException",
    "Invalid identity pool configuration. Check assigned IAM roles for this pool.",
)
NO_CUSTOM = ("NotAuthorizedException", "The CustomRoleArn is not among the roles that this login may assume.")
EDITOR = "arn:aws:iam::000000000000:role/editor"


def test_credentials_look_like_awss_and_last_an_hour(visitors: Any) -> None:
    guest = visitors.get_id()
    answer = visitors.credentials(guest)
    given = answer["Credentials"]
    assert answer["IdentityId"] == guest
    assert re.fullmatch(r"ASIA[0-9A-Z]{16}", given["AccessKeyId"])
    assert len(base64.b64decode(given["SecretKey"], validate=True)) == 30
    assert len(base64.b64decode(given["SessionToken"], validate=True)) == 300
    assert given["Expiration"] == visitors.bench.now + 3600
    again = visitors.credentials(guest)["Credentials"]
    assert all(again[name] != given[name] for name in ("AccessKeyId", "SecretKey", "SessionToken"))


def test_a_test_can_ask_whom_credentials_stand_for(visitors: Any) -> None:
    login = visitors.user()
    identity = visitors.get_id(login)
    given = visitors.credentials(identity, login)["Credentials"]
    standing = visitors.service.stands_for(given["SessionToken"])
    assert isinstance(standing, Standing)
    assert (standing.identity_id, standing.identity_pool_id) == (identity, visitors.pool_id)
    assert (standing.role_arn, standing.authenticated) == (AUTHENTICATED, True)
    assert standing.expires_at == given["Expiration"]
    assert given["SessionToken"] not in repr(standing)
    with pytest.raises(LookupError):
        visitors.service.stands_for("invented")
    visitors.bench.now += 7201
    visitors.credentials(visitors.get_id())
    with pytest.raises(LookupError):
        visitors.service.stands_for(given["SessionToken"])


def test_guests_and_users_have_roles_of_their_own(visitors: Any) -> None:
    assert visitors.role(visitors.get_id()) == GUEST
    login = visitors.facebook()
    assert visitors.role(visitors.get_id(login), login) == AUTHENTICATED


def test_without_a_role_there_are_no_credentials(visitors: Any, refused: Any) -> None:
    login = visitors.facebook()
    identity, guest = visitors.get_id(login), visitors.get_id()
    visitors.call("SetIdentityPoolRoles", IdentityPoolId=visitors.pool_id, Roles={"unauthenticated": GUEST})
    assert visitors.role(guest) == GUEST
    with refused(*MISCONFIGURED):
        visitors.credentials(identity, login)
    visitors.call("SetIdentityPoolRoles", IdentityPoolId=visitors.pool_id, Roles={"authenticated": AUTHENTICATED})
    assert visitors.role(identity, login) == AUTHENTICATED
    with refused(*MISCONFIGURED):
        visitors.credentials(guest)


def test_what_is_refused_links_nothing(visitors: Any, refused: Any) -> None:
    visitors.call("SetIdentityPoolRoles", IdentityPoolId=visitors.pool_id, Roles={"unauthenticated": GUEST})
    guest = visitors.get_id()
    with refused(*MISCONFIGURED):
        visitors.credentials(guest, visitors.facebook())
    assert visitors.role(guest) == GUEST
    assert visitors.get_id(visitors.facebook()) != guest


# --- roles by mapping ---


def mapped(visitors: Any, provider: str, **mapping: Any) -> None:
    chosen = {"AmbiguousRoleResolution": "AuthenticatedRole", **mapping}
    visitors.call(
        "SetIdentityPoolRoles", IdentityPoolId=visitors.pool_id, RoleMappings={provider: chosen},
        Roles={"authenticated": AUTHENTICATED, "unauthenticated": GUEST},
    )  # fmt: skip


def google_role(visitors: Any, claims: dict[str, Any], custom: str | None = None) -> str:
    login = visitors.google(claims=claims)
    more = {"CustomRoleArn": custom} if custom else {}
    return str(visitors.role(visitors.get_id(login), login, **more))


def rules(*rules: tuple[str, str, str, str]) -> Any:
    names = ("Claim", "MatchType", "Value", "RoleARN")
    return {"Rules": [dict(zip(names, rule, strict=True)) for rule in rules]}


@pytest.mark.parametrize(
    ("rule", "claims", "role"),
    [
        (("plan", "Equals", "paid"), {"plan": "paid"}, ADMIN_ROLE),
        (("plan", "Equals", "paid"), {"plan": "free"}, AUTHENTICATED),
        (("plan", "NotEqual", "paid"), {"plan": "free"}, ADMIN_ROLE),
        (("plan", "NotEqual", "paid"), {}, AUTHENTICATED),
        (("mail", "Contains", "@corp."), {"mail": "a@corp.example"}, ADMIN_ROLE),
        (("mail", "StartsWith", "root"), {"mail": "root@x"}, ADMIN_ROLE),
        (("mail", "StartsWith", "root"), {"mail": "a-root@x"}, AUTHENTICATED),
        (("admin", "Equals", "true"), {"admin": True}, ADMIN_ROLE),
    ],
)
def test_rules_choose_by_claims(visitors: Any, rule: Any, claims: Any, role: str) -> None:
    mapped(visitors, GOOGLE, Type="Rules", RulesConfiguration=rules((*rule, ADMIN_ROLE)))
    assert google_role(visitors, claims) == role


def test_the_first_rule_that_matches_counts(visitors: Any) -> None:
    both = rules(("plan", "StartsWith", "p", EDITOR), ("plan", "Equals", "paid", ADMIN_ROLE))
    mapped(visitors, GOOGLE, Type="Rules", RulesConfiguration=both)
    assert google_role(visitors, {"plan": "paid"}) == EDITOR


def test_a_user_pools_claims_are_mapped_by_app_client(visitors: Any) -> None:
    provider = f"{visitors.provider}:{visitors.bench.client_id}"
    mapped(
        visitors, provider, Type="Rules", RulesConfiguration=rules(("cognito:username", "Equals", "alice", ADMIN_ROLE))
    )
    login = visitors.user()
    assert visitors.role(visitors.get_id(login), login) == ADMIN_ROLE
    other = visitors.user("bob")
    assert visitors.role(visitors.get_id(other), other) == AUTHENTICATED


def test_where_nothing_decides_access_can_be_denied(visitors: Any, refused: Any) -> None:
    decided = rules(("plan", "Equals", "paid", ADMIN_ROLE))
    mapped(visitors, GOOGLE, Type="Rules", RulesConfiguration=decided, AmbiguousRoleResolution="Deny")
    assert google_role(visitors, {"plan": "paid"}) == ADMIN_ROLE
    with refused("NotAuthorizedException"):
        google_role(visitors, {})
    mapped(visitors, GOOGLE, Type="Token", AmbiguousRoleResolution="Deny")
    with refused("NotAuthorizedException"):
        google_role(visitors, {"cognito:roles": [ADMIN_ROLE, EDITOR]})


def test_a_token_names_its_roles(visitors: Any, refused: Any) -> None:
    mapped(visitors, GOOGLE, Type="Token")
    both = {"cognito:roles": [ADMIN_ROLE, EDITOR]}
    assert google_role(visitors, {**both, "cognito:preferred_role": EDITOR}) == EDITOR
    assert google_role(visitors, {"cognito:roles": ADMIN_ROLE}) == ADMIN_ROLE
    assert google_role(visitors, both) == AUTHENTICATED
    assert google_role(visitors, {}) == AUTHENTICATED
    assert google_role(visitors, {**both, "cognito:preferred_role": EDITOR}, ADMIN_ROLE) == ADMIN_ROLE
    assert google_role(visitors, {"cognito:roles": f"{ADMIN_ROLE}, {EDITOR}"}, EDITOR) == EDITOR
    with refused(*NO_CUSTOM):
        google_role(visitors, both, AUTHENTICATED)


def test_where_no_token_names_roles_a_custom_role_is_the_usual_one(visitors: Any, refused: Any) -> None:
    login = visitors.facebook()
    identity = visitors.get_id(login)
    assert visitors.role(identity, login, CustomRoleArn=AUTHENTICATED) == AUTHENTICATED
    with refused(*NO_CUSTOM):
        visitors.credentials(identity, login, CustomRoleArn=ADMIN_ROLE)
    with refused(*NO_CUSTOM):
        visitors.credentials(visitors.get_id(), CustomRoleArn=AUTHENTICATED)


# --- tokens of the basic flow ---


def verified(visitors: Any, token: str) -> Any:
    import http.client
    import json

    with visitors.service.serve() as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        connection.request("GET", "/.well-known/jwks_uri")
        keys = KeySet.import_key_set(json.loads(connection.getresponse().read()))
        connection.close()
    return jwt.decode(token, keys, algorithms=["RS512"])


def test_an_openid_token_says_who_and_how(visitors: Any) -> None:
    login = visitors.user()
    identity, sub = visitors.get_id(login), claims_of(login[visitors.provider])["sub"]
    answer = visitors.call("GetOpenIdToken", IdentityId=identity, Logins=login)
    assert answer["IdentityId"] == identity
    token, now = verified(visitors, answer["Token"]), visitors.bench.now
    assert token.header["typ"] == "JWS"
    assert token.claims == {
        "sub": identity, "aud": visitors.pool_id, "iss": "https://cognito-identity.amazonaws.com",
        "amr": ["authenticated", visitors.provider, f"{visitors.provider}:CognitoSignIn:{sub}"],
        "iat": now, "exp": now + 600,
    }  # fmt: skip
    guest = visitors.call("GetOpenIdToken", IdentityId=visitors.get_id())["Token"]
    assert claims_of(guest)["amr"] == ["unauthenticated"]
    facebook = visitors.facebook("fay")
    other = visitors.call("GetOpenIdToken", IdentityId=visitors.get_id(facebook), Logins=facebook)["Token"]
    assert claims_of(other)["amr"] == ["authenticated", FACEBOOK, f"{FACEBOOK}:app-7:fay"]


def test_the_basic_flow_has_to_be_allowed(visitors: Any, refused: Any) -> None:
    visitors.update(AllowClassicFlow=False)
    with refused("InvalidParameterException", "Basic (classic) flow is not enabled, please use enhanced flow."):
        visitors.call("GetOpenIdToken", IdentityId=visitors.get_id())


# --- a backend's users ---


def vouch(visitors: Any, user: str = "dora", **more: Any) -> Any:
    logins = {BACKEND: user, **more.pop("Logins", {})}
    return visitors.call("GetOpenIdTokenForDeveloperIdentity", IdentityPoolId=visitors.pool_id, Logins=logins, **more)


def test_a_backends_user_gets_credentials_by_its_token(visitors: Any) -> None:
    answer = vouch(visitors)
    identity, login = answer["IdentityId"], {COGNITO: answer["Token"]}
    assert visitors.role(identity, login) == AUTHENTICATED
    assert visitors.logins_of(identity) == [BACKEND]
    assert vouch(visitors)["IdentityId"] == identity
    assert vouch(visitors, "dan")["IdentityId"] != identity
    claims = claims_of(answer["Token"])
    assert claims["amr"] == ["authenticated", BACKEND, f"{BACKEND}:{visitors.pool_id}:dora"]
    assert claims["exp"] - claims["iat"] == 900


def test_a_backends_token_ends_when_it_says(visitors: Any, refused: Any) -> None:
    answer = vouch(visitors, TokenDuration=60)
    login, ends = {COGNITO: answer["Token"]}, int(visitors.bench.now) + 60
    visitors.bench.now += 59
    visitors.credentials(answer["IdentityId"], login)
    visitors.bench.now += 1
    with refused("NotAuthorizedException", f"Invalid login token. Token expired: {ends} >= {ends}"):
        visitors.credentials(answer["IdentityId"], login)


def test_a_backends_token_is_of_its_identity_and_of_this_service(visitors: Any, refused: Any) -> None:
    answer, other = vouch(visitors), vouch(visitors, "dan")
    with refused(*NO_MATCH):
        visitors.credentials(other["IdentityId"], {COGNITO: answer["Token"]})
    with refused(*UNVERIFIED):
        visitors.credentials(other["IdentityId"], {COGNITO: forged(answer["Token"], sub=other["IdentityId"])})
    (id_token,) = visitors.user().values()
    with refused("NotAuthorizedException", "Invalid login token. Not a Cognito token."):
        visitors.credentials(answer["IdentityId"], {COGNITO: id_token})


def test_a_token_opens_no_identity_that_is_closed(visitors: Any, refused: Any) -> None:
    guest = visitors.get_id()
    login = {COGNITO: visitors.call("GetOpenIdToken", IdentityId=guest)["Token"]}
    assert visitors.role(guest, login) == GUEST
    visitors.get_id(visitors.facebook())
    visitors.credentials(guest, visitors.facebook())
    with refused("NotAuthorizedException", f"Access to Identity '{guest}' is forbidden."):
        visitors.credentials(guest, login)


def test_a_backend_links_its_user_to_an_identity(visitors: Any, refused: Any) -> None:
    identity = visitors.get_id(visitors.user())
    with refused(*NO_MATCH):
        vouch(visitors, IdentityId=identity)
    assert vouch(visitors, IdentityId=identity, Logins=visitors.user())["IdentityId"] == identity
    assert vouch(visitors)["IdentityId"] == identity
    assert vouch(visitors, "second", IdentityId=identity, Logins=visitors.user())["IdentityId"] == identity
    assert vouch(visitors, "second", Logins=visitors.facebook())["IdentityId"] == identity
    assert visitors.logins_of(identity) == sorted([BACKEND, FACEBOOK, visitors.provider])


def test_a_guest_becomes_a_backends_user(visitors: Any, refused: Any) -> None:
    guest = visitors.get_id()
    assert vouch(visitors, IdentityId=guest)["IdentityId"] == guest
    sentence = "This developer user identifier is already registered with Cognito."
    with refused("DeveloperUserAlreadyRegisteredException", sentence):
        vouch(visitors, IdentityId=visitors.get_id())
    assert vouch(visitors, IdentityId=guest, Logins=visitors.facebook())["IdentityId"] == guest
    visitors.get_id(visitors.google())
    with refused("ResourceConflictException"):
        vouch(visitors, IdentityId=guest, Logins=visitors.google())


def test_a_backend_needs_a_name_and_the_pools_own_identity(visitors: Any, refused: Any) -> None:
    made = visitors.call("CreateIdentityPool", IdentityPoolName="b", AllowUnauthenticatedIdentities=True)
    foreign = visitors.call("GetId", IdentityPoolId=made["IdentityPoolId"])["IdentityId"]
    with refused("ResourceNotFoundException", f"Identity '{foreign}' not found."):
        vouch(visitors, IdentityId=foreign)
    request = {"IdentityPoolId": visitors.pool_id, "Logins": visitors.google()}
    for wrong in (request, {**request, "IdentityPoolId": made["IdentityPoolId"]}):
        with refused("InvalidParameterException", "Logins must name a user of the identity pool's developer provider."):
            visitors.call("GetOpenIdTokenForDeveloperIdentity", **wrong)


def test_own_tokens_and_other_logins_go_together(visitors: Any) -> None:
    answer = vouch(visitors)
    both = {COGNITO: answer["Token"], **visitors.google()}
    vouch(visitors, Logins={GOOGLE: both[GOOGLE]})
    assert visitors.role(answer["IdentityId"], both) == AUTHENTICATED
