"""How often the generator uses each construct.

Fixed once from the counts of real code (about 1,900 functions of public packages), by this rule:
the square root of the count, so that the common dominates and the rare still occurs; constructs
that real code uses little but that go wrong in tools of this kind (views, aliases, stores, exits)
get at least 5. The table is not to be adjusted to what the compiler can do.
"""

from __future__ import annotations

STATEMENTS: dict[str, float] = {
    # bindings
    "new_scalar": 30,  # assignments: the bulk of every function
    "new_array": 24,
    "rebind": 20,
    "augmented_name": 20,  # 418
    "unpack": 12,  # 302 with returning tuples 85
    "swap": 5,
    "chained": 6,  # 42
    "walrus": 3,
    "zero_d": 5,
    "delete": 1,
    # stores
    "store_element": 17,  # 287
    "store_slice": 13,  # 159
    "store_mask": 5,  # 26, with index arrays
    "store_gather": 5,
    "augmented_element": 6,  # 33
    "augmented_slice": 5,
    "augmented_mask": 5,
    "augmented_gather": 5,
    "swap_elements": 5,
    # names for memory
    "view": 8,
    "alias": 5,
    "copy": 5,
    "ufunc_out": 3,
    # complex numbers, where an argument is one
    "complex_step": 5,
    "complex_part": 5,
    # control
    "branch": 26,  # 2789 are mostly tests of options; half of the root
    "both_branches": 10,
    "for_range": 15,  # 218
    "for_elements": 8,  # 66 over sequences, shared with the three below
    "for_enumerate": 5,
    "for_zip": 5,
    "for_reversed": 4,
    "while_loop": 5,  # 14
    "while_true": 4,
    "search_loop": 4,  # for … else
    "sum_from_zero": 5,
    "leave": 6,  # break 33, continue 13
    "early_return": 6,
    # calls
    "call_for_effect": 7,
    "nested_function": 8,  # 59
    "lambda_": 7,  # 61
    "local_object": 8,
    "call_method": 10,
    # containers
    "new_list": 8,  # append 66, comprehension 72
    "append": 8,
    "pop": 3,
    "store_item": 5,
    "new_dict": 5,
    "new_tuple": 4,
    # the rest
    "errstate": 2,  # 12
    "assertion": 3,
}

ARGUMENTS: dict[str, float] = {
    "float": 30,
    "zerod": 8,
    "array": 50,
    "int": 6,
    "option": 6,
    "complex": 3,
}

# Of a whole program, in a hundred.
SINGLE = 6  # its arguments are in single precision, for the most part
OVERLAP = 5  # two arguments share a part of their memory
ARRAY_RESULT = 15  # the result is an array
FUNCTIONAL = 8  # nothing is stored into what exists, so that JAX runs it, too
STORING = frozenset(
    """
    store_element store_slice store_mask store_gather augmented_element augmented_slice
    augmented_mask augmented_gather swap_elements ufunc_out zero_d store_item local_object
    call_method call_for_effect
""".split()  # noqa: SIM905
)

SCALARS: dict[str, float] = {
    "leaf": 30,
    "binary": 40,
    "elementwise": 25,
    "power": 8,
    "reduction": 14,  # sum 208, mean 7, max 7
    "product": 6,  # dot 20, @ 37
    "conditional": 7,  # 55
    "builtin": 10,  # abs 87, max 42, min 27, sum 27
    "call": 12,
    "comprehension": 6,  # 72
    "masked_sum": 3,
    "where": 3,
    "coerced": 6,  # float 51
    "solve": 2,
}

ARRAYS: dict[str, float] = {
    "leaf": 26,
    "binary": 34,
    "elementwise": 25,
    "power": 6,
    "broadcast": 10,
    "outer": 3,
    "matrix_vector": 6,  # @ 37, dot 20
    "where": 5,  # 22
    "maximum": 4,
    "clip": 2,
    "roll": 5,  # 37
    "flip": 3,
    "cumsum": 2,
    "transpose": 5,  # .T 32
    "reshape": 4,
    "concatenate": 3,
    "stack": 3,
    "axis_reduction": 6,
    "gather": 5,
    "creation": 4,
    "comprehension": 4,
    "call": 6,
    "item": 4,
    "solve": 2,
    "slice_difference": 4,
    "conditional": 3,
    "coerced": 4,  # asarray 78, astype 6
}

CONDITIONS: dict[str, float] = {
    "compare": 30,
    "chained": 10,  # 155
    "boolean": 14,  # 634
    "negated": 5,
    "option": 10,  # is None 1187, string comparison 503: tests of options
    "integer": 10,
    "any_all": 4,  # all 16
    "length": 3,
    "membership": 3,  # in 130
}

# Names of variables: plain ones, and those that generated code or Python would like for itself.
_NAMES = {
    "plain": """
        x y z u v w a b c p q r s h k f_i acc total state rate dt pos vel out res tmp row grid
    """,
    "colliding": """
        x_bar y_bar x_dot u_dot a_bar t1 t2 t3 exp_v a_gt_1 x_saved u_saved i_bar trips exit_code
        stack tape match type_ f_grad f_forward f_reverse f_vjp value grad seed bar dot result ans
        records saved np_ np1 math_ x0 x_1 __x _ _t condition u_v sin_v y_bar_1 zeros add where copy
        runtime storage pullback cotangent tangent x_dot_saved sum_v i0 case soft n_trips carry
        out_bar
    """,
    "builtin": "id type input hash filter iter next vars dir all_ any_ bytes object open slice",
    "unicode": "α Δt λ ñ_bar σ θ_dot μ été",
}
PLAIN, COLLIDING, BUILTIN, UNICODE = (tuple(names.split()) for names in _NAMES.values())
