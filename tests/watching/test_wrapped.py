"""Distributed and compiled training, and what a step costs in waiting."""

from __future__ import annotations

import subprocess
import sys
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from torch.utils._python_dispatch import TorchDispatchMode

import fineopt
from fineopt.errors import ParameterWarning
from tests.watching.small import make_groups, make_model, nn, torch, train

WAITS = ("_local_scalar_dense", "nonzero", "is_nonzero", "equal", "unique")


def test_nothing_in_a_step_waits_for_the_device() -> None:
    class Count(TorchDispatchMode):
        def __init__(self) -> None:
            super().__init__()
            self.calls: Counter[str] = Counter()

        def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None):
            self.calls[func.overloadpacket.__name__] += 1
            return func(*args, **(kwargs or {}))

    def count(watched: bool) -> Counter[str]:
        model = make_model()
        optimizer = torch.optim.SGD(make_groups(model), lr=0.1)
        w = fineopt.watch(model, optimizer) if watched else None
        if w is not None:
            w.groups["head"].lr = 0.2
        with Count() as counted:
            train(model, optimizer, 4, each=lambda i: None if w is None else w.loss(torch.ones(())))
        return counted.calls

    plain, watched = count(False), count(True)
    assert watched["index_select"] > plain["index_select"]  # it did read
    for name in WAITS:
        assert watched[name] == plain[name], name


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
@pytest.mark.parametrize("as_tensor", [True, False])
def test_a_compiled_step_keeps_its_graphs_or_the_watch_says_why_not(as_tensor: bool) -> None:
    graphs = []

    def backend(module: Any, inputs: Any) -> Any:
        graphs.append(module)
        return module.forward

    model = nn.Linear(8, 3)
    lr: Any = torch.tensor(0.01) if as_tensor else 0.01
    optimizer = torch.optim.Adam(model.parameters(), lr=lr, foreach=False)
    w = fineopt.watch(model, optimizer)
    torch.compiler.reset()
    step = torch.compile(optimizer.step, backend=backend)
    counts = []
    for i in range(6):
        model.zero_grad()
        nn.functional.mse_loss(model(torch.ones(4, 8)), torch.zeros(4, 3)).backward()
        w.groups[0].lr = 0.01 / (i + 1)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ParameterWarning)
            step()
        counts.append(len(graphs))
    if w.record.steps:  # before 2.6, a compiled step calls no hooks
        assert w.error is None
        assert w.record.steps == 6
        assert w.record.lr[-1, 0] == pytest.approx(0.01 / 6)
        said = [notice for notice in w.notices if "compile it again" in notice]
        assert len(said) == (0 if as_tensor else 1)
    if as_tensor:
        assert counts[-1] == counts[2]


DISTRIBUTED = """
import sys, torch, torch.distributed as dist, fineopt
rank, path = int(sys.argv[1]), sys.argv[2]
dist.init_process_group("gloo", init_method=f"file://{path}", rank=rank, world_size=2)
torch.manual_seed(0)
model = torch.nn.Linear(4, 2)
ddp = torch.nn.parallel.DistributedDataParallel(model)
optimizer = torch.optim.SGD(ddp.parameters(), lr=0.1)
w = fineopt.watch(ddp, optimizer) if rank == 0 else None
for i in range(3):
    optimizer.zero_grad()
    (ddp(torch.ones(2, 4)) * (rank + 1)).sum().backward()
    optimizer.step()
if w is not None:
    w.end_epoch()
    print(list(w.record.parameters), w.record.steps, w.record.grad_sum_last["bias"], w.error)
dist.destroy_process_group()
"""


@pytest.mark.skipif(not torch.distributed.is_available(), reason="this PyTorch has no distributed")
def test_data_parallel_training_is_watched_on_rank_0(tmp_path: Path) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", DISTRIBUTED, str(rank), str(tmp_path / "store")],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(2)
    ]
    done = [process.communicate() for process in processes]
    assert [process.returncode for process in processes] == [0, 0], done[0][1][-2000:]
    # 2 samples x 2 outputs, weighted by 1 and by 2, averaged over the processes
    assert done[0][0].strip() == "['weight', 'bias'] 3 [6.0] None"


def test_shards_are_refused() -> None:
    class FullyShardedDataParallel(nn.Module):
        def __init__(self, module: Any) -> None:
            super().__init__()
            self.module = module

    model = FullyShardedDataParallel(make_model())
    with pytest.raises(ValueError, match="FullyShardedDataParallel"):
        fineopt.watch(model, torch.optim.SGD(model.parameters(), lr=0.1))
