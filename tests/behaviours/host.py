"""A host application on a local pool: what the tests of the behaviour statements hold in their hands.

It knows what any frontend knows: the snapshot, its actions and their fields. What only a test may do (reading the
outbox, moving the clock, breaking a call, acting as administrator) it does through the pool.
"""

from collections.abc import Mapping
from typing import Any, Final

import pytest

from authflow import Action, AuthFlow, AuthFlowError, ErrorCode, Field, Settings, Snapshot
from authflow.adapters.local_pool import Fault, LocalPool, new_signing_key
from authflow.adapters.stores.memory import MemoryDeviceStore, MemoryTokenStore
from authflow.events import Event
from authflow.frontend.fields import FieldCheck
from authflow.frontend.forms import Form

PASSWORD: Final = "Correct-horse-9"
OTHER_PASSWORD: Final = "Battery-staple-7"
TEMPORARY: Final = "Welcome-aboard-1"
WRONG_CODE: Final = "000000"
_KEY: Final = new_signing_key()


class Host:
    """One installation of an application: a pool, the stores of this machine, and the flow that runs now.

    Args:
        settings: what the application wants of its flows.
        forms: what it changes about the fields.
        config: settings of the configuration that the pool's own description does not bring, such as `dial_codes`.
        pool: arguments of `LocalPool.quickstart`.
    """

    def __init__(
        self,
        *,
        settings: Settings | None = None,
        forms: Mapping[str, Form] | None = None,
        config: Mapping[str, object] | None = None,
        **pool: Any,
    ) -> None:
        self.pool = LocalPool(signing_key=_KEY)
        self.setup = self.pool.quickstart(**pool)
        self.tokens = MemoryTokenStore()
        self.devices = MemoryDeviceStore()
        self._made_with: dict[str, Any] = {"settings": settings, "forms": forms, **(config or {})}
        self.heard: list[Event] = []
        self.flow = self.start()

    def start(self, *, initialize: bool = True) -> AuthFlow:
        """Starts the application, anew if it runs: memory is gone, the stores are not."""
        self.heard = []
        self.flow = AuthFlow.local(self.pool, token_store=self.tokens, device_store=self.devices, **self._made_with)
        self.flow.subscribe(self.heard.append)
        if initialize:
            self.flow.initialize()
        return self.flow

    # What a frontend sees and does

    @property
    def snapshot(self) -> Snapshot:
        """What is to be drawn now."""
        return self.flow.snapshot()

    @property
    def screen(self) -> str:
        """Which step is current."""
        return self.flow.snapshot().screen.value

    def action(self, action_id: str) -> Action:
        """Returns an action that the current step offers."""
        found = self.snapshot.action(action_id)
        assert found is not None, f"{action_id} is not offered on {self.screen}"
        return found

    def fields(self, action_id: str) -> dict[str, Field]:
        """Returns the fields of an action that the current step offers, by name and in order."""
        return {field.name: field for field in self.action(action_id).fields}

    def submit(self, action_id: str, **values: object) -> Snapshot:
        """Does something that the step offers. `__` stands for the dot in a field's name (attributes__email)."""
        snapshot = self.snapshot
        assert self.action(action_id).enabled, f"{action_id} is disabled: {self.action(action_id).disabled_reason}"
        named = {name.replace("__", "."): value for name, value in values.items()}
        return self.flow.submit(action_id, named, rev=snapshot.rev)

    def refused(self, action_id: str, **values: object) -> AuthFlowError:
        """Does something that the step offers and that is refused; returns the error."""
        with pytest.raises(AuthFlowError) as caught:
            self.submit(action_id, **values)
        return caught.value

    def check(self, action_id: str, **values: object) -> dict[str, FieldCheck]:
        """Asks while somebody types; returns what is known, by field."""
        named = {name.replace("__", "."): value for name, value in values.items()}
        return {found.field: found for found in self.flow.check(action_id, named)}

    def error(self) -> ErrorCode | None:
        """Returns the code of the error that stands on the step."""
        found = self.snapshot.error
        return found.code if found is not None else None

    def kinds(self) -> list[str]:
        """Returns the kinds of the events heard since the start, in order."""
        return [event.kind for event in self.heard]

    # What only a test does

    def user(
        self,
        name: str = "ana",
        *,
        password: str | None = PASSWORD,
        temporary: bool = False,
        email: str | None = None,
        phone: str | None = None,
        verified: bool = True,
        **attributes: str,
    ) -> str:
        """Makes an account as an administrator and returns its name.

        Args:
            name: the username, or the address or number that serves as one.
            password: the password; None for an account without one.
            temporary: whether the password has to be changed at the first sign-in.
            email: the e-mail address.
            phone: the phone number.
            verified: whether these count as verified.
            attributes: further attributes.
        """
        given = dict(attributes)
        for attribute, value in (("email", email), ("phone_number", phone)):
            if value is not None:
                given |= {attribute: value, f"{attribute}_verified": str(verified).lower()}
        request: dict[str, Any] = {
            "MessageAction": "SUPPRESS",
            "UserAttributes": [{"Name": key, "Value": value} for key, value in given.items()],
        }
        if temporary:
            request["TemporaryPassword"] = password
        self.admin("AdminCreateUser", name, **request)
        if password is not None and not temporary:
            self.admin("AdminSetUserPassword", name, Password=password, Permanent=True)
        return name

    def admin(self, operation: str, username: str, **request: Any) -> Any:
        """Calls an administrator's operation on a user."""
        return self.pool.call(operation, {"UserPoolId": self.setup.pool_id, "Username": username, **request})

    def status_of(self, username: str) -> str:
        """Returns Cognito's UserStatus."""
        return str(self.admin("AdminGetUser", username)["UserStatus"])

    def attributes_of(self, username: str) -> dict[str, str]:
        """Returns a user's attributes as the pool has them."""
        listed = self.admin("AdminGetUser", username)["UserAttributes"]
        return {entry["Name"]: entry["Value"] for entry in listed}

    def code(self, to: str, purpose: str | None = None) -> str:
        """Returns the newest code that went to a user, an address or a number."""
        return self.pool.last_code(to, purpose)

    def calls(self, operation: str) -> int:
        """Returns how many calls of an operation reached the pool."""
        return sum(request.operation == operation for request in self.pool.requests)

    def fail(self, operation: str, name: str = "TooManyRequestsException", *, times: int = 1) -> None:
        """Has the next calls of an operation refused."""
        self.pool.inject(Fault(operation=operation, times=times, error=(name, "It fails on request.")))
