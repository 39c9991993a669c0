"""What trains: optimizers, scalers of losses, frameworks that run backward, and calls that hand code to autograd."""

from __future__ import annotations

import re

#: Modules whose classes are optimizers, and names that are optimizers wherever they come from.
_OPTIMIZERS = "torch.optim."
OPTIMIZER_NAMES = frozenset(
    "Adam AdamW SGD RMSprop Adagrad Adadelta Adamax NAdam RAdam LBFGS ASGD Rprop Lamb LAMB Lion AdaBelief FusedAdam FusedSGD "
    "FusedLAMB RAdamScheduleFree AdamWScheduleFree Adafactor LARS Ranger".split()
)

#: The module whose classes move the learning rate of an optimizer.
SCHEDULERS = "torch.optim.lr_scheduler."

#: Classes of libraries whose methods are known, by full name, and the kind that they are of.
OBJECTS = {
    "torch.cuda.amp.GradScaler": "scaler",
    "torch.cuda.amp.grad_scaler.GradScaler": "scaler",
    "torch.amp.GradScaler": "scaler",
    "torch.amp.grad_scaler.GradScaler": "scaler",
    "types.SimpleNamespace": "namespace",
    "dataclasses.field": "field",
    "argparse.Namespace": "namespace",
    "accelerate.Accelerator": "framework",
    "lightning.Fabric": "framework",
    "lightning.fabric.Fabric": "framework",
    "lightning_fabric.Fabric": "framework",
}

#: Methods through which a framework differentiates what it is given.
BACKWARD_METHODS = frozenset({"backward", "manual_backward"})

#: Methods of a framework that give back what they are given: wrapped for it, or unwrapped.
GIVING_BACK = frozenset(
    "prepare setup setup_module setup_optimizers setup_dataloaders prepare_model prepare_optimizer prepare_data_loader "
    "prepare_scheduler unwrap_model".split()
)

#: Methods of a framework that read what they are given, and keep nothing of it.
LOGGING = frozenset({"log", "log_dict"})

#: Methods of a framework that clip gradients as the functions of torch.nn.utils do.
CLIPPING_METHODS = frozenset({"clip_grad_norm_", "clip_grad_value_"})

#: What a function calls that differentiates.
DIFFERENTIATING = BACKWARD_METHODS | {"grad"}

#: Methods of base classes whose result the framework differentiates, by the last name of the base.
DIFFERENTIATED_RESULTS = {
    "LightningModule": frozenset({"training_step"}),
    "Trainer": frozenset({"compute_loss"}),
    "SentenceTransformerTrainer": frozenset({"compute_loss"}),
    "Seq2SeqTrainer": frozenset({"compute_loss"}),
}

#: The parameter by which such a method is given the model that is trained.
GIVEN_MODEL = "model"

#: What a class of a framework mentions that differentiates its losses itself.
BY_HAND = frozenset({"automatic_optimization", "manual_backward", "backward"})

#: What cuts a term of a loss off.
CUTTING = frozenset({"item", "detach", "data", "numpy", "no_grad", "float"})

#: Classes that a framework trains with the optimizer that they make, and the methods by which it does so.
FITTED = frozenset({"LightningModule"})
MAKES_OPTIMIZERS = "configure_optimizers"
TRAINS_BATCH = "training_step"

#: Methods of such a class that stand for a part of what the framework does, and those that it calls before it trains.
LOOP_METHODS = frozenset("optimizer_step backward optimizer_zero_grad training_step_end training_epoch_end".split())
SETTING_UP = frozenset({"setup", "configure_model", "prepare_data", "configure_sharded_model"})

#: Lets the parameters of one optimizer alone require grad.
TOGGLES = "toggle_optimizer"

#: What methods mention that change what is trained.
CHANGES_TRAINED = frozenset(
    "requires_grad requires_grad_ freeze unfreeze parameters add_param_group optimizers toggle_optimizer".split()
)

#: Operators and modules that measure how far two tensors are apart, element by element.
DISTANCES = frozenset(
    "nn.functional.mse_loss nn.functional.l1_loss nn.functional.smooth_l1_loss nn.functional.huber_loss MSELoss L1Loss "
    "SmoothL1Loss HuberLoss".split()
)

#: Wrap a module in another that computes the same.
WRAPPERS = frozenset(
    {
        "torch.nn.DataParallel",
        "torch.nn.parallel.DataParallel",
        "torch.nn.parallel.DistributedDataParallel",
        "torch.nn.parallel.distributed.DistributedDataParallel",
        "torch.compile",
        "apex.parallel.DistributedDataParallel",
        "torch.nn.SyncBatchNorm.convert_sync_batchnorm",
    }
)

#: Run a function again when backward comes to it: what it saves is made anew then.
CHECKPOINTS = frozenset(
    {
        "torch.utils.checkpoint.checkpoint",
        "torch.utils.checkpoint.checkpoint_sequential",
        "deepspeed.checkpointing.checkpoint",
    }
)

#: Write the gradients of the parameters that they are given, be it one or many, and not these themselves.
GRADIENT_CLIPPERS = frozenset(
    f"torch.nn.utils.{module}{name}"
    for module in ("", "clip_grad.")
    for name in ("clip_grad_norm_", "clip_grad_norm", "clip_grad_value_", "clip_grads_with_norm_")
)

#: Gives the norm of the tensors that it is given, out of any graph.
TOTAL_NORM = "torch.nn.utils.get_total_norm"


_NOT_DIFFERENTIATED = re.compile(
    r"^_?(?:init|reset|set|setup|build|make|create|load|save|get|update|generate|sample|step|infer|inference|predict|evaluate|eval|"
    r"test|validate|train|fit|log|print|plot|prune|quantize|freeze|unfreeze|register|add|remove|clip|clamp|copy|sync|"
    r"prepare|allocate|cache|export|convert|describe|extra_repr|show|to|from|decode|beam|greedy|translate|visualize|summary|count|configure|normalize_"
    r"weights|mask_weights|apply_mask)(?:_|$)|^__"
)
_LOSS_FUNCTION = re.compile(
    r"(?:^|_)(?:loss|losses|criterion|distances?|[pc]?dist|kl|entropy|divergence|snr|penalty|objective|"
    r"likelihood|elbo|nll|mse|bce|hinge|dice|focal|triplet|contrastive)(?:_|$|\d)",
    re.IGNORECASE,
)

_LOSS = re.compile(
    r"loss|crit|cost|objective|penalt|entropy|bce|mse|nll|mae|(?:^|_)l[12](?:_|$)|huber|dist|(?:^|_)div|(?:^|_)kl|elbo|likelihood|"
    r"log_prob|reward|advantage|error|ctc|focal|dice|iou|hinge|triplet|contrast|nce",
    re.IGNORECASE,
)
_LOSS_ITSELF = re.compile(r"loss|criterion|objective|elbo", re.IGNORECASE)
_ABOUT_LOSSES = re.compile(
    r"weight|scale|factor|coef|target|ratio|schedule|log|print|metric|meter|item|eval|valid|test", re.IGNORECASE
)
_WEIGHT = re.compile(
    r"weight|lambda|lmbda|beta|alpha|gamma|coef|scale|factor|ratio|(?:^|_)(?:w|lam|wt|k|c|eta|mu)(?:_|$|\d)",
    re.IGNORECASE,
)
_TARGET = re.compile(
    r"target|label|truth|teacher|(?:^|_)(?:y|gt|ref|old|real|true|tgt|ema|prior|behaviou?r)(?:_|$)", re.IGNORECASE
)
_CLEARS = re.compile(r"zero|clear|reset|grad", re.IGNORECASE)
_HIDDEN_STATE = re.compile(r"hidden|state|(?:^|[._])[hc]x?(?:_?\d|_?n|_?t)?(?:$|[._\[])")
_READS_GRADIENTS = re.compile(
    r"(?:^|_)(?:clip|cancel|unscale|average|reduce|norm|log|print|plot|accuracy|record|save|adjust|count|check|update|append)"
    r"(?:_|$|[a-z]*grad)"
)
_TRAINS = re.compile(r"backward|scaler|optimi[sz]|step|train|learn|fit", re.IGNORECASE)


def is_differentiated_method(name: str) -> bool:
    """Whether a method of a module computes what is differentiated, by its name: not one that sets up, loads, or evaluates."""
    return _NOT_DIFFERENTIATED.search(name) is None


def is_loss_function(name: str) -> bool:
    """Whether a function computes what is differentiated, by its name."""
    return _LOSS_FUNCTION.search(name) is not None and _NOT_DIFFERENTIATED.search(name) is None


def is_optimizer(path: str) -> bool:
    """Whether a class of this full name is an optimizer that takes its parameters first."""
    last = path.rpartition(".")[2]
    if path.startswith(_OPTIMIZERS):
        return last[:1].isupper() and "lr_scheduler" not in path and "swa_utils" not in path and last != "Optimizer"
    return last in OPTIMIZER_NAMES and "." in path


def may_run_backward(name: str, *, on_loss: bool) -> bool:
    """Whether a function out of sight may differentiate, by its name: one that is given a model or an optimizer, or, `on_loss`,
    no more than a tensor.
    """
    return _TRAINS.search(name) is not None if on_loss else _READS_GRADIENTS.search(name) is None


def may_clear(name: str) -> bool:
    """Whether a function or a method out of sight may clear gradients, by its name."""
    return _CLEARS.search(name) is not None


def is_loss(name: str) -> bool:
    """Whether what is called computes a loss, by its name."""
    return _LOSS.search(name) is not None


def gives_loss(function: str, owner: str) -> bool:
    """Whether a function gives back a loss that its caller differentiates, by its name, or as the forward of a loss's class."""
    name = owner if function in {"forward", "__call__"} else function
    return _LOSS_ITSELF.search(name) is not None and _ABOUT_LOSSES.search(name) is None


def is_target(name: str) -> bool:
    """Whether something is what a loss compares with, by its name: it passes no gradient."""
    return _TARGET.search(name) is not None


def is_weight(name: str) -> bool:
    """Whether something only weighs a term of a loss, by its name."""
    return _WEIGHT.search(name) is not None


def is_hidden_state(name: str) -> bool:
    """Whether a recurrent model's state is handed on under such a name: a model that remembers otherwise detaches by itself."""
    return _HIDDEN_STATE.search(name) is not None
