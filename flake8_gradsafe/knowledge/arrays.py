"""What functions of NumPy and methods of its arrays do with the memory of the arrays that they are given.

Measured with NumPy 2: `tests/runtime/test_arrays.py` asks it again.
"""

from __future__ import annotations

#: Functions that write their first argument.
WRITERS = frozenset(
    f"numpy.{name}" for name in "copyto put place putmask fill_diagonal put_along_axis random.shuffle".split()
)

#: Functions that take a place for the result behind so many operands.
OPERANDS: dict[str, int] = {
    **dict.fromkeys(
        "add subtract multiply divide true_divide floor_divide power mod remainder maximum minimum fmax fmin hypot".split(),
        2,
    ),
    **dict.fromkeys(
        "exp log sqrt square abs absolute negative sign tanh sin cos reciprocal rint floor ceil exp2 expm1 log1p".split(),
        1,
    ),
    "clip": 3,
}

#: Functions that hold values within bounds, or leave some as they are, with the method of a tensor that does the same, and
#: the names of its bounds.
CLAMPS: dict[str, tuple[str, tuple[str, ...]]] = {
    **dict.fromkeys(("minimum", "fmin"), ("clamp_max_", ("max",))),
    **dict.fromkeys(("maximum", "fmax"), ("clamp_min_", ("min",))),
    "clip": ("clamp_", ("min", "max")),
    **dict.fromkeys(("abs", "absolute", "fabs"), ("abs_", ())),
    **dict.fromkeys(("rint", "round", "around"), ("round_", ())),
    "floor": ("floor_", ()),
    "ceil": ("ceil_", ()),
    "putmask": ("masked_fill_", ()),
    "place": ("masked_fill_", ()),
}

#: Functions that give views, with the method of a tensor that gives the same one, and those that are told more.
VIEWS = {
    "ravel": "ravel",
    "reshape": "reshape",
    "squeeze": "squeeze",
    "swapaxes": "transpose",
    "expand_dims": "unsqueeze",
}
GIVEN_ON = frozenset({"reshape", "transpose", "unsqueeze"})

#: Functions that give lists of views.
SPLITS = frozenset({"split", "array_split", "vsplit", "hsplit", "dsplit"})

#: Functions that give views of the whole array.
OTHER_VIEWS = frozenset(
    "transpose flip fliplr flipud moveaxis rollaxis atleast_1d atleast_2d atleast_3d rot90 real".split()
)

#: Libraries whose functions make arrays of arrays.
LIBRARIES = ("numpy.", "scipy.", "cv2.", "skimage.")

#: Functions that give no array.
NO_ARRAYS = frozenset(
    "save savez savetxt allclose array_equal isclose any all argmax argmin argsort nonzero shape ndim size isnan isinf "
    "isfinite unique count_nonzero searchsorted digitize histogram imshow imwrite imsave waitKey save_npz".split()
)

#: What is told sizes, in one tuple or by `size`; and, of these, what is told them side by side.
SIZED = frozenset(
    "zeros ones empty full normal uniform standard_normal random integers randint random_sample rand randn poisson".split()
)
SIDE_BY_SIDE = frozenset({"rand", "randn"})

#: Methods that give an array of the same shape.
CASTS = frozenset({"astype", "copy"})

#: Attributes of an array that are views of it.
VIEWING_ATTRIBUTES = frozenset({"flat", "real"})
