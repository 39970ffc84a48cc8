"""Learning rates set by hand under a schedule."""

from __future__ import annotations

import pytest

import fineopt
from fineopt.optimizer import Adam, ExponentialLR

from ..cases import parameters
from .samples import every_schedule, lrs, sgd


class TestAnLrSetByHand:
    @every_schedule
    def test_a_group_frozen_at_0_stays_frozen(self, make):
        opt, other = sgd(1.0, 0.5), sgd(1.0, 0.5)
        schedule, free = make(opt), make(other)
        schedule.step()  # at first, a warm-up from 0 has the group at 0 itself
        free.step()
        opt.param_groups[1]["lr"] = 0.0
        for _ in range(8):
            schedule.step()
            free.step()
            assert lrs(opt) == [lrs(other)[0], 0.0]
        assert schedule.overridden == [1]

    def test_any_other_lr_is_kept_too(self):
        opt = sgd(1.0, 0.5)
        schedule = ExponentialLR(opt, 0.5)
        schedule.step()
        opt.param_groups[0]["lr"] = 0.75
        schedule.step()
        schedule.step()
        assert lrs(opt) == [0.75, 0.0625]
        assert schedule.overridden == schedule.held == [0]  # held is its earlier name

    def test_the_schedule_resumes_once_it_is_set_back(self):
        opt = sgd(1.0, 0.5)
        schedule = ExponentialLR(opt, 0.5)
        opt.param_groups[1]["lr"] = 0.0  # freeze
        schedule.step()
        schedule.step()
        opt.param_groups[1]["lr"] = 0.5  # unfreeze: what it was
        assert schedule.overridden == []
        schedule.step()
        assert lrs(opt) == [0.125, 0.0625]

    def test_release_takes_effect_at_once(self):
        opt = sgd(1.0, 0.5)
        schedule = ExponentialLR(opt, 0.5)
        opt.param_groups[1]["lr"] = 0.0
        schedule.step()
        schedule.release(1)
        assert lrs(opt) == [0.5, 0.25]
        assert schedule.overridden == []

    def test_release_with_a_new_base_lr(self):
        opt = sgd(1.0, 0.0)
        schedule = ExponentialLR(opt, 0.5)
        schedule.step()
        schedule.release(1, base_lr=0.8)
        assert lrs(opt) == [0.5, 0.4]
        assert schedule.base_lrs == [1.0, 0.8]

    def test_invalid_releases(self):
        schedule = ExponentialLR(sgd(1.0, 0.5), 0.5, groups=[0])
        with pytest.raises(KeyError, match="param group 1 is not governed by this ExponentialLR"):
            schedule.release(1)
        with pytest.raises(IndexError, match="no param group 2"):
            schedule.release(2)
        with pytest.raises(ValueError, match="base_lr must be at least 0"):
            schedule.release(0, base_lr=-1.0)
        assert schedule.base_lrs == [1.0]

    def test_a_new_schedule_takes_it_as_its_base(self):
        opt = sgd(1.0, 0.5)
        ExponentialLR(opt, 0.5).step()
        opt.param_groups[1]["lr"] = 0.2
        schedule = ExponentialLR(opt, 0.1)
        assert schedule.base_lrs == [1.0, 0.2]  # as in MegEngine, where it was not touched
        assert lrs(opt) == [1.0, 0.2]

    def test_it_is_still_overridden_after_loading(self, tmp_path):
        params = parameters()
        opt = Adam([{"params": params[:2]}, {"params": params[2:]}], lr=1.0)
        schedule = ExponentialLR(opt, 0.5)
        opt.param_groups[1]["lr"] = 0.0
        schedule.step()
        fineopt.save({"o": opt.state_dict(), "s": schedule.state_dict()}, tmp_path / "run")

        saved = fineopt.load(tmp_path / "run")
        again = Adam([{"params": params[:2]}, {"params": params[2:]}], lr=3.0)
        new = ExponentialLR(again, 0.9)
        again.load_state_dict(saved["o"])
        new.load_state_dict(saved["s"])
        assert lrs(again) == [0.5, 0.0]
        for s in (schedule, new):
            s.step()
        assert lrs(again) == lrs(opt) == [0.25, 0.0]
        assert new.overridden == [1]
