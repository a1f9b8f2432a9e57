"""The base of modal screens, each closed once whatever keys were typed ahead."""

from __future__ import annotations

from typing import ClassVar, Generic, TypeVar

from textual.await_complete import AwaitComplete
from textual.binding import Binding, BindingType
from textual.events import Key
from textual.screen import ModalScreen

from qpi_tui.actions import ACTIONS
from qpi_tui.terminal.quick_screen import QuickScreen
from qpi_tui.widgets.guard import Guard

R = TypeVar("R")


class Modal(QuickScreen[R], ModalScreen[R], Generic[R]):
    """A modal screen that closes only itself.

    Textual's `dismiss` pops the top screen: a key that arrives while the dialog closes would close the screen below,
    and a result that arrives while sign-in is above the dialog would close sign-in.
    """

    # Before the field gets it: text typed right after a tab belongs to the next field, on a slow line too.
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "app.focus_next", show=False, priority=True),
        Binding("shift+tab", "app.focus_previous", show=False, priority=True),
    ]
    # Whether Enter confirms something here, so that it must be meant for this dialog.
    guarded: ClassVar[bool] = False
    _later: tuple[R | None] | None = None

    def __init__(self) -> None:
        super().__init__()
        self._early: list[Key] = []
        self.guard = Guard()

    def refuses(self, key: Key) -> bool:
        """Whether a key would confirm and must not: early, held down, or pasted."""
        if not self.guarded:
            return False
        if key.key not in self.confirming:
            if key.is_printable:
                self.typed_over(key)
            return False
        return not self.guard.allows(key)

    @property
    def confirming(self) -> frozenset[str]:
        """The confirming keys: Enter on a button, and the key of the action."""
        keys = getattr(self.app, "keys", None)
        return frozenset({"enter", *(keys.of("dialog.confirm") if keys else ACTIONS["dialog.confirm"].keys)})

    def remark(self, sentence: str) -> None:
        """Report dropped input."""
        say = getattr(self.app, "say", None)
        if say is not None:
            say([("▲ ", "$text-warning"), (sentence, "")])

    def typed_over(self, key: Key) -> None:
        """A letter arrived: the text, and the Enter after it, are meant for another window."""
        self.guard.rearm(key.time)

    def early(self, key: Key) -> bool:
        """Take a key that was pressed before the first field had the focus, if it belongs there."""
        field = self.focused
        if field is None and not self.is_mounted:
            self._early.append(key)
            return True
        if field is None or not field.check_consume_key(key.key, key.character):
            return False
        field.post_message(Key(key.key, key.character))
        return True

    def on_mount(self) -> None:
        """Composed, and the first field has the focus: insert what was typed meanwhile."""
        if getattr(self.app, "slow", False) and self.styles.background.a < 1:
            # Dimming the screen behind takes as many bytes as a new screen.
            self.styles.background = "transparent"
        early, self._early = self._early, []
        for key in early:
            self.early(key)

    def dismiss(self, result: R | None = None) -> AwaitComplete:
        """Close with a result: now, when it is on top again, or not at all if already closed."""
        # Not `is_current`, which Textual also says of a screen that is seen behind a dialog.
        if self.is_active:
            return super().dismiss(result)
        if self in self.app.screen_stack:
            self._later = (result,)
        return AwaitComplete()

    @property
    def closing(self) -> bool:
        """Whether it closes as soon as it is on top again."""
        return self._later is not None

    def on_screen_resume(self) -> None:
        """Composed or on top again: keys typed ahead are for it. Close if requested before."""
        if (key_queue := getattr(self.app, "key_queue", None)) is not None:
            self.app.call_later(key_queue.screen_is_there)
        if self._later is not None:
            (result,), self._later = self._later, None
            self.dismiss(result)
