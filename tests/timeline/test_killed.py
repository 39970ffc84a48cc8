"""A kill while a timeline is saved leaves a complete file: the former one, or the new one."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import fineopt
from fineopt.timeline import Timeline

from .test_exactness import RUNS, all_of

MAKE = RUNS["everything"]
SAVING = """
import sys
import fineopt
from fineopt.timeline import Timeline
from tests.timeline.test_exactness import RUNS
fineopt.random.seed(3)
timeline = Timeline(RUNS["everything"](), keep=4)
for epoch in range(10**6):
    timeline.save(sys.argv[1])
    if epoch == 1:
        print("saved", flush=True)
    timeline.trainer.run(1)
"""


def test_a_kill_leaves_a_complete_file(tmp_path: Path) -> None:
    path = tmp_path / "timeline"
    root = Path(__file__).parents[2]
    for seed in range(6):
        command = [sys.executable, "-c", SAVING, str(path)]
        with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE) as child:
            assert child.stdout is not None
            assert child.stdout.readline() == b"saved\n"
            time.sleep(random.Random(seed).uniform(0, 0.1))  # wherever it is then
            child.kill()
        fineopt.random.seed(3)
        trainer = MAKE()
        timeline = Timeline.load(path, trainer)
        epoch = trainer.epoch
        assert epoch >= 1
        found = all_of(trainer)
        timeline.rewind(epoch=0)
        trainer.run(epoch)
        assert all_of(trainer) == found
    timeline.save(path)
    assert [file.name for file in tmp_path.iterdir()] == ["timeline"]
