"""Random walks against the local pool, driven by what snapshots offer, with faults, clocks and administrators."""

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from authflow import AuthFlow, AuthFlowError, FlowStatus
from authflow.adapters.local_pool import Fault, LocalPool, PoolError, new_signing_key
from authflow.events import Event, data_of
from authflow.snapshot import Action, Snapshot

PASSWORDS: Final = ("Canary-Right-1!", "Canary-Other-2!", "short")
USERS: Final = ("ana", "bo", "nobody")
CANARIES: Final = PASSWORDS[:2]
ESCAPES: Final = frozenset({"cancel", "sign_out", "close"})
FAULTS: Final = (
    {"error": ("TooManyRequestsException", "Slow down.")},
    {"error": ("InternalErrorException", "Broken."), "status": 500},
    {"drop": "before"},
    {"drop": "after"},
    {"body": "<html>"},
    {"delay": 60.0},
)
OPERATIONS: Final = ("create", "confirm", "reset", "disable", "delete")
KEY: Final = new_signing_key()


class Walk(RuleBasedStateMachine):
    """One person, one flow, one pool; anything may happen to any of them."""

    def __init__(self) -> None:
        super().__init__()
        self.pool = LocalPool(signing_key=KEY)
        self.setup = self.pool.quickstart(mfa="OPTIONAL", required_attributes=("email",))
        self.flow = AuthFlow.local(self.pool)
        self.heard: list[Event] = []
        self.flow.subscribe(self.heard.append)
        self.rev = 0

    @initialize()
    def start(self) -> None:
        self.flow.initialize()
        for name, phone in (("ana", None), ("bo", "+4915112345678")):
            pool = {"UserPoolId": self.setup.pool_id, "Username": name}
            attributes = {"email": f"{name}@example.com", "email_verified": "true"}
            if phone is not None:
                attributes |= {"phone_number": phone, "phone_number_verified": "true"}
            given = [{"Name": key, "Value": value} for key, value in attributes.items()]
            self.pool.call("AdminCreateUser", {**pool, "TemporaryPassword": PASSWORDS[0], "UserAttributes": given})
            self.pool.call("AdminSetUserPassword", {**pool, "Password": PASSWORDS[0], "Permanent": True})
            if phone is not None:
                sms = {"Enabled": True, "PreferredMfa": True}
                self.pool.call("AdminSetUserMFAPreference", {**pool, "SMSMfaSettings": sms})

    def _value(self, action: Action, name: str, data: st.DataObject) -> object:
        kind = next(field.kind for field in action.fields if field.name == name)
        if kind == "boolean":
            return data.draw(st.booleans())
        if kind == "username":
            return data.draw(st.sampled_from(USERS))
        if kind in ("password", "new_password"):
            return data.draw(st.sampled_from(PASSWORDS))
        if kind == "attribute":
            return "ana@example.com"
        codes = [message.code for message in self.pool.outbox[-3:]]
        return data.draw(st.sampled_from([*codes, "000000", "not a code"]))

    @rule(data=st.data(), stale=st.booleans())
    def act(self, data: st.DataObject, stale: bool) -> None:
        """Does something that the screen offers, sometimes answering an older snapshot."""
        snapshot = self.flow.snapshot()
        action = data.draw(st.sampled_from([found for found in snapshot.actions if found.enabled]))
        values = {field.name: self._value(action, field.name, data) for field in action.fields}
        before = self.flow.flow
        try:
            self.flow.submit(action.id, values, rev=snapshot.rev - 1 if stale else snapshot.rev)
        except AuthFlowError as raised:
            if stale:
                assert raised.code == "revisionConflict"
                assert self.flow.flow is before

    @rule(name=st.sampled_from(USERS[:2]))
    def do_the_right_thing(self, name: str) -> None:
        """Goes on as somebody would who wants to be signed in."""
        snapshot = self.flow.snapshot()
        code = self.pool.outbox[-1].code if self.pool.outbox else "000000"
        values = {
            "sign_in": {"username": name, "password": PASSWORDS[0]},
            "confirm_sign_in": {"answer": PASSWORDS[0] if "NEW" in snapshot.states["sign_in"] else code},
            "confirm_sign_up": {"username": name, "code": code},
            "confirm_forgot_password": {"username": name, "code": code, "new_password": PASSWORDS[0]},
        }
        for action in snapshot.actions:
            if action.enabled and action.id in values:
                with suppress(AuthFlowError):
                    self.flow.submit(action.id, values[action.id], rev=snapshot.rev)
                return

    @rule(data=st.data())
    def do_something_that_is_not_offered(self, data: st.DataObject) -> None:
        """Calls methods from anywhere, and nonsense."""
        calls: tuple[Callable[[], object], ...] = (
            lambda: self.flow.confirm_sign_in("123456"),
            lambda: self.flow.cancel(),
            lambda: self.flow.get_tokens(),
            lambda: self.flow.sign_out(),
            lambda: self.flow.confirm_sign_up("ana", "000000"),
            lambda: self.flow.forgot_password("ana"),
            lambda: self.flow.submit("no_such_action", {}),
            lambda: self.flow.submit("sign_in", {"username": "\x00", "password": PASSWORDS[0]}),
        )
        before = self.flow.flow
        try:
            data.draw(st.sampled_from(calls))()
        except AuthFlowError as raised:
            if raised.code in ("actionRejected", "invalidInput", "invalidState", "busy"):
                assert self.flow.flow is before

    @rule(seconds=st.sampled_from((1.0, 181.0, 3_601.0, 90_000.0)))
    def time_passes(self, seconds: float) -> None:
        """Sessions, codes and tokens end."""
        self.pool.advance(seconds)

    @rule(fault=st.sampled_from(FAULTS), times=st.integers(1, 3))
    def something_breaks(self, fault: dict[str, object], times: int) -> None:
        """The next calls go wrong."""
        self.pool.inject(Fault(operation="*", times=times, **fault))  # type: ignore[arg-type]  # of these kinds

    @rule(
        name=st.sampled_from(USERS[:2]), operation=st.sampled_from(("create", "confirm", "reset", "disable", "delete"))
    )
    def an_administrator_acts(self, name: str, operation: str) -> None:
        """Accounts change behind the flow's back."""
        request = {"UserPoolId": self.setup.pool_id, "Username": name}
        operations = {
            "create": ("AdminCreateUser", {**request, "TemporaryPassword": PASSWORDS[0]}),
            "confirm": ("AdminConfirmSignUp", request),
            "reset": ("AdminResetUserPassword", request),
            "disable": ("AdminDisableUser", request),
            "delete": ("AdminDeleteUser", request),
        }
        with suppress(PoolError):  # there may be no such user, or not in that state
            self.pool.call(*operations[operation])

    @invariant()
    def snapshot_keeps_its_rules(self) -> None:
        """There is a way on, or a sentence; nothing is left working; no secret is shown."""
        snapshot = self.flow.snapshot()
        assert snapshot.status is not FlowStatus.working
        way_on = [found for found in snapshot.actions if found.enabled and found.id not in ESCAPES]
        assert way_on or snapshot.waiting is not None
        self._error_is_on_the_screen(snapshot)
        shown = json.dumps(snapshot.to_json()) + repr(self.flow.flow)
        assert not any(canary in shown for canary in CANARIES)
        assert snapshot.rev >= self.rev
        self.rev = snapshot.rev

    def _error_is_on_the_screen(self, snapshot: Snapshot) -> None:
        if snapshot.error is not None and snapshot.error.field is not None:
            names = {field.name for action in snapshot.actions for field in action.fields}
            assert snapshot.error.field in names

    @invariant()
    def events_are_numbered_without_gaps(self) -> None:
        """Every committed change was told, in order, and told no secret."""
        numbers = [event.sequence for event in self.heard if event.sequence is not None]
        assert numbers == list(range(1, len(numbers) + 1))
        assert self.flow.flow.sequence == len(numbers)
        told = "".join(json.dumps(data_of(event)) for event in self.heard[-5:])
        assert not any(canary in told for canary in CANARIES)

    def teardown(self) -> None:
        """From wherever the walk ended, signed in is reached by what the screens offer."""
        try:
            self._walk_to_signed_in()
        finally:
            self.flow.close()
            self.pool.close()

    def _walk_to_signed_in(self) -> None:
        self.pool.advance(90_000)  # whatever was locked is free again
        while (fault := self.pool._core.faults.take("SignUp")) is not None:
            assert fault.operation == "*"
        name = {"UserPoolId": self.setup.pool_id, "Username": "eve"}
        self.pool.call("AdminCreateUser", {**name, "TemporaryPassword": PASSWORDS[0]})
        self.pool.call("AdminSetUserPassword", {**name, "Password": PASSWORDS[1], "Permanent": True})
        for _ in range(6):
            snapshot = self.flow.snapshot()
            if snapshot.screen == "signedIn":
                return
            if (sign_in := snapshot.action("sign_in")) is not None and sign_in.enabled:
                self.flow.submit("sign_in", {"username": "eve", "password": PASSWORDS[1]})
            else:
                away = next(name for name in ("back", "show_sign_in", "initialize") if snapshot.action(name))
                self.flow.submit(away, {})
        assert self.flow.is_signed_in


TestWalk = pytest.mark.slow(Walk.TestCase)
TestWalk.settings = settings(
    max_examples=100,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large),
)
