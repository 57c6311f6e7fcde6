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
    Code(
        "E603",
        "A name that the target cannot express",
        (
            "Platforms limit names: Kubernetes to 63 lower-case letters, digits and hyphens, for "
            "example. A name that would have to be changed to fit could collide with another one, "
            "so choose one that fits everywhere."
        ),
        wrong="""\
deploy:
  a_deployment_with_a_name_that_is_longer_than_what_a_label_may_be: {}
""",
        right="""\
deploy:
  api: {}
""",
    ),
)
