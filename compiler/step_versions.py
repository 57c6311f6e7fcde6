"""The version of our code for each step kind, part of every fingerprint.

Raise a kind's number when what it computes changes: its old results are then no longer used.
"""

STEP_VERSIONS = {
    "source": 1,
    "check_source": 1,
    "examples": 1,
    "features": 1,
    "training_set": 1,
    "train": 1,
    "evaluate": 1,
    "profile": 1,
    "probe": 1,
    "register": 1,
    "gate": 1,
    "promote": 1,
    "materialize": 1,
    "score": 1,
    "monitor": 1,
}
