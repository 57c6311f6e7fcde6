"""E416 and E417: what a label can be."""

from .code import Code

CODES = (
    Code(
        "E416",
        "Several classes asked for, and fewer than three possible",
        (
            "The label's own constants, or the data tests of its column, leave it one or two "
            "values. With one there is nothing to learn. Of two, `binary_classification` tells "
            "more: one score, its curve, its calibration, and gates on them."
        ),
        wrong="""\
models:
  late_arrival:
    task: multiclass_classification
    examples: {label: "case when arr_delay > 15 then 'late' else 'fine' end"}
""",
        right="""\
models:
  late_arrival:
    task: binary_classification
    examples: {label: arr_delay > 15}
""",
    ),
    Code(
        "E417",
        "A label that names rows or measures them, and has no classes",
        (
            "By its data tests the label is different in every row, or has more than 1000 "
            "possible values. A class is learnt from many rows that share it. Group the values, "
            "or predict a quantity by `regression`."
        ),
        wrong="""\
sources:
  flights:
    checks: [unique: [flight_id]]
models:
  route:
    task: multiclass_classification
    examples: {source: flights, label: flight_id}
""",
        right="""\
sources:
  flights:
    checks: [unique: [flight_id]]
models:
  route:
    task: multiclass_classification
    examples: {source: flights, label: carrier}
""",
    ),
)
