"""E6xx: targets."""

from .code import Code

CODES = (
    Code(
        "E601",
        "An unknown target",
        (
            "The spec or the command names a target that is not installed. Targets are found by "
            "their entry points; the known ones are listed."
        ),
        wrong="""\
targets:
  rya: {address: auto}
""",
        right="""\
targets:
  ray: {address: auto}
""",
    ),
    Code(
        "E602",
        "A setting that the target cannot honour",
        (
            "Every target declares what it can do. A setting that the chosen target would have to "
            "ignore is an error, since a silent downgrade is found in production: Ray Serve, for "
            "one, listens on a single port. Change the setting, or choose another target."
        ),
        wrong="""\
deploy:
  api:   {online: {model: late_arrival, port: 8000}}
  other: {online: {model: late_arrival, port: 9000}}
targets:
  ray: {}
""",
        right="""\
deploy:
  api:   {online: {model: late_arrival, port: 8000}}
  other: {online: {model: late_arrival, port: 8000}}
targets:
  ray: {}
""",
    ),
)
