"""The named methods of the blocking driver, in AWSMobileClient's words where it had them."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from authflow.drivers import held, naming
from authflow.drivers.blocking_session import BlockingSession
from authflow.drivers.results import (
    ForgotPasswordResult,
    SignInResult,
    SignOutResult,
    SignUpResult,
    deliveries_found,
    delivery_found,
    device_found,
    forgot_password_result,
    page_found,
    preference_found,
    sign_in_result,
    sign_out_result,
    sign_up_result,
)
from authflow.flow import Flow
from authflow.ports import PasskeyAuthenticator
from authflow.secrets import Secret, seal
from authflow.states import AuthFlowType, FirstFactor, MfaUse
from authflow.values import CodeDelivery, Device, MfaPreference, Page

if TYPE_CHECKING:
    from authflow.drivers.host import Host

Text = str | Secret[str]
Metadata = Mapping[str, str] | None


class BlockingCalls(BlockingSession):
    """What a program may ask of a flow by name; each method submits an action and reads what came of it.

    All of them raise what `BlockingFlow.submit` raises.
    """

    __slots__ = ()
    _host: "Host"

    @abstractmethod
    def _run(self, action: str, sealed: object, rev: int | None, answer: held.Answer[Any] | None = None) -> Flow: ...

    # Sign-in

    def sign_in(
        self,
        username: str,
        password: Text | None = None,
        *,
        validation_data: Metadata = None,
        client_metadata: Metadata = None,
        auth_flow: AuthFlowType | str | None = None,
        preferred_challenge: FirstFactor | str | None = None,
    ) -> SignInResult:
        """Starts a sign-in.

        Args:
            username: username or alias.
            password: the password; None where the flow needs none.
            validation_data: for the pre-authentication trigger; wins over client_metadata.
            client_metadata: for the pool's triggers.
            auth_flow: how to start; None for the configured way.
            preferred_challenge: the first factor to ask for, where the flow is a choice (USER_AUTH); None for the
                configured one, or for a list of those there are.

        Returns:
            Signed in; the challenge that waits for `confirm_sign_in`; or the screen that has to come first, such as
            confirmSignUp for somebody who never confirmed.
        """
        secret, start, preferred = seal(password), seal(auth_flow), seal(preferred_challenge)
        password = auth_flow = None
        values = naming.sign_in_values(username, secret, validation_data, client_metadata, start, preferred)
        return sign_in_result(self._run("sign_in", values, None))

    def confirm_sign_in(
        self,
        challenge_response: Text | None = None,
        *,
        user_attributes: Metadata = None,
        device_name: str | None = None,
        client_metadata: Metadata = None,
    ) -> SignInResult:
        """Answers the current challenge.

        Args:
            challenge_response: a code, a new password, one of the options, or whatever it asks for; None takes the
                first option.
            user_attributes: attributes that a new password must bring.
            device_name: a name for the authenticator app that is being set up.
            client_metadata: for the pool's triggers.
        """
        answer, attributes = seal(challenge_response), seal(user_attributes)
        challenge_response = user_attributes = None
        values = naming.answer_values(answer, attributes, device_name, client_metadata)
        return sign_in_result(self._run("confirm_sign_in", values, None))

    def confirm_sign_in_with_passkey(self, authenticator: PasskeyAuthenticator) -> SignInResult:
        """Answers WEB_AUTHN with what `authenticator` signs.

        Raises:
            ActionRejected: no passkey is asked for.
        """
        asked = self._host.flow
        answer = held.ask_authenticator(authenticator.get, held.passkey_request(asked))
        # To what was asked then: the sign-in may have gone on meanwhile.
        return sign_in_result(self._run("confirm_sign_in", naming.answer_values(answer, None, None, None), asked.rev))

    def resend_code(self, *, client_metadata: Metadata = None) -> SignInResult:
        """Has the code of the sign-in sent anew, where that can be done.

        Raises:
            ActionRejected: it cannot: the code follows a password that was not kept.
        """
        return sign_in_result(self._run("resend_code", naming.metadata_values(client_metadata), None))

    def choose_another_factor(self) -> SignInResult:
        """Has the first factors listed that there are, instead of the one that is asked for."""
        return sign_in_result(self._run("choose_another_factor", {}, None))

    def totp_secret(self) -> Secret[str]:
        """Returns the TOTP secret that is being set up, at sign-in or signed in.

        Raises:
            ActionRejected: none is.
        """
        return self._host.totp_secret(self._host.flow)

    def cancel(self) -> None:
        """Gives up the attempt under way at once; whoever waits for it gets userCancelledSignIn.

        Whoever waits only for what the flow went on to do by itself (to offer a passkey after a sign-in, to sign in
        after a confirmation) has what was asked for, and gets its result.
        """
        self._run("cancel", {}, None)

    def back(self) -> None:
        """Goes to the screen before this one; a challenge is abandoned."""
        self._run("back", {}, None)

    def skip(self) -> None:
        """Leaves out a step that may be done later."""
        self._run("skip", {}, None)

    # Sign-up

    def sign_up(
        self,
        username: str,
        password: Text | None = None,
        *,
        user_attributes: Metadata = None,
        validation_data: Metadata = None,
        client_metadata: Metadata = None,
        auto_sign_in: bool | None = None,
    ) -> SignUpResult:
        """Registers a user.

        Args:
            username: the username, or the alias that serves as one.
            password: the password; None where the pool does without.
            user_attributes: the user's attributes.
            validation_data: for the pre-sign-up trigger.
            client_metadata: for the pool's triggers.
            auto_sign_in: whether to sign in by itself once the registration is confirmed; None for the setting.
        """
        secret, attributes = seal(password), seal(user_attributes)
        password = user_attributes = None
        values = naming.sign_up_values(username, secret, attributes, validation_data, client_metadata, auto_sign_in)
        return sign_up_result(self._run("sign_up", values, None))

    def confirm_sign_up(
        self,
        username: str,
        confirmation_code: Text,
        *,
        force_alias_creation: bool = False,
        client_metadata: Metadata = None,
    ) -> SignUpResult:
        """Confirms a registration; signs in only if that was asked for at sign-up.

        Args:
            username: whose.
            confirmation_code: the code that was sent.
            force_alias_creation: take the address or number away from another user who has it as an alias.
            client_metadata: for the pool's triggers.
        """
        code = seal(confirmation_code)
        confirmation_code = ""
        values = naming.username_values(username, client_metadata, code=code)
        return sign_up_result(
            self._run("confirm_sign_up", {**values, "force_alias_creation": force_alias_creation}, None)
        )

    def resend_sign_up_code(self, username: str, *, client_metadata: Metadata = None) -> SignUpResult:
        """Has the confirmation code or link sent anew."""
        values = naming.username_values(username, client_metadata)
        return sign_up_result(self._run("resend_sign_up_code", values, None))

    def check_confirmation(self) -> SignInResult:
        """Finds out whether the link was followed meanwhile, by signing in."""
        return sign_in_result(self._run("check_confirmation", {}, None))

    # Forgotten password

    def forgot_password(self, username: str, *, client_metadata: Metadata = None) -> ForgotPasswordResult:
        """Has a reset code sent."""
        values = naming.username_values(username, client_metadata)
        return forgot_password_result(self._run("forgot_password", values, None))

    def confirm_forgot_password(
        self,
        username: str,
        new_password: Text,
        confirmation_code: Text,
        *,
        client_metadata: Metadata = None,
    ) -> ForgotPasswordResult:
        """Sets a new password with the code that was sent; taken without a request made in this flow too."""
        secret, code = seal(new_password), seal(confirmation_code)
        new_password = confirmation_code = ""
        values = naming.username_values(username, client_metadata, new_password=secret, code=code)
        return forgot_password_result(self._run("confirm_forgot_password", values, None))

    # Contacts

    def check_contacts(self) -> None:
        """Reads the user's contacts again, after that had failed."""
        self._run("check_contacts", {}, None)

    def verify_user_attribute(self, attribute_name: str, *, client_metadata: Metadata = None) -> CodeDelivery | None:
        """Has a code sent to the user's e-mail address ("email") or number ("phone_number"); says where it went."""
        values = {"attribute": seal(attribute_name), **naming.metadata_values(client_metadata)}
        return delivery_found(self._run("verify_user_attribute", values, None))

    def confirm_verify_user_attribute(self, attribute_name: str, code: Text) -> None:
        """Verifies an e-mail address or number with the code that was sent."""
        sealed = seal(code)
        code = ""
        self._run("confirm_verify_user_attribute", {"attribute": seal(attribute_name), "code": sealed}, None)

    # The account

    def change_password(self, current_password: Text, proposed_password: Text) -> None:
        """Changes the password of the user who is signed in.

        Raises:
            ServiceRefused: the current one is wrong (code notAuthorized), or the new one meets not every rule.
        """
        current, proposed = seal(current_password), seal(proposed_password)
        current_password = proposed_password = ""
        self._run("change_password", {"password": current, "new_password": proposed}, None)

    def get_user_attributes(self) -> Mapping[str, str]:
        """Returns the user's attributes, as Cognito has them now."""
        answer = held.Answer(held.attributes)
        self._run("fetch_user_attributes", {}, None, answer)
        return answer.value()

    def update_user_attributes(
        self, attributes: Mapping[str, str], *, client_metadata: Metadata = None
    ) -> tuple[CodeDelivery, ...]:
        """Changes the user's attributes; an empty value takes one away.

        Returns:
            Where codes went that verify a new address or number; `confirm_verify_user_attribute` takes them.
        """
        sealed = seal(attributes)
        attributes = {}
        values = {**naming.attribute_values(sealed), **naming.metadata_values(client_metadata)}
        return deliveries_found(self._run("update_user_attributes", values, None))

    def delete_user(self) -> SignOutResult:
        """Deletes the account of the user who is signed in, for good, and signs out.

        Returns:
            What the sign-out could not do: tokens that stayed in the store are found there at the next start.
        """
        return sign_out_result(self._run("delete_user", {}, None))

    # Second factors

    def set_up_totp(self) -> Secret[str]:
        """Has a TOTP secret made for an authenticator app, and returns it; `verify_totp_setup` completes it."""
        answer = held.Answer(held.issued_totp_secret)
        self._run("set_up_totp", {}, None, answer)
        return answer.value()

    def verify_totp_setup(self, code: Text, *, device_name: str | None = None) -> None:
        """Shows with a code that the authenticator app has the secret."""
        sealed = seal(code)
        code = ""
        self._run("verify_totp_setup", {"code": sealed, "device_name": seal(device_name)}, None)

    def fetch_mfa_preference(self) -> MfaPreference:
        """Returns which second factors the user has."""
        return preference_found(self._run("fetch_mfa_preference", {}, None))

    def update_mfa_preference(
        self,
        *,
        sms: MfaUse | str | None = None,
        totp: MfaUse | str | None = None,
        email: MfaUse | str | None = None,
    ) -> None:
        """Sets which second factors are used; None leaves one as it is."""
        self._run("update_mfa_preference", {"sms": seal(sms), "totp": seal(totp), "email": seal(email)}, None)

    # Passkeys

    def register_passkey(self, authenticator: PasskeyAuthenticator | None = None) -> str:
        """Starts to register a passkey; with an authenticator, has it made and completes it.

        Returns:
            What the passkey is to be made with (PublicKeyCredentialCreationOptionsJSON), for `complete_passkey`.
        """
        asked = self._run("register_passkey", {}, None)
        options = held.passkey_options(asked)
        if authenticator is not None:
            made = held.ask_authenticator(authenticator.create, options)
            self._run("complete_passkey", {"credential": made}, asked.rev)
        return options

    def complete_passkey(self, credential: Text) -> None:
        """Registers the passkey that the browser or platform made (RegistrationResponseJSON)."""
        sealed = seal(credential)
        credential = ""
        self._run("complete_passkey", {"credential": sealed}, None)

    def list_passkeys(self, *, limit: int | None = None, next_token: str | None = None) -> Page:
        """Returns a page of the user's passkeys."""
        return page_found(self._run("list_passkeys", naming.page_values(limit, next_token), None))

    def delete_passkey(self, passkey_id: str) -> None:
        """Deletes one of the user's passkeys."""
        self._run("delete_passkey", {"passkey_id": seal(passkey_id)}, None)

    # Devices

    def list_devices(self, *, limit: int | None = None, next_token: str | None = None) -> Page:
        """Returns a page of the user's devices."""
        return page_found(self._run("list_devices", naming.page_values(limit, next_token), None))

    def get_device(self, device_key: str | None = None) -> Device:
        """Returns one of the user's devices; None is this one."""
        return device_found(self._run("get_device", {"device_key": seal(device_key)}, None))

    def update_device_status(self, device_key: str | None = None, *, remembered: bool = True) -> None:
        """Remembers one of the user's devices, or stops remembering it; None is this one."""
        self._run("update_device_status", {"device_key": seal(device_key), "remembered": remembered}, None)

    def forget_device(self, device_key: str | None = None) -> None:
        """Forgets one of the user's devices; None is this one."""
        self._run("forget_device", {"device_key": seal(device_key)}, None)
