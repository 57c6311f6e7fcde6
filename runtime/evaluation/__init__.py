"""How good a model is: metrics by split and slice, importance, curves, and gates over them."""
