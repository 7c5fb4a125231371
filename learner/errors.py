"""The family of errors. Each name is a decision somebody has to take.

EvergreenError
├── InvalidExample       the example can't be learned from: correct it
│   └── ValueNotFound    a value that is nowhere on its page
├── NothingLearned       no field could be learned: give other examples
├── UnknownName          a site, template, field or version that isn't there
├── StateError           the state folder can't be used as it is
│   ├── StateTooNew      written by a newer release: upgrade
│   └── StateUnwritable  no space or no permission: make room, or make it writable
└── PageRejected         the page can't be read (empty, not HTML, beyond the bounds)
"""

from __future__ import annotations


class EvergreenError(Exception):
    """Base of all errors that are shown to people without a traceback.

    ``message`` says what went wrong and where; ``kept`` what is safe; ``hint`` the next command.
    """

    exit_code = 1

    def __init__(self, message: str, *, kept: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.kept = kept
        self.hint = hint

    def show(self) -> str:
        """The error as lines for a person."""
        lines = [self.message]
        if self.kept:
            lines.append(f"Kept: {self.kept}")
        if self.hint:
            lines.append(f"Next: {self.hint}")
        return "\n".join(lines)


class InvalidExample(EvergreenError):
    pass


class ValueNotFound(InvalidExample):
    pass


class NothingLearned(EvergreenError):
    pass


class UnknownName(EvergreenError):
    exit_code = 2


class StateError(EvergreenError):
    pass


class StateTooNew(StateError):
    pass


class StateUnwritable(StateError):
    pass


class PageRejected(EvergreenError):
    """``reason`` is one of: empty, not_html, too_large, too_many_nodes."""

    def __init__(self, message: str, *, reason: str, kept: str = "", hint: str = "") -> None:
        super().__init__(message, kept=kept, hint=hint)
        self.reason = reason
