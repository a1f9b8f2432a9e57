"""Texts that the generated pages and `qpi-tui help` share."""

from __future__ import annotations

COMMANDS_INTRO = """\
Every action of the console is also a command. Wherever a command takes records, you can give names, e-mail addresses or
ids, several at once; `-` reads them from standard input. `+2h` or `90` (seconds) adds time, `-30m` takes it, `=3600`
sets it.

Data goes to standard output, everything else to standard error. The default output is a table that fits the terminal.
`--json` prints one array or object as the server sent it, `--jsonl` one object per line, `--csv` comma-separated
values, and `--template '{id} {status}'` any fields (`{expand.user.email}` for fields of related records). Output has no
colours in a pipe or with `NO_COLOR`.

`--dry-run` prints what would change. Commands ask before they change something for others or remove something; `--yes`
confirms. Without a terminal a command never prompts: it ends with exit code 2 and names the missing option.
"""
CONFIG_INTRO = """\
`qpi-tui config path` prints where the file is: `config.toml` in the folder that the XDG rules give,
`~/.config/qpi-tui` on most machines. The program reads it and never writes it. The command line wins over the
environment, that over the profile, that over the file, that over the default. A setting that is not known is an
error that names file, line and the nearest known one; `qpi-tui config check` looks at everything, `qpi-tui
config show` says what is in force and why.

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
"requests.approve" = "A"

[thresholds]
"mapper.bf.tmc" = 0.1
```
"""
PROFILES = """\
A profile is a server and an account. `--profile NAME` or `QPI_PROFILE` chooses one; in the console the palette
goes from one to another. `qpi-tui login --profile NAME` makes one that the file does not have; it is kept in
the data folder, and what the file says of the same name wins.
"""
KEYS = """\
Any action can be moved by its id (`qpi-tui keys` lists them, and [keys.md](keys.md)); several keys are
separated by blanks and named as Textual names them: `a`, `A`, `ctrl+a`, `slash`, `f5`. Two actions of one
screen on one key are an error that names both. `keyset` is what `[keys]` starts from.
"""
THEMES = """\
`theme` is one of Textual's (`textual-dark`, `textual-light`, `nord`, `gruvbox`, `dracula`, `tokyo-night`, …) or
the name of a file `themes/NAME.toml` beside the configuration. In it stand `dark = true` or `false`, colours as
`"#88c0d0"` or by name (FIELDS; `primary` must be there), and further colours of Textual in `[variables]`.
"""
SECRETS = """\
`qpi-tui login` keeps the session in the system's keyring; where there is none, or with `QPI_KEYRING=off`, in a
file of mode 0600 in the data folder, which is refused when others can read it. The password is kept beside it
only with `--keep-password`. Passwords are never taken from the command line, where other users of the machine
could see them: they are asked for, or come from `QPI_PASSWORD` (`QPI_NEW_PASSWORD` for `users create`); API
tokens from `QPI_API_TOKEN`.

A credential belongs to one server (scheme, host and port), role and account. Those of the environment count for
the server that the environment names by `QPI_URL` or `QPI_PROFILE`, else for the default profile's server. With
`--profile` or `--url` for another server they are not sent, and a profile that is chosen in the console asks for
its own password.

A server with a private certificate shows the SHA-256 fingerprint of its root certificate at the first sign-in.
Once trusted it is pinned, in the data folder, and another certificate is refused; `qpi-tui login
--trust-new-certificate` asks anew.
"""

FILTERS_INTRO = """\
After this page you can find any record of a list. The same language is understood by `/` on every list of the
console and by `--filter` of every `list` command. All parts of a filter must match.

    qpi-tui users list --filter 'balance:<10m !group' -o name

In the console, a part that cannot be read is underlined, and the line over the list says why. `tab` completes
fields and values, pressed again it offers the next one. `?` at the beginning of a word shows this list.
"""
ERRORS_INTRO = """\
After this page you know what an error means and what to do about it. Every message of the console and of the
commands is a sentence that says both; this page lists the exit codes that scripts test, and the classes that
programs catch. All of them are `QPIError`. Those that come from talking to a server are `httpx.HTTPError` too.
"""

VIEWS = """\
A view is a filter, columns and an order of a list, by name. In the console, `:view save NAME` keeps the list as it
is shown, `:view NAME` shows it, `:view delete NAME` deletes it, and `:view none` gives the list its own columns and
order back. `W` chooses the columns. Commands take `--view NAME`.

Views are kept in `views.toml` beside the configuration. The file can be edited by hand; comments stay:

```toml
[failed-today]
list = "jobs"
filter = "status:failed since:today"
columns = ["id", "qpu:20", "age"]   # a key, and its width where it is not its own
narrow = ["id", "age"]              # on a terminal of less than 110 columns
sort = "-age"                       # a minus reverses
```

`@me` in a filter is the account that is signed in, in the console and in commands. These views come with the program:
"""
TIMES = """\
A moment that has been, such as for `--since` and `since:`:

    2h  30d  2w  90 min       so long ago
    today  yesterday  now
    fri  fri 9:00             the last Friday
    9:00                      the last time that it was nine
    2026-11-01  2026-11-01 08:00
    2026-11-01T08:00:00Z      RFC 3339

A moment to come, such as for `--expires` and slots: tomorrow 14:00, fri 9:00, +2h, 30d, 2026-12-31. Times are those of
this machine's time zone.

An amount of time: 2h, 30m, 1h30m, 90 (seconds) or 1:30:00. For balances `-30m` takes and `=3600` sets.
"""
OWN_COMMANDS = """\
A command of your own is a key that runs a program on what is shown; see [Add commands of your
own](../how-to/own-commands.md). `qpi-tui config check` refuses a key that another action of the screen has, and a
screen that is not there.

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
After this page you can show each list with the columns that you need, and keep such a list under a name.
"""
COLUMNS = """\
`W` on a list opens its columns. `space` shows or hides the column under the cursor, `J` and `K` move it, `>` and `<`
size it, `=` gives it its own width back, and `r` gives the list its own columns back. `enter` uses what is chosen.

A choice counts for terminals from 110 columns, or for narrower ones: the one that you are at. Hidden columns are still
searched by the filter, and `o` still sorts by them. Without a choice, a list leaves out the columns that matter least
where there is no room.
"""
PALETTE = """\
`:` opens the palette. Type a verb and its object: `disable alpha`, `approve anna`, `jobs failed`, `theme nord`,
`view my-failed-today`, `logout`. `tab` completes the offer under the cursor, `enter` picks it. What you picked last
comes first. A change asks as its key does.

`theme NAME`, `keyset plain` or `vim`, `ascii on` or `off` and `refresh SECONDS` switch a setting at once, for this
session. `save to config` shows the lines of `config.toml` that keep it. The console never writes that file.

These words are understood too:
"""
