import pytest

from authflow.adapters.cognito.meanings import meaning_of
from authflow.errors import ErrorCode, Recovery
from authflow.testing.recoveries import usual_error


@pytest.mark.parametrize(
    "name",
    ["CodeMismatch", "NotAuthorized", "TooManyRequests", "InternalError", "UserNotConfirmed", "ExpiredCode"],
)
def test_errors_are_as_the_adapter_tells_them(name: str) -> None:
    meaning = meaning_of(f"{name}Exception", "", 400, ())
    error = usual_error(meaning.code)
    assert (error.recovery, error.retryable) == (meaning.recovery, meaning.retryable)


def test_every_code_has_an_error() -> None:
    errors = {code: usual_error(code) for code in ErrorCode}
    assert {error.code for error in errors.values()} == set(ErrorCode)
    assert {error.recovery for error in errors.values()} >= set(Recovery) - {Recovery.REFRESH}
