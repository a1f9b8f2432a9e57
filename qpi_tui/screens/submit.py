"""Submit a circuit: a file or pasted text, a QPU, shots, level, parameters; checked while typing."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Input, Static

from qpi_tui.domain.circuit_check import (
    EXAMPLE,
    MOST_BYTES,
    Question,
    read_shots,
    read_values,
    refuse_no_text,
    remarks,
    size_problem,
)
from qpi_tui.domain.durations import duration
from qpi_tui.domain.roles import Role
from qpi_tui.domain.sanitize import clean
from qpi_tui.domain.styled_text import Part
from qpi_tui.edits.jobs import SubmitJob
from qpi_tui.edits.outcome import Done, Outcome, Refused
from qpi_tui.files.complete_path import complete_path
from qpi_tui.live.readings import Readings
from qpi_tui.live.reads import drivers_or_none
from qpi_tui.rows.qpu_service import services_of
from qpi_tui.session.connection import explain
from qpi_tui.widgets.form import Entry, Form
from qpi_tui.widgets.push_button import PushButton
from qpi_tui.widgets.text_box import TextBox

if TYPE_CHECKING:
    from qpi_tui.rows.jobs import JobRow
    from qpi_tui.rows.qpus import QPURow
from qpi_tui.resources import registry
from qpi_tui.rows.past_jobs import past_words
from qpi_tui.screens.base import ConsoleScreen

_log = logging.getLogger(__name__)

LEVELS = {"counts": 2, "IQ points": 1, "raw traces": 0}


def ask_submit(
    screen: ConsoleScreen, jobs: Sequence[JobRow], done: Callable[[str], None], draft: dict[str, str]
) -> None:
    """Read the QPUs that take jobs, then ask; `done` gets the new job's id. `jobs` are known ones, newest first.

    `draft` is the input of a form that was closed without sending; the new draft is stored there.
    """

    async def ask() -> None:
        try:
            records = await screen.connection.client.list_qpus()
            qpus = registry()["qpus"].decode_all(records)
            services = services_of(qpus, await drivers_or_none(screen.connection))
        except Exception as error:
            _log.debug("the QPUs could not be read", exc_info=True)
            screen.tell(explain(error, doing="The QPUs cannot be read"))
            return
        # A monitor is a driver too, and loses the jobs that it gets.
        monitored = {service.qpu.id for service in services if service.only_monitors}
        # On v0.0 a QPU is its own driver.
        kinds = {str(record.get("id")): str(record.get("executor_type") or "") for record in records}
        kinds.update({service.qpu.id: service.kind for service in services if service.kind})
        on = [qpu for qpu in qpus if qpu.state == "online" and qpu.id not in monitored]
        if not on:
            screen.tell("No QPU takes jobs now: a job would stay queued. The QPUs screen says why.")
        elif screen.is_active:
            form = SubmitForm(screen, on, jobs, done, draft, kinds)
            screen.app.push_screen(form, form.closed)

    screen.run_worker(screen.console.key_queue.opening(ask()), group="submit", exclusive=True, exit_on_error=False)


class CircuitText(TextBox):
    """The circuit. A paste replaces the unchanged example."""

    def __init__(self, text: str) -> None:
        super().__init__(text, "Paste or type OpenQASM. F2 inserts an example.", lines=7, code=True, id="circuit-text")
        self.move_cursor((0, 0))

    def on_paste(self, event: events.Paste) -> None:
        """Let a paste replace an unchanged example; the base class pastes after this."""
        if self.text == EXAMPLE:
            self.select_all()


class SubmitForm(Form):
    """The form: the circuit above, its settings and a preview below."""

    DEFAULT_CSS = """
    SubmitForm > Vertical { width: 100; }
    SubmitForm .title { margin-bottom: 0; }
    SubmitForm .row { height: auto; }
    SubmitForm .row .label { width: 12; margin: 0; }
    SubmitForm .row Input, SubmitForm .row Choice { width: 1fr; }
    SubmitForm PushButton { margin-right: 1; }
    SubmitForm #preview { margin-top: 1; min-height: 3; }
    """

    def __init__(
        self,
        screen: ConsoleScreen,
        qpus: Sequence[QPURow],
        jobs: Sequence[JobRow],
        done: Callable[[str], None],
        draft: dict[str, str],
        kinds: Mapping[str, str],
    ) -> None:
        self._draft = draft
        self._kinds = kinds
        self._readings = Readings(lambda: screen.console.drawer, lambda: self._preview(final=False))
        self._qpus = _by_name(qpus)
        self._jobs = jobs
        self._of = screen
        self._done = done
        self._made: str | None = None
        entries = [
            Entry("file", "file", placeholder="a path (tab completes), or paste above", complete=complete_path),
            Entry("qpu", "QPU", choices=list(self._qpus)),
            Entry("shots", "shots", value="1024"),
            Entry("level", "result", choices=list(LEVELS)),
            Entry("return", "of shots", choices=("each", "their mean"), shown=lambda v: v["level"] != "counts"),
            Entry("values", "parameters", placeholder="0.5 pi/2; 0.7 pi/2", shown=self._has_inputs),
        ]
        # A file was read into the text, which may have been edited since.
        entries = [replace(entry, value=draft.get(entry.id, entry.value)) for entry in entries]
        self._loaded = draft.get("loaded", "")
        super().__init__("Submit a job", entries, confirm="Submit", check=self._look, act=self._submit)

    def on_mount(self) -> None:
        """Start the process that reads circuits, which takes a second, while the user types."""
        self._readings.of(Question(EXAMPLE))

    def body(self) -> ComposeResult:
        """Compose the text, a line for each setting, and the preview."""
        yield CircuitText(self._draft.get("text", ""))
        for entry in self._entries:
            with Horizontal(classes="row"):
                yield Static(Content(entry.label), classes="label", id=f"label-{entry.id}")
                yield entry.box()
        yield Static("", classes="hint", id="preview")
        yield from self.remarks()

    def values(self) -> dict[str, str]:
        """Return the values of the lines and the text."""
        return {**super().values(), "text": self.query_one(CircuitText).text}

    def tell_kept(self) -> None:
        """Say how to return to the draft."""
        key = self._of.console.keys.word("jobs.submit")
        self._of.tell(f"Not sent. Draft kept: {key} returns to it, F2 starts over.", warn=False)

    def keep_draft(self) -> bool:
        """Keep everything as a draft, except the bare example."""
        values = self.values() if self.is_mounted else {}
        entered = values and (values["text"] not in ("", EXAMPLE) or values["file"] or values["values"])
        self._draft.clear()
        if entered:
            self._draft.update(values, loaded=self._loaded)
        return bool(entered)

    @on(Input.Changed, "#entry-file")
    def file_named(self, event: Input.Changed) -> None:
        """Read an existing file as soon as its name is complete."""
        self._read(event.value.strip())

    def buttons(self) -> ComposeResult:
        """Compose the buttons: send, the example, the editor, cancel."""
        confirm, cancel = super().buttons()
        yield confirm
        yield PushButton("Example", "dialog.example", "F2")
        yield PushButton("Edit", "dialog.edit_text", self._of.console.keys.word("dialog.edit"))
        yield cancel

    def on_key(self, event: object) -> None:
        """F2 inserts the example."""
        if getattr(event, "key", "") == "f2":
            self.do_example()

    def do_edit_text(self) -> None:
        """Open the circuit in the user's editor."""
        self.set_focus(self.query_one(CircuitText))
        self.call_later(self.do_edit)

    def do_example(self) -> None:
        """Insert the example, a Bell pair."""
        self.query_one("#entry-file", Input).value = ""
        self.query_one("#entry-values", Input).value = ""
        self.query_one(CircuitText).load_text(EXAMPLE)

    # -- what was typed ----------------------------------------------------------------------------------------------

    def _read(self, name: str) -> None:
        if name and name == self._loaded:
            return
        self._loaded = ""
        if not name:
            return
        try:
            path = Path(name).expanduser()
            if not path.is_file() or path.stat().st_size > MOST_BYTES:
                return
            text = path.read_text(encoding="utf-8-sig")
            refuse_no_text(text)
        except (OSError, ValueError, RuntimeError):
            return
        self._loaded = name
        self.query_one(CircuitText).load_text(text)

    @staticmethod
    def _file_problem(name: str) -> str:
        """Return why a file cannot be used."""
        try:
            path = Path(name).expanduser()
            if path.is_dir():
                return f"{clean(name, 60)} is a folder. Name a file in it."
            if not path.is_file():
                return f"There is no file {clean(name, 60)}."
            if path.stat().st_size > MOST_BYTES:
                return f"{clean(path.name, 60)} has {path.stat().st_size:,} bytes; {MOST_BYTES:,} is the limit."
            refuse_no_text(path.read_text(encoding="utf-8-sig"))
        except UnicodeDecodeError:
            return f"{clean(name, 60)} is not text."
        except (OSError, RuntimeError) as error:
            return f"{clean(name, 60)} cannot be read: {getattr(error, 'strerror', None) or error}."
        except ValueError as error:
            return f"{clean(name, 60)}: {error}"
        return ""

    def _has_inputs(self, values: dict[str, str]) -> bool:
        """Whether values can be given, as far as the text is parsed."""
        reading = self._readings.last
        unread = reading is not None and not reading.checked and not reading.refused
        return bool(values["values"]) or unread or (reading is not None and bool(reading.inputs))

    def _look(self, values: dict[str, str]) -> Sequence[Part]:
        name = values["file"].strip()
        # Also if the file was read and is now gone: its text must not be sent under a name that nobody can check.
        if name and (name != self._loaded or not _is_file(name)):
            raise ValueError(self._file_problem(name) or f"There is no file {clean(name, 60)}.")
        refuse_no_text(values["text"])
        shots = read_shots(values["shots"])
        question = self._question(values)
        reading = self._readings.of(question)
        money = self._money()
        if reading is None:
            return [("Reading the circuit…", "$text-muted")]
        level = LEVELS[values["level"]]
        if refused := reading.refused_at(level) or size_problem(
            [reading], question.kind, shots, level, _returns(values)
        ):
            raise ValueError(clean(refused))
        said = [clean(remark) for remark in remarks(reading, level=level)]
        sets = len(question.values)
        runs = f"{sets} sets × " if sets > 1 else ""
        parts: list[Part] = [
            (f"{reading.words}, {runs}{shots:,} shots on {question.qpu}", "bold"),
            (f" ({question.qubits} qubits)" if question.qubits else "", "$text-muted"),
        ]
        qpu = self._qpus[values["qpu"]].id
        parts += [(f"\n{money}", ""), (past_words(self._jobs, qpu=qpu, circuits=1, shots=shots), "")]
        if said:
            parts.append((f"\n▲ {'; '.join(said)}", "$text-warning"))
        return parts

    def _question(self, values: dict[str, str]) -> Question:
        """Return the checks of the text; raise `ValueError` for invalid values."""
        qpu = self._qpus[values["qpu"]]
        return Question(
            values["text"],
            self._kinds.get(qpu.id, ""),
            clean(values["qpu"]),
            qpu.num_qubits or 0,
            read_values(values["values"]),
        )

    def on_unmount(self) -> None:
        """Discard the text."""
        self._readings.stop()

    def _money(self) -> str:
        console = self._of.console
        balance = console.badges.balance
        if console.role is not Role.USER or balance is None:
            return ""
        if balance <= 0:
            raise ValueError("Your balance is 0, so the server would reject the job. Request QPU time first.")
        return f"balance {duration(balance)}; "

    # -- sending -----------------------------------------------------------------------------------------------------

    async def _submit(self, values: dict[str, str]) -> Outcome:
        qpu = clean(values["qpu"])
        reading = await self._readings.wait_for(self._question(values))
        level = LEVELS[values["level"]]
        if refused := reading.refused_at(level):
            return Refused(clean(refused))
        edit = SubmitJob(
            target=qpu,
            qpu=self._qpus[values["qpu"]].id,
            circuits=list(reading.circuits),
            shots=read_shots(values["shots"]),
            meas_level=level,
            meas_return=_returns(values),
        )
        with warnings.catch_warnings():
            # The form has shown the warning, and there is no room for it on this terminal.
            warnings.simplefilter("ignore")
            outcome = await self._of.make(edit)
        if isinstance(outcome, Done):
            self._made = outcome.id
            self._of.console.say_outcome(f"job {outcome.id}".rstrip(), outcome)
        return outcome

    def closed(self, values: dict[str, str] | None) -> None:
        """A job was submitted: go to it."""
        if values is not None and self._made is not None:
            self._draft.clear()
            if self._made:
                self._done(self._made)


def _returns(values: Mapping[str, str]) -> Literal["single", "avg"]:
    return "avg" if LEVELS[values["level"]] < 2 and values["return"] == "their mean" else "single"


def _is_file(name: str) -> bool:
    try:
        return Path(name).expanduser().is_file()
    except (OSError, RuntimeError):
        return False


def _by_name(qpus: Sequence[QPURow]) -> dict[str, QPURow]:
    """Return QPUs by a unique name."""
    names = [clean(qpu.label, 60) for qpu in qpus]
    return {name if names.count(name) == 1 else f"{name} {qpu.id}": qpu for name, qpu in zip(names, qpus, strict=True)}
