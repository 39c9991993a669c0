from __future__ import annotations

from collections.abc import Iterator

import pytest
from distributed import LocalCluster


@pytest.fixture(scope="package")
def scheduler() -> Iterator[str]:
    """The address of a scheduler with two workers, threads of this process: a cluster of processes takes seconds to start."""
    threads = {"n_workers": 2, "threads_per_worker": 1, "processes": False, "protocol": "tcp"}
    made = LocalCluster(**threads, host="127.0.0.1", dashboard_address="127.0.0.1:0", silence_logs=50)
    with made as cluster:
        yield cluster.scheduler_address
