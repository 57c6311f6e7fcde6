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
            "The target has a limit that the setting goes beyond, and that no capability names: "
            "Ray, for one, lets several steps share a GPU, but gives more than one only whole. "
            "Change the setting, or choose another target."
        ),
        wrong="""\
models:
  late_arrival:
    resources: {gpu: 1.5}
targets:
  ray: {}
""",
        right="""\
models:
  late_arrival:
    resources: {gpu: 2}
targets:
  ray: {}
""",
    ),
    Code(
        "E603",
        "A capability that the target lacks",
        (
            "Every target declares what it can do, and what it cannot do is never dropped in "
            "silence: that is found in production. Ray, for one, starts nothing by itself. Remove "
            "what asks for it, choose another target, or waive it in the spec with the reason, "
            "which stands in the emitted files for reviewers to read."
        ),
        wrong="""\
deploy:
  nightly:
    batch: {model: late_arrival, source: flights, output: data/scores/}
    schedule: "0 2 * * *"
targets:
  ray: {}
""",
        right="""\
deploy:
  nightly:
    batch: {model: late_arrival, source: flights, output: data/scores/}
    schedule: "0 2 * * *"
targets:
  ray: {waive: {schedules: cron calls onespec run --select nightly}}
""",
    ),
    Code(
        "E604",
        "A waiver of something unknown",
        (
            "Under `waive` stand capabilities, each with the reason why the spec does without it. "
            "The names are a closed list, so that a misspelt waiver cannot waive nothing."
        ),
        wrong="""\
targets:
  ray: {waive: {schedule: cron starts them}}
""",
        right="""\
targets:
  ray: {waive: {schedules: cron starts them}}
""",
    ),
    Code(
        "W605",
        "A waiver that nothing needs",
        (
            "The target can do what is waived, or the spec does not ask for it (any more). A stale "
            "waiver would hide the next thing that does. Remove it; where only one environment "
            "needs it, write it there: `prod: {targets.ray.waive: {…}}`."
        ),
        wrong="""\
targets:
  ray: {waive: {autoscaling: the load is even}}
""",
        right="""\
targets:
  ray: {}
""",
    ),
    Code(
        "E606",
        "A name that the target cannot express",
        (
            "A platform limits the length and the characters of names, and the target makes its "
            "names from those of the spec: that of an application is the product's name and the "
            "deployment's. Shorten or change one of them."
        ),
        wrong="""\
name: predictions-of-late-arrivals-for-all-airports
deploy:
  endpoint_for_the_mobile_application:
    online: {model: late_arrival}
""",
        right="""\
name: flight-delays
deploy:
  mobile:
    online: {model: late_arrival}
""",
    ),
    Code(
        "E607",
        "Resources that no machine can give",
        (
            "A step or replica runs on one machine. It asks for more than the largest node that "
            "the target was told of, or than any machine has; or the replicas together ask for "
            "more than the cluster. It would wait for ever. Ask for less, or tell the target of a "
            "larger node."
        ),
        wrong="""\
models:
  late_arrival:
    resources: {cpu: 64}
targets:
  ray: {node: {cpu: 16, memory: 64GiB}}
""",
        right="""\
models:
  late_arrival:
    resources: {cpu: 16}
targets:
  ray: {node: {cpu: 16, memory: 64GiB}}
""",
    ),
    Code(
        "E608",
        "A setting that has no effect where it stands",
        (
            "Something else in the spec makes the setting meaningless, and it would be ignored in "
            "silence: an accelerator type where no GPU is asked for, replicas of a batch, defaults "
            "that no request will ever see."
        ),
        wrong="""\
models:
  late_arrival:
    resources: {accelerator: H100}
""",
        right="""\
models:
  late_arrival:
    resources: {gpu: 1, accelerator: H100}
""",
    ),
    Code(
        "E609",
        "An accelerator that the target does not know",
        (
            "Accelerators bear the names that the platform gives them; a step that asks for "
            "another name would wait for ever. The known ones are listed."
        ),
        wrong="""\
models:
  late_arrival:
    resources: {gpu: 1, accelerator: NVIDIA-H100}
targets:
  ray: {}
""",
        right="""\
models:
  late_arrival:
    resources: {gpu: 1, accelerator: H100}
targets:
  ray: {}
""",
    ),
    Code(
        "E610",
        "An image that every pod may read otherwise",
        (
            "An image without a tag, or with the tag `latest`, is whatever the registry holds when "
            "a node pulls it: the pods of one Deployment run different code, and nobody can say "
            "what yesterday's model was trained by. Name it by its digest, which `docker push` "
            "prints; the environment is a good place for it."
        ),
        wrong="""\
targets:
  kubernetes: {image: registry.example.com/flight-delays:latest}
""",
        right="""\
targets:
  kubernetes: {image: registry.example.com/flight-delays@sha256:6d6c…0d0e}
""",
    ),
    Code(
        "E611",
        "What pods on several machines cannot share, or would lose",
        (
            "What a pod writes to its own disk is gone with the pod, and an embedded store is a "
            "file that one machine may open: SQLite on a network file system loses what was "
            "acknowledged. With embedded stores the Kubernetes target keeps the state on a volume "
            "of one node and all pods there, which is sound, and no more than one machine. So "
            "replicas that must always be there, or a Ray cluster, need shared `stores`, and what "
            "a batch writes needs a volume (`data`)."
        ),
        wrong="""\
deploy:
  api:
    online: {model: late_arrival}
    resources: {replicas: {min: 2, max: 8}}
targets:
  kubernetes: {}
""",
        right="""\
stores:
  artifacts: s3://flight-delays/onespec
  ledger: {url: "postgresql://onespec@db:5432/onespec", password: secret:LEDGER_PASSWORD}
  online: {url: "redis://cache:6379/0", password: secret:REDIS_PASSWORD}
deploy:
  api:
    online: {model: late_arrival}
    resources: {replicas: {min: 2, max: 8}}
targets:
  kubernetes: {}
""",
    ),
    Code(
        "E612",
        "An alert that no metric can show",
        (
            "The Kubernetes target compiles the bounds of a monitor's `service` to rules of "
            "Prometheus, which read what an endpoint counts. Its histogram of latencies ends at "
            "10 s: a rule for a slower p99 could never fire. Choose a bound below that."
        ),
        wrong="""\
monitor:
  health:
    watch: api
    every: 1h
    service: {latency_p99: 30s}
targets:
  kubernetes: {}
""",
        right="""\
monitor:
  health:
    watch: api
    every: 1h
    service: {latency_p99: 5s}
targets:
  kubernetes: {}
""",
    ),
    Code(
        "E613",
        "What KubeRay would refuse",
        (
            "KubeRay makes a cluster's name out of that of a job or an endpoint, and refuses one "
            "that is too long; Ray hands out GPUs by its own names for them, and a worker for "
            "another name would never come. Shorten the name, or use a name that Ray knows."
        ),
        wrong="""\
name: delays-of-all-flights-that-leave-from-new-york-city
targets:
  kubernetes: {kuberay: true}
""",
        right="""\
name: flight-delays
targets:
  kubernetes: {kuberay: true}
""",
    ),
    Code(
        "E616",
        "A plan that fits into no ConfigMap",
        (
            "Kubernetes keeps a ConfigMap of at most 1 MiB, and the plan is larger. Make it a part "
            "of the image: then the plan changes with the image, and no longer without it. "
            "Compressing it would only put off the day."
        ),
        wrong="""\
targets:
  kubernetes: {}
""",
        right="""\
targets:
  kubernetes: {plan_in_image: true}
""",
    ),
    Code(
        "W617",
        "An image named by a tag alone",
        (
            "A tag can be moved to another image, on purpose or not; a digest cannot. With a tag, "
            "what runs may change although nothing that was reviewed has. `docker push` and "
            "`docker buildx imagetools inspect` print the digest; a pipeline may also set it in "
            "what was emitted, by `kustomize edit set image`."
        ),
        wrong="""\
targets:
  kubernetes: {image: "registry.example.com/flight-delays:1.4.0"}
""",
        right="""\
targets:
  kubernetes: {image: registry.example.com/flight-delays:1.4.0@sha256:6d6c…0d0e}
""",
    ),
    Code(
        "E614",
        "Pods that cannot find the project",
        (
            "A step that Airflow runs in a pod sees the folders of its image, not those of the "
            "machine on which the DAG file lies. `project` must say where the project is there."
        ),
        wrong="""\
targets:
  airflow:
    run_in: {kubernetes_pod: {image: "registry.example.com/product:1.0"}}
""",
        right="""\
targets:
  airflow:
    project: /srv/product
    run_in: {kubernetes_pod: {image: "registry.example.com/product:1.0"}}
""",
    ),
    Code(
        "E615",
        "Catching up on intervals that are all the same instant",
        (
            "`catchup` asks for a run of every interval since the start date, each as of the end "
            "of its interval. `as_of` pins the instant of all runs, so that each would be the "
            "same. Leave one of them out."
        ),
        wrong="""\
as_of: 2026-01-01T00:00:00Z
targets:
  airflow: {schedule: "@daily", catchup: true}
""",
        right="""\
targets:
  airflow: {schedule: "@daily", catchup: true}
""",
    ),
    Code(
        "W618",
        "Memory that nobody sets aside",
        (
            "A step that runs in a virtual environment of Airflow's workers shares their memory "
            "with all others; what it asks for is not kept free for it. Pods and Ray keep it."
        ),
        wrong="""\
models:
  late_arrival:
    resources: {memory: 4GiB}
targets:
  airflow: {}
""",
        right="""\
models:
  late_arrival:
    resources: {memory: 4GiB}
targets:
  airflow:
    run_in: {ray: {address: "ray://head:10001"}}
""",
    ),
)
