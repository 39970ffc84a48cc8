"""A process that is killed while it saves leaves the former file, whole."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import fineopt
from fineopt.timeline import Timeline

from .test_exactness import run, two

SAVING = """
import sys
import fineopt
from fineopt.timeline import Timeline
from tests.timeline.test_exactness import run, two
fineopt.random.seed(3)
timeline = Timeline(run(optimizer=two))
timeline.trainer.run(6)
timeline.save(sys.argv[1])
print("saved", flush=True)
while True:
    timeline.save(sys.argv[1])
    print("again", flush=True)
"""


def test_a_kill_while_saving_leaves_a_whole_file(tmp_path: Path) -> None:
    path, root = tmp_path / "timeline", Path(__file__).parents[2]
    env = {**os.environ, "PYTHONPATH": str(root)}
    for lines in range(1, 4):
        command = [sys.executable, "-c", SAVING, str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=env, cwd=root) as child:
            assert child.stdout is not None
            for _ in range(lines):
                assert child.stdout.readline()
            child.kill()  # most of the time it is within a save
        trainer = run(optimizer=two)
        timeline = Timeline.load(path, trainer)
        assert (trainer.epoch, timeline.current.epochs) == (6, [0, 1, 2, 3, 4, 5, 6])
        trainer.run(1)
    fineopt.save(1, tmp_path / "other")  # which removes what the killed left behind
    assert sorted(os.listdir(tmp_path)) == ["other", "timeline"]
