"""Themes of the dashboard: the active one, import and export."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from qpi_tui.domain.sanitize import clean, pad
from qpi_tui.domain.styled_text import Part
from qpi_tui.resources import themes as columns
from qpi_tui.screens.list_screen import ListScreen
from qpi_tui.session.connection import explain
from qpi_tui.widgets.step import Step

if TYPE_CHECKING:
    from qpi_tui.edits.outcome import Outcome
    from qpi_tui.rows.themes import ThemeRow

_log = logging.getLogger(__name__)
_RUNS = "▲ Its JavaScript runs in the browser of everyone who opens the dashboard."


class ThemesScreen(ListScreen["ThemeRow"]):
    """The themes of the dashboard."""

    resource = columns.RESOURCE
    empty: ClassVar[str] = "No themes: the dashboard shows the default one. i imports one from a folder."

    def summary(self) -> list[Part]:
        """Return which one is active."""
        active = next((record.label for record in self.records if record.is_active), columns.DEFAULT)
        return [(f"{len(self.records)} theme{'s' * (len(self.records) != 1)} · shown: ", ""), (active, "bold")]

    def detail(self, record: ThemeRow) -> list[list[Part]]:
        """Return its texts and parts."""
        lines: list[list[Part]] = [
            [(record.label, "bold"), ("  active" if record.is_active else "", "$text-success")],
            [("", "")],
            [("site name ", "$text-muted"), (record.site_name or "–", "")],
            [("tagline   ", "$text-muted"), (record.tagline or "–", "")],
            [("tokens    ", "$text-muted"), (", ".join(map(str, record.tokens or {})) or "–", "")],
            [("CSS       ", "$text-muted"), (f"{len(record.custom_css):,} characters", "")],
            [("JS        ", "$text-muted"), (f"{len(record.custom_js):,} characters", "")],
            [("logo      ", "$text-muted"), (record.logo or "–", "")],
            [("favicon   ", "$text-muted"), (record.favicon or "–", "")],
            [("id        ", "$text-muted"), (record.id, "")],
        ]
        return [*lines, [("", "")], [(_RUNS, "$text-warning")]] if record.custom_js else lines

    # -- changing ----------------------------------------------------------------------------------------------------

    def do_activate(self) -> None:
        """Activate the theme under the cursor."""
        record = self.table.cursor_record
        if record is not None and record.is_active:
            self.tell(f"{record.label} is already shown.")
        elif record is not None:
            self._activate(record.label, record.id, _RUNS if record.custom_js else "")

    def do_default(self) -> None:
        """Activate the default theme."""
        if any(record.is_active for record in self.records):
            self._activate(columns.DEFAULT, "", "")
        else:
            self.tell("The default theme is already shown.")

    def _activate(self, name: str, id: str, warning: str) -> None:
        from qpi_tui.edits.themes import ActivateTheme

        edit = ActivateTheme(target=name, theme=id)
        step = Step(id or "default", name, [(name, "bold")], partial(self.make, edit))
        note: list[Part] = [("Everyone who opens the dashboard sees it.", "")]
        if warning:
            note.append((f"\n{warning}", "$text-warning"))
        self.do_batch(f"Show {name} in the dashboard?", [step], confirm="Show", doing="Sending", note=note)

    def do_import(self) -> None:
        """Read a folder, check it, and save it as a new theme or replace the one of its name."""
        from qpi_tui.edits.outcome import Done
        from qpi_tui.edits.themes import REPLACES, ImportTheme
        from qpi_tui.files.theme_folder import read_theme
        from qpi_tui.widgets.form import Entry, Form

        def check(values: dict[str, str]) -> Sequence[Part]:
            theme = read_theme(_folder(values["folder"]))
            there = self._named(theme.name)
            said = f"{clean(theme.name, 60)}: {theme.words}"
            parts: list[Part] = [(said, "")]
            if there is not None:
                parts.append((f"\n▲ Replaces the theme of that name. {REPLACES}", "$text-warning"))
            return [*parts, (f"\n{_RUNS}", "$text-warning")] if theme.custom_js else parts

        async def act(values: dict[str, str]) -> Outcome:
            theme = read_theme(_folder(values["folder"]))
            there = self._named(theme.name)
            outcome = await self.make(ImportTheme.of(theme, there.id if there is not None else ""))
            if isinstance(outcome, Done):
                self.point_at(outcome.id)
                self.console.say_outcome(theme.name, outcome)
                self.feed.poke()
            return outcome

        from qpi_tui.files.complete_path import complete_path

        entry = Entry("folder", "folder with theme.json", placeholder="such as ~/lab-theme", complete=complete_path)
        form = Form("Import a theme", [entry], confirm="Import", check=check, act=act, kept="theme")
        self.app.push_screen(form)

    def _named(self, name: str) -> ThemeRow | None:
        return next((record for record in self.records if record.name == name), None)

    def do_export(self) -> None:
        """Export the theme under the cursor to a new folder."""
        from qpi_tui.edits.outcome import Done, Refused
        from qpi_tui.files.theme_folder import ThemeFiles, write_theme
        from qpi_tui.widgets.form import Entry, Form

        record = self.table.cursor_record
        if record is None:
            return

        def check(values: dict[str, str]) -> Sequence[Part]:
            folder = _folder(values["folder"])
            if folder.exists():
                raise ValueError(f"{clean(str(folder))} exists already. Choose another name.")
            return [(f"{record.label} → ", ""), (clean(str(folder)), "bold")]

        async def act(values: dict[str, str]) -> Outcome:
            folder, client = _folder(values["folder"]), self.connection.client
            try:
                theme = next(each for each in await client.list_themes() if each["id"] == record.id)
                names = {field: str(theme.get(field) or "") for field in ("logo", "favicon")}
                images = {
                    field: (name, await client.get_theme_file(record.id, name)) for field, name in names.items() if name
                }
                write_theme(folder, ThemeFiles.of(theme, images))
            except StopIteration:
                return Refused("Somebody else deleted the theme.")
            except ValueError as error:
                return Refused(str(error))
            except Exception as error:
                _log.debug("a theme could not be written", exc_info=True)
                return Refused(explain(error, doing="Not written"))
            self.tell(f"{record.label} written to {clean(str(folder))}", warn=False)
            return Done("written")

        from qpi_tui.files.complete_path import complete_path

        entry = Entry("folder", "new folder", placeholder="such as ~/lab-theme", complete=complete_path)
        self.app.push_screen(Form(f"Export {record.label}", [entry], confirm="Write", check=check, act=act))

    def do_delete(self) -> None:
        """Delete one or all marked."""
        from qpi_tui.edits.themes import DeleteTheme

        targets = self.targets()
        steps = [
            Step(
                record.id,
                record.label,
                [(f"{pad(record.label, 24)} ", "bold"), ("active" if record.is_active else "", "$text-warning")],
                partial(self.make, DeleteTheme(target=record.label, theme=record.id)),
            )
            for record in targets
        ]
        if steps:
            self.do_batch(
                f"Delete {steps[0].who}?" if len(steps) == 1 else f"Delete {len(steps)} themes?",
                steps,
                confirm="Delete",
                doing="Deleting",
                final=DeleteTheme.final,
                careful=True,
                after=self.unmark_done,
            )


def _folder(typed: str) -> Path:
    if not typed.strip():
        raise ValueError("Which folder?")
    from qpi_tui.files.private_file import typed_path

    return typed_path(typed)
