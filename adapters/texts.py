"""Words for what a snapshot names: labels, headings, media, rules, errors, recoveries.

`CATALOGUE` is English and has an entry for every key that a snapshot can bring, but for attributes of a pool's own: for
these words are made from their names. A host application replaces phrases, or brings another language, with a
`Catalogue` of its own:

    >>> japanese = Catalogue({"action.sign_in": "サインイン", "error.codeMismatch": "コードが違います。"})
    >>> japanese.text("action.sign_in"), japanese.text("action.back")
    ('サインイン', 'Back')
"""

import re
from collections.abc import Mapping
from typing import Final

import attrs

from authflow.adapters.texts_english import ENGLISH
from authflow.errors import ErrorInfo
from authflow.frontend.snapshot import Snapshot
from authflow.states import ScreenState, SignInState
from authflow.values import CodeDelivery


@attrs.frozen
class Catalogue:
    """Phrases by key. What it does not have, its parent has, and at last English.

    Args:
        phrases: its own phrases; what stands in braces is filled in.
        parent: where to look next; None for English.
    """

    phrases: Mapping[str, str]
    parent: "Catalogue | None" = None

    def text(self, key: str, **parameters: object) -> str:
        """Returns the words for a key; for one that nobody has, words made from its last part.

        Args:
            key: a label_key, title_key or the like.
            parameters: what the phrase's braces are filled with; what is missing is left as it stands.
        """
        found = self._find(key)
        if found is None:
            last = key.rpartition(".")[2].removeprefix("custom:")
            return re.sub(r"[\s_:-]+", " ", last).strip().capitalize() or key
        return _BRACES.sub(lambda brace: str(parameters.get(brace[1], brace[0])), found)

    def _find(self, key: str) -> str | None:
        catalogue: Catalogue | None = self
        while catalogue is not None:
            if key in catalogue.phrases:
                return catalogue.phrases[key]
            catalogue = catalogue.parent
        return ENGLISH.get(key)

    def title(self, snapshot: Snapshot) -> str:
        """Returns the heading of the screen."""
        return self.text(snapshot.title_key)

    def error(self, error: ErrorInfo) -> str:
        """Returns what happened and what can be done about it: by the service's own name of it, or by its code."""
        named = self._find(f"error.{error.name}") if error.name else None
        known = named or self._find(f"error.{error.code.value}")
        return " ".join(
            part for part in (known or error.message, self.text(f"recovery.{error.recovery.value}")) if part
        )

    def delivery(self, delivery: CodeDelivery, *, link: bool = False) -> str:
        """Returns where a code, or a link, went, as a sentence."""
        medium = self.text(f"medium.{delivery.medium.value}")
        where = "somewhere" if delivery.destination else "nowhere"
        return self.text(
            f"delivery.link.{where}" if link else f"delivery.{where}",
            medium=medium,
            destination=delivery.destination,
        )

    def delivered(self, snapshot: Snapshot) -> str:
        """Returns where went what the screen waits for, as a sentence; nothing where nothing was sent."""
        if snapshot.delivery is None:
            return ""
        return self.delivery(snapshot.delivery, link=snapshot.screen is ScreenState.awaitingLink)

    def challenge(self, name: str, state: SignInState) -> str:
        """Returns what a challenge asks for.

        Args:
            name: Cognito's ChallengeName.
            state: the sign-in state that stands for it.
        """
        known = self._find(f"challenge.{state.value}")
        return known if known is not None else self.text("challenge", name=name)


_BRACES: Final = re.compile(r"\{(\w+)\}")
CATALOGUE: Final = Catalogue({})


def text(key: str, **parameters: object) -> str:
    """Returns the English words for a key.

    Example:
        >>> text("action.sign_in"), text("field.attribute.custom:favourite_tea"), text("field.answer.unknown")
        ('Sign in', 'Favourite tea', 'Answer')
    """
    return CATALOGUE.text(key, **parameters)


def challenge_title(name: str, state: SignInState) -> str:
    """Returns what a challenge asks for, in English."""
    return CATALOGUE.challenge(name, state)
