"""200,000 episodes of 40 variants: how long the tests take, and how much memory."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import resource, time
import numpy as np
from wanwitness.hypotheses.decision import decide
from wanwitness.hypotheses.evidence import Evidence, Scores, Variant
from wanwitness.hypotheses.turning import turning_test

n, random = 200_000, np.random.default_rng(1)
outcomes = (np.repeat(random.random(n // 5) < 0.1, 5) ^ (random.random(n) < 0.02)).astype(np.int8)
times = np.cumsum(random.exponential(60, n))
link = (outcomes.astype(bool) ^ (random.random(n) < 0.05)).astype(np.float32)
variants = [Variant("link-mismatch", link, 1)]
for number in range(39):
    holds = np.repeat(random.random(n // 10) < 0.3, 10).astype(np.float32)
    variants.append(Variant(f"rival {number // 6}", holds, 0))
evidence = Evidence(outcomes, times, tuple(variants))
begin = time.perf_counter()
turning_test(evidence, Scores(evidence), random)
first = time.perf_counter() - begin
begin = time.perf_counter()
decision = decide(evidence)
whole = time.perf_counter() - begin
assert decision.rulings["link-mismatch"].status == "named"
print(first, whole, decision.series, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


@pytest.mark.slow
def test_many_episodes() -> None:
    """The first test takes at most 3 s, the whole at most 120 s and 500 MB."""
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    first, whole, series, megabytes = map(float, done.stdout.split())
    print(f"first test {first:.1f} s, whole {whole:.1f} s ({series:.0f} series), {megabytes:.0f} MB")
    assert first <= 3 and whole <= 120 and megabytes <= 500
