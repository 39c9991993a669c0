"""The idioms of harmless `.data` writes, told from where a write stands and how it is written; and their modern spelling."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from flake8_gradsafe.idioms.site import Site
from flake8_gradsafe.idioms.suppress import excuses_computed, excuses_leaf
from flake8_gradsafe.knowledge.effects import CLAMPS, FILLS, MASKS


@dataclass(frozen=True, slots=True)
class Idiom:
    """A named habit. `excuses` says that the write speaks against harm to a leaf that is seen to require grad,
    `excuses_computed` against harm to what was computed. `masks`: it puts constants in, which no gradient should pass.
    """

    name: str
    advice: str
    masks: bool = False
    excuses: bool = False
    excuses_computed: bool = False


_NO_GRAD = "write it under `with torch.no_grad():`, without `.data`"

INITIALISATION = Idiom("weight initialisation", "use torch.nn.init, or " + _NO_GRAD)
GRADIENT_BUFFER = Idiom("gradient buffer", "drop `.data`: a gradient is outside the graph already")
MANUAL_STEP = Idiom("manual optimizer step", _NO_GRAD)
MOVING_AVERAGE = Idiom("moving average or target network", _NO_GRAD + ", for example p_target.lerp_(p, 1 - decay)")
CLIPPING = Idiom("weight clipping", _NO_GRAD + ", after the step")
RUNNING_STATE = Idiom("running state", _NO_GRAD)
CONTAINER = Idiom("storage or dtype change", "use module.to(…), or build the tensor anew")
SURGERY = Idiom("weight surgery", _NO_GRAD)
MASKING = Idiom("masking", "use masked_fill(), which autograd sees", masks=True)
ATTENTION_MASK = Idiom("attention mask", MASKING.advice)
OTHER = Idiom("untracked write", _NO_GRAD)


def idiom_of(site: Site) -> Idiom:
    """The idiom that a write's surroundings speak for; `OTHER` where none does."""
    named = next((idiom for recognise, idiom in _TABLE if recognise(site)), OTHER)
    return replace(named, excuses=excuses_leaf(site), excuses_computed=excuses_computed(site))


# -- what names speak of -------------------------------------------------------------------------------------------------


def _words(words: str, anywhere: str = "") -> re.Pattern[str]:
    """Any of the words as a part of a snake_case name; patterns that may stand anywhere."""
    return re.compile(rf"(?:^|_)(?:{'|'.join(words.split())})(?:_|\d*$)" + (f"|{anywhere}" if anywhere else ""))


_GRADIENTS = re.compile(r"(?:^|_)(?:grads?|gradients?)\d*$|^d_p$")
_SWITCHES = frozenset({"requires_grad", "no_grad", "enable_grad", "zero_grad", "set_grad", "is_grad", "retain_grad"})
_STATISTICS = re.compile(
    r"^running_|^num_batches|^(?:ema_)?cluster_size|^embed_avg|(?:^|_)(?:min_val|max_val)$|^weight_u$"
)
_BUFFERS = re.compile(
    r"^(?:running|ema|moving|cluster|num_batches)|_(?:ema|avg|mean|var|count|counter)$|(?:^|_)(?:history|queue|memory|bank)(?:_|$)"
)
_POWER_VECTORS = frozenset({"u", "v"})
_INITIALISER = _words(
    r"(?:re)?init(?:iali[sz]\w*)? reset xavier kaiming glorot", anywhere="weights?_init|^_*(?:re)?init|^reset|Init"
)
_AVERAGES = _words("ema swa shadow teacher slow polyak", anywhere="EMA|SWA|Shadow|Teacher|[Aa]verag|ExponentialMoving")
_FAINT_AVERAGES = _words(
    "avg averaged? momentum_(?:encoder|update|model)", anywhere=r"^(?:param|encoder|model|net)\w*_k$"
)
_DECAYS = _words("decay tau momentum")
_NETWORKS = "p|params?|parameters?|nets?|networks?|models?|critics?|actors?|policy|encoders?|weights?|values?|vars?|q|v"
_TARGETS = re.compile(rf"\w_targ(?:et)?\d*$|(?:^|_)targ(?:et)?s?\d*_(?:{_NETWORKS})(?:_|\d*$)")
_UPDATES_TARGETS = re.compile(
    r"(?:soft|hard|polyak|momentum)_\w*(?:update|copy)|(?:update|sync|copy)\w*_(?:target|teacher)"
)
_LOADS = _words("load(?:ed)? pretrained pre_trained checkpoint ckpt state_dict saved backup", anywhere="^pretrain")
_OPERATES = _words(
    "load fuse merge merged prune binari[sz]e quanti[sz]e restore convert tie replace copy transfer permute swap resize expand "
    "extend recover reorgani[sz]e re_organize transplant inflate absorb fold equali[sz]e import export",
    anywhere="^_*(?:load|fuse|merge|prune|binari[sz]|quanti[sz]|restore|convert|replace|copy|transfer|permute|swap|resize)",
)
_CLIPS = _words("clamp clip clipping project constrain renorm", anywhere="^_*(?:clamp|clip|project)[A-Z_]")
_CASTS = _words("cast _?apply to_(?:device|half|float|cuda|cpu) half float share_memory pin_memory")
_STEPS = _words(r"step attack perturb\w* pgd fgsm sgd mutate inner_(?:loop|update)")
_STEPPERS = re.compile(r"Optimizer|Attack|^SGD|^Adam|^PGD|^FGSM")
_RATES = _words("lr learning_rate step_size stepsize alpha eta eps_iter")
_NOISES = _words("noises? perturbations? epsilons? mutations?")
_MASKS = _words("masks?", anywhere="[Mm]ask$")
_WEIGHTS = re.compile(r"^(?:p|w|W)$|weight|bias|param|^(?:gamma|beta|embeddings?)$")
_LOOPED = frozenset({"parameters", "named_parameters", "modules", "named_modules", "children", "state_dict", "buffers"})
_OBSERVES = re.compile(r"^_*(?:forward|update|observe|track|calibrate)")

# -- how values are made -------------------------------------------------------------------------------------------------

_REPLACES = frozenset({"=", "copy_", "set_", "__setitem__"})
_ADDS = frozenset({"add_", "sub_", "__iadd__", "__isub__", "addcdiv_", "addcmul_"})
_SCALES = frozenset({"mul_", "div_", "__imul__", "__itruediv__"})
_AVERAGING = frozenset({"copy_", "lerp_", "mul_", "add_", "sub_", "=", "__imul__", "__iadd__", "__isub__"})
_CONTAINERS = frozenset(
    "to half float double cuda cpu type type_as view view_as contiguous bfloat16 reshape pin_memory share_memory_ clone "
    "transpose t to_device detach flatten".split()
)
_PLACES = frozenset(
    {"to", "half", "float", "double", "cuda", "cpu", "type", "view", "contiguous", "bfloat16", "reshape"}
)
_FACTORIES = frozenset(
    "rand randn randint randperm rand_like randn_like ones ones_like zeros zeros_like full full_like eye diag linspace arange "
    "normal uniform empty randint_like".split()
)


def _speak(names: frozenset[str] | tuple[str, ...], pattern: re.Pattern[str]) -> bool:
    return any(pattern.search(name) for name in names)


def _is_weight(site: Site) -> bool:
    return _speak(site.written, _WEIGHTS) or _speak(site.origins, _WEIGHTS) or not _LOOPED.isdisjoint(site.origins)


def _initialises(site: Site) -> bool:
    return site.method in FILLS or _INITIALISER.search(site.function) is not None


def _keeps_values(site: Site) -> bool:
    return bool(site.moved) and site.moved <= _CONTAINERS and not site.selects


# -- recognisers ---------------------------------------------------------------------------------------------------------


def _masks_attention(site: Site) -> bool:
    if not site.masks_out or site.method in MASKS | {"index_fill_"}:
        return site.masks_out
    return not _INITIALISER.search(site.function) and not _is_weight(site)


def _on_gradient(site: Site) -> bool:
    return _speak(site.chain, _GRADIENTS)


def _keeps_statistics(site: Site) -> bool:
    last = site.written[-1:]
    vectors = bool(_POWER_VECTORS & set(last)) and _LOOPED.isdisjoint(site.origins) and "items" not in site.origins
    refilled = site.method in FILLS and _speak(last, _BUFFERS) and not _INITIALISER.search(site.function)
    return _speak(last, _STATISTICS) or vectors or refilled


def _zeroes_what_a_mask_picks(site: Site) -> bool:
    """True if a write zeroes a part, or multiplies by a mask.

    In a constructor, a part is zeroed for its first value.
    """
    if site.method in MASKS or _INITIALISER.search(site.function):
        return False
    if site.index is not None and site.zero and (_is_weight(site) or _speak(site.index, _MASKS)):
        return True
    by_mask = _speak(site.mentions, _MASKS) and not _speak(site.written, _MASKS)
    return by_mask and (site.method in {"mul_", "__imul__"} or (site.method in _REPLACES and site.reads_itself))


def _takes_from_elsewhere(site: Site) -> bool:
    """True if a write loads values, or copies them from another object.

    An object's own parts may be each other's first values.
    """
    if site.method not in _REPLACES or site.method in FILLS:
        return False
    if _speak(site.mentions, _LOADS) or (_speak(site.sources, _LOADS) and _is_weight(site)):
        return True
    given = site.function == "__init__" and len(site.source) == 1 and not site.sources and _is_weight(site)
    if given and not _speak(site.mentions, _INITIALISER):
        return True
    foreign = site.source[:1] != site.written[:1] and _speak(site.source[1:], _WEIGHTS)
    return foreign and not _follows_a_network(site)


def _averages(site: Site) -> bool:
    names = (*site.written, *site.mentions, site.function, site.owner)
    return site.method in _AVERAGING and not site.moved and _speak(names, _AVERAGES)


def _stands_in_surgery(site: Site) -> bool:
    """True if the function is there to load, fuse, prune …; what is only moved there stays a change of its container."""
    operates = _OPERATES.search(site.function) is not None or _speak(site.tests, _OPERATES)
    return operates and not _keeps_values(site)


def _steps(site: Site) -> bool:
    if not {"grad", "d_p"}.isdisjoint(site.mentions) or _speak(site.mentions - _SWITCHES, _GRADIENTS):
        return True
    stepper = _speak((*site.bases, site.owner), _STEPPERS)
    copies = bool(site.source) and not _STEPS.search(site.function)
    return stepper and not (copies or site.cuts or site.method in CLAMPS)


def _adds_up(site: Site) -> bool:
    """True if a write adds to itself what a rate scales, what comes of a gradient, or noise."""
    if site.method in _SCALES and _speak(site.mentions, _RATES):
        return True
    additive = site.method in _ADDS or (site.method in {"=", "copy_"} and site.reads_itself and not site.source)
    if not additive or site.constant or site.cuts or CLAMPS & set(site.chain):
        return False
    if _speak(site.mentions, _RATES) or _speak(site.sources - _SWITCHES, _GRADIENTS) or _STEPS.search(site.function):
        return True
    noisy = _speak(site.mentions, _NOISES) or not _FACTORIES.isdisjoint(site.calls)
    return (noisy and _is_weight(site)) or (site.method in _ADDS and not _LOOPED.isdisjoint(site.origins))


def _clips(site: Site) -> bool:
    if site.method in CLAMPS or CLAMPS & set(site.chain):
        return True
    scaled = site.method in _SCALES and site.reads_itself and bool({"norm", "normalize"} & site.mentions)
    return scaled or (site.method in _REPLACES and (site.cuts or _CLIPS.search(site.function) is not None))


def _follows_a_network(site: Site) -> bool:
    """True if values are copied to or from an average or a target, or blended into one."""
    if site.method not in _AVERAGING or site.moved:
        return False
    if _UPDATES_TARGETS.search(site.function):
        return True
    names = (*site.written, *site.mentions)
    if not _LOOPED.isdisjoint(site.origins):
        names = (*names, *site.origins, *site.sources)
    bare = "target" in names and not {"tau", "source", "param", "parameters"}.isdisjoint(names)
    if bare or _speak(names, _TARGETS) or _speak(names, _FAINT_AVERAGES):
        return True
    decays = site.method in _SCALES and _speak(site.mentions - {"weight_decay"}, _DECAYS)
    blends = site.blends or decays or site.method == "lerp_" or (site.method == "add_" and "mul_" in site.chain)
    return blends and _is_weight(site)


def _keeps_running_state(site: Site) -> bool:
    """True if a buffer by its name, or an object's own tensor besides weights, is written where it is used."""
    if _speak(site.written[-1:], _BUFFERS) or (site.method in _REPLACES and _speak(site.sources, _STATISTICS)):
        return True
    own = site.written[:1] == ("self",) and len(site.written) == 2
    counts = site.method in _ADDS and site.constant
    return own and not _speak(site.written, _WEIGHTS) and (counts or _OBSERVES.search(site.function) is not None)


def _moves_itself(site: Site) -> bool:
    """True if a tensor gets its own values in another container, or those of a cast of the whole module."""
    if site.method not in {"=", "set_"}:
        return False
    return _keeps_values(site) or (site.reads_itself and _CASTS.search(site.function) is not None)


def _starts(site: Site) -> bool:
    """True if a write gives a first value: made of nothing, or where the names around say so."""
    if site.method not in _REPLACES or site.reads_itself:
        return False
    started = _speak((*site.mentions, *site.tests), _INITIALISER)
    made = not _FACTORIES.isdisjoint(site.calls) and not site.source
    return started or made or (_is_weight(site) and site.constant) or _fills_a_new_module(site)


def _fills_a_new_module(site: Site) -> bool:
    """True if a plain value is written into a module that was made here, as a fixed kernel is."""
    made = any(name[:1].isupper() and name[:4] in {"Conv", "Line", "Embe"} for name in site.origins)
    return made and len(site.source) == 1 and not _speak((*site.source, *site.sources), _WEIGHTS) and not site.calls


def _operates(site: Site) -> bool:
    """True if weights are written otherwise, or copied as they stand from another tensor's `.data`."""
    if _is_weight(site) or _speak(site.source, _WEIGHTS):
        return True
    return site.method == "=" and bool(site.source) and "data" in site.mentions


_TABLE = (
    (_masks_attention, ATTENTION_MASK),
    (_on_gradient, GRADIENT_BUFFER),
    (_keeps_statistics, RUNNING_STATE),
    (_zeroes_what_a_mask_picks, MASKING),
    (_averages, MOVING_AVERAGE),
    (_takes_from_elsewhere, SURGERY),
    (_initialises, INITIALISATION),
    (_stands_in_surgery, SURGERY),
    (_steps, MANUAL_STEP),
    (_follows_a_network, MOVING_AVERAGE),
    (_adds_up, MANUAL_STEP),
    (_clips, CLIPPING),
    (_moves_itself, CONTAINER),
    (_starts, INITIALISATION),
    (_keeps_running_state, RUNNING_STATE),
    (lambda site: site.method in MASKS, MASKING),
    (_operates, SURGERY),
    (lambda site: site.method == "=" and bool(site.mentions & _PLACES), CONTAINER),
)
