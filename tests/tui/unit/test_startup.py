"""Start-up optimizations are undone where necessary: long-running processes collect garbage."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
from pathlib import Path

import pytest

from qpi_tui import startup
from qpi_tui.cli import _command, run
from qpi_tui.cli.console_options import DEBUG, FLAGS, VALUES, console_options
from qpi_tui.cli.surface import surface
from qpi_tui.resources import registry

# Run a command whose work is replaced by a check of the state during it.
PROGRAM = """
import gc, json, sys
from qpi_tui.startup import defer_garbage_collection
defer_garbage_collection()
from qpi_tui.cli import run
import {module} as module
seen = {{}}
def instead(*args, **options):
    seen.update(collects=gc.isenabled(), textual="textual" in sys.modules)
    raise SystemExit
module.{name} = instead
try:
    run({words!r})
except SystemExit:
    pass
print(json.dumps(seen))
"""


@pytest.mark.parametrize(
    ("module", "name", "words"),
    [
        ("qpi_sandbox.serve", "serve", ["sandbox"]),
        ("qpi_tui.cli.jobs", "signed_in", ["jobs", "tail"]),
        ("qpi_tui.cli.jobs", "signed_in", ["jobs", "watch", "x"]),
        ("qpi_tui.cli.watch", "signed_in", ["watch"]),
    ],
)
def test_a_command_that_runs_for_hours_collects_garbage(module: str, name: str, words: list[str]) -> None:
    program = PROGRAM.format(module=module, name=name, words=words)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout.splitlines()[-1]) == {"collects": True, "textual": False}


def test_the_console_collects_by_the_clock_once_it_has_started() -> None:
    asked: list[tuple[float, object]] = []
    before = gc.get_threshold()
    try:
        startup.defer_garbage_collection()
        assert not gc.isenabled()
        startup.resume_garbage_collection(lambda seconds, call: asked.append((seconds, call)))
        assert gc.isenabled()
        assert gc.get_threshold()[0] == startup.THRESHOLD
        assert [seconds for seconds, _ in asked] == [startup.COLLECT_EVERY]
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
        gc.enable()


def test_the_stub_of_the_palette_is_removed_once_textual_is_loaded() -> None:
    program = (
        "import sys; from qpi_tui.terminal.textual_loading import load_textual, PALETTE; load_textual(); "
        "print(PALETTE in sys.modules); from textual.command import Provider; print(Provider.__module__)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "textual.command"]


PREPARED = """
import json, sys
if sys.argv[1] == "quickly":
    from qpi_tui.terminal.textual_loading import load_textual
    load_textual()
import textual.app, textual.widgets
from textual.binding import Binding
from textual.reactive import reactive
from textual.dom import DOMNode
from textual.widget import Widget
for name in textual.widgets.__all__:
    getattr(textual.widgets, name)

class Mixed:
    def compute_total(self): ...

class Ours(Mixed, textual.widgets.Input, inherit_bindings=False):
    BINDINGS = [Binding("f2", "act")]
    total = reactive(0)
    value = reactive("", init=False)

class Below(Ours, inherit_css=False):
    def _compute_value(self): ...

def below(cls):
    for each in cls.__subclasses__():
        yield each
        yield from below(each)

print(json.dumps({
    f"{each.__module__}.{each.__qualname__}": [
        list(each._reactives), sorted(each._computes), each._css_type_name, sorted(each._css_type_names),
        each._inherit_css, each._inherit_bindings, each._inherit_component_classes,
        [str(binding) for bindings in each._merged_bindings.key_to_bindings.values() for binding in bindings],
    ]
    for each in below(DOMNode) if not each.__module__.startswith("textual.command")
}, sort_keys=True))
"""


def test_classes_are_prepared_as_textual_prepares_them() -> None:
    said = [
        subprocess.run([sys.executable, "-c", PREPARED, way], capture_output=True, text=True, check=True).stdout
        for way in ("quickly", "by Textual")
    ]
    quickly, by_textual = map(json.loads, said)
    assert quickly == by_textual
    assert quickly["__main__.Ours"][1] == ["total"]
    assert quickly["__main__.Below"][1] == ["total", "value"]
    assert len(quickly) > 50


MATCHED = """
from qpi_tui.terminal.textual_loading import load_textual
load_textual()
from textual.css import tokenize
from textual.content import Content
from textual.css.styles import Styles
assert "match" not in vars(tokenize.expect_declaration_solo)
assert Styles.parse("color: red; width: 50%;", ("", "")).width.value == 50
assert "match" in vars(tokenize.expect_declaration_solo)
assert Content.from_markup(r"[b]bold[/b] \\[plain]").plain == "bold [plain]"
wrong = {"colour: red;": "Did you mean 'color'?", "width: wide;": "Invalid value for the [i]width[/] property"}
for css, said in wrong.items():
    try:
        Styles.parse(css, ("", ""))
    except Exception as error:
        assert said in str(error), error
    else:
        raise AssertionError(css)
"""


def test_a_regular_expression_of_textual_is_compiled_when_it_is_matched() -> None:
    done = subprocess.run([sys.executable, "-c", MATCHED], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("", "")


CALLED_AT_ONCE = """
import sys
from pathlib import Path
from qpi_tui import startup
Path("early.py").write_text("from later import double\\nVALUE = double(2)\\n")
Path("later.py").write_text("def double(number):\\n    return 2 * number\\n")
sys.path.insert(0, ".")
print(startup.import_without("early", [startup.CalledLater("later")]).VALUE)
"""


def test_a_module_that_is_left_out_may_be_called_during_the_import(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CALLED_AT_ONCE], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert (done.stdout.strip(), done.stderr) == ("4", "")


LATER_PARTS = """
import sys
from qpi_tui.startup import load_folders, postpone_modules
from qpi_tui.terminal.textual_loading import CALLED_LATER, load_textual
postpone_modules()
load_folders()
load_textual()
print(*[name for name in ("_ssl", "tempfile", "typing_extensions", "_bz2", "_lzma", *CALLED_LATER)
        if name in sys.modules])
from typing_extensions import Self, deprecated
import asyncio.base_events, textual.app, textual.design, textual.suggestions
from concurrent.futures import ThreadPoolExecutor
with ThreadPoolExecutor(8) as pool:
    found = set(pool.map(lambda _: asyncio.base_events.ssl.SSLContext, range(64)))
import ssl
assert found == {ssl.SSLContext} and type(ssl).__name__ == "module"
assert asyncio.base_events.sslproto.SSLProtocol is __import__("asyncio.sslproto").sslproto.SSLProtocol
asyncio.base_events.ssl.OP_ALL = "set"
assert ssl.OP_ALL == "set"
import platform, rich.console
real = type(sys)
assert type(sys.modules["platform"]) is not real
asked = platform.system()
assert type(sys.modules["platform"]) is not real and platform.python_version() and platform.system() == asked
assert type(sys.modules["platform"]) is real
import platformdirs.unix, tempfile
assert platformdirs.unix.gettempdir() == tempfile.gettempdir()
assert textual.suggestions.get_suggestion("colr", ["color", "width"]) == "color"
design = textual.app.App().get_theme("nord").to_color_system()
assert textual.design.show_design(design, design).row_count
"""


def test_modules_that_textual_needs_later_are_loaded_on_use() -> None:
    done = subprocess.run([sys.executable, "-c", LATER_PARTS], capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("", "")


THE_CLIENT = """
import asyncio, importlib, sys
from concurrent.futures import ThreadPoolExecutor
from qpi_tui.startup import NOT_READING, load_client, load_connections
load_client()
print(*[name for name in (*NOT_READING, "httpx._client", "httpcore", "urllib.request") if name in sys.modules])
import httpx
from qpi_client import AsyncQPIClient, ConnectFailed, InvalidValue
assert issubclass(ConnectFailed, httpx.ConnectError)
async def called():
    async with AsyncQPIClient("http://127.0.0.1:1") as client:
        try:
            await client.create_account("", "")
        except InvalidValue:
            return True
assert asyncio.run(called())
with ThreadPoolExecutor(8) as pool:
    assert len(set(pool.map(lambda _: httpx.Client, range(64)))) == 1
assert httpx.ConnectError is __import__("httpx._exceptions")._exceptions.ConnectError and httpx.__version__
assert "httpx._main" not in sys.modules or sys.modules["httpx._main"] is not None
load_connections()
assert {*NOT_READING[:1], "httpcore", "anyio._backends._asyncio"} <= set(sys.modules)
assert not hasattr(httpx, "nonsense")
"""


def test_modules_that_the_client_needs_later_are_loaded_on_use() -> None:
    done = subprocess.run([sys.executable, "-c", THE_CLIENT], capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("", "")


# Modules that the first frame does not need, and what imports them: each takes 1 to 60 ms.
LATER = (
    "_ssl", "tempfile", "msgspec", "httpx", "secrets", "json", "pkgutil", "textual.command", "textual.widgets._input",
    "qpi_client.errors", "qpi_tui.rows.decode", "qpi_tui.edits.edit", "qpi_tui.edits.audit_log",
    "qpi_tui.edits.outcome",
    "qpi_tui.widgets.dialogs", "qpi_tui.widgets.form", "qpi_tui.widgets.batch", "qpi_tui.domain.filter_language",
)  # fmt: skip
FIRST_FRAME = """
import importlib, sys
from qpi_tui.startup import postpone_modules
from qpi_tui.terminal.textual_loading import load_textual
postpone_modules()
import qpi_tui.cli.console, qpi_tui.cli.sources, qpi_tui.files.paths, qpi_tui.settings.keymap
load_textual()
import qpi_tui.app, qpi_tui.screens.{screen}
print(*[name for name in {later!r} if name in sys.modules])
"""


# Screens need these all the same: their rows combine several records, or come from this machine.
TAKEN = {"jobs": {"msgspec", "qpi_tui.rows.decode"}, "users": {"msgspec"}}
TAKEN |= {each: {"msgspec", "qpi_tui.rows.decode"} for each in ("qpus", "overview", "doctor", "usage")}
TAKEN |= {"audit_log": {"secrets", "json", "qpi_tui.edits.audit_log"}}


@pytest.mark.parametrize("screen", [each.screen.partition(":")[0] for each in registry().values()])
def test_the_first_frame_loads_no_later_module(screen: str) -> None:
    program = FIRST_FRAME.format(screen=screen, later=LATER)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) <= TAKEN.get(screen, set())


def test_a_fast_command_loads_no_library(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.startswith("qpi-tui ")


CONSOLE = [
    [],
    ["--screen", "qpus"],
    ["--screen=jobs", "--refresh", "5", "--read-only"],
    ["--url", "http://127.0.0.1:1", "--profile=lab", "--theme", "nord", "--slow", "--ascii"],
    ["--debug", "/dev/null", "--screen", "users"],
]


@pytest.mark.parametrize("words", CONSOLE, ids=" ".join)
def test_console_options_are_parsed_the_same_without_the_library(
    words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[dict[str, object]] = []
    monkeypatch.setattr(
        "qpi_tui.cli.console.open_console", lambda url="", **more: calls.append({"url": url, **more}) or 0
    )
    quick = console_options(words)
    assert quick is not None
    assert _command(words) == 0
    slow = {name: value for name, value in calls[0].items() if value not in ("", None, False)}
    assert quick == slow


def test_every_console_option_is_parsed_without_the_library() -> None:
    assert {*VALUES, *FLAGS, DEBUG} == set(surface()[""]["options"])


@pytest.mark.parametrize(
    "words", [["jobs", "list"], ["--screen"], ["--screen", "--slow"], ["--refresh", "soon"], ["-V"]]
)
def test_other_command_lines_are_left_to_the_library(words: list[str]) -> None:
    assert console_options(words) is None
