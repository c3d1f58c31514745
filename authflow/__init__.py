"""authflow: Amazon Cognito's authentication flows as declarative state machines.

`AuthFlow` (blocking) and `AsyncAuthFlow` (asyncio, trio) drive a flow; `Snapshot` says what to draw; events tell what
happened.
"""

from authflow.app import AsyncAuthFlow, AuthFlow
from authflow.checking import FieldCheck
from authflow.errors import (
    ActionRejected,
    AuthFlowError,
    Busy,
    CallerError,
    ConfigurationError,
    ErrorCode,
    ErrorInfo,
    FlowClosed,
    InvalidInput,
    NotSent,
    OutcomeUnknown,
    Recovery,
    RevisionConflict,
    ServiceRefused,
    StoreUnavailable,
    Unreachable,
)
from authflow.events import Event
from authflow.ports import Provider, StoredSession, Tokens, TokenStore
from authflow.results import ForgotPasswordResult, SignInResult, SignOutResult, SignUpResult
from authflow.secrets import Secret
from authflow.snapshot import Action, Snapshot
from authflow.states import (
    AuthFlowType,
    DeliveryMedium,
    FlowStatus,
    ForgotPasswordState,
    ScreenState,
    SessionState,
    SignInState,
    SignUpConfirmationState,
    UserState,
)
from authflow.values import CodeDelivery, SignOutOptions

__all__ = [
    "Action",
    "ActionRejected",
    "AsyncAuthFlow",
    "AuthFlow",
    "AuthFlowError",
    "AuthFlowType",
    "Busy",
    "CallerError",
    "CodeDelivery",
    "ConfigurationError",
    "DeliveryMedium",
    "ErrorCode",
    "ErrorInfo",
    "Event",
    "FieldCheck",
    "FlowClosed",
    "FlowStatus",
    "ForgotPasswordResult",
    "ForgotPasswordState",
    "InvalidInput",
    "NotSent",
    "OutcomeUnknown",
    "Provider",
    "Recovery",
    "RevisionConflict",
    "ScreenState",
    "Secret",
    "ServiceRefused",
    "SessionState",
    "SignInResult",
    "SignInState",
    "SignOutOptions",
    "SignOutResult",
    "SignUpConfirmationState",
    "SignUpResult",
    "Snapshot",
    "StoreUnavailable",
    "StoredSession",
    "TokenStore",
    "Tokens",
    "Unreachable",
    "UserState",
]
