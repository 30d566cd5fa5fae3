"""Counters that many move at once: nobody gets a number twice, and nobody waits for somebody who waits for them."""

from concurrent.futures import ThreadPoolExecutor

import counters

SHARED = [f"shared-{number}" for number in range(4)]
THREADS, ROUNDS = 6, 40


def test_whoever_counts_and_takes_back_at_once_is_never_refused(server):
    def moved(thread: int) -> list[int]:
        seen = []
        with server.app.app_context():
            for turn in range(ROUNDS):
                keys = [*SHARED, f"own-{thread}-{turn}"]
                seen.append(counters.add(dict.fromkeys([*keys, "never taken back"], 300))["never taken back"])
                counters.take_back(keys[::-1])
        return seen

    with ThreadPoolExecutor(THREADS) as threads:
        seen = [number for numbers in threads.map(moved, range(THREADS)) for number in numbers]

    assert sorted(seen) == list(range(1, THREADS * ROUNDS + 1))
    with server.app.app_context():
        assert [counters.read(key)[0] for key in SHARED] == [0] * len(SHARED)
