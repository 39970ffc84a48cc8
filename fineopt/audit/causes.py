"""Why a parameter moves or does not move at the next step, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass

from ..language.saying import translatable

__all__ = ["CAUSES", "FINDINGS", "Cause"]


@dataclass(frozen=True)
class Cause:
    """One row of the table of causes, in English; what is shown is said by `fineopt.language.say`.

    Args:
        code: as in ``Row.why`` and ``Finding.code``.
        sentence: what is the case.
        remedy: what to do if it is not intended; empty if nothing is wrong.
    """

    code: str
    sentence: str
    remedy: str = ""


def _table(*causes: Cause) -> dict[str, Cause]:
    return {cause.code: cause for cause in causes}


CAUSES = _table(
    # it moves
    Cause("gradient", translatable("it moves by its gradient")),
    Cause(
        "momentum",
        translatable("its gradient is zero, and it still moves by what the optimizer remembers"),
        translatable(
            "set its gradient to None (clear_grad, then detach it), or its group's lr to 0"
        ),
    ),
    Cause(
        "decay",
        translatable("its gradient is zero, and it still moves by weight decay"),
        translatable("put it into a group with weight_decay 0, or set its gradient to None"),
    ),
    Cause(
        "stale",
        translatable(
            "no gradient is computed for it, and it still moves by the one that an earlier step "
            "left"
        ),
        translatable("call clear_grad() (zero_grad) after freezing"),
    ),
    Cause(
        "nonfinite",
        translatable("its gradient has NaN or infinite numbers, and so will the parameter"),
        translatable("skip this step; lower the lr or clip the gradients"),
    ),
    Cause("other", translatable("it moves although it has no gradient: its optimizer needs none")),
    # it does not
    Cause(
        "unoptimized",
        translatable(
            "its gradient is computed, but no optimizer holds it: it does not move, and its "
            "gradient accumulates, since clear_grad() skips it"
        ),
        translatable("add a group with it (add_param_group), or detach it (requires_grad_(False))"),
    ),
    Cause(
        "left out",
        translatable(
            "no gradient is computed and no optimizer holds it: it does not move and costs least"
        ),
    ),
    Cause("detached", translatable("no gradient is computed: grad stays None and step() skips it")),
    Cause(
        "unreached",
        translatable(
            "it is attached but has no gradient: backward did not reach it, or it was cleared"
        ),
        translatable(
            "check that the forward pass uses it, without detach() and in the training branch"
        ),
    ),
    Cause("lr 0", translatable("its group's learning rate is 0")),
    Cause("zero gradient", translatable("its gradient is zero, and nothing else moves it")),
    Cause(
        "rounded",
        translatable(
            "its update is smaller than half the distance to the next number of its dtype"
        ),
        translatable("use a wider dtype or a larger lr"),
    ),
    # it cannot be said
    Cause("unknown", translatable("unknown until a gradient is there")),
    Cause("unpredictable", translatable("its next value cannot be computed for it alone")),
)

FINDINGS = _table(
    Cause(
        "in no optimizer",
        translatable("the network has parameters that no optimizer has: they never move"),
        translatable("make the optimizer after the network is complete, or add a group with them"),
    ),
    Cause(
        "in two optimizers",
        translatable("two groups hold the same parameter: each step moves it twice"),
        translatable("remove it from one of them"),
    ),
    Cause(
        "not in the network",
        translatable("the optimizer has parameters that the network does not have"),
        translatable("make the optimizer after replacing layers"),
    ),
    Cause(
        "attached but not optimized",
        translatable(
            "gradients are computed for parameters that no optimizer has: work for nothing, and "
            "they accumulate, since no clear_grad() reaches them"
        ),
        translatable("add them to the optimizer, or detach them"),
    ),
    Cause(
        "optimized but not attached",
        translatable("frozen: in the optimizer, without gradients"),
        "",
    ),
    Cause(
        "stale gradient",
        translatable(
            "parameters that are detached still have a gradient, which the next step applies"
        ),
        translatable("call clear_grad() after freezing"),
    ),
    Cause(
        "gradient of another batch",
        translatable("the gradients in place are not those of this batch"),
        translatable("call clear_grad() before backward, or step before the next batch"),
    ),
    Cause(
        "accumulated gradients",
        translatable(
            "the gradients in place are a multiple of this batch's: backward ran without "
            "clear_grad()"
        ),
        translatable(
            "call clear_grad() before each backward, or divide the loss if it is intended"
        ),
    ),
    Cause(
        "not reached",
        translatable("attached parameters got no gradient"),
        translatable(
            "look for a detach(), a branch that was not taken, or a layer that forward does not use"
        ),
    ),
    Cause(
        "not reached this time",
        translatable("parameters that have been trained before got no gradient at this step"),
        translatable(
            "expected for layers that only some batches use; otherwise look for a branch not taken"
        ),
    ),
    Cause(
        "zero gradients",
        translatable("gradients are zero everywhere"),
        translatable("dead ReLUs, a saturated layer, or rows that this batch does not use"),
    ),
    Cause(
        "lr 0 with memory",
        translatable("at lr 0 parameters stand still while the optimizer's state still advances"),
        translatable("detach them to freeze their state too"),
    ),
    Cause(
        "moves without gradient",
        translatable("parameters move although their gradient is zero"),
        translatable("set their gradient to None to freeze them"),
    ),
    Cause(
        "decay of the frozen",
        translatable("weight decay moves parameters that no gradient is computed for"),
        translatable("clear their gradients, or put them into a group with weight_decay 0"),
    ),
    Cause(
        "rounded to nothing",
        translatable("updates are too small for the dtype: numbers stay the same to the bit"),
        translatable("keep the parameters in float32, or raise the lr"),
    ),
    Cause(
        "nonfinite gradient",
        translatable("gradients hold NaN or infinite numbers"),
        translatable(
            "skip this step; lower the lr, clip the gradients, or look for a division by 0"
        ),
    ),
    Cause(
        "update too large",
        translatable("a step changes weights by more than a tenth of their norm"),
        translatable("lower the lr of their group"),
    ),
    Cause(
        "update too small",
        translatable("a step changes weights by less than a millionth of their norm"),
        translatable("raise the lr of their group"),
    ),
    Cause(
        "moving statistics",
        translatable("the statistics of frozen batch norms still move in training mode"),
        translatable("set their freeze (eval() in PyTorch)"),
    ),
    Cause(
        "hidden parameters",
        translatable("modules in a plain list or dict are not part of the network"),
        translatable("use a ModuleList or a ModuleDict"),
    ),
    Cause(
        "unread setting",
        translatable("groups have keys that their optimizer does not read"),
        translatable("check the spelling, or apply it to the lr yourself"),
    ),
    Cause(
        "schedule skips a group",
        translatable("a schedule was made before a group was added and does not change its lr"),
        translatable("make the schedule after the last group was added"),
    ),
    Cause(
        "schedule flattens the ratio",
        translatable("a schedule gives all groups the same lr"),
        translatable("give it one value for each group"),
    ),
    Cause(
        "schedule overwrites the lr",
        translatable("a schedule will overwrite a learning rate that was set by hand"),
        translatable("set its base learning rates (initial_lr) too, or hold the group"),
    ),
    Cause("not predictable", translatable("the next value cannot be computed"), ""),
)
