"""Sign-in at Cognito's hosted UI: browsers to show it in, and the address to sign out of it at."""

from authflow.adapters.oauth.asking import AskingBrowser
from authflow.adapters.oauth.sign_out import sign_out_url
from authflow.adapters.oauth.system_browser import SystemBrowser

__all__ = ["AskingBrowser", "SystemBrowser", "sign_out_url"]
