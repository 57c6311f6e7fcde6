"""E418 and E419: how a new version takes over."""

from .code import Code

CODES = (
    Code(
        "E418",
        "A rollout that the wrong monitor watches, or a second one of the same model",
        (
            "The monitor under `watch` must find nothing before the challenger gets a larger "
            "share, so it must watch the endpoint that is rolled out. At the end of a rollout the "
            "challenger is the champion, and a model has one champion: of the endpoints of a model "
            "one rolls out, and the others take up the champion when it has."
        ),
        wrong="""\
deploy:
  api:
    online: {model: late_arrival}
    rollout: {steps: [10%, 100%], watch: nightly_drift}
monitor:
  nightly_drift: {watch: nightly, every: 1d, drift: {}}
""",
        right="""\
deploy:
  api:
    online: {model: late_arrival}
    rollout: {steps: [10%, 100%], watch: api_health}
monitor:
  api_health: {watch: api, every: 1h, drift: {}}
""",
    ),
    Code(
        "E419",
        "A shadow that shows nothing",
        (
            "A shadow scores what an endpoint is asked, is never the answer, and is seen in the "
            "prediction log alone. The champion cannot be its own shadow, and where nothing is "
            "logged nobody sees what a shadow says."
        ),
        wrong="""\
deploy:
  api:
    online: {model: late_arrival}
    shadow: champion
""",
        right="""\
deploy:
  api:
    online: {model: late_arrival}
    shadow: challenger
""",
    ),
)
