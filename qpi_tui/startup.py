"""Every start-up optimization, each with what it gains, how it is tested and when it is undone.

- No garbage collection while modules are imported: the first frame comes in half to two thirds of the time. Undone by
  `resume_garbage_collection` for the console and by `run_command` for every command.
- Textual without its command palette (`terminal.textual_loading`): a tenth of its loading. The module is absent
  afterwards, so importing it elsewhere loads the real one. `CALLED_LATER`, which no first frame uses, is left out
  in the same way (6 ms), as is `tempfile` while `platformdirs` is loaded (`load_folders`: 3 ms). `typing` stands in
  for `typing_extensions` (3 ms).
- `ssl` and other modules that are imported as a whole, and used later or never (`postpone_modules`): 10 ms.
  Each is loaded when something in it is first looked up; `platform`, when more than the system's name is.
- Textual's classes are prepared from what each of them adds (`terminal.node_classes`): 10 ms. Its regular expressions
  are compiled when they are first matched: 2 ms.
- The client with nothing of httpx but its errors, and without the calls that no screen reads with (`load_client`):
  30 ms. The rest of httpx, and httpcore, are loaded in a thread behind the first rows (`load_connections`): 45 ms more;
  until then the standard library sends what is read. Commands load all of httpx but its command line
  (`postpone_httpx`): 40 ms.
- The sign-in is sent before Textual is loaded (`session.preload`), so that the server checks the password meanwhile:
  50 ms. What the screen read first at its last starts (`session.first_reads`) is sent while the client is loaded:
  25 ms.

Measured with `python -m benchmarks.start`; `tests/tui/terminal/test_textual_internals.py`, `test_preload.py` and
`tests/tui/unit/test_startup.py` test them.
"""

from __future__ import annotations

import gc
import importlib
import sys
from _thread import RLock, allocate_lock
from importlib.machinery import PathFinder
from types import ModuleType

TYPE_CHECKING = False
if TYPE_CHECKING:  # `typing` itself is slow to import.
    from collections.abc import Callable
    from typing import Any

HTTPX, HTTPX_COMMAND = "httpx", "httpx._main"
# Imported as a whole, and used in functions only. Without `asyncio.sslproto`, `ssl` would be used immediately.
POSTPONED = (
    "ssl", "asyncio.sslproto", "locale", "mimetypes", "hashlib", "hmac", "shutil", "ipaddress", "textwrap", "tokenize",
    "bz2", "lzma", "zlib", "uuid", "msgspec.inspect",
)  # fmt: skip
# What libraries ask of `platform` while they are imported, by what Python calls the system.
PLATFORM, SYSTEMS = "platform", {"linux": "Linux", "darwin": "Darwin", "win32": "Windows"}
# What `platformdirs` calls for a folder that the console does not use.
NO_FOLDER = ("tempfile",)
# Calls of the client that no screen reads with, and no other module of it imports.
NOT_READING = tuple(
    f"qpi_client.calls.{name}"
    for name in (
        "account", "administration", "any_request", "changes", "job_removal", "oauth2", "qpu_service", "submission",
        "waiting",
    )
)  # fmt: skip
# Seconds between two collections of a running console; this many new objects trigger one immediately.
COLLECT_EVERY, THRESHOLD = 60.0, 500_000

_importing, _loading = allocate_lock(), RLock()


def defer_garbage_collection() -> None:
    """Disable garbage collection during start-up: imports create hundreds of thousands of permanent objects."""
    gc.disable()


def run_command() -> None:
    """Restore Python's default collection: a command may run for hours, such as `jobs tail` and `sandbox`."""
    gc.enable()


def resume_garbage_collection(every: Callable[[float, Callable[[], None]], object]) -> None:
    """Collect garbage in the console: by the clock, without the objects of the start.

    The objects of a frame are freed by reference counting, and a collection over lists of a hundred thousand records
    between two keys takes 5 to 20 ms. The threshold is for the unexpected.

    Args:
        every: Calls something at an interval, like Textual's `set_interval`.
    """
    gc.freeze()
    gc.set_threshold(THRESHOLD)
    gc.enable()
    every(COLLECT_EVERY, _collect)


def _collect() -> None:
    gc.collect()


def load_folders() -> ModuleType:
    """Import `platformdirs` without what it needs for folders that the console does not use."""
    return import_without("platformdirs", [*map(CalledLater, NO_FOLDER)])


def import_without(module: str, stand_ins: list[ModuleType]) -> ModuleType:
    """Import a module while others are replaced, if they are not loaded yet."""
    replaced = {each.__name__: each for each in stand_ins if each.__name__ not in sys.modules}
    sys.modules |= replaced
    try:
        return importlib.import_module(module)
    finally:
        for name, stand_in in replaced.items():
            if sys.modules.get(name) is stand_in:
                del sys.modules[name]


class CalledLater(ModuleType):
    """Provides a function for each name; calling one imports the module and calls the real function."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)

        def call(*args: Any, **options: Any) -> Any:
            if sys.modules.get(self.__name__) is self:  # called during the import, by a version that does so
                del sys.modules[self.__name__]
            return getattr(importlib.import_module(self.__name__), name)(*args, **options)

        return call


class _Postponed(ModuleType):
    """A module that is imported when one of its names is looked up or set. Imports lock, so threads may do both."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._imported(), name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._imported(), name, value)

    def _imported(self) -> ModuleType:
        name = self.__name__
        with _importing:
            if sys.modules.get(name) is self:
                del sys.modules[name]
        return importlib.import_module(name)


class _Platform(_Postponed):
    """`platform`, which is imported when it is asked for more than the system."""

    def __getattr__(self, name: str) -> Any:
        if name == "system" and sys.platform in SYSTEMS:
            return lambda: SYSTEMS[sys.platform]
        return super().__getattr__(name)


def postpone_modules() -> None:
    """Import some modules only when they are used. Nothing has to be undone."""
    for name in POSTPONED:
        if name not in sys.modules:
            sys.modules[name] = _Postponed(name)
    if PLATFORM not in sys.modules:
        sys.modules[PLATFORM] = _Platform(PLATFORM)


class _ErrorsOnly(ModuleType):
    """httpx with its errors, which are a module of their own; the rest is loaded when something else is looked up."""

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("__"):
            found = getattr(importlib.import_module(f"{HTTPX}._exceptions"), name, None)
            if isinstance(found, type):
                return found
            self._load()
            if name in vars(self):
                return vars(self)[name]
        raise AttributeError(f"module {HTTPX!r} has no attribute {name!r}")

    def _load(self) -> None:
        with _loading:
            if "_begun" in vars(self) or self.__spec__ is None or self.__spec__.loader is None:
                return
            self._begun = True
            absent = HTTPX_COMMAND not in sys.modules
            if absent:
                # httpx expects this kind of import error without click.
                sys.modules[HTTPX_COMMAND] = None  # type: ignore[assignment]
            try:
                self.__spec__.loader.exec_module(self)
            finally:
                if absent:
                    del sys.modules[HTTPX_COMMAND]


def postpone_httpx() -> None:
    """Provide httpx with its errors; the rest is imported on use, without its command line, which takes the longest."""
    found = PathFinder.find_spec(HTTPX) if HTTPX not in sys.modules else None
    if found is not None:
        httpx = _ErrorsOnly(HTTPX)
        httpx.__spec__, httpx.__file__, httpx.__package__ = found, found.origin, HTTPX
        httpx.__path__ = found.submodule_search_locations or []
        sys.modules[HTTPX] = httpx


def load_client() -> None:
    """Import the client, with nothing of httpx but its errors, and without the calls that no screen reads with."""
    postpone_httpx()
    if "qpi_client.aio" not in sys.modules:
        import_without("qpi_client.aio", list(map(CalledLater, NOT_READING)))


def load_connections() -> None:
    """Import what the client's connections are made of, before the first of them is needed."""
    load_client()
    for name in ("qpi_client.async_connections", "qpi_client.network", "anyio._backends._asyncio"):
        importlib.import_module(name)
    _ = importlib.import_module("qpi_client.http").httpx.Request
