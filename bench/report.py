"""Lays out the rows of the benches: as tables on a terminal, or as docs/performance.md and its
chart.

    report.py table ROWS...             text on standard output
    report.py document FOLDER ROWS...   FOLDER/performance.md and FOLDER/performance.svg
    report.py ledger FOLDER ROWS...     FOLDER/ledger-performance.md
    report.py filing FOLDER ROWS...     FOLDER/filing-performance.md
"""

import html
import json
import os
import sys


def main():
    match sys.argv[1:]:
        case ["table", *files] if files:
            rows = read(files)
            print("\n\n".join(text(section) for section in sections(rows)))
        case ["document", folder, *files] if files:
            rows = read(files)
            write(os.path.join(folder, "performance.md"), document("performance.md.in", rows))
            write(os.path.join(folder, "performance.svg"), chart(rows))
        case ["ledger", folder, *files] if files:
            content = document("ledger-performance.md.in", read(files))
            write(os.path.join(folder, "ledger-performance.md"), content)
        case ["filing", folder, *files] if files:
            content = document("filing-performance.md.in", read(files))
            write(os.path.join(folder, "filing-performance.md"), content)
        case _:
            sys.exit(__doc__)


def read(files):
    rows = []
    for file in files:
        with open(file) as lines:
            rows += [json.loads(line) for line in lines]
    return rows


def write(path, content):
    with open(path, "w") as file:
        file.write(content)
    print(f"written: {path}")


class Section:
    """A table with a title. The first column is words, the others are figures."""

    def __init__(self, title, head, lines):
        self.title = title
        self.head = head
        self.lines = lines


def sections(rows):
    made = [
        place(of(rows, "place")), tokens(of(rows, "token")), openssl(of(rows, "token-openssl")),
        steps(of(rows, "token-step")), server(of(rows, "server")), latency(of(rows, "server")),
        open_loop(of(rows, "server")), hsm(of(rows, "hsm")), engines(of(rows, "engines")),
        ledger_size(of(rows, "ledger-size")),
        postgres(of(rows, "postgres")),
        verification(of(rows, "verify")), verification_times(of(rows, "verify")),
        certificates(of(rows, "certificate")), large_certificates(of(rows, "certificate-memory")),
    ]
    return [section for section in made if section.lines]


def of(rows, name):
    return [row for row in rows if row["row"] == name]


def place(rows):
    names = ["date", "commit", "machine", "compiler", "ring", "openssl", "wrk"]
    lines = []
    for name in names if rows else []:
        values = list(dict.fromkeys(row[name] for row in rows))
        lines.append([name, ", ".join(values) if name != "date" else values[-1]])
    return Section("Where", ["", ""], lines)


def tokens(rows):
    lines = [
        [f'{row["key"]}, {with_chain(row)}', micros(row["signature_ns"]), micros(row["token_ns"]),
         *ratio(row["ratio"])]
        for row in rows
    ]
    return Section("Token ÷ bare signature: parsed request → response bytes, ring",
                   ["key", "signature µs", "token µs", "ratio", "min..max"], lines)


def openssl(rows):
    lines = []
    for row in rows:
        chain = with_chain(row)
        theirs = micros(row["openssl_ns"])
        lines.append([f"core + ring, {chain}", micros(row["core_ns"]), theirs,
                      *ratio(row["ratio"])])
        lines.append([f"server's trip, {chain}", micros(row["trip_ns"]), theirs,
                      *ratio(row["trip_ratio"])])
    return Section("Tokens a second ÷ OpenSSL's: P-256, request bytes → response bytes",
                   ["ours", "ours µs", "OpenSSL µs", "ratio", "min..max"], lines)


def steps(rows):
    names = list(dict.fromkeys(row["step"] for row in rows))
    nanos = {(row["step"], row["chain"]): row["ns"] for row in rows}
    lines = [[name, *(f"{nanos[name, chain]:.0f}" for chain in (True, False))] for name in names]
    return Section("Where the time of a P-256 token goes",
                   ["step", "with chain, ns", "without, ns"], lines)


def server(rows):
    lines = [
        [str(row["connections"]), thousands(row["tokens"]), thousands(row["echoes"]),
         thousands(row["signatures"]), thousands(row["bound"]), f'{row["ratio"]["median"]:.2f}',
         f'{row["ratio"]["least"]:.2f}..{row["ratio"]["greatest"]:.2f}']
        for row in rows
    ]
    return Section("Server: what a second of its processor time makes (P-256)",
                   ["connections", "tokens", "bare answers", "bare signatures", "bound", "ratio",
                    "min..max"], lines)


def latency(rows):
    lines = [
        [str(row["connections"]), f'{row["p50_us"]:.0f}', f'{row["p99_us"]:.0f}',
         "yes" if row["awake"] else "no"]
        for row in rows
    ]
    return Section("Server: latency of a token under that load",
                   ["connections", "p50 µs", "p99 µs", "cores kept awake"], lines)


def open_loop(rows):
    runs = [(row["connections"], row["open_loop"]) for row in rows if "open_loop" in row]
    lines = [
        [str(connections), thousands(run["rate"]), thousands(run["requests"]), str(run["p50_us"]),
         str(run["p99_us"])]
        for connections, run in runs
    ]
    return Section("Server: latency in an open loop at half that rate",
                   ["connections", "a second", "requests", "p50 µs", "p99 µs"], lines)


def hsm(rows):
    lines = [
        [row["key"], str(row["connections"]), str(row["sessions"]), thousands(row["tokens"]),
         thousands(row["signatures"]), f'{row["p50_us"]:.0f}', f'{row["ratio"]["median"]:.2f}',
         f'{row["ratio"]["least"]:.2f}..{row["ratio"]["greatest"]:.2f}']
        for row in rows
    ]
    return Section("Key in SoftHSM2: a second of one core",
                   ["key", "connections", "sessions", "tokens", "bare signatures beside bare HTTP",
                    "p50 in µs", "ratio", "min..max"], lines)


def engines(rows):
    lines = [
        [row["key"], micros(row["ring_signature_ns"]), micros(row["aws_lc_signature_ns"]),
         f'{row["signature_ratio"]["median"]:.2f}', micros(row["ring_ns"]),
         micros(row["aws_lc_ns"]), f'{row["ratio"]["median"]:.2f}',
         f'{row["ratio"]["least"]:.2f}..{row["ratio"]["greatest"]:.2f}']
        for row in rows
    ]
    return Section("Tokens a second with AWS-LC ÷ with ring: the server's trip, medians",
                   ["key", "signature: ring µs", "AWS-LC µs", "ratio", "token: ring µs",
                    "AWS-LC µs", "ratio", "min..max"], lines)


def ledger_size(rows):
    lines = []
    for row in rows:
        few, many = thousands(row["few"]), thousands(row["many"])
        lines.append([f"issuing: tokens a second of processor time, {many} ÷ {few}",
                      thousands(row["rate_few"]), thousands(row["rate_many"]),
                      *spread(row["issuing"])])
        lines.append([f"look-up by digest, p99 in µs, {many} ÷ {few}",
                      f'{row["p99_few_us"]:.0f}', f'{row["p99_many_us"]:.0f}',
                      *spread(row["p99"])])
        lines.append(["look-up by digest, p50 in µs", f'{row["p50_few_us"]:.0f}',
                      f'{row["p50_many_us"]:.0f}', "", ""])
        lines.append(["size of the database in GB", "", f'{row["bytes"] / 1e9:.1f}', "", ""])
    return Section("A ledger that has issued many tokens, beside one that has issued few",
                   ["", "few", "many", "ratio", "min..max"], lines)


def spread(ratio):
    return [f'{ratio["median"]:.2f}', f'{ratio["least"]:.2f}..{ratio["greatest"]:.2f}']


def postgres(rows):
    lines = [
        [str(row["connections"]), f'{row["server_us"]:.1f}', f'{row["postgres_us"]:.1f}',
         f'{row["unmetered_us"]:.1f}', f'{row["bare_us"]:.1f}', f'{row["batch"]:.0f}',
         thousands(row["wall_rate"]), f'{row["ratio"]["median"]:.2f}',
         f'{row["ratio"]["least"]:.2f}..{row["ratio"]["greatest"]:.2f}']
        for row in rows
    ]
    return Section("Ledger on PostgreSQL: processor time of a token, µs, one core for all",
                   ["connections", "server", "PostgreSQL", "server unmetered", "bare rows",
                    "batch", "a second", "ratio", "min..max"], lines)


def verification(rows):
    lines = []
    for row in rows:
        lines.append([f'3 bare checks ÷ full, {row["chain"]}', *ratio(row["full_ratio"])])
        lines.append([f'1 bare check ÷ chain remembered, {row["chain"]}',
                      *ratio(row["remembered_ratio"])])
        lines.append([f'OpenSSL ÷ full, {row["chain"]}', *ratio(row["openssl_ratio"])])
    return Section("Verification: response bytes → verdict, three certificates",
                   ["", "ratio", "min..max"], lines)


def verification_times(rows):
    names = [("bare_one_ns", "1 bare check, the token's"), ("bare_ns", "3 bare checks"),
             ("no_signatures_ns", "everything but the signature checks"),
             ("remembered_ns", "chain remembered"), ("full_ns", "full verification"),
             ("report_ns", "full verification, and the report in words"),
             ("openssl_ns", "OpenSSL, full"),
             ("openssl_bare_one_ns", "OpenSSL, 1 bare check, the root's")]
    lines = [[words, *(micros(row[name]) for row in rows)] for name, words in names if rows]
    return Section("Verification: times", ["µs", *(row["chain"] for row in rows)], lines)


def count(number, word):
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def with_chain(row):
    return "with chain" if row["chain"] else "without"


def certificates(rows):
    lines = [
        [f'{1e9 / row["certificate_ns"]:.0f}', f'{1e9 / row["pdf_ns"]:.0f}',
         f'{row["certificate_bytes"] / 1024:.0f}', f'{row["pdf_bytes"] / 1024:.0f}',
         *spread(row["ratio"])]
        for row in rows
    ]
    return Section("One-file certificates a second of one core, and what krilla alone makes",
                   ["certificates", "bare PDFs", "KiB", "bare KiB", "ratio", "min..max"], lines)


def large_certificates(rows):
    lines = [
        [thousands(row["files"]), f'{row["certificate_bytes"] / 2**20:.1f}',
         f'{row["seconds"]:.2f}', f'{row["peak_kib_before"] / 1024:.0f}',
         f'{row["peak_kib"] / 1024:.0f}']
        for row in rows
    ]
    return Section("A certificate of many files",
                   ["files", "size MiB", "seconds", "memory before MiB", "at most MiB"], lines)


def micros(nanos):
    return f"{nanos / 1000:.1f}"


def thousands(number):
    return f"{number:,.0f}".replace(",", " ")


def ratio(value):
    return [f'{value["of_minima"]:.2f}', f'{value["least"]:.2f}..{value["greatest"]:.2f}']


def text(section):
    """For a terminal."""
    table = [section.head, *section.lines] if any(section.head) else section.lines
    widths = [max(len(line[column]) for line in table) for column in range(len(table[0]))]
    out = [section.title]
    for line in table:
        cells = [cell.ljust(width) if column == 0 or len(line) == 2 and not any(section.head)
                 else cell.rjust(width)
                 for column, (cell, width) in enumerate(zip(line, widths))]
        out.append("  " + "   ".join(cells).rstrip())
    return "\n".join(out)


def markdown(section):
    right = "---" if section.title == "Where" else "---:"
    lines = [section.head, ["---", *[right] * (len(section.head) - 1)], *section.lines]
    return f"### {section.title}\n\n" + "\n".join(
        "| " + " | ".join(line) + " |" for line in lines) + "\n"


def document(name, rows):
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), name)) as file:
        frame = file.read()
    tables = "\n".join(markdown(section) for section in sections(rows))
    return frame.replace("@TABLES@\n", tables)


# The chart: one bar for each ratio that has a bound to come near, greater is better and 1 is the
# bound, and one for each comparison with OpenSSL.

WIDTH = 720
LEFT = 300
BAR = 20
STEP = 34
INK, QUIET, FILL, OTHER = "#24292f", "#6e7781", "#2f6f9f", "#b86b25"


def chart(rows):
    near = [(f'{row["key"]} token, {with_chain(row)}', 1 / row["ratio"]["of_minima"],
             1 / row["ratio"]["greatest"], 1 / row["ratio"]["least"])
            for row in of(rows, "token")]
    near += [(f'server, {count(row["connections"], "connection")}', row["ratio"]["median"],
              row["ratio"]["least"], row["ratio"]["greatest"]) for row in of(rows, "server")]
    for row in of(rows, "verify")[:1]:
        for name, words in [("full_ratio", "verification, 3 certificates"),
                            ("remembered_ratio", "verification, chain remembered")]:
            value = row[name]
            near.append((words, value["of_minima"], value["least"], value["greatest"]))
    ahead = [(f"token {with_chain(row)}", row["ratio"]["of_minima"], row["ratio"]["least"],
              row["ratio"]["greatest"]) for row in of(rows, "token-openssl")]
    ahead += [(f'verification, {row["chain"]}', row["openssl_ratio"]["of_minima"],
               row["openssl_ratio"]["least"], row["openssl_ratio"]["greatest"])
              for row in of(rows, "verify")]
    parts = []
    height = 20
    for title, bars, colour, ticks in [
            ("Share of the time that is the bare signature (and bare HTTP): 1 is the bound", near,
             FILL, [0, 0.25, 0.5, 0.75, 1]),
            ("Times as fast as OpenSSL", ahead, OTHER, None)]:
        if bars:
            drawn, height = panel(title, bars, colour, ticks, height)
            parts += drawn
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
            f'font-family="sans-serif" font-size="13" fill="{INK}">\n'
            f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>\n'
            + "\n".join(parts) + "\n</svg>\n")


def panel(title, bars, colour, ticks, top):
    if ticks is None:
        ticks = list(range(0, int(max(bar[1] for bar in bars)) + 2))
    room = WIDTH - LEFT - 70
    # A spread beyond the last tick is cut there.
    at = lambda value: LEFT + min(value / ticks[-1], 1.04) * room
    out = [f'<text x="16" y="{top + 12}" font-weight="bold">{html.escape(title)}</text>']
    first = top + 34
    bottom = first + STEP * len(bars) - (STEP - BAR) + 6
    for tick in ticks:
        out.append(f'<line x1="{at(tick):.1f}" y1="{first - 6}" x2="{at(tick):.1f}" y2="{bottom}" '
                   f'stroke="#d0d7de"/>')
        out.append(f'<text x="{at(tick):.1f}" y="{bottom + 15}" text-anchor="middle" '
                   f'fill="{QUIET}" font-size="11">{tick:g}</text>')
    for index, (words, value, least, greatest) in enumerate(bars):
        y = first + index * STEP
        middle = y + BAR / 2
        out.append(f'<text x="{LEFT - 10}" y="{middle + 4.5}" text-anchor="end">'
                   f'{html.escape(words)}</text>')
        out.append(f'<rect x="{LEFT}" y="{y}" width="{at(value) - LEFT:.1f}" height="{BAR}" '
                   f'fill="{colour}"/>')
        out.append(f'<line x1="{at(least):.1f}" y1="{middle}" x2="{at(greatest):.1f}" '
                   f'y2="{middle}" stroke="{INK}" stroke-width="1.5"/>')
        out.append(f'<text x="{WIDTH - 12}" y="{middle + 4.5}" text-anchor="end" '
                   f'font-weight="bold">{value:.2f}</text>')
    return out, bottom + 44


if __name__ == "__main__":
    main()
