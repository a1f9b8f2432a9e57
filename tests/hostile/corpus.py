"""Texts that have crashed terminals or programs, or could: anything a user, a driver or a server may put into a
field.
"""

from __future__ import annotations

import base64
import re
import unicodedata

CONTROL = {
    "clear screen": "\x1b[2J",
    "home": "\x1b[H",
    "red": "\x1b[31mred\x1b[0m",
    "sgr without end": "\x1b[7m",
    "cursor away": "\x1b[99;99H",
    "scroll region": "\x1b[5;10r",
    "alternate screen": "\x1b[?1049l",
    "mouse": "\x1b[?1003h",
    "title": "\x1b]0;owned\x07",
    "title, st": "\x1b]2;owned\x1b\\",
    "clipboard": "\x1b]52;c;b3duZWQ=\x07",
    "clipboard, c1": "\x9d52;c;b3duZWQ=\x9c",
    "link": "\x1b]8;;http://evil.example\x1b\\click\x1b]8;;\x1b\\",
    "notification": "\x1b]9;owned\x07",
    "iterm file": "\x1b]1337;File=name=eA==:AAAA\x07",
    "dcs": "\x1bP1$r0m\x1b\\",
    "sixel": "\x1bPq#0;2;0;0;0\x1b\\",
    "apc": "\x1b_Gf=24;AAAA\x1b\\",
    "pm": "\x1b^private\x1b\\",
    "device attributes": "\x1b[c",
    "report title": "\x1b[21t",
    "reset": "\x1bc",
    "charset": "\x1b(0",
    "shift out": "\x0e",
    "c1 csi": "\x9b31m",
    "c1 nel": "\x85",
    "c1 all": "".join(map(chr, range(0x80, 0xA0))),
    "c0 all": "".join(map(chr, range(0x20))),
    "del": "a\x7fb",
    "bell": "\x07\x07\x07",
    "backspace": "abc\x08\x08\x08xyz",
    "carriage return": "good\rbad",
    "nul": "a\x00b",
    "broken sequence": "\x1b[",
    "lone escape": "\x1b",
    "sync": "\x1b[?2026h",
    "paste": "\x1b[200~rm -rf /\n\x1b[201~",
    "answerback": "\x05",
}
MARKUP = {
    "close nothing": "[/x]",
    "close all": "[/]",
    "open": "[bold",
    "red": "[red]x[/red]",
    "red without end": "[red]x",
    "nested": "[bold][red][/bold][/red]",
    "click": "[@click=app.quit_now]quit[/]",
    "click, do": "[@click='app.do(\"app.quit\")']x[/]",
    "link": "[link=http://evil.example]x[/link]",
    "rich link": "[link http://evil.example]x[/link]",
    "variable": "$text-error [$error]x[/]",
    "style": "[on red underline blink]x",
    "escaped": "\\[red]x",
    "emoji code": ":warning: :smiley:",
    "bracket": "[[[[]]]]",
    "number": "[1]",
    "colour": "[#ff0000]x",
    "template": "{id} {0} %s %(x)s ${HOME}",
    "html": "<script>alert(1)</script><b>x</b>",
    "markdown": "# x [a](http://evil.example) ![i](file:///etc/passwd)",
}
SHAPE = {
    "rtl override": "invoice\u202egpj.exe",
    "lro": "\u202dabc\u202c",
    "isolates": "\u2066abc\u2067def\u2069",
    "marks": "a\u200eb\u200fc\u061cd",
    "zero width": "ad\u200bm\u200ci\u200dn\u2060",
    "bom": "\ufeffx",
    "soft hyphen": "ad\u00admin",
    "separators": "a\u2028b\u2029c",
    "zalgo": "Z" + "\u0301\u0302\u0323" * 60 + "!",
    "combining first": "\u0301abc",
    "keycap": "1\ufe0f\u20e3",
    "tags": "\U000e0041\U000e0042",
    "variation": "a\ufe0eb\ufe0fc\U000e0100",
    "filler": "\u3164\u115f\uffa0",
    "wide": "量子計算機",
    "wide odd": "a量b",
    "half width": "ｱｲｳ",
    "full width": "ＡＢＣ",
    "ambiguous": "±×÷§¶°αβ…—",
    "box": "│─┌█▒",
    "emoji": "😀😀",
    "family": "👨‍👩‍👧‍👦",
    "flag": "🇩🇪🇫🇷",
    "skin": "👍🏽",
    "heart": "❤️",
    "arabic": "مرحبا",
    "hebrew": "שלום",
    "thai": "สวัสดี",
    "hindi": "नमस्ते",
    "surrogate": "a\ud800b",
    "surrogate pair, split": "\udc00\ud83d",
    "noncharacter": "\uffff\ufdd0\U0010ffff",
    "private": "\ue000\uf8ff",
    "interlinear": "a\ufff9b\ufffac\ufffb",
    "musical": "\U0001d173\U0001d17a",
    "line": "one\ntwo\nthree",
    "windows line": "one\r\ntwo",
    "tab": "a\tb\tc",
    "no break": "a\u00a0b",
    "spaces": "   ",
    "empty": "",
    "long": "x" * 100_000,
    "long wide": "語" * 10_000,
    "long word": "a" * 300,
    "long lines": "line\n" * 5_000,
}
RUN = {
    "formula": "=cmd|'/c calc'!A1",
    "plus": "+1+1",
    "minus": "-1+1",
    "at": "@SUM(A1)",
    "hidden formula": " =1+1",
    "formula behind tab": "\t=1+1",
    "quote": '"; rm -rf /; "',
    "path": "../../../../etc/passwd",
    "absolute": "/etc/passwd",
    "nul path": "a\x00.json",
    "home": "~root/x",
    "shell": "$(reboot) `reboot`",
    "sql": "' || 1=1 || '",
    "filter": '" || id != "',
    "device": "CON",
    "dots": "..",
    "option": "--help",
}
CORPUS: dict[str, str] = {
    f"{area}: {name}": text
    for area, texts in (("control", CONTROL), ("markup", MARKUP), ("shape", SHAPE), ("run", RUN))
    for name, text in texts.items()
}

# Sequences that the program itself may send: cursor, colours, erasing, modes, terminal queries, clipboard.
_MADE_HERE = re.compile(
    rb"\x1b\[[0-9]{0,2}B\x08{1,4}"  # moves of the cursor: see BACK and NEAR in `screen_diff.py`
    rb"|\x1b\[[0-9;:]*[mHGABCDJKhlu]"  # colours, cursor, erasing
    rb"|\x1b\[\?(?:25|1000|1002|1003|1004|1006|1015|1016|1047|1048|1049|2004|2026|2027|2048|12|7)(?:[hl]|\$p)"
    rb"|\x1b\[[0-9]* q|\x1b\[[0-9?]*n|\x1b\[[<>=][0-9;]*[a-z]|\x1b\[\?u"  # cursor shape, queries, keyboard
    rb"|\x1b[78=>]|\x1b\(B|\x1b\]22;[a-z]*\x07"
)
_COLOURS = re.compile(rb"\x1b\[[0-9;]*m")
# The copied text, which must be just as harmless where it is pasted.
_COPIED = re.compile(rb"\x1b\]52;c;([A-Za-z0-9+/=]*)\x07")
_NEVER = re.compile(
    "[\x80-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2028\u2029\u2060-\u206f\ufeff\ufff9-\ufffb]|[\U000e0000-\U000e007f]"
)


def intruders(raw: bytes, *, console: bool = True) -> list[str]:
    """Return the sequences in terminal output that the program did not make, or nothing.

    The console moves the cursor and sets modes. A command only sets colours.

    The console moves the cursor and sets modes; a command only colours.
    """
    if not console:
        return _strangers(_COLOURS.sub(b"", raw))
    found = [f"mode 1049 off {raw.count(b'[?1049l')} times"] if raw.count(b"\x1b[?1049l") > 1 else []
    for copied in _COPIED.finditer(raw):
        text = base64.b64decode(copied[1]).decode()
        found += [f"copied {text!r}" for _ in [0] if not text.replace("\t", "").isprintable()]
    return found + _strangers(_MADE_HERE.sub(b"", _COPIED.sub(b"", raw)))


def _strangers(rest: bytes) -> list[str]:
    found = [repr(rest[max(match.start() - 20, 0) : match.end() + 20]) for match in re.finditer(rb"\x1b", rest)]
    text = rest.decode("utf-8", "replace")
    found += [
        f"U+{ord(match[0]):04X} in {text[max(match.start() - 15, 0) : match.end() + 15]!r}"
        for match in _NEVER.finditer(text)
    ]
    bad = {char for char in set(text) if unicodedata.category(char) in {"Cc", "Cs"} and char not in "\r\n\x1b"}
    found += [f"control {char!r}" for char in sorted(bad)]
    return found
