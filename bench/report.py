# SPDX-License-Identifier: AGPL-3.0-or-later
"""The machine, and the figures as Markdown and JSON."""

import os
import platform
import re
import subprocess
from datetime import datetime, timezone
from pathlib import Path

from bench_fixture import ROOT

LIBRARIES = ("libmicrohttpd", "libcrypto", "lmdb", "jansson", "cjose", "libcurl", "liboauth2",
             "libsodium")


def first_line(*command):
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False,
                              cwd=ROOT)
    except OSError:
        return None
    return (done.stdout or done.stderr).strip().split("\n")[0] or None


def cpu_model():
    found = re.search(r"(?m)^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text())
    return found.group(1) if found else platform.machine()


def disk_of(path):
    return first_line("df", "--output=source,fstype", str(path)) and subprocess.run(
        ["df", "--output=fstype", str(path)], capture_output=True, text=True,
        check=False).stdout.split("\n")[1].strip()


def machine(work):
    return {
        "date": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "cpu": cpu_model(), "processors": os.cpu_count(),
        "memory_mb": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 1000000,
        "kernel": platform.release(), "system": first_line(
            "sh", "-c", ". /etc/os-release; echo \"$PRETTY_NAME\""),
        "filesystem": disk_of(work),
        "load_average_before": os.getloadavg(),
        "commit": first_line("git", "rev-parse", "--short=12", "HEAD"),
        "compiler": first_line("gcc", "--version"), "openssl": first_line("openssl", "version"),
        "versions": {name: first_line("pkg-config", "--modversion", name) for name in LIBRARIES},
    }


def number(value):
    if value is None:
        return ""
    if abs(value) >= 1000:
        return format(round(value), ",")
    return "%.3g" % value


def targets_text(row):
    words = [row["note"]] if "note" in row else []
    for t in row.get("targets", ()):
        # What is as it must be and says nothing more is left out.
        if t["met"] and t["what"] in ("failed flows", "failed", "workers waiting all the time"):
            continue
        words.append("%s %s %s: %s (%s)" % (
            t["what"], "≥" if t["sense"] == ">=" else "≤", number(t["target"]),
            "**met**" if t["met"] else "**not met**", number(t["value"])))
    return "; ".join(words)


def table(rows):
    lines = ["| what | median | runs | ratio | p50 ms | p99 ms | CPU µs | failed | target |",
             "|---|---|---|---|---|---|---|---|---|"]
    for r in rows:
        lines.append("| %s | %s %s | %s | %s | %s | %s | %s | %s | %s |" % (
            r["title"], number(r["value"]), r["unit"], ", ".join(number(x) for x in r["runs"]),
            number(r.get("ratio")), number(r["p50_us"] / 1000 if "p50_us" in r else None),
            number(r["p99_us"] / 1000 if "p99_us" in r else None), number(r.get("cpu_us")),
            r.get("failures", ""), targets_text(r)))
    return "\n".join(lines)


def peers_table(groups):
    names = list(dict.fromkeys(name for group in groups for name in group["rates"]))
    lines = ["| 1/s, one processor | %s | Pratu ahead of all |" % " | ".join(names),
             "|---" * (len(names) + 2) + "|"]
    for group in groups:
        lines.append("| %s | %s | %s |" % (
            group["title"], " | ".join(
                number(group["rates"][n]) if group["rates"].get(n) is not None else "–"
                for n in names), "yes" if group["ahead"] else "**no**"))
    return "\n".join(lines)


def markdown(result):
    m = result["machine"]
    lines = ["# Benchmark of %s" % m["date"], "",
             "%s, %s processors, %s MB, Linux %s, %s, %s; commit %s." % (
                 m["cpu"], m["processors"], format(m["memory_mb"], ","), m["kernel"], m["system"],
                 m["filesystem"], m["commit"]),
             "%s; %s; %s." % (m["compiler"], m["openssl"], ", ".join(
                 "%s %s" % x for x in m["versions"].items() if x[1])),
             "Load average before: %s. Server on processor 0, load on processor 1, loopback." %
             ", ".join("%.2f" % x for x in m["load_average_before"]),
             "Medians of %d runs of %g s. Ratio: flows per ES256 signature of `openssl speed "
             "ecdsap256` (elapsed) taken on the server's processor right before each run; for "
             "discovery and JWKS: against a bare libmicrohttpd program; password logins: against "
             "bare argon2id; beside them: p99 against p99 without." % (
                 result["runs"], result["seconds"]), ""]
    if result["rows"]:
        lines += [table(result["rows"]), ""]
    if result["peers"]:
        lines += ["## Other providers, same run, same load client", "",
                  peers_table(result["peers"]["groups"]), "",
                  *("- %s: %s" % x for x in result["peers"]["versions"].items()), ""]
    if result["troubles"]:
        lines += ["## What could not be measured", "",
                  *("- %s: %s" % (t["row"], t["why"].split("\n")[0]) for t in result["troubles"]),
                  ""]
    return "\n".join(lines)
