"""Runs one script on moto and on the local pool, and tells what could be observed in a form that compares.

A script is data (`tests/e2e/scripts/*.json`): how the user pool is set up, in Cognito's own operations, and steps:

- `submit`: an action of the flow with its `values`;
- `call`: an operation with its `request`, and what of its answer it `shows`;
- `wait`: seconds by which the clock moves.

UserPoolId, ClientId and AccessToken are filled in where an operation takes them and the request is silent. Of the
values `$totp` is the authenticator's code now, `$wrong_totp` another one, `$spent_refresh_token` the one
before the newest; `$ana`, `$ana_email` and their like are who the people are in this
pool.

Every step has its own outline: the `result`, how the regions' states `moves`, what is `said` to subscribers. It stands
in the data and comes from neither implementation, so that two which agree on nonsense fail all the same. A script may
name members of events that are `unsaid_by_moto`, which then are not compared: it does not tell where an SMS code goes.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import attrs
import pytest
from pyotp import random_base32
from pyotp.totp import TOTP

from authflow import AuthFlow, AuthFlowError
from authflow.adapters.cognito.provider import CognitoProvider
from authflow.adapters.config import load_config
from authflow.adapters.local_pool import LocalPool, new_signing_key
from authflow.adapters.stores.memory import MemoryTokenStore
from authflow.events import Event, data_of
from authflow.flow import REGIONS
from authflow.ports import Tokens

Json = dict[str, Any]
REGION: Final = "us-east-1"
ACCEPTED: Final = "accepted"
# Who a script's people are, where nobody else is in the pool.
USUAL: Final = {
    "$ana": "ana",
    "$Ana": "Ana",
    "$bo": "bo",
    "$ana_email": "ana@example.com",
    "$bo_email": "bo@example.com",
}
_KEY: Final = new_signing_key()
_START: Final = 1_800_000_000.0  # seconds since the epoch; any time does
# What a script's `client` says goes over it. LEGACY, since moto always says who does not exist.
_CLIENT: Final[Json] = {
    "ClientName": "c",
    "ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    "PreventUserExistenceErrors": "LEGACY",
}
# Not compared: sentences (no two services word them alike, and moto's echo what was sent), where a message went (only
# Cognito's own masking is right, and moto has another), and a first snapshot, whose parts are compared anyway.
_UNCOMPARED: Final = frozenset({"message", "destination", "snapshot", "identity_id", "expires_at"})
# Of an error only the code is compared: what to do about a NotAuthorizedException is read from its sentence.
_OF_AN_ERROR: Final = ("code",)
_TAKEN: Final = ("flow.state_changed", "flow.action_accepted", "flow.snapshot")


@attrs.frozen
class Seen:
    """What one step came to.

    Args:
        result: "accepted" or the code of the error.
        states: each region's state.
        actions: the offered actions, whether each is enabled, and its fields.
        error: the code of the error on the screen.
        events: what subscribers heard.
        shown: the parts of an operation's answer that the step asked for.
    """

    result: str
    states: Mapping[str, str]
    actions: tuple[tuple[str, bool, tuple[str, ...]], ...]
    error: str | None
    events: tuple[Json, ...]
    shown: Json

    def outline(self) -> Json:
        """Returns what a script's own outline says of the step."""
        return {
            "result": self.result,
            "states": dict(self.states),
            "said": [_short(event) for event in self.events if event["kind"] not in _TAKEN],
            "shows": self.shown,
        }


class Clock:
    """The time that both implementations and the flow go by."""

    def __init__(self) -> None:
        self.now = _START

    def __call__(self) -> float:
        return self.now

    def move(self, seconds: float) -> None:
        """Lets time pass."""
        self.now += seconds


@attrs.frozen(kw_only=True)
class Place:
    """A user pool, and a flow on it.

    Args:
        client: a boto3 client that reaches the implementation.
        pool_id: the user pool.
        client_id: the app client.
        flow: the flow.
        store: keeps the flow's tokens.
        clock: the time.
        wait: lets some seconds pass.
    """

    client: Any
    pool_id: str
    client_id: str
    flow: AuthFlow
    store: MemoryTokenStore
    clock: Callable[[], float]
    wait: Callable[[float], None]


def new_place(script: Json, client: Any, clock: Clock, pool: LocalPool | None = None) -> Place:
    """Makes a user pool as a script says, and a flow on it.

    Args:
        script: the script.
        client: a boto3 client that reaches the implementation.
        clock: the time.
        pool: the local pool, if that is the implementation: identity pools are made there.
    """
    pool_id = client.create_user_pool(PoolName="p", **script.get("pool", {}))["UserPool"]["Id"]
    asked = {**_CLIENT, **script.get("client", {}), "UserPoolId": pool_id}
    made = client.create_user_pool_client(**asked)["UserPoolClient"]
    config: Json = {
        "user_pool_id": pool_id,
        "client_id": made["ClientId"],
        "client_secret": made.get("ClientSecret"),
        **script.get("config", {}),
    }
    if "identity_pool" in script:
        assert pool is not None, "moto has no identity pools that could be believed"
        config["identity_pool_id"] = _new_identity_pool(pool, script, pool_id, made["ClientId"])
    identities = pool.identity_client if pool is not None else None
    provider = CognitoProvider(
        load_config(**config), client_factory=lambda: client, identity_client_factory=identities, clock=clock
    )
    store = MemoryTokenStore()
    flow = AuthFlow.from_config(provider=provider, token_store=store, clock=clock, **config)
    return Place(
        client=client,
        pool_id=pool_id,
        client_id=made["ClientId"],
        flow=flow,
        store=store,
        clock=clock,
        wait=clock.move,
    )


def _new_identity_pool(pool: LocalPool, script: Json, pool_id: str, client_id: str) -> str:
    trusted = {"ProviderName": f"cognito-idp.{REGION}.amazonaws.com/{pool_id}", "ClientId": client_id}
    settings = {
        "IdentityPoolName": "p",
        "AllowUnauthenticatedIdentities": False,
        "CognitoIdentityProviders": [trusted],
        **script["identity_pool"],
    }
    made = pool.identity_call("CreateIdentityPool", settings)
    roles = {name: f"arn:aws:iam::000000000000:role/{name}" for name in ("authenticated", "unauthenticated")}
    pool.identity_call("SetIdentityPoolRoles", {"IdentityPoolId": made["IdentityPoolId"], "Roles": roles})
    return str(made["IdentityPoolId"])


class Stage:
    """Where a script is played.

    Args:
        script: the script, its people named (`cast`).
        place: the user pool, and a flow on it.
    """

    def __init__(self, script: Json, place: Place) -> None:
        self.script, self.place, self.flow = script, place, place.flow
        self.access_token = self.totp_secret = self._refresh_token = self._spent = ""
        self.heard: list[Event] = []
        self.flow.subscribe(self.heard.append)

    def set_up(self) -> None:
        """Does what the script has done beforehand."""
        for operation, request in self.script.get("setup", ()):
            self.call(operation, request)

    def run(self) -> list[Seen]:
        """Returns what was seen at each step that can be seen; the first is the flow's start."""
        self.set_up()
        seen = [self._observed(self.flow.initialize)]
        for step in self.script["steps"]:
            if "wait" in step:
                self.place.wait(step["wait"])
            else:
                seen.append(self._observed(partial(self._take, step)))
        return seen

    def call(self, operation: str, request: Json) -> Json:
        """Calls an operation of Cognito's."""
        from botocore import xform_name

        members = self.place.client.meta.service_model.operation_model(operation).input_shape.members
        known = {
            "UserPoolId": self.place.pool_id,
            "ClientId": self.place.client_id,
            "AccessToken": self.access_token,
        }
        filled = {name: value for name, value in known.items() if name in members and value}
        answer: Json = getattr(self.place.client, xform_name(operation))(**{**filled, **self._filled(request)})
        self.totp_secret = answer.get("SecretCode", self.totp_secret)
        self.access_token = answer.get("AuthenticationResult", {}).get("AccessToken", self.access_token)
        return answer

    def _take(self, step: Json) -> Json:
        if "call" in step:
            return _shown(self.call(step["call"], step.get("request", {})), step.get("shows", {}))
        self.flow.submit(step["submit"], self._filled(step.get("values", {})))
        session = self.place.store.load()
        if session is not None and session.tokens is not None:
            self._remember(session.tokens)
        return {}

    def _remember(self, tokens: Tokens) -> None:
        self.access_token = tokens.access_token.reveal()
        refresh_token = tokens.refresh_token.reveal() if tokens.refresh_token is not None else ""
        if refresh_token != self._refresh_token:
            self._spent, self._refresh_token = self._refresh_token, refresh_token

    def _filled(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: self._filled(part) for name, part in value.items()}
        if value == "$spent_refresh_token":
            return self._spent
        if value == "$totp":
            return self._totp()
        return self._totp().translate(_OTHER_DIGITS) if value == "$wrong_totp" else value

    def _totp(self) -> str:
        return TOTP(self.totp_secret).at(int(self.place.clock()))

    def _observed(self, take: Callable[[], object]) -> Seen:
        from botocore.exceptions import ClientError

        start, result, shown = len(self.heard), ACCEPTED, {}
        try:
            found = take()
            shown = found if isinstance(found, dict) else {}
        except AuthFlowError as error:
            result = error.code.value
        except ClientError as error:
            result = str(error.response.get("Error", {}).get("Code"))
        snapshot = self.flow.snapshot()
        unsaid = set(self.script.get("unsaid_by_moto", ()))
        return Seen(
            result=result,
            states=snapshot.states,
            actions=tuple((a.id, a.enabled, tuple(field.name for field in a.fields)) for a in snapshot.actions),
            error=snapshot.error.code.value if snapshot.error else None,
            events=tuple(_plain(event, unsaid) for event in self.heard[start:]),
            shown=shown,
        )


_OTHER_DIGITS: Final = str.maketrans("0123456789", "1234567890")


def _shown(answer: Json, wanted: Json) -> Json:
    """Returns those parts of an operation's answer that a step names; attributes by their names."""
    attributes = {item["Name"]: item["Value"] for item in answer.get("UserAttributes", ())}
    return {name: answer.get(name, attributes.get(name)) for name in wanted}


def _plain(event: Event, unsaid: set[str]) -> Json:
    return {"kind": event.kind, **_compared(data_of(event), _UNCOMPARED | unsaid)}


def _compared(value: Any, without: frozenset[str] | set[str]) -> Any:
    if isinstance(value, dict):
        if "recovery" in value:
            return {name: value[name] for name in _OF_AN_ERROR}
        return {name: _compared(part, without) for name, part in value.items() if name not in without}
    if isinstance(value, list):
        return [_compared(part, without) for part in value]
    return value


def _short(event: Json) -> str:
    """Returns an event as an outline names it: its kind, and the one thing that tells it from its like."""
    error = event.get("error") or {}
    words = [event.get("challenge"), error.get("code"), event.get("reason"), event.get("purpose"), event.get("code")]
    words += [f"{call}={failure['code']}" for call, failure in event.get("failures", ())]
    return " ".join([event["kind"].partition(".")[2], *(word for word in words if word)])


def cast(script: Json, people: Mapping[str, str] = USUAL) -> Json:
    """Returns a script with its people named, instead of `$ana` and `$ana_email`."""

    def named(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: named(part) for name, part in value.items()}
        if isinstance(value, list):
            return [named(part) for part in value]
        return people.get(value, value) if isinstance(value, str) else value

    found: Json = named(script)
    return found


def outlined(script: Json) -> list[Json]:
    """Returns the outline of a script, in the form of `Seen.outline`."""
    script = cast(script)
    states: dict[str, str] = dict(
        zip(REGIONS, ("signedOut", "IDLE", "unknown", "notStarted", "signIn", "none", "idle", "none"), strict=True)
    )
    found: list[Json] = [{"result": ACCEPTED, "states": dict(states), "said": [], "shows": {}}]
    for step in script["steps"]:
        if "wait" not in step:
            states.update(step.get("moves", {}))
            found.append(
                {
                    "result": step["result"],
                    "states": dict(states),
                    "said": step.get("said", []),
                    "shows": step.get("shows", {}),
                }
            )
    return found


def scripts(folder: str = ".") -> dict[str, Json]:
    """Returns the committed scripts of a folder beside this file's `scripts`, by name."""
    files = sorted((Path(__file__).parent / "scripts" / folder).glob("*.json"))
    listed = [script for file in files for script in json.loads(file.read_text(encoding="utf-8"))]
    found = {script["name"]: script for script in listed}
    assert len(found) == len(listed), "two scripts have one name"
    return found


@contextmanager
def on_local_pool(script: Json, people: Mapping[str, str] = USUAL) -> Iterator[Stage]:
    """Has a script's pool made in the local pool."""
    clock = Clock()
    with LocalPool(clock=clock, region=REGION, signing_key=_KEY) as pool:
        stage = Stage(cast(script, people), new_place(script, pool.client(), clock, pool))
        yield stage
        stage.flow.close()
        stage.place.client.close()


@contextmanager
def on_moto(script: Json) -> Iterator[Stage]:
    """Has a script's pool made in moto, with its check of authenticator codes switched on and on our clock."""
    import boto3
    import moto
    import moto.cognitoidp.models
    import moto.cognitoidp.utils
    from botocore.config import Config

    clock = Clock()
    with pytest.MonkeyPatch.context() as patch, moto.mock_aws():
        patch.setenv("MOTO_COGNITO_IDP_USER_POOL_ENABLE_TOTP", "true")
        patch.setattr(moto.cognitoidp.utils, "time", SimpleNamespace(time=clock))
        # moto's one fixed secret is shorter than RFC 4226 allows, and pyotp refuses it.
        patch.setattr(moto.cognitoidp.models, "COGNITO_TOTP_MFA_SECRET", random_base32())
        client = boto3.client("cognito-idp", region_name=REGION, config=Config(retries={"total_max_attempts": 1}))
        stage = Stage(cast(script), new_place(script, client, clock))
        yield stage
        stage.flow.close()
        client.close()
