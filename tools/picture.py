"""Draw the moving picture of the README, run.gif, and its Chinese twin: `python -m tools.picture`.

It is a real run of LeNet on the digits of the package. While it trains, one group is frozen and the
other's learning rate is lowered, as a learner would do with the sliders of a panel.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from PIL import Image

import fineopt
import fineopt.optimizer as optim
from fineopt import figures
from fineopt.data import DataLoader, RandomSampler
from fineopt.data.dataset import MNISTSample
from fineopt.data.transform import Compose, Normalize, Pad, ToMode
from fineopt.figures.renderer.chinese import chinese_font
from fineopt.files import write_file
from fineopt.language import speaking
from fineopt.models import LeNet
from fineopt.training import Trainer

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "_static"
FILES = {"en": "run.gif", "zh": "run-zh.gif"}
STEPS, STEPS_PER_FRAME = 168, 4
FREEZE, LOWER = 60, 120  # the steps at which the groups change
WIDTH = 720  # pixels
COLOURS = 48
MILLISECONDS = 110  # per frame
LAST = 2500  # milliseconds of the last frame


def make_trainer() -> Trainer:
    """Return a trainer of LeNet with a group for the convolutions, and one for the rest."""
    fineopt.random.seed(0)
    digits = MNISTSample()
    transform = Compose([Normalize(mean=0.1307 * 255, std=0.3081 * 255), Pad(2), ToMode("CHW")])
    sampler = RandomSampler(digits, batch_size=64, drop_last=True)
    net = LeNet()
    conv = [p for name, p in net.named_parameters() if "conv" in name]
    rest = [p for name, p in net.named_parameters() if "conv" not in name]
    groups = [{"params": conv, "name": "conv"}, {"params": rest, "name": "fc", "lr": 0.02}]
    return Trainer(net, optim.SGD(groups, lr=0.05), DataLoader(digits, sampler, transform))


def frames(trainer: Trainer) -> Iterator[Image.Image]:
    """Train, and yield a picture of the record after every few steps."""
    conv, rest = trainer.optimizer.param_groups
    for step in range(1, STEPS + 1):
        if step == FREEZE:
            conv["lr"] = 0.0
        if step == LOWER:
            rest["lr"] = 0.002
        trainer.step()
        if step % STEPS_PER_FRAME == 0:
            yield picture(trainer)


def picture(trainer: Trainer) -> Image.Image:
    """Return the overview of the record so far."""
    figure = figures.overview(trainer.record, watch="conv1.weight")
    figure.set_dpi(WIDTH / figure.get_size_inches()[0])
    canvas: Any = figure.canvas
    canvas.draw()
    return Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")


def main() -> None:
    """Draw the picture in each language."""
    matplotlib.use("agg")
    if chinese_font() is None:
        raise SystemExit("no font with Chinese characters is installed, for run-zh.gif")
    for language, name in FILES.items():
        with speaking(language):
            draw(FOLDER / name)


def draw(path: Path) -> None:
    """Draw all frames in the colours of the last, and write the file."""
    drawn = list(frames(make_trainer()))
    size = drawn[-1].size
    palette = drawn[-1].quantize(COLOURS)
    flat = [
        frame.resize(size).quantize(palette=palette, dither=Image.Dither.NONE) for frame in drawn
    ]
    durations = [MILLISECONDS] * (len(flat) - 1) + [LAST]
    content = io.BytesIO()
    flat[0].save(content, "GIF", save_all=True, append_images=flat[1:], duration=durations, loop=0)
    write_file(path, lambda file: file.write(content.getvalue()))
    print(
        f"{path.name}: {len(flat)} frames of {size[0]} x {size[1]}, {len(content.getvalue())} bytes"
    )


if __name__ == "__main__":
    main()
