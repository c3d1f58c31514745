"""Small values that messages, the flow and results carry. None of them holds a secret."""

from collections.abc import Mapping
from typing import Final

import attrs

from authflow.secrets import Handle
from authflow.states import DeliveryMedium

# A plain dictionary, since a flow is data that can be pickled; typed so that nobody writes to it.
NOTHING: Mapping[str, str] = {}


@attrs.frozen(kw_only=True)
class CodeDelivery:
    """Where a code went (Cognito's CodeDeliveryDetails).

    Args:
        medium: how it was sent.
        destination: the masked address or number, as Cognito masks it; None when Cognito does not say.
        attribute: the attribute whose value the destination is ("email"); None when Cognito does not say.
    """

    medium: DeliveryMedium = DeliveryMedium.unknown
    destination: str | None = None
    attribute: str | None = None


@attrs.frozen(kw_only=True)
class Challenge:
    """A challenge that Cognito issued and the user has not yet answered for good.

    Args:
        name: Cognito's ChallengeName.
        parameters: its public parameters: all but the Session and what only the protocol needs.
        session: the handle of Cognito's Session, single-use; None when Cognito sent none.
        delivery: where the code went, when the challenge sent one.
        required_attributes: attributes that must come with a new password.
        lifetime: how long Cognito keeps the Session, in seconds: the app client's AuthSessionValidity (3 to 15
            minutes, 3 by default).
        expires_at: when the Session ends, in seconds since the epoch; known once the challenge has arrived.
    """

    name: str
    parameters: Mapping[str, str] = NOTHING
    session: Handle | None = None
    delivery: CodeDelivery | None = None
    required_attributes: tuple[str, ...] = ()
    lifetime: float = 180.0
    expires_at: float | None = None

    def armed(self, now: float) -> "Challenge":
        """Returns this challenge as it stands once it has arrived."""
        return Challenge(
            name=self.name,
            parameters=self.parameters,
            session=self.session,
            delivery=self.delivery,
            required_attributes=self.required_attributes,
            lifetime=self.lifetime,
            expires_at=now + self.lifetime,
        )


@attrs.frozen(kw_only=True)
class SignOutOptions:
    """How to sign out (AWSMobileClient's `SignOutOptions`).

    Args:
        sign_out_globally: end the user's sessions on every device (GlobalSignOut).
        invalidate_tokens: revoke this session's refresh token (RevokeToken).
    """

    sign_out_globally: bool = False
    invalidate_tokens: bool = True


LOCALLY: Final = SignOutOptions()


@attrs.frozen(kw_only=True)
class Account:
    """Whose tokens these are, as far as may be told.

    Args:
        username: Cognito's username, the one that its other operations take.
        user_sub: the `sub` claim; None when there was no readable ID token.
        tokens: the handle of the tokens in the vault.
        expires_at: when the access token ends, in seconds since the epoch.
    """

    username: str
    user_sub: str | None = None
    tokens: Handle
    expires_at: float
