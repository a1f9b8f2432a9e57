"""Texts that the generated pages and `qpi-tui help` share."""

from __future__ import annotations

COMMANDS_INTRO = """\
Look up each command with its options and an example. Every action of the console is also a command. Wherever a
command takes records, you can give names, e-mail addresses or ids, several at once; `-` reads them from standard
input. `+2h` or `90` (seconds) adds time, `-30m` takes it, `=3600` sets it.

Data goes to standard output, everything else to standard error. The default output is a table that fits the terminal.
`--json` prints one array or object as the server sent it, `--jsonl` one object per line, `--csv` comma-separated
values, and `--template '{id} {status}'` any fields (`{expand.user.email}` for fields of related records). Output has no
colours in a pipe or with `NO_COLOR`.

`--dry-run` prints what would change. Commands ask before they change something for others or remove something; `--yes`
confirms. Without a terminal a command never prompts: it ends with exit code 2 and names the missing option.
"""
CONFIG_INTRO = """\
Look up each setting of `config.toml`, its default and its environment variable.

`qpi-tui config path` prints the path of the file: `config.toml` in the folder that the XDG rules give,
`~/.config/qpi-tui` on most machines. The program reads it and never writes it. The command line overrides the
environment, which overrides the profile, the rest of the file, and the default, in this order. An unknown setting is
an error that names the file, the line and the nearest known setting. `qpi-tui config check` checks the whole file;
`qpi-tui config show` prints each value in force and where it comes from.

```toml
profile = "lab"
theme = "nord"

[profiles.lab]
url = "https://lab.example.org"
identity = "anna@lab.example"
role = "admin"
colour = "red"

[profiles.sandbox]
url = "http://127.0.0.1:8090"
read_only = true

[keys]
"requests.approve" = "f2"

[thresholds]
"mapper.bf.tmc" = 0.1
```
"""
PROFILES = """\
A profile is a server and an account. `--profile NAME` or `QPI_PROFILE` chooses one; in the console, the palette
switches between them. `qpi-tui login --profile NAME` creates a profile that the file does not have and stores it in
the data folder. If the file has a profile of the same name, the file takes precedence.
"""
KEYS = """\
You can give any action other keys, by its id; [Keys](keys.md) and `qpi-tui keys` list the ids. Separate several keys
by blanks, and use Textual's names: `a`, `A`, `ctrl+a`, `slash`, `f5`. Two actions of one screen on the same key are an
error that names both. `keyset` names the set of keys that `[keys]` changes.
"""
THEMES = """\
`theme` is one of Textual's (`textual-dark`, `textual-light`, `nord`, `gruvbox`, `dracula`, `tokyo-night`, …) or
the name of a file `themes/NAME.toml` beside the configuration. The file sets `dark = true` or `false`, and colours
such as `"#88c0d0"` for FIELDS; `primary` is required. `[variables]` sets other colours of Textual.
"""
SECRETS = """\
`qpi-tui login` stores the session in the system's keyring. Without a keyring, or with `QPI_KEYRING=off`, it uses a
file of mode 0600 in the data folder, and refuses the file if others can read it. The password is stored only with
`--keep-password`. No command takes a password as an argument, where other users of the machine could see it. Commands
prompt for passwords, or read them from `QPI_PASSWORD` (`QPI_NEW_PASSWORD` for `users create`). API tokens come from
`QPI_API_TOKEN`.

A credential belongs to one server (scheme, host and port), one role and one account. The credentials in the
environment are for the server that `QPI_URL` or `QPI_PROFILE` names, otherwise for the server of the default profile,
or, if there is none, for the server that `--url` names. They are not sent to another server that `--profile` or `--url`
names: a command and the sign-in form say so. A profile that you choose in the console asks for its own password.

At the first sign-in to a server with a private certificate, you see the SHA-256 fingerprint of its root certificate.
Once you trust it, it is pinned in the data folder, and any other certificate is refused. `qpi-tui login
--trust-new-certificate` asks again.
"""

FILTERS_INTRO = """\
After this page you can find any record of a list. `/` on every list of the console and `--filter` of every `list`
command take the same filters. All parts of a filter must match.

    qpi-tui users list --filter 'balance:<10m !group' -o name

In the console, an invalid part is underlined, and the line above the list says why. `tab` completes fields and
values; press it again for the next one. `?` at the beginning of a word shows this list.
"""
ERRORS_INTRO = """\
After this page you know what an error means and what to do about it. Every message of the console and of the
commands says both. This page lists the states in the console's first line, the exit codes that scripts test, and the
classes that programs catch. All error classes are subclasses of `QPIError`; those that concern an exchange with a
server are also `httpx.HTTPError`.
"""
# What the console's first line shows, its cause, and what to do.
FIRST_LINE: tuple[tuple[str, str, str], ...] = (
    ("● live", "Change events arrive.", "Nothing."),
    (
        "◐ polling 2 s",
        "No change events: an API token, or a proxy that blocks them.",
        "Nothing; `--refresh` sets how often.",
    ),
    ("… reading", "The first read is in progress.", "Wait."),
    ("▲ offline 3 min, next try in 5 s", "The server does not answer.", "Check the network. `ctrl+r` retries now."),
    ("▲ session expired: sign in again", "The server no longer accepts the session.", "Sign in; the dialog opens."),
    ("○ signed out", "Nobody is signed in.", "Sign in; the dialog is open."),
    ("▲ NOT ENCRYPTED", "The address starts with `http://`, on another machine.", "Use `https://`."),
    (
        "▲ clock 5 min slow",
        "This machine's clock differs from the server's.",
        "Synchronize it. Shown times are the server's.",
    ),
    ("slow line", "The line is slow: fewer frames, no mouse.", "See [Use a slow line](../how-to/slow-lines.md)."),
    ("READ-ONLY", "`--read-only` or the configuration disables changes.", "Start without it."),
    ("AS", "You view the console as this user, read-only.", "`S` returns to your own account."),
    ("▲ server is slow", "Reading the newest jobs takes long; indexes may be missing.", "`K` examines the server."),
)

VIEWS = """\
A view is a named filter, set of columns and order of a list. In the console, `:view save NAME` saves the list as you
see it, `:view NAME` shows a view, `:view delete NAME` deletes it, and `:view none` restores the list's default columns
and order. `W` chooses the columns. Commands take `--view NAME`.

Views are stored in `views.toml` beside the configuration. You can edit the file; the console keeps your comments:

```toml
[failed-today]
list = "jobs"
filter = "status:failed since:today"
columns = ["id", "qpu:20", "age"]   # a column, with a width if not the default
narrow = ["id", "age"]              # on terminals narrower than 110 columns
sort = "-age"                       # a minus reverses
```

`@me` in a filter is the signed-in account. These views are built in:
"""
TIMES = """\
A time in the past, for example for `--since` and `since:`:

    2h  30d  2w  90 min       this long ago
    today  yesterday  now
    fri  fri 9:00             last Friday
    9:00                      the most recent nine o'clock
    2026-11-01  2026-11-01 08:00
    2026-11-01T08:00:00Z      RFC 3339

A time in the future, for example for `--expires` and slots: tomorrow 14:00, fri 9:00, +2h, 30d, 2026-12-31. Times are
in this machine's time zone.

An amount of time: 2h, 30m, 1h30m, 90 (seconds) or 1:30:00. For balances, `-30m` subtracts and `=3600` sets.
"""
OWN_COMMANDS = """\
A custom command binds a key to a program that runs on the record under the cursor; see [Add custom
commands](../how-to/own-commands.md). `qpi-tui config check` rejects a key that another action of the screen uses, and
an unknown screen.

```toml
[commands.ping]
key = "f6"
screen = "qpus"
run = 'ping -c 3 "$RECORD_NAME.lab.example.org"'
label = "Ping the QPU"
confirm = false
background = true
```
"""
VIEWS_INTRO = """\
After this page you can show each list with the columns that you need, and save it under a name.
"""
COLUMNS = """\
`W` on a list opens its columns. `space` shows or hides the column under the cursor, `J` and `K` move it, `>` and `<`
resize it, `=` restores its default width, and `r` restores the list's default columns. `enter` applies the choice.

There is one choice for terminals of 110 columns or more, and one for narrower terminals; you change the one for your
terminal. The filter still searches hidden columns, and `o` still sorts by them. By default, a list hides the least
important columns when there is no room.
"""
KEYS_INTRO = """\
Look up each key, the id of its action, and who may use it. `?` in the console lists the keys of the current screen, and
[Configuration](configuration.md#keys) says how to change them.
"""
PALETTE = """\
`:` opens the palette. Type a verb and its object: `disable alpha`, `approve anna`, `jobs failed`, `theme nord`,
`view my-failed-today`, `logout`. `tab` completes the suggestion under the cursor, and `enter` runs it. Recent choices
come first. A change asks for confirmation, as its key does.

`theme NAME`, `keyset plain` or `vim`, `ascii on` or `off` and `refresh SECONDS` change a setting for this session.
`save to config` shows the lines to add to `config.toml`. The console never writes that file.

The palette also understands these words:
"""
