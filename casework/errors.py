"""The few kinds of refusal; each carries the Chinese sentence its reader can act on.

A refusal names what happened, which row, field or entry, and what to do next. `ids` holds the
identifiers of the things concerned (never a child's name), for logs and tests.
"""


class CaseworkError(Exception):
    """Base of every refusal. `message` is Chinese, for the person; `ids` are codes, for the log."""

    def __init__(self, message: str, **ids: object) -> None:
        super().__init__(message)
        self.message = message
        self.ids = ids


class NotFound(CaseworkError):
    """It does not exist, or is not the reader's: both get the same answer."""


class NotAllowed(CaseworkError):
    """The actor's post does not carry this right here."""


class RuleBroken(CaseworkError):
    """The act contradicts a rule of the field; the message names the rule."""


class ChangedMeanwhile(CaseworkError):
    """Somebody else acted on the same thing after the form was shown."""


class BadInput(CaseworkError):
    """A file, field or argument cannot be read as meant."""
