"""Refusals as botocore raises them, and what becomes of them."""

from typing import Any, cast

from botocore import exceptions

from authflow.adapters.cognito.errors import error_from_client_error
from authflow.errors import ErrorInfo


def client_error(name: object, message: object = "No.", status: object = 400) -> exceptions.ClientError:
    response = {"Error": {"Code": name, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return exceptions.ClientError(cast(Any, response), "InitiateAuth")


def refused(name: object, message: object = "No.", status: object = 400, secrets: tuple[str, ...] = ()) -> ErrorInfo:
    return error_from_client_error(client_error(name, message, status), secrets=secrets)
