"""Others on the same token store: whoever was signed out or replaced there can sign in again."""

from collections.abc import Callable

import pytest

from authflow import AuthFlow
from authflow.adapters.local_pool import LocalPool, new_signing_key
from authflow.adapters.stores.memory import MemoryTokenStore
from authflow.states import SignInState, UserState

PASSWORD = "Correct-horse-9"
KEY = new_signing_key()


def leaves(other: AuthFlow) -> None:
    other.sign_out()


def becomes_a_guest(other: AuthFlow) -> None:
    other.sign_out()
    other.get_aws_credentials()


@pytest.mark.parametrize(("acts", "user"), [(leaves, UserState.signedOut), (becomes_a_guest, UserState.guest)])
def test_who_was_signed_out_elsewhere_signs_in_again(acts: Callable[[AuthFlow], None], user: UserState) -> None:
    with LocalPool(signing_key=KEY) as pool:
        setup, store = pool.quickstart(identity_pool="guests"), MemoryTokenStore()
        ana = {"UserPoolId": setup.pool_id, "Username": "ana"}
        pool.call("AdminCreateUser", ana)
        pool.call("AdminSetUserPassword", {**ana, "Password": PASSWORD, "Permanent": True})
        with AuthFlow.local(pool, token_store=store) as flow, AuthFlow.local(pool, token_store=store) as other:
            flow.initialize()
            flow.sign_in("ana", PASSWORD)
            other.initialize()
            acts(other)
            assert flow.sync_session() is user
            assert flow.flow.sign_in is SignInState.idle
            assert flow.sign_in("ana", PASSWORD).sign_in_state is SignInState.signedIn
            assert flow.user_state is UserState.signedIn
