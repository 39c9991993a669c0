"""Names of PyTorch and NumPy that are no differentiable operators but matter to a graph."""

from __future__ import annotations

import re

#: Make a tensor with memory of its own that requires no grad unless `requires_grad=True` says so.
FACTORIES = frozenset(
    f"torch.{name}"
    for name in (
        "arange bartlett_window blackman_window empty empty_like empty_strided eye fft.fftfreq fft.rfftfreq full "
        "full_like hamming_window hann_window kaiser_window linspace logspace ones ones_like rand rand_like "
        "randint randint_like randn randn_like randperm range scalar_tensor tensor tril_indices triu_indices zeros "
        "zeros_like multinomial "
        "FloatTensor DoubleTensor HalfTensor LongTensor IntTensor BoolTensor ByteTensor Tensor"
    ).split()
)

#: Go through all items of what they are given, one after another.
GOING_THROUGH = frozenset(f"builtins.{name}" for name in "dict frozenset list max min set sorted sum tuple".split()) | {
    "torch.cat",
    "torch.hstack",
    "torch.stack",
    "torch.vstack",
}

#: Draw a tensor by the values of others, or of numbers alone.
SAMPLERS = frozenset({"torch.normal", "torch.bernoulli", "torch.poisson"})

#: Give the tensor itself on one device and a copy on another; the measurement knows only the processor.
DEVICE_MOVES = frozenset({"cpu", "cuda", "to", "xpu", "mps"})

#: Give the tensor itself where it is already as it should be.
CONVERSIONS = DEVICE_MOVES | {"contiguous", "float", "double", "half", "bfloat16", "type", "type_as"}

#: Methods of a tensor that make a new one of the same kind, outside the graph.
FACTORY_METHODS = frozenset("new new_empty new_full new_ones new_tensor new_zeros new_empty_strided".split())

#: Wrap existing memory as a tensor that no version counter of NumPy's side knows.
FROM_NUMPY = frozenset(
    {"torch.from_numpy", "torch.as_tensor", "torch.asarray", "torch.frombuffer", "torch.from_dlpack"}
)

#: Give a NumPy array on the tensor's memory.
TO_NUMPY = frozenset({"numpy.asarray", "numpy.asanyarray", "numpy.ascontiguousarray", "numpy.from_dlpack"})
STORAGE_METHODS = frozenset({"untyped_storage", "storage", "_typed_storage"})
TO_NUMPY_METHODS = frozenset({"numpy", "__array__"}) | STORAGE_METHODS

#: Methods of an array that write the array.
ARRAY_WRITERS = frozenset({"fill", "sort", "shuffle", "put", "itemset", "partition", "setfield", "byteswap"})

#: Functions that put a vector's values into parameters, and that make a vector of them.
VECTOR_TO_PARAMETERS = frozenset(
    {f"torch.nn.utils.{path}" for path in ("vector_to_parameters", "convert_parameters.vector_to_parameters")}
)
PARAMETERS_TO_VECTOR = frozenset(
    {f"torch.nn.utils.{path}" for path in ("parameters_to_vector", "convert_parameters.parameters_to_vector")}
)

#: Methods of an array that give a copy, although those of a tensor of this name may give a view.
ARRAY_COPIES = frozenset({"flatten", "repeat", "take", "diagonal"})

#: Functions of Python that give no tensor.
PLAIN_BUILTINS = frozenset(
    "len int float bool str range isinstance issubclass hasattr print type id repr callable format open ord chr".split()
)
#: Those of them that give a string.
TEXT_BUILTINS = frozenset({"builtins.str", "builtins.repr", "builtins.format", "builtins.chr"})
#: What prints or logs what it is given, by its last name.
LOGGING = frozenset(
    {"print", "info", "debug", "warning", "log", "add_scalar", "set_description", "set_postfix", "flush"}
)
#: Python's own classes that `type` and `isinstance` are asked for.
BUILTIN_CLASSES = frozenset(f"builtins.{name}" for name in "int float str bool list tuple dict set".split())
#: Classes that have but one name, beside those of torch.nn.
CLASSES = BUILTIN_CLASSES | {"torch.Tensor"}
#: Types of what is no tensor, and such as hold what stands in their brackets.
PLAIN_TYPES = frozenset("int float bool str bytes complex Size device dtype memory_format layout".split())
HOLDING_TYPES = frozenset("Optional Union Tuple tuple List list Sequence Iterable Set set".split())
#: Methods and attributes of a tensor whose value is no tensor.
PLAIN_METHODS = frozenset(
    "item tolist size dim ndimension numel nelement stride storage_offset data_ptr element_size get_device is_contiguous "
    "is_floating_point is_complex is_cuda is_sparse type_ equal allclose is_same_size is_set_to is_pinned is_shared "
    "register_hook register_post_accumulate_grad_hook retain_grad share_memory_ __len__ __repr__ __hash__ __format__".split()
)
#: What makes a PackedSequence.
PACKING = frozenset(
    f"torch.nn.utils.rnn.{name}" for name in "pack_padded_sequence pack_sequence PackedSequence".split()
)
#: Factories that copy the values they are given, out of any graph.
COPYING_FACTORIES = frozenset(f"torch.{name}" for name in "tensor Tensor FloatTensor DoubleTensor HalfTensor".split())
#: Attributes that are no tensor, whatever bears them.
DESCRIBING_ATTRIBUTES = frozenset({"shape", "ndim", "dtype", "device", "itemsize"})
PLAIN_ATTRIBUTES = frozenset(
    "shape device dtype layout ndim is_leaf requires_grad grad_fn is_cuda is_sparse is_quantized names itemsize nbytes "
    "_version _base".split()
)

#: The names of the two outputs that max, min, sort, topk and their kin give.
NAMED_OUTPUTS = {"values": 0, "indices": 1}

#: Comparisons and their kin: tensors that no gradient passes.
COMPARISONS = frozenset(
    "eq ne lt le gt ge isnan isinf isfinite isclose logical_and logical_or logical_not logical_xor argmax argmin argsort "
    "nonzero bool int long short byte char sign_bit any all count_nonzero bincount unique bitwise_not bitwise_and bitwise_or "
    "floor_divide histc".split()
)

#: The same as functions.
COMPARING_FUNCTIONS = frozenset(
    f"torch.{name}" for name in COMPARISONS - frozenset("bool int long short byte char".split())
) | frozenset(
    {"torch.nn.functional.one_hot"}
    | {f"torch.{name}" for name in "searchsorted bucketize isin signbit isposinf isneginf isreal".split()}
)

#: Of these, the ones that give integers.
INTEGER_RESULTS = frozenset(
    "argmax argmin argsort nonzero int long short byte char count_nonzero bincount floor_divide "
    "one_hot searchsorted bucketize".split()
)

#: How the names of functions begin that may compute a number of numbers, or an array.
OF_NUMBERS = ("builtins.", "math.", "numpy.", "statistics.")

#: Functions of NumPy that make one number of many, where they are given no axis.
NUMPY_TOTALS = frozenset(f"numpy.{name}" for name in "mean sum max min amax amin std var prod median average".split())

#: Factories of integers.
INTEGER_FACTORIES = frozenset(
    {"torch.randint", "torch.randperm", "torch.arange", "torch.LongTensor", "torch.IntTensor"}
)

#: Factories that are told a shape: by how many arguments at most, where these are not sizes side by side.
SIZED_FACTORIES: dict[str, int | None] = {
    **dict.fromkeys(["empty", "ones", "zeros", "rand", "randn", "new_empty", "new_ones", "new_zeros"]),
    **dict.fromkeys(["full", "new_full"], 1),
}

#: Factories that make floating numbers where they are not told a dtype, as far as they are given no others.
FLOATING_FACTORIES = frozenset("empty ones zeros rand randn tensor linspace logspace eye".split())

#: Dtypes by their full names, and the one that each stands for.
FULL_DTYPES = {
    **{
        f"torch.{name}": name
        for name in "float16 bfloat16 float32 float64 int8 uint8 int16 int32 int64 bool complex64 complex128".split()
    },
    "torch.half": "float16",
    "torch.float": "float32",
    "torch.double": "float64",
    "torch.short": "int16",
    "torch.cfloat": "complex64",
    "torch.cdouble": "complex128",
    "torch.int": "int32",
    "torch.long": "int64",
}

#: What `torch.get_default_dtype()` may be.
DEFAULT_DTYPES = frozenset({"float32", "float64"})

#: What dtypes are to a graph.
DTYPES = {
    "torch.bool": "B",
    **dict.fromkeys(
        ["torch.long", "torch.int", "torch.int64", "torch.int32", "torch.int16", "torch.int8", "torch.uint8"], "I"
    ),
    **dict.fromkeys(["torch.complex64", "torch.complex128", "torch.cfloat", "torch.cdouble"], "C"),
}

#: The arguments by which kinds of normalisation have parameters, and running statistics: their names, their places, and what
#: they are by default. The number of axes is left out of a kind's name.
AFFINE = {
    "BatchNorm": ("affine", 3, True),
    "InstanceNorm": ("affine", 3, False),
    "GroupNorm": ("affine", 3, True),
    "LayerNorm": ("elementwise_affine", 2, True),
    "RMSNorm": ("elementwise_affine", 2, True),
}
TRACKING = {
    "BatchNorm": ("track_running_stats", 4, True),
    "InstanceNorm": ("track_running_stats", 4, False),
}

#: Context managers and decorators that set the grad mode; the value is what they set, None where an argument says it.
GRAD_MODES: dict[str, bool | None] = {
    "torch.no_grad": False,
    "torch.autograd.no_grad": False,
    "torch.autograd.grad_mode.no_grad": False,
    "torch.inference_mode": False,
    "torch.autograd.inference_mode": False,
    "torch.autograd.grad_mode.inference_mode": False,
    "torch.enable_grad": True,
    "torch.autograd.enable_grad": True,
    "torch.autograd.grad_mode.enable_grad": True,
    "torch.set_grad_enabled": None,
    "torch.autograd.set_grad_enabled": None,
    "torch.autograd.grad_mode.set_grad_enabled": None,
}

#: Modules whose functions with a name that ends in `_` work in place on the tensor that they are given first.
INPLACE_MODULES = frozenset({"torch", "torch.nn.functional"})

#: Write their first argument under no_grad.
INITIALISERS = ("torch.nn.init.",)

#: Give their argument back as a leaf.
PARAMETERS = frozenset({"torch.nn.Parameter", "torch.nn.parameter.Parameter"})
VARIABLES = frozenset({"torch.autograd.Variable", "torch.autograd.variable.Variable"})

#: Kinds of library objects that code may give any attributes, and the methods that these have all the same.
OPEN_OBJECTS = frozenset({"context", "namespace", "field"})
METHODS_OF_OPEN_OBJECTS = frozenset(
    "save_for_backward mark_dirty mark_non_differentiable set_materialize_grads save_for_forward".split()
)

#: Methods of a module that give the module itself.
MODULE_SELF = frozenset("to cuda cpu float double half bfloat16 type share_memory to_empty xpu compile".split())

#: Names of what holds settings: numbers, flags and texts.
SETTINGS = frozenset("args opt opts options cfg config conf hparams hps hp flags FLAGS".split())

#: Words in the names of attributes that are numbers, flags or texts.
NUMBERS = re.compile(
    r"(?:^|_)(?:eps|epsilon|momentum|decay|alpha|beta|gamma|scale|temperature|temp|tau|lambda|weight|rate|lr|p|dim|dims|size|num|n|k|"
    r"training|mode|device|dtype|reduction|margin|clip|min|max|shape|axis|groups|heads|hidden|width|height|channels|bias)(?:_|$)"
)

#: Words in the names of layers that save what they are given.
KEEPING_LAYERS = re.compile(r"(?:^|_)(?:norm|conv|linear|lin|fc|proj|dense|bn|ln|gn|lstm|gru|rnn)\w*$")

#: The layers of torch.nn that have parameters.
LAYERS_WITH_PARAMETERS = re.compile(
    r"(?:Lazy)?(?:Linear|Bilinear|Conv(?:Transpose)?[123]d|(?:Sync)?BatchNorm(?:[123]d)?|LayerNorm|GroupNorm|Embedding(?:Bag)?|"
    r"LSTM(?:Cell)?|GRU(?:Cell)?|RNN(?:Cell)?|MultiheadAttention|PReLU|Parameter|Transformer\w*)"
)
#: Words in the names of what a module holds and is not to train.
NOT_TRAINED = re.compile(
    r"teacher|target|(?:^|_)ema|momentum|frozen|fixed|(?:^|_)ref(?:_|$|erence)|vgg|lpips|percep|pretrained|prior|extractor|"
    r"optimi[sz]er|hook|buffer|ensemble",
    re.IGNORECASE,
)

#: Methods of a module that change nothing of it.
MODULE_LOOKS = frozenset(
    "extra_repr register_full_backward_hook register_backward_hook register_load_state_dict_post_hook __repr__ _get_name "
    "get_submodule get_parameter get_buffer register_forward_hook register_forward_pre_hook".split()
)

#: Methods that every module has.
MODULE_METHODS = (
    MODULE_SELF
    | MODULE_LOOKS
    | frozenset(
        "train eval requires_grad_ parameters named_parameters buffers named_buffers children named_children modules "
        "named_modules state_dict load_state_dict zero_grad apply register_buffer register_parameter add_module".split()
    )
)

#: Modules that go through a sequence, with a state that each element hands to the next.
RECURRENT = frozenset({"RNN", "GRU", "LSTM"})

#: Modules of which the second result is a tuple of the rest.
NESTED_RESULTS = frozenset({"LSTM"})

#: Modules that hold others, and those of them that hold them by key.
CONTAINERS = frozenset({"Sequential", "ModuleList", "ModuleDict", "ParameterList", "ParameterDict"})
KEYED_CONTAINERS = frozenset({"ModuleDict", "ParameterDict"})

#: Contexts in which writes move no version counter, by the last part of their name.
PRESERVING_CONTEXTS = frozenset({"_unsafe_preserve_version_counter"})

#: Contexts that expect an error of the block they guard, by the last part of their name.
EXPECTING_CONTEXTS = frozenset({"raises", "assertRaises", "assertRaisesRegex", "assertRaisesRegexp", "suppress"})

#: Exceptions that catch a RuntimeError.
CATCHES_RUNTIME_ERROR = frozenset({"RuntimeError", "Exception", "BaseException"})
