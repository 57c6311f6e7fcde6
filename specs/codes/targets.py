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
  kubernets: {namespace: ml}
""",
        right="""\
targets:
  kubernetes: {namespace: ml}
""",
    ),
    Code(
        "E602",
        "A setting that the target cannot honour",
        (
            "Every target declares what it can do. A setting that the chosen target would have to "
            "ignore is an error, since a silent downgrade is found in production. Choose another "
            "target, or waive the setting in the target's section."
        ),
        wrong="""\
deploy:
  api: {rollout: {strategy: canary}}
targets:
  airflow: {schedule: "@daily"}
""",
        right="""\
deploy:
  api: {rollout: {strategy: canary}}
targets:
  kubernetes: {namespace: ml}
""",
    ),
)
