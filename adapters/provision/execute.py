"""Carries a plan out, step by step: what is there is found and compared, what is missing is made, nothing is changed.

- What is there with other settings is told as drift, and stays as it is.
- A step that fails ends the run; what was made before stays, and the next run finds it and goes on from there.
- Nothing is ever deleted.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Final

import attrs

from authflow.adapters.provision.aws_errors import code_of, error_of
from authflow.adapters.provision.plan import PROVIDERS, Kind, Step, listed
from authflow.adapters.provision.requests import Made
from authflow.adapters.provision.resources import RESOURCES, Resource, Work, as_request
from authflow.adapters.provision.services import Json, Services
from authflow.errors import AuthFlowError

_NOUNS: Final[Mapping[Kind, str]] = {
    Kind.SMS_ROLE: "role for text messages",
    Kind.USER_POOL: "user pool",
    **dict.fromkeys(PROVIDERS, "identity provider"),
    Kind.APP_CLIENT: "app client",
    Kind.DOMAIN: "domain",
    Kind.IDENTITY_POOL: "identity pool",
    Kind.USERS_ROLE: "role of users",
    Kind.GUESTS_ROLE: "role of guests",
    Kind.ROLES: "roles of the identity pool",
}
# What a comparison leaves out: names of others, and what says nothing of how a thing works.
_NOT_COMPARED: Final = frozenset({"UserPoolId", "UserPoolTags", "IdentityPoolTags", "Tags", "Description"})
# A role takes some seconds to be known everywhere (IAM, "Changes that I make are not always immediately visible").
_NOT_YET: Final = frozenset({"InvalidSmsRoleTrustRelationshipException", "InvalidSmsRoleAccessPolicyException"})
_PATIENCE: Final = (2.0, 4.0, 8.0, 16.0)


@attrs.frozen(kw_only=True)
class Drift:
    """A setting that is there and not as wished.

    Args:
        key: the setting, in the words of the operation that makes it.
        wished: what was wished for.
        found: what is there.
    """

    key: str
    wished: object
    found: object


@attrs.frozen(kw_only=True)
class Report:
    """What came of a step.

    Args:
        step: the step.
        made: whether this run made it; otherwise it was there.
        identifier: its id or ARN.
        drift: how what was there differs from what is wished.
    """

    step: Step
    made: bool
    identifier: str
    drift: tuple[Drift, ...] = ()


class ProvisioningStopped(AuthFlowError):
    """A step failed. What was made before it stays, and running again goes on from there.

    Args:
        cause: what went wrong.
        step: the step that failed.
        done: what came of the steps before it.
    """

    def __init__(self, cause: AuthFlowError, step: Step, done: tuple[Report, ...]) -> None:
        super().__init__(cause.info)
        self.step = step
        self.done = done


def execute(
    steps: tuple[Step, ...],
    services: Services,
    *,
    tell: Callable[[Report], None] = lambda report: None,
    adopt: bool = False,
    before_making: Callable[[], None] = lambda: None,
    sleep: Callable[[float], None] = time.sleep,
) -> tuple[Report, ...]:
    """Carries a plan out.

    Args:
        steps: the plan.
        services: who makes it.
        tell: hears what came of each step, as it comes.
        adopt: whether what somebody else made under the same name is used.
        before_making: called before the first thing is made, if any is; may raise to keep it from that.
        sleep: waits a number of seconds.

    Returns:
        What came of each step.

    Raises:
        ProvisioningStopped: a step failed.
    """
    run = _Run(services, adopt, before_making, sleep)
    reports: list[Report] = []
    for step in steps:
        reports.append(run.perform(step, tuple(reports)))
        tell(reports[-1])
    return tuple(reports)


def named(step: Step) -> str:
    """Returns what a step makes, with its name ("user pool shop")."""
    if step.kind is not Kind.SECOND_FACTORS:
        return f"{_NOUNS[step.kind]} {step.name}"
    wanted = (
        ("second factors", step.request["MfaConfiguration"] != "OFF"),
        ("passkeys", "WebAuthnConfiguration" in step.request),
    )
    return f"{listed([word for word, made in wanted if made])} of {step.name}"


class _Run:
    """One run: what it knows, and what it has made."""

    def __init__(
        self, services: Services, adopt: bool, before_making: Callable[[], None], sleep: Callable[[float], None]
    ) -> None:
        self._services = services
        self._adopt = adopt
        self._before_making = before_making
        self._sleep = sleep
        self._known: dict[tuple[str, str], str] = {}
        self._fresh: set[Kind] = set()

    def perform(self, step: Step, done: tuple[Report, ...]) -> Report:
        from botocore.exceptions import BotoCoreError, ClientError

        failed: AuthFlowError
        try:
            return self._perform(step)
        except (BotoCoreError, ClientError) as error:
            failed = error_of(error, f"The {named(step)}")
        except AuthFlowError as error:
            failed = error
        raise ProvisioningStopped(failed, step, done)

    def _perform(self, step: Step) -> Report:
        resource = RESOURCES[step.kind]
        request = self._resolved(step.request)
        assert isinstance(request, dict)  # noqa: S101 - requests are objects
        work = Work(
            step=step, request=request, services=self._services, fresh=frozenset(self._fresh), adopt=self._adopt
        )
        found = resource.find(work)
        made = self._make(resource, work) if found is None else found
        members = resource.members(work, made)
        self._known |= {(step.kind.value, name): value for name, value in members.items()}
        if found is None:
            self._fresh.add(step.kind)
        drift = () if found is None else tuple(differences(step, request, found, local=self._services.local))
        return Report(step=step, made=found is None, identifier=next(iter(members.values())), drift=drift)

    def _make(self, resource: Resource, work: Work) -> Json:
        from botocore.exceptions import ClientError

        if not self._fresh:
            self._before_making()
        waits = iter(_PATIENCE if Kind.SMS_ROLE in self._fresh else ())
        while True:
            try:
                return resource.make(work)
            except ClientError as error:
                wait = next(waits, None)
                if wait is None or code_of(error) not in _NOT_YET:
                    raise
            self._sleep(wait)

    def _resolved(self, value: object) -> object:
        if isinstance(value, Made):
            return self._known[value.kind, value.member]
        if isinstance(value, Mapping):
            return {name: self._resolved(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [self._resolved(inner) for inner in value]
        return value


def differences(step: Step, request: Json, found: Json, *, local: bool = False) -> Iterator[Drift]:
    """Yields how what is there differs from what would be made; what only the service added is no difference."""
    if local and step.kind in (Kind.SMS_ROLE, Kind.USERS_ROLE, Kind.GUESTS_ROLE):
        return
    there = as_request(found) if step.kind is Kind.USER_POOL else found
    for name, wished in request.items():
        if name not in _NOT_COMPARED:
            yield from _differences(name, wished, there.get(name))


def _differences(key: str, wished: object, found: object) -> Iterator[Drift]:
    if isinstance(wished, Mapping) and isinstance(found, Mapping):
        for name, inner in wished.items():
            yield from _differences(f"{key}.{name}", inner, found.get(name))
    elif _comparable(wished) != _comparable(found):
        yield Drift(key=key, wished=wished, found=found)


def _comparable(value: object) -> object:
    """Lists are sets here, and nothing is the same as what is off or empty."""
    if isinstance(value, list | tuple):
        return tuple(sorted(repr(_comparable(one)) for one in value)) or None
    if isinstance(value, Mapping):
        return tuple(sorted((name, repr(_comparable(inner))) for name, inner in value.items())) or None
    return value or None
