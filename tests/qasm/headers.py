"""Variants of the version line and what may surround it."""

from __future__ import annotations

from collections.abc import Iterator

BODY_3 = 'include "stdgates.inc";\nqubit[2] q;\nbit[2] c;\nx q[1];\nc = measure q;\n'
BODY_2 = 'include "qelib1.inc";\nqreg q[2];\ncreg c[2];\nx q[1];\nmeasure q -> c;\n'
LICENCE = """// Copyright of nobody in particular
//
// Use it as you like: as OPENQASM 2.0; and as OPENQASM 3.0; too.

"""
BLOCK = "/* A licence\n * of several lines; with a semicolon,\n * and OPENQASM 2.0; in it.\n */\n"


def taken() -> Iterator[tuple[str, str, str]]:
    """Yield name, text and the only outcome."""
    for version, number, body in ((2, "2.0", BODY_2), (3, "3.0", BODY_3)):
        head = f"OPENQASM {number};\n"
        texts = {
            "plain": head + body,
            "number_alone": f"OPENQASM {version};\n{body}",
            "no_version": body,
            "no_version_licence": LICENCE + body,
            "comment_before": f"// made by hand\n{head}{body}",
            "comment_behind": f"OPENQASM {number}; // the version\n{body}",
            "licence_before": LICENCE + head + body,
            "block_before": BLOCK + head + body,
            "block_inside": head + body.replace("x q", "/* not\n */ x q"),
            "blank_lines_before": f"\n\n  \n{head}{body}",
            "on_one_line": (head + body).replace("\n", " "),
            "version_over_lines": f"OPENQASM\n  {number}\n;\n{body}",
            "crlf": (head + body).replace("\n", "\r\n"),
            "cr": (head + body).replace("\n", "\r"),
            "bom": f"\ufeff{head}{body}",
            "bom_licence_crlf": f"\ufeff{LICENCE}{head}{body}".replace("\n", "\r\n"),
            "include_before_version": body.replace(";\n", f";\n{head}", 1),
            "tabs": (head + body).replace(" ", "\t"),
            "no_line_end": (head + body).rstrip(),
            "comment_at_the_end": f"{head}{body}// the end",
            "other_version_behind": f"{head}{body}// OPENQASM {5 - version}.0;\n",
            "letters_in_comments": f"{head}// ångström, 量子, ψ\n{body}",
            "string_marks_in_comments": f"{head}// it's \"fine\n{body}",
        }
        for name, text in texts.items():
            yield f"v{version}_head_{name}", text, "10"
    yield "v3_head_number_3.1", f"OPENQASM 3.1;\n{BODY_3}", "10"
    yield "v3_head_no_include", BODY_3.replace('include "stdgates.inc";\n', "").replace("x q", "U(pi, 0, pi) q"), "10"
