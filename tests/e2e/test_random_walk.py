"""Random walks against the local pool, driven by what snapshots offer, with faults, clocks and administrators."""

import json
import os
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule
from pyotp.totp import TOTP

from authflow import AuthFlowError, FlowStatus, Settings
from authflow.adapters.local_pool import Fault, LocalPool, PoolError, new_signing_key
from authflow.adapters.stores.memory import MemoryTokenStore
from authflow.events import Event, data_of
from authflow.frontend.fields import Field, FieldKind
from authflow.frontend.snapshot import Action, Snapshot
from tests.e2e.session_rules import SessionRules, impatient_flow, open_to_others, rotate
from tests.software_authenticator import SoftwareAuthenticator

PASSWORDS: Final = ("Canary-Right-1!", "Canary-Other-2!", "short")
USERS: Final = ("ana", "bo", "cem", "nobody")
CANARIES: Final = PASSWORDS[:2]
ESCAPES: Final = frozenset({"cancel", "sign_out", "close"})
FAULTS: Final = (
    {"error": ("TooManyRequestsException", "Slow down.")},
    {"error": ("InternalErrorException", "Broken."), "status": 500},
    {"error": ("ResourceNotFoundException", "Device does not exist.")},
    {"drop": "before"},
    {"drop": "after"},
    {"body": "<html>"},
    {"body": "{}"},
    {"delay": 60.0},
)
KEY: Final = new_signing_key()
START: Final = 1_800_000_000.0
# What a host application may want, and what a pool may be like.
WISHES: Final = (
    Settings(),
    Settings(auto_sign_in=True, verify_contacts=True, offer_passkey=True),
    Settings(auto_sign_in=True, confirm_by_link=True, retain_password=True),
    Settings(self_sign_up=False, verify_contacts=True),
)
POOLS: Final[tuple[dict[str, object], ...]] = (
    {"mfa": "OPTIONAL", "required_attributes": ("email",)},
    {"mfa": "ON", "factors": ("SOFTWARE_TOKEN_MFA", "EMAIL_OTP")},
    {"mfa": "OPTIONAL", "devices": "always"},
    {"first_factors": ("EMAIL_OTP", "SMS_OTP", "WEB_AUTHN"), "relying_party": "auth.example.com"},
)
EVERYWHERE: Final[dict[str, object]] = {"identity_pool": "guests", "oauth": True, "providers": ("Google",)}


class Walk(SessionRules):
    """One person, one flow and another on its store, one pool; anything may happen to any of them."""

    @initialize(kind=st.sampled_from(POOLS), wish=st.sampled_from(WISHES), rotation=st.booleans())
    def start(self, kind: dict[str, object], wish: Settings, rotation: bool) -> None:
        # The same walk again is the same walk: no real clock, no real chance.
        self.pool = LocalPool(signing_key=KEY, clock=lambda: START, seed=1)
        link = wish.confirm_by_link
        self.setup = self.pool.quickstart(**kind, **EVERYWHERE, confirm_with_link=link)  # type: ignore[arg-type]  # of these kinds
        open_to_others(self.pool, self.setup)
        if rotation:
            rotate(self.pool, self.setup)
        self.store = MemoryTokenStore()
        self.flow, self.other = impatient_flow(self.pool, self.store, wish), impatient_flow(self.pool, self.store)
        self.subjects, self.secrets = {}, set(CANARIES)
        self.passkeys = SoftwareAuthenticator(origin="https://auth.example.com")
        self.heard: list[Event] = []
        self.flow.subscribe(self.heard.append)
        self.rev = 0
        self.first = self.flow.snapshot().rev
        self.flow.initialize()
        self.other.initialize()
        for name, phone in (("ana", None), ("bo", "+4915112345678"), ("cem", "+4915112345679")):
            user = {"UserPoolId": self.setup.pool_id, "Username": name}
            attributes = {"email": f"{name}@example.com", "email_verified": str(name != "cem").lower()}
            if phone is not None:
                attributes |= {"phone_number": phone, "phone_number_verified": str(name != "cem").lower()}
            given = [{"Name": key, "Value": value} for key, value in attributes.items()]
            self.pool.call("AdminCreateUser", {**user, "TemporaryPassword": PASSWORDS[0], "UserAttributes": given})
            self.pool.call("AdminSetUserPassword", {**user, "Password": PASSWORDS[0], "Permanent": True})
            if name == "bo":
                with suppress(PoolError):  # where the pool has no codes by SMS
                    sms = {"Enabled": True, "PreferredMfa": True}
                    self.pool.call("AdminSetUserMFAPreference", {**user, "SMSMfaSettings": sms})

    def _codes(self) -> list[str]:
        codes = [message.code for message in self.pool.outbox[-3:] if message.code]
        with suppress(AuthFlowError):
            codes.append(TOTP(self.flow.totp_secret().reveal()).at(int(self.pool.clock())))
        return codes

    def _credential(self, snapshot: Snapshot) -> str:
        challenge = snapshot.challenge
        with suppress(Exception):  # the authenticator refuses, as browsers do
            if snapshot.passkey_options is not None:
                return self.passkeys.create(snapshot.passkey_options)
            if challenge is not None:
                return self.passkeys.get(challenge.parameters["CREDENTIAL_REQUEST_OPTIONS"])
        return "{}"

    def _value(self, field: Field, snapshot: Snapshot, data: st.DataObject) -> object:
        if field.kind is FieldKind.boolean:
            return data.draw(st.booleans())
        if field.kind is FieldKind.choice:
            return data.draw(st.sampled_from([None, *(option.value for option in field.options)]))
        if field.kind is FieldKind.credential:
            return data.draw(st.sampled_from([self._credential(snapshot), "{}", "no JSON"]))
        if field.kind is FieldKind.number:
            return None
        texts = {
            FieldKind.username: USERS,
            FieldKind.password: PASSWORDS,
            FieldKind.new_password: PASSWORDS,
            FieldKind.email: ("ana@example.com", "eve@example.com"),
        }
        return data.draw(st.sampled_from(texts.get(field.kind, (*self._codes(), "000000", "not a code"))))

    @rule(data=st.data(), stale=st.booleans())
    def act(self, data: st.DataObject, stale: bool) -> None:
        """Does something that the screen offers, sometimes answering the snapshot from before the start.

        Not the one before this: if only tokens were refreshed since, it is as good as this one.
        """
        snapshot = self.flow.snapshot()
        action = data.draw(st.sampled_from([found for found in snapshot.actions if found.enabled]))
        values = {field.name: self._value(field, snapshot, data) for field in action.fields}
        for field in action.fields:
            if field.matches is not None:
                values[field.name] = values[field.matches]
        before = self.flow.flow
        try:
            self.flow.submit(action.id, values, rev=self.first if stale else snapshot.rev)
        except AuthFlowError as raised:
            if stale:
                assert raised.code == "revisionConflict"
                assert self.flow.flow is before

    @rule(name=st.sampled_from(USERS[:3]))
    def do_the_right_thing(self, name: str) -> None:
        """Goes on as somebody would who wants to be signed in."""
        snapshot = self.flow.snapshot()
        action = next((found for found in snapshot.actions if found.enabled and found.primary), None)
        if action is None:
            return
        codes = self._codes()
        right: dict[FieldKind, object] = {
            FieldKind.username: name,
            FieldKind.password: PASSWORDS[0],
            FieldKind.new_password: PASSWORDS[0],
            FieldKind.code: codes[-1] if codes else "000000",
            FieldKind.email: f"{name}@example.com",
            FieldKind.credential: self._credential(snapshot),
        }
        values = {field.name: right[field.kind] for field in action.fields if field.kind in right}
        with suppress(AuthFlowError):
            self.flow.submit(action.id, values, rev=snapshot.rev)

    @rule(data=st.data())
    def do_something_that_is_not_offered(self, data: st.DataObject) -> None:
        """Calls methods from anywhere, and nonsense."""
        flow = self.flow
        calls: tuple[Callable[[], object], ...] = (
            lambda: flow.confirm_sign_in("123456"),
            lambda: flow.confirm_sign_in(),
            lambda: flow.cancel(),
            lambda: flow.skip(),
            lambda: flow.get_tokens(),
            lambda: flow.sign_out(),
            lambda: flow.confirm_sign_up("ana", "000000"),
            lambda: flow.forgot_password("ana"),
            lambda: flow.sign_in("ana", auth_flow="USER_AUTH"),
            lambda: flow.set_up_totp(),
            lambda: flow.verify_totp_setup("12 34 56"),
            lambda: flow.update_mfa_preference(sms="ENABLED", totp="DISABLED"),
            lambda: flow.fetch_mfa_preference(),
            lambda: flow.list_devices(),
            lambda: flow.forget_device(),
            lambda: flow.update_device_status(remembered=False),
            lambda: flow.list_passkeys(),
            lambda: flow.register_passkey(self.passkeys),
            lambda: flow.verify_user_attribute("email"),
            lambda: flow.confirm_verify_user_attribute("phone_number", "000000"),
            lambda: flow.resend_code(),
            lambda: flow.choose_another_factor(),
            lambda: flow.check_confirmation(),
            lambda: flow.change_password(PASSWORDS[0], PASSWORDS[1]),
            lambda: flow.get_user_attributes(),
            lambda: flow.update_user_attributes({"email": "new@example.com"}),
            lambda: flow.delete_user(),
            lambda: flow.submit("no_such_action", {}),
            lambda: flow.submit("sign_in", {"username": "\x00", "password": PASSWORDS[0]}),
        )
        before = flow.flow
        try:
            data.draw(st.sampled_from(calls))()
        except AuthFlowError as raised:
            if raised.code in ("actionRejected", "busy", "notSignedIn"):
                assert flow.flow is before

    @rule(seconds=st.sampled_from((1.0, 31.0, 181.0, 3_601.0, 90_000.0)))
    def time_passes(self, seconds: float) -> None:
        """Sessions, codes and tokens end."""
        self.pool.advance(seconds)

    @rule(fault=st.sampled_from(FAULTS), times=st.integers(1, 3))
    def something_breaks(self, fault: dict[str, object], times: int) -> None:
        """The next calls go wrong."""
        self.pool.inject(Fault(operation="*", times=times, **fault))  # type: ignore[arg-type]  # of these kinds

    @rule()
    def the_link_is_followed(self) -> None:
        """Somebody opens the last message on another device."""
        links = [message.link for message in self.pool.outbox if message.link]
        if links:
            with suppress(PoolError):  # used, or too old
                self.pool.click(links[-1])

    @rule(
        name=st.sampled_from(USERS[:3]), operation=st.sampled_from(("create", "confirm", "reset", "disable", "delete"))
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
        assert all(found.enabled or found.disabled_reason for found in snapshot.actions)
        self._error_is_on_the_screen(snapshot)
        shown = json.dumps(snapshot.to_json()) + repr(self.flow.flow)
        assert not any(canary in shown for canary in self._canaries())
        assert snapshot.rev >= self.rev
        self.rev = snapshot.rev

    def _canaries(self) -> tuple[str, ...]:
        try:
            return (*self.secrets, self.flow.totp_secret().reveal())
        except AuthFlowError:
            return tuple(self.secrets)

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
        assert not any(canary in told for canary in self._canaries())

    def teardown(self) -> None:
        """From wherever the walk ended, signed in is reached by what the screens offer."""
        if not hasattr(self, "flow"):
            return
        try:
            self._walk_to_signed_in()
        finally:
            self.flow.close()
            self.other.close()
            self.pool.close()

    def _walk_to_signed_in(self) -> None:
        self.pool.advance(90_000)  # whatever was locked is free again
        self._heal()
        user = {"UserPoolId": self.setup.pool_id, "Username": "eve"}
        given = [{"Name": "email", "Value": "eve@example.com"}, {"Name": "email_verified", "Value": "true"}]
        self.pool.call("AdminCreateUser", {**user, "TemporaryPassword": PASSWORDS[0], "UserAttributes": given})
        self.pool.call("AdminSetUserPassword", {**user, "Password": PASSWORDS[1], "Permanent": True})
        for _ in range(16):
            snapshot = self.flow.snapshot()
            if snapshot.screen == "signedIn":
                return
            self._go_on(snapshot)
        snapshot = self.flow.snapshot()
        assert snapshot.screen == "signedIn", (snapshot.states, snapshot.error, [a.id for a in snapshot.actions])

    def _go_on(self, snapshot: Snapshot) -> None:
        offered = {action.id: action for action in snapshot.actions if action.enabled}
        answers: dict[FieldKind, object] = {
            FieldKind.password: PASSWORDS[1],
            FieldKind.new_password: PASSWORDS[1],
            FieldKind.code: next(iter(self._codes()[-1:]), "000000"),
            FieldKind.email: "eve@example.com",
        }
        if "sign_in" in offered:
            self.flow.submit("sign_in", self._filled(offered["sign_in"], {**answers, FieldKind.username: "eve"}))
        elif snapshot.username == "eve" and "confirm_sign_in" in offered:
            values = self._filled(offered["confirm_sign_in"], answers)
            choices = [field.options for field in offered["confirm_sign_in"].fields if field.options]
            if choices and snapshot.states["sign_in"] == "SELECT_CHALLENGE":
                values["answer"] = "PASSWORD"
            self.flow.submit("confirm_sign_in", values)
        else:
            ways = ("skip", "back", "show_sign_in", "initialize", "get_tokens")
            away = next(name for name in ways if name in offered)
            with suppress(AuthFlowError):  # tokens may be dead: then the sign-in screen follows
                self.flow.submit(away, {})

    @staticmethod
    def _filled(action: Action, values: dict[FieldKind, object]) -> dict[str, object]:
        return {field.name: values[field.kind] for field in action.fields if field.kind in values}


# AUTHFLOW_WALKS=1000 walks longer than the 9,000 steps of every run.
TestWalk = pytest.mark.exhaustive(pytest.mark.slow(Walk.TestCase))
TestWalk.settings = settings(
    max_examples=int(os.environ.get("AUTHFLOW_WALKS", "180")),
    stateful_step_count=50,
    deadline=None,
    suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large),
)
