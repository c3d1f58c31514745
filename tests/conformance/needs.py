"""What a script needs of a user pool that stands already, and what of it a pool does not have.

The local pool and moto make a pool for each script. A pool at AWS is somebody's: nothing of it is changed, and a script
that it is not made for is skipped, with the reason.
"""

import json
import re
from collections.abc import Callable, Iterator
from typing import Final

import attrs

from tests.e2e.second_opinion import Json

# A pool's own operations are not for scripts that run on somebody's pool; these are about one user alone.
_OF_ONE_USER: Final = re.compile(
    r"Admin\w+|GetTokensFromRefreshToken|(Initiate|RespondToAuth)\w+|(Associate|Verify)SoftwareToken|GlobalSignOut|RevokeToken"
    r"|(Get|Delete)User|(Update|Delete|Verify)UserAttributes?|ChangePassword|SetUserMFAPreference|SignUp|Describe\w+"
)
_PROVED: Final = ("InitiateAuth", "SignUp", "GetTokensFromRefreshToken")  # with the secret of a client that has one
_MFA: Final = "SetUserPoolMfaConfig"  # in a script's setup; here it says what the pool must have
_SENDS: Final = frozenset({"sign_up", "forgot_password", "resend_sign_up_code", "AdminResetUserPassword"})


@attrs.frozen(kw_only=True)
class Described:
    """A user pool as Cognito describes it.

    Args:
        pool: the answer of DescribeUserPool.
        client: the answer of DescribeUserPoolClient.
        mfa: the answer of GetUserPoolMfaConfig.
        identity_pool: the answer of DescribeIdentityPool; None where none is configured.
    """

    pool: Json
    client: Json = attrs.field(repr=False)
    mfa: Json
    identity_pool: Json | None = None


def why_not(script: Json, found: Described, patience: float) -> str | None:
    """Returns why a script cannot be run on a user pool, as the end of a sentence; None where it can.

    Args:
        script: the script.
        found: the user pool.
        patience: how many seconds a script may wait.
    """
    return next((reason for check in _CHECKS for reason in check(script, found)), None) or _impatient(script, patience)


def messages(script: Json) -> int:
    """Returns how many messages a script has sent at the most."""
    return sum(step.get("submit", step.get("call")) in _SENDS for step in script["steps"])


def waits(script: Json) -> float:
    """Returns for how many seconds a script waits."""
    return float(sum(step.get("wait", 0) for step in script["steps"]))


def set_up_here(script: Json) -> Json:
    """Returns a script without what would change the pool; `why_not` has seen that the pool is so already."""
    return {**script, "setup": [step for step in script.get("setup", ()) if step[0] != _MFA]}


def _impatient(script: Json, patience: float) -> str | None:
    return f"it waits {waits(script):.0f} seconds" if waits(script) > patience else None


def _calls(script: Json) -> Iterator[tuple[str, Json]]:
    yield from script.get("setup", ())
    for step in script["steps"]:
        if "call" in step:
            yield step["call"], step.get("request", {})


def _keeps_to_its_own(script: Json, found: Described) -> Iterator[str]:
    if re.search(r"\+\d{6,}", json.dumps(script)):
        yield "it would send text messages to a number that is not yours"
    for operation, request in _calls(script):
        if operation != _MFA and not _OF_ONE_USER.fullmatch(operation):
            yield f"{operation} would change the pool"
        if not str(request.get("Username", "$")).startswith("$"):
            yield f"{operation} is about a user that is not the script's"


def _identity_pool(script: Json, found: Described) -> Iterator[str]:
    if "identity_pool" in script:
        if found.identity_pool is None:
            yield "no identity pool is configured"
        else:
            yield from _differences(script["identity_pool"], found.identity_pool, "the identity pool")


def _pool(script: Json, found: Described) -> Iterator[str]:
    wanted = dict(script.get("pool", {}))
    wanted.setdefault("UsernameAttributes", [])
    for attribute in wanted.pop("Schema", ()):
        yield from _attribute(attribute, found.pool)
    yield from _differences(wanted, {"UsernameAttributes": [], **found.pool}, "the pool")
    asked = [request for operation, request in script.get("setup", ()) if operation == _MFA]
    for request in asked:
        yield from _differences(request, found.mfa, "the pool")
    if not asked and found.mfa.get("MfaConfiguration") == "ON":
        yield "the pool demands a second factor"


def _attribute(wanted: Json, pool: Json) -> Iterator[str]:
    declared = {item["Name"].removeprefix("custom:"): item for item in pool.get("SchemaAttributes", ())}
    item = declared.get(wanted["Name"])
    if item is None or bool(item.get("Required")) != bool(wanted.get("Required")):
        yield f"the pool's schema has no {wanted['Name']} of that kind"


def _registers(script: Json, found: Described) -> Iterator[str]:
    """Self-registration, and the attributes that are demanded of it and of a first password."""
    submitted = [step for step in script["steps"] if step.get("submit") in ("sign_up", "confirm_sign_in")]
    registers = any(step["submit"] == "sign_up" for step in submitted)
    closed = found.pool.get("AdminCreateUserConfig", {}).get("AllowAdminCreateUserOnly", False)
    if registers and closed and "AdminCreateUserConfig" not in script.get("pool", {}):
        yield "the pool lets nobody register"
    given = {name.removeprefix("attributes.") for step in submitted for name in step.get("values", {})}
    given |= {item["Name"] for item in script.get("pool", {}).get("Schema", ())}
    required = {item["Name"] for item in found.pool.get("SchemaAttributes", ()) if item.get("Required")}
    if submitted and (missing := sorted(required - given - {"sub"})):
        yield f"the pool demands {', '.join(missing)}"


def _client(script: Json, found: Described) -> Iterator[str]:
    wanted: Json = dict(script.get("needs") or script.get("client") or {})
    secret = wanted.pop("GenerateSecret", False)
    if bool(found.client.get("ClientSecret")) < bool(secret):
        yield "the app client has no secret"
    if found.client.get("ClientSecret") and any(name in _PROVED for name, _ in _calls(script)):
        yield "the app client has a secret, which the script's own calls do not prove"
    yield from _differences(wanted, found.client, "the app client")
    if any(step["result"] == "userNotFound" for step in script["steps"] if "result" in step):
        yield from _differences({"PreventUserExistenceErrors": "LEGACY"}, found.client, "the app client")
    if "ExplicitAuthFlows" not in wanted:
        yield from _flows(script, found)


def _flows(script: Json, found: Described) -> Iterator[str]:
    used = {request.get("AuthFlow") for operation, request in _calls(script) if operation == "InitiateAuth"}
    if any(step.get("submit") == "sign_in" for step in script["steps"]):
        used.add(script.get("config", {}).get("auth_flow", "USER_SRP_AUTH"))
    for name in sorted(str(flow) for flow in used if flow):
        allowed = "ALLOW_REFRESH_TOKEN_AUTH" if name == "REFRESH_TOKEN" else f"ALLOW_{name}"
        if allowed not in found.client.get("ExplicitAuthFlows", ()):
            yield f"the app client lacks {allowed}"


def _differences(wanted: Json, found: Json, where: str, path: str = "") -> Iterator[str]:
    for name, value in wanted.items():
        has = found.get(name)
        if isinstance(value, dict):
            yield from _differences(value, has if isinstance(has, dict) else {}, where, f"{path}{name}.")
        elif (_sorted(has) if isinstance(value, list) else has) != (_sorted(value)):
            yield f"{where} has not {path}{name} = {json.dumps(value)}"


def _sorted(value: object) -> object:
    return sorted(value, key=str) if isinstance(value, list) else value


_CHECKS: Final[tuple[Callable[[Json, Described], Iterator[str]], ...]] = (
    *(_keeps_to_its_own, _identity_pool, _pool, _registers, _client),
)
