"""What a user pool leaves of the machines: which states and screens can be reached with it, and what contradicts it.

A configuration rules states out in two ways: by conditions that read what the host application wants, and by answers
that Cognito cannot give with such a pool. The second are listed here, with their sources.
"""

from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import Final

import attrs

from authflow import outcomes
from authflow.check.findings import Finding, Severity, listed
from authflow.check.guards import Guards
from authflow.check.reach import reach
from authflow.check.subject import Subject
from authflow.frontend.traits import PoolTraits
from authflow.machine import Never
from authflow.machines.common import federated
from authflow.machines.identity_calls import credentials_are_kept, identity_is_kept, is_guest_with_identity
from authflow.quick import Value, frozen_value
from authflow.states import AuthFlowType, ScreenState
from authflow.values import DEFAULTS, Settings


@frozen_value(kw_only=True)
class Pool(Value):
    """What is known of a pool, and what the host application wants of flows on it.

    Args:
        traits: what is known of the user pool.
        identity_pool: whether there is an identity pool.
        settings: what the host application wants; what the traits say of it is not looked at.
    """

    traits: PoolTraits
    identity_pool: bool = False
    settings: Settings = DEFAULTS

    @property
    def wanted(self) -> Settings:
        """What the host application wants, where it leaves something open as the configuration says."""
        settings, traits = self.settings, self.traits
        return attrs.evolve(
            settings,
            passkeys=traits.passkeys if settings.passkeys is None else settings.passkeys,
            second_factors=traits.second_factors if settings.second_factors is None else settings.second_factors,
            providers=traits.providers if settings.providers is None else settings.providers,
        )


# Cognito developer guide, "Authentication with user pools" and the page of each challenge; API reference,
# InitiateAuth, ChallengeName.
_OF_CHOICE: Final = (
    outcomes.SelectChallengeIssued,
    outcomes.PasswordIssued,
    outcomes.PasswordSrpIssued,
    outcomes.SmsOtpIssued,
    outcomes.WebAuthnIssued,
)
_OF_SECOND_FACTORS: Final = (
    outcomes.SmsMfaIssued,
    outcomes.SoftwareTokenMfaIssued,
    outcomes.SelectMfaTypeIssued,
    outcomes.MfaSetupIssued,
)
_OF_PASSKEYS: Final = (outcomes.WebAuthnIssued, outcomes.PasskeyOptionsIssued, outcomes.PasskeyRegistered)
# What the identity pool says, and what the store can only have from it.
_OF_IDENTITIES: Final = (outcomes.IdentityFound, outcomes.CredentialsIssued, outcomes.IdentityRestored)
_BY_IDENTITIES: Final = (federated, identity_is_kept, credentials_are_kept, is_guest_with_identity)
_SENDS_PASSWORDS: Final = (AuthFlowType.USER_PASSWORD_AUTH, AuthFlowType.ADMIN_USER_PASSWORD_AUTH)


def _by_choice(pool: Pool) -> bool:
    return pool.traits.auth_flow is AuthFlowType.USER_AUTH


_CANNOT_COME: Final[tuple[tuple[tuple[type[outcomes.Outcome], ...], Callable[[Pool], bool]], ...]] = (
    (_OF_CHOICE, lambda pool: not _by_choice(pool)),
    (_OF_SECOND_FACTORS, lambda pool: pool.traits.second_factors is False),
    # A code by e-mail is a first factor or a second one.
    ((outcomes.EmailOtpIssued,), lambda pool: not _by_choice(pool) and pool.traits.second_factors is False),
    (_OF_PASSKEYS, lambda pool: pool.traits.passkeys is False),
    # The pool's triggers make challenges in the custom flow only; there they may ask for a proof of the password too.
    ((outcomes.CustomChallengeIssued,), lambda pool: "CUSTOM" not in pool.traits.auth_flow.value),
    ((outcomes.PasswordVerifierIssued,), lambda pool: pool.traits.auth_flow in _SENDS_PASSWORDS),
    ((outcomes.HostedUiIssued,), lambda pool: not pool.traits.providers),
    (_OF_IDENTITIES, lambda pool: not pool.identity_pool),
)


def on_pool(subject: Subject, pool: Pool) -> Subject:
    """Returns the subject as it is on a pool: with what is wanted there, and without what cannot come."""
    cannot_come = frozenset(outcome for those, cannot in _CANNOT_COME if cannot(pool) for outcome in those)
    never = () if pool.identity_pool else tuple(Never(holds=(condition,)) for condition in _BY_IDENTITIES)
    return attrs.evolve(subject, settings=pool.wanted, cannot_come=cannot_come, never=(*subject.never, *never))


@frozen_value(kw_only=True)
class Reachable(Value):
    """Which states of a machine can be reached.

    Args:
        machine: the machine's name.
        by_users: those that are reached by what screens offer.
        by_programs: those that only programs reach, by calling what no screen offers.
        never: those that nobody reaches.
    """

    machine: str
    by_users: tuple[StrEnum, ...]
    by_programs: tuple[StrEnum, ...]
    never: tuple[StrEnum, ...]


def reachable(subject: Subject) -> tuple[Reachable, ...]:
    """Returns which states can be reached, for each machine."""
    guards = Guards(subject)
    programs, users = reach(guards, programs=True), reach(guards, programs=False)
    found = []
    for machine in subject.machines:
        by_users, by_anybody = users.states[machine.name], programs.states[machine.name]
        found.append(
            Reachable(
                machine=machine.name,
                by_users=tuple(state for state in machine.states if state in by_users),
                by_programs=tuple(state for state in machine.states if state in by_anybody - by_users),
                never=tuple(state for state in machine.states if state not in by_anybody),
            )
        )
    return tuple(found)


def contradictions(pool: Pool) -> tuple[Finding, ...]:
    """Returns where the host application wants what the pool has not, or what it excludes itself."""
    return tuple(_contradictions(pool.traits, pool.settings))


def _contradictions(traits: PoolTraits, settings: Settings) -> Iterator[Finding]:
    if settings.initial_screen is ScreenState.signUp and not settings.self_sign_up:
        yield _of_settings(
            "settings.sign-up-closed",
            "Flows are to begin with the registration (initial_screen), and users may not register themselves "
            "(self_sign_up): they begin with the sign-in. Correct one of the two.",
        )
    if traits.passkeys is False and (settings.offer_passkey or settings.passkeys):
        name = "offer_passkey" if settings.offer_passkey else "passkeys"
        yield _of_settings(
            "settings.no-passkeys",
            f"Passkeys are to be offered ({name}), and the pool takes none: whoever accepts is refused. Leave it out.",
        )
    if traits.second_factors is False and settings.second_factors:
        yield _of_settings(
            "settings.no-second-factors",
            "Second factors are to be offered (second_factors), and the pool takes none. Leave it out.",
        )
    unknown = [name for name in settings.providers or () if name not in traits.providers]
    if unknown:
        yield _of_settings(
            "settings.unknown-provider",
            f"{listed(unknown)} {'is' if len(unknown) == 1 else 'are'} to be offered (providers), and the "
            f"configuration has no such identity provider. Add it there, or leave it out.",
        )
    brings = {*traits.required_attributes, *traits.username_attributes, *traits.verification_attributes}
    if settings.verify_contacts and brings.isdisjoint({"email", "phone_number"}):
        yield _of_settings(
            "settings.no-contacts",
            "Contacts are to be verified (verify_contacts), and a registration brings neither an e-mail address nor a "
            "phone number: most users have none to verify. Have registrations bring one, or leave it out.",
            Severity.NOTE,
        )


def _of_settings(rule: str, says: str, severity: Severity = Severity.ERROR) -> Finding:
    return Finding(rule=rule, says=says, severity=severity)
