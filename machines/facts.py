"""What is known of conditions beyond what they look at: which never hold together, and which are meant to come first.

`authflow check` reads it, to tell rows that cannot both fit, and rows whose order is meant, from those whose order only
happens to be so. That none of the first kind holds in any flow that can be reached is tested; nothing else reads this.
"""

from typing import Final

from authflow.machine import Never, Precedes
from authflow.machines.account_calls import account_call, set_up_totp, verify_totp
from authflow.machines.attempt import (
    chose_email,
    chose_password,
    chose_password_srp,
    chose_totp,
    only_email_can_be_set_up,
    only_totp_can_be_set_up,
)
from authflow.machines.common import (
    auto_confirmed,
    confirms_by_link,
    contacts_are_asked,
    following_up,
    has_a_passkey,
    is_other_identity,
    is_other_session,
    passkey_is_offered,
    session_is_gone,
    session_is_over,
    signed_in,
    somebody_else_came,
)
from authflow.machines.screen import begins_with_reset, begins_with_sign_up, something_follows
from authflow.machines.session import globally, globally_too_late, holds_tokens, revoking
from authflow.machines.user import is_vouched_for
from authflow.outcomes import PasswordVerifierIssued
from authflow.states import AccountState, SessionState

_BUSY_WITH_ACCOUNT: Final = tuple(state for state in AccountState if state is not AccountState.idle)

NEVER: Final = (
    # One thing is chosen, or is the only one.
    Never(holds=(chose_password, chose_password_srp)),
    Never(holds=(chose_totp, chose_email)),
    Never(holds=(only_totp_can_be_set_up, only_email_can_be_set_up)),
    # With the session the tokens go; while the store is read again nobody signs in and brings new ones.
    Never(holds=(holds_tokens, session_is_over), states=(SessionState.rereading,)),
    # What follows a sign-in follows because the host application wants it.
    Never(holds=(following_up,), fails=(something_follows,)),
    # What is being done about an account is left when its user goes.
    Never(fails=(signed_in,), states=_BUSY_WITH_ACCOUNT),
    Never(holds=(somebody_else_came,), states=_BUSY_WITH_ACCOUNT),
    # An authenticator app is set up on the way in as well; here it is about an account.
    Never(fails=(account_call,), calls=(set_up_totp, verify_totp)),
)

PRECEDENCE: Final = (
    # Whoever is signed in already is asked nothing.
    Precedes(is_vouched_for, begins_with_sign_up),
    Precedes(is_vouched_for, begins_with_reset),
    # Who need not be confirmed waits for no link.
    Precedes(auto_confirmed, confirms_by_link),
    # The passkey is offered first, and then the contacts are asked for.
    Precedes(passkey_is_offered, contacts_are_asked),
    Precedes(has_a_passkey, contacts_are_asked),
    # What the store has that is new counts before what the flow had.
    Precedes(is_other_session, session_is_over),
    Precedes(is_other_identity, session_is_over),
    Precedes(is_other_identity, holds_tokens),
    Precedes(session_is_gone, session_is_over),
    Precedes(session_is_gone, holds_tokens),
    # Who has signed in again after the session ended has tokens to end the others with.
    Precedes(globally, globally_too_late),
    # The refresh token is revoked after the other sessions were ended, if it is still good then.
    Precedes(globally, revoking),
)

# Who asks for the proof of a password that nobody has given answers a question that was not asked.
MAY_NOT_FIT: Final = (PasswordVerifierIssued,)
