#!/usr/bin/env python3
"""Runs sessions on a local cluster that has the chart and the quick start's project, and prints what they took.

bench/measure.py FOLDER SESSIONS TOFU MIRROR STORE: state folder of the cluster, how many sessions one after
another, the engine, its provider mirror, address of a sandbox cloud on this machine. Prints rows of a Markdown table and
writes the list of one session's writes to standard error. Asserts nothing.
"""

import os
import statistics
import sys
import time

import bare
import writes
from cluster import Cluster
from session import Session, latency

QUIET = 2  # seconds after a session in which what it caused still counts


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def row(what, goal, figure):
    print(f"| {what} | {goal} | {figure} |", flush=True)


def spread(values):
    return f"{statistics.median(values):.2f} s (median; {min(values):.2f}–{max(values):.2f})"


def main(folder, number, tofu, mirror, store):
    cluster, stamp = Cluster(folder), format(int(time.time()) % 46656, "x")
    sessions, bares, pods = [], [], []
    for index in range(int(number)):
        sessions.append(Session(cluster, f"b{stamp}-{index}"))
        time.sleep(QUIET)
        # In between, so that both sides of the ratio meet the same machine.
        if index % 4 == 0:
            bares.append(bare.engine(tofu, mirror, store, bare.files(cluster, sessions[-1])))
            pods += [bare.pod(cluster, f"b{stamp}-empty-{index}-{n}") for n in range(2)]
    log = list(cluster.writes())

    walls = [s.seconds for s in sessions]
    base = statistics.median(bares) + 2 * statistics.median(pods)
    row(f"session wall ÷ (bare init + plan + apply, and two empty pods), {len(walls)} sessions", "≤ 1.3",
        f"{statistics.median(walls) / base:.2f}")
    row("· session, request to applied", "", spread(walls))
    row("· of it, request to plan ready", "", spread([s.planned for s in sessions]))
    row("· bare engine, the same files", "", spread(bares))
    row("· empty pod, created to running", "", spread(pods))

    late = [latency(s, log) * 1000 for s in sessions]
    row("approve → Job created, p50", "", f"{percentile(late, 0.5):.0f} ms")
    row(f"approve → Job created, p99 of {len(late)}", "≤ 250 ms", f"{percentile(late, 0.99):.0f} ms")

    counts = [writes.count(s, log, QUIET) for s in sessions]
    parts = sorted({part for count in counts for part in count} - {"Lease", "reviews"})
    mean = lambda part: statistics.mean(count[part] for count in counts)
    total = statistics.mean(sum(count[part] for part in parts) for count in counts)
    row("API writes per session by the controller, without Lease and reviews", "≤ 14", f"{total:.1f}")
    for part in [*parts, "Lease", "reviews"]:
        row(f"· {part}", "", f"{mean(part):.1f}")

    print("\nThe writes of one session, in order:", file=sys.stderr)
    for line in writes.listing(cluster, sessions[-1], log, QUIET):
        print(line, file=sys.stderr)


if __name__ == "__main__":
    os.environ.pop("TF_LOG", None)
    main(*sys.argv[1:])
