"""authflow: Amazon Cognito's authentication flows as declarative state machines.

`AuthFlow` (blocking) and `AsyncAuthFlow` (asyncio, trio) drive a flow; `Snapshot` says what to draw; events tell what
happened.
"""

from authflow.app import AsyncAuthFlow, AuthFlow
from authflow.drivers.results import ForgotPasswordResult, SignInResult, SignOutResult, SignUpResult
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
from authflow.frontend.fields import Field, FieldCheck, FieldKind, Option, RuleCheck
from authflow.frontend.forms import FieldOptions, Form
from authflow.frontend.snapshot import Action, Snapshot
from authflow.ports import PasskeyAuthenticator, Provider, StoredSession, Tokens, TokenStore
from authflow.secrets import Secret
from authflow.states import (
    AccountState,
    AuthFlowType,
    DeliveryMedium,
    FirstFactor,
    FlowStatus,
    ForgotPasswordState,
    MfaUse,
    ScreenState,
    SessionState,
    SignInState,
    SignUpConfirmationState,
    UserState,
)
from authflow.values import CodeDelivery, Device, MfaPreference, Page, Passkey, Settings, SignOutOptions

__all__ = [
    "AccountState",
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
    "Device",
    "ErrorCode",
    "ErrorInfo",
    "Event",
    "Field",
    "FieldCheck",
    "FieldKind",
    "FieldOptions",
    "FirstFactor",
    "FlowClosed",
    "FlowStatus",
    "ForgotPasswordResult",
    "ForgotPasswordState",
    "Form",
    "InvalidInput",
    "MfaPreference",
    "MfaUse",
    "NotSent",
    "Option",
    "OutcomeUnknown",
    "Page",
    "Passkey",
    "PasskeyAuthenticator",
    "Provider",
    "Recovery",
    "RevisionConflict",
    "RuleCheck",
    "ScreenState",
    "Secret",
    "ServiceRefused",
    "SessionState",
    "Settings",
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
