"""Names by which a condition asks for the machine, the installation or the storage, and not for what the program computes.

A program may run on one machine only, where such a condition never holds. A dtype is no such thing: programs choose it.
"""

#: Attributes and methods that tell where and in which form a tensor is stored, and functions that ask the same of a dtype.
STORED_AS = frozenset(
    "device is_cuda is_cpu is_mps is_xpu is_meta get_device is_floating_point is_complex element_size itemsize nbytes layout "
    "is_sparse is_quantized is_contiguous stride storage_offset is_pinned is_shared data_ptr _version finfo iinfo".split()
)
#: Functions, modules and attributes that tell of the machine, and of what is installed or switched on there.
RUNS_ON = frozenset(
    "is_available is_built is_bf16_supported device_count current_device get_device_capability get_device_name "
    "get_device_properties get_default_dtype get_default_device is_autocast_enabled is_autocast_cpu_enabled is_initialized "
    "is_scripting is_tracing is_compiling is_exporting getenv environ platform machine version_info __version__ cpu_count "
    "get_world_size get_rank get_num_threads".split()
)
