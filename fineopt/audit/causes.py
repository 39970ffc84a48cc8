"""Why a parameter moves or does not move at the next step, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CAUSES", "FINDINGS", "Cause"]


@dataclass(frozen=True)
class Cause:
    """One row of the table of causes.

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
    Cause("gradient", "it moves by its gradient"),
    Cause(
        "momentum",
        "its gradient is zero, and it still moves by what the optimizer remembers",
        "set its gradient to None (clear_grad, then detach it), or its group's lr to 0",
    ),
    Cause(
        "decay",
        "its gradient is zero, and it still moves by weight decay",
        "put it into a group with weight_decay 0, or set its gradient to None",
    ),
    Cause(
        "stale",
        "no gradient is computed for it, and it still moves by the one that an earlier step left",
        "call clear_grad() (zero_grad) after freezing",
    ),
    Cause(
        "nonfinite",
        "its gradient has NaN or infinite numbers, and so will the parameter",
        "skip this step; lower the lr or clip the gradients",
    ),
    Cause("other", "it moves although it has no gradient: its optimizer needs none"),
    # it does not
    Cause(
        "unoptimized",
        "its gradient is computed, but no optimizer holds it: it does not move, and its "
        "gradient accumulates, since clear_grad() skips it",
        "add a group with it (add_param_group), or detach it (requires_grad_(False))",
    ),
    Cause(
        "left out",
        "no gradient is computed and no optimizer holds it: it does not move and costs least",
    ),
    Cause("detached", "no gradient is computed: grad stays None and step() skips it"),
    Cause(
        "unreached",
        "it is attached but has no gradient: backward did not reach it, or it was cleared",
        "check that the forward pass uses it, without detach() and in the training branch",
    ),
    Cause("lr 0", "its group's learning rate is 0"),
    Cause("zero gradient", "its gradient is zero, and nothing else moves it"),
    Cause(
        "rounded",
        "its update is smaller than half the distance to the next number of its dtype",
        "use a wider dtype or a larger lr",
    ),
    # it cannot be said
    Cause("unknown", "unknown until a gradient is there"),
    Cause("unpredictable", "its next value cannot be computed for it alone"),
)

FINDINGS = _table(
    Cause(
        "in no optimizer",
        "the network has parameters that no optimizer has: they never move",
        "make the optimizer after the network is complete, or add a group with them",
    ),
    Cause(
        "in two optimizers",
        "two groups hold the same parameter: each step moves it twice",
        "remove it from one of them",
    ),
    Cause(
        "not in the network",
        "the optimizer has parameters that the network does not have",
        "make the optimizer after replacing layers",
    ),
    Cause(
        "attached but not optimized",
        "gradients are computed for parameters that no optimizer has: work for nothing, and they "
        "accumulate, since no clear_grad() reaches them",
        "add them to the optimizer, or detach them",
    ),
    Cause("optimized but not attached", "frozen: in the optimizer, without gradients", ""),
    Cause(
        "stale gradient",
        "parameters that are detached still have a gradient, which the next step applies",
        "call clear_grad() after freezing",
    ),
    Cause(
        "gradient of another batch",
        "the gradients in place are not those of this batch",
        "call clear_grad() before backward, or step before the next batch",
    ),
    Cause(
        "accumulated gradients",
        "the gradients in place are a multiple of this batch's: backward ran without clear_grad()",
        "call clear_grad() before each backward, or divide the loss if it is intended",
    ),
    Cause(
        "not reached",
        "attached parameters got no gradient",
        "look for a detach(), a branch that was not taken, or a layer that forward does not use",
    ),
    Cause(
        "not reached this time",
        "parameters that have been trained before got no gradient at this step",
        "expected for layers that only some batches use; otherwise look for a branch not taken",
    ),
    Cause(
        "zero gradients",
        "gradients are zero everywhere",
        "dead ReLUs, a saturated layer, or rows that this batch does not use",
    ),
    Cause(
        "lr 0 with memory",
        "at lr 0 parameters stand still while the optimizer's state still advances",
        "detach them to freeze their state too",
    ),
    Cause(
        "moves without gradient",
        "parameters move although their gradient is zero",
        "set their gradient to None to freeze them",
    ),
    Cause(
        "decay of the frozen",
        "weight decay moves parameters that no gradient is computed for",
        "clear their gradients, or put them into a group with weight_decay 0",
    ),
    Cause(
        "rounded to nothing",
        "updates are too small for the dtype: numbers stay the same to the bit",
        "keep the parameters in float32, or raise the lr",
    ),
    Cause(
        "nonfinite gradient",
        "gradients hold NaN or infinite numbers",
        "skip this step; lower the lr, clip the gradients, or look for a division by 0",
    ),
    Cause(
        "update too large",
        "a step changes weights by more than a tenth of their norm",
        "lower the lr of their group",
    ),
    Cause(
        "update too small",
        "a step changes weights by less than a millionth of their norm",
        "raise the lr of their group",
    ),
    Cause(
        "moving statistics",
        "the statistics of frozen batch norms still move in training mode",
        "set their freeze (eval() in PyTorch)",
    ),
    Cause(
        "hidden parameters",
        "modules in a plain list or dict are not part of the network",
        "use a ModuleList or a ModuleDict",
    ),
    Cause(
        "unread setting",
        "groups have keys that their optimizer does not read",
        "check the spelling, or apply it to the lr yourself",
    ),
    Cause(
        "schedule skips a group",
        "a schedule was made before a group was added and does not change its lr",
        "make the schedule after the last group was added",
    ),
    Cause(
        "schedule flattens the ratio",
        "a schedule gives all groups the same lr",
        "give it one value for each group",
    ),
    Cause(
        "schedule overwrites the lr",
        "a schedule will overwrite a learning rate that was set by hand",
        "set its base learning rates (initial_lr) too, or hold the group",
    ),
    Cause("not predictable", "the next value cannot be computed", ""),
)
