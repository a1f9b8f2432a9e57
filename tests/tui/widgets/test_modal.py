"""A modal screen closes only itself, and only once it is on top."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.widgets import Static

from qpi_tui.widgets.modal import Modal


class Named(Modal[str]):
    def __init__(self, title: str) -> None:
        super().__init__()
        self.title = title

    def compose(self) -> ComposeResult:
        yield Static(self.title or "")


async def test_an_answer_for_a_dialog_behind_another_closes_it_when_it_is_on_top_again() -> None:
    app, lower, upper = App[None](), Named("lower"), Named("upper")
    said: list[str | None] = []
    async with app.run_test() as pilot:
        app.push_screen(lower, said.append)
        app.push_screen(upper, said.append)
        await pilot.pause()
        lower.dismiss("made")
        await pilot.pause()
        assert (app.screen, said, lower.closing) == (upper, [], True)
        upper.dismiss("cancelled")
        await pilot.pause()
        await pilot.pause()
        assert (app.screen_stack[1:], said) == ([], ["cancelled", "made"])
        # A key that comes late closes nothing more.
        lower.dismiss("again")
        await pilot.pause()
        assert (len(app.screen_stack), said) == (1, ["cancelled", "made"])
