"""Who gets which identity, and what is linked to it."""

import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from authflow.adapters.local_pool import PoolError
from tests.adapters.local_pool.visitors import FACEBOOK, GOOGLE, GUEST, NO_GUESTS, NO_MATCH


def forbidden(identity: str) -> tuple[str, str]:
    return "NotAuthorizedException", f"Access to Identity '{identity}' is forbidden."


def test_the_same_login_is_the_same_identity(visitors: Any) -> None:
    first = visitors.get_id(visitors.user())
    assert re.fullmatch(r"us-east-1:[0-9a-f-]{36}", first)
    visitors.bench.now += 100
    assert visitors.get_id(visitors.user()) == first
    assert visitors.get_id(visitors.user("bob")) != first
    assert visitors.get_id(visitors.facebook()) == visitors.get_id(visitors.facebook())


def test_a_user_is_the_same_through_any_client(visitors: Any) -> None:
    first = visitors.get_id(visitors.user())
    bench = visitors.bench
    entry = {"ProviderName": visitors.provider, "ClientId": bench.client_id}
    made = bench.admin("CreateUserPoolClient", ClientName="b", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"])
    bench.client_id = made["UserPoolClient"]["ClientId"]
    visitors.update(CognitoIdentityProviders=[entry, {**entry, "ClientId": bench.client_id}])
    assert visitors.get_id(visitors.user()) == first


def test_identity_pools_know_nothing_of_each_other(visitors: Any) -> None:
    login = visitors.facebook()
    made = visitors.call(
        "CreateIdentityPool", IdentityPoolName="b", AllowUnauthenticatedIdentities=False,
        SupportedLoginProviders={FACEBOOK: "app"},
    )  # fmt: skip
    there = visitors.call("GetId", IdentityPoolId=made["IdentityPoolId"], Logins=login)["IdentityId"]
    assert there != visitors.get_id(login)


def test_every_guest_is_somebody_else_where_guests_are_let_in(visitors: Any, refused: Any) -> None:
    first, second = visitors.get_id(), visitors.get_id({})
    assert first != second
    assert visitors.logins_of(first) == []
    visitors.update(AllowUnauthenticatedIdentities=False)
    with refused(*NO_GUESTS):
        visitors.get_id()
    with refused(*NO_GUESTS):
        visitors.credentials(first)


def test_a_guest_who_logs_in_for_the_first_time_keeps_the_identity(visitors: Any, refused: Any) -> None:
    guest, login = visitors.get_id(), visitors.user()
    assert visitors.credentials(guest, login)["IdentityId"] == guest
    assert visitors.get_id(login) == guest
    with refused(*forbidden(guest)):
        visitors.credentials(guest)  # no guest any more


def test_a_guest_who_turns_out_to_be_somebody_is_that_identity(visitors: Any, refused: Any) -> None:
    own, guest = visitors.get_id(visitors.user()), visitors.get_id()
    for _ in range(2):
        assert visitors.credentials(guest, visitors.user())["IdentityId"] == own
    with refused(*forbidden(guest)):
        visitors.credentials(guest)
    with refused(*forbidden(guest)):
        visitors.credentials(guest, visitors.facebook("new"))
    visitors.get_id(visitors.user("bob"))
    with refused(*NO_MATCH):
        visitors.credentials(guest, visitors.user("bob"))


def test_several_logins_are_linked(visitors: Any) -> None:
    both = {**visitors.user(), **visitors.facebook()}
    identity = visitors.get_id(both)
    assert visitors.logins_of(identity) == sorted([visitors.provider, FACEBOOK])
    assert visitors.get_id(visitors.facebook()) == identity
    assert visitors.credentials(identity, {**visitors.facebook(), **visitors.google()})["IdentityId"] == identity
    assert visitors.get_id(visitors.google()) == identity


def test_logins_of_different_identities_conflict(visitors: Any, refused: Any) -> None:
    first, second = visitors.get_id(visitors.user()), visitors.get_id(visitors.facebook())
    both = {**visitors.user(), **visitors.facebook()}
    with refused("ResourceConflictException"):
        visitors.get_id(both)
    for identity in (first, second):
        with refused("ResourceConflictException"):
            visitors.credentials(identity, both)


def test_a_provider_is_linked_with_one_user(visitors: Any, refused: Any) -> None:
    identity = visitors.get_id({**visitors.user(), **visitors.facebook("fay")})
    with refused("ResourceConflictException", f"Another user of {FACEBOOK} is linked to the identity already."):
        visitors.get_id({**visitors.user(), **visitors.facebook("flo")})
    assert visitors.get_id(visitors.facebook("flo")) != identity


def test_an_identity_is_only_its_logins(visitors: Any, refused: Any) -> None:
    identity = visitors.get_id(visitors.user())
    visitors.get_id(visitors.user("bob"))
    for wrong in (visitors.user("bob"), visitors.facebook("nobody")):
        with refused(*NO_MATCH):
            visitors.credentials(identity, wrong)
    with refused(*forbidden(identity)):
        visitors.credentials(identity)


def test_unlinking_the_last_login_ends_the_identity(visitors: Any, refused: Any) -> None:
    identity = visitors.get_id({**visitors.user(), **visitors.facebook()})

    def unlink(*providers: str, **logins: Any) -> Any:
        return visitors.call("UnlinkIdentity", IdentityId=identity, LoginsToRemove=list(providers), **logins)

    with refused(*NO_MATCH):
        unlink(FACEBOOK, Logins=visitors.google())
    unlink(FACEBOOK, Logins=visitors.user())
    assert visitors.logins_of(identity) == [visitors.provider]
    assert visitors.get_id(visitors.facebook()) != identity
    unlink(visitors.provider, Logins=visitors.user())
    with refused(*forbidden(identity)):
        visitors.credentials(identity)
    with refused(*forbidden(identity)):
        visitors.credentials(identity, visitors.google("new"))
    assert visitors.get_id(visitors.user()) != identity


def test_identities_are_described_and_listed(visitors: Any) -> None:
    guest, made_at = visitors.get_id(), visitors.bench.now
    visitors.bench.now += 5
    visitors.credentials(guest, visitors.facebook())
    described = visitors.call("DescribeIdentity", IdentityId=guest)
    assert described == {
        "IdentityId": guest, "Logins": [FACEBOOK], "CreationDate": made_at, "LastModifiedDate": made_at + 5
    }  # fmt: skip
    other = visitors.get_id()
    visitors.credentials(other, visitors.facebook())  # merged, and thus closed
    listed = visitors.call("ListIdentities", IdentityPoolId=visitors.pool_id, MaxResults=1)
    assert listed["Identities"] == [described]
    rest = visitors.call(
        "ListIdentities", IdentityPoolId=visitors.pool_id, MaxResults=60, NextToken=listed["NextToken"]
    )
    assert [identity["IdentityId"] for identity in rest["Identities"]] == [other]
    open_ones = visitors.call("ListIdentities", IdentityPoolId=visitors.pool_id, MaxResults=60, HideDisabled=True)
    assert open_ones["Identities"] == [described]


def test_deleted_identities_are_gone(visitors: Any, refused: Any) -> None:
    guest, other = visitors.get_id(), visitors.get_id()
    gone = visitors.call("DeleteIdentities", IdentityIdsToDelete=[guest, guest])
    assert gone == {"UnprocessedIdentityIds": []}
    listed = visitors.call("ListIdentities", IdentityPoolId=visitors.pool_id, MaxResults=60)["Identities"]
    assert [identity["IdentityId"] for identity in listed] == [other]
    with refused("ResourceNotFoundException", f"Identity '{guest}' not found."):
        visitors.credentials(guest)


def test_what_is_not_there_is_named(visitors: Any, refused: Any) -> None:
    unknown = "us-east-1:00000000-0000-4000-8000-000000000000"
    for operation in ("DescribeIdentity", "GetCredentialsForIdentity", "GetOpenIdToken"):
        with refused("ResourceNotFoundException", f"Identity '{unknown}' not found."):
            visitors.call(operation, IdentityId=unknown)
    for operation in ("GetId", "DescribeIdentityPool", "DeleteIdentityPool", "GetIdentityPoolRoles"):
        with refused("ResourceNotFoundException", f"IdentityPool '{unknown}' not found."):
            visitors.call(operation, IdentityPoolId=unknown)


def test_deleting_a_pool_ends_its_identities(visitors: Any, refused: Any) -> None:
    identity = visitors.get_id()
    made = visitors.call("CreateIdentityPool", IdentityPoolName="b", AllowUnauthenticatedIdentities=True)
    other = visitors.call("GetId", IdentityPoolId=made["IdentityPoolId"])["IdentityId"]
    visitors.call("DeleteIdentityPool", IdentityPoolId=visitors.pool_id)
    with refused("ResourceNotFoundException"):
        visitors.call("DescribeIdentity", IdentityId=identity)
    assert visitors.logins_of(other) == []


LOGINS = st.lists(st.sampled_from(["fay", "flo", "gus", "gil"]), max_size=2)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(moves=st.lists(st.tuples(st.integers(0, 4), LOGINS), max_size=10))
def test_whatever_is_linked_a_login_has_one_identity(visitors: Any, moves: list[tuple[int, list[str]]]) -> None:
    made = visitors.call(
        "CreateIdentityPool", IdentityPoolName="x", AllowUnauthenticatedIdentities=True,
        SupportedLoginProviders={FACEBOOK: "app-7", GOOGLE: "app-8"},
    )  # fmt: skip
    pool_id, seen = made["IdentityPoolId"], list[str]()
    visitors.call(
        "SetIdentityPoolRoles", IdentityPoolId=pool_id, Roles={"unauthenticated": GUEST, "authenticated": GUEST}
    )
    for which, names in moves:
        logins: dict[str, str] = {}
        for name in names:
            logins |= visitors.facebook(name) if name[0] == "f" else visitors.google(name)
        try:
            if which == 0 or not seen:
                seen.append(visitors.call("GetId", IdentityPoolId=pool_id, Logins=logins)["IdentityId"])
            else:
                seen.append(visitors.credentials(seen[which % len(seen)], logins)["IdentityId"])
        except PoolError as error:
            assert error.name in ("NotAuthorizedException", "ResourceConflictException")
    pages = visitors.call("ListIdentities", IdentityPoolId=pool_id, MaxResults=60)["Identities"]
    owned = [identity for identity in pages if identity["Logins"]]
    for name in ("fay", "flo", "gus", "gil"):
        login = visitors.facebook(name) if name[0] == "f" else visitors.google(name)
        once = visitors.call("GetId", IdentityPoolId=pool_id, Logins=login)["IdentityId"]
        assert visitors.call("GetId", IdentityPoolId=pool_id, Logins=login)["IdentityId"] == once
    assert all(len(identity["Logins"]) <= 2 for identity in owned)


@pytest.mark.parametrize("member", ["Logins", "IdentityPoolId"])
def test_what_is_wrong_in_shape_is_refused(visitors: Any, refused: Any, member: str) -> None:
    wrong = {"Logins": {f"p{number}": "x" for number in range(11)}, "IdentityPoolId": "no pool"}
    with refused("ValidationException"):
        visitors.call("GetId", **{"IdentityPoolId": visitors.pool_id, member: wrong[member]})
