"""The declarations: one file a machine, and nothing that is not a rule of a flow."""

from authflow.machine import Machine
from authflow.machines.account import ACCOUNT
from authflow.machines.forgot_password import FORGOT_PASSWORD
from authflow.machines.identity import IDENTITY
from authflow.machines.screen import SCREEN
from authflow.machines.session import SESSION
from authflow.machines.sign_in import SIGN_IN
from authflow.machines.sign_up import SIGN_UP
from authflow.machines.user import USER

if __name__ != "authflow.machines":  # a second copy of every class would compare unequal to the first
    raise ImportError("import authflow.machines, not machines")

# In the order of authflow.flow.REGIONS: rows that one message chooses apply in it.
MACHINES: tuple[Machine, ...] = (USER, SIGN_IN, SIGN_UP, FORGOT_PASSWORD, SCREEN, SESSION, ACCOUNT, IDENTITY)

__all__ = [
    "ACCOUNT",
    "FORGOT_PASSWORD",
    "IDENTITY",
    "MACHINES",
    "SCREEN",
    "SESSION",
    "SIGN_IN",
    "SIGN_UP",
    "USER",
    "Machine",
]
