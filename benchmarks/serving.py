"""Serving against what one would write by hand, on loopback, in the same run.

`python benchmarks/serving.py [--requests 400] [--no-ray]` prints latencies, throughput, and the
ratios to the bare servers. These get the six feature values in the request and only run the
model: no validation, lookup, on-demand features, log or metrics.
"""

import argparse
import http.client
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "runtime" / "serving"))

from product import ROW, Product, model_bytes, prepared

from onespec.runtime.stores.online import OnlineRow
from onespec.runtime.stores.online_sqlite import SqliteOnlineStore

CHILD = """
import json, sys
from pathlib import Path
import numpy as np, onnxruntime as ort

kind, folder = sys.argv[1], Path(sys.argv[2])
announce = lambda url: print(url, flush=True)


class Bare:
    def __init__(self):
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        model = (folder / "model-0.0.onnx").read_bytes()
        self.session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])

    def score(self, body):
        inputs = np.array(json.loads(body), dtype=np.float32)
        return json.dumps(self.session.run(["score"], {"numeric": inputs})[0].tolist()).encode()

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            while True:
                message = await receive()
                await send({"type": message["type"] + ".complete"})
                if message["type"] == "lifespan.shutdown":
                    return
        body = self.score((await receive())["body"])
        headers = [(b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


if kind.startswith("bare"):
    from onespec.runtime.serving.host_process import free_port
    port = free_port("127.0.0.1")
    url = f"http://127.0.0.1:{port}"
if kind == "bare_process":
    import threading, uvicorn
    threading.Timer(1.5, announce, [url]).start()
    uvicorn.run(Bare(), port=port, log_level="warning", access_log=False)
elif kind == "bare_ray":
    import signal, threading
    from onespec.runtime.executors.ray_cluster import start_local, stop_local
    cluster = start_local()
    from ray import serve

    @serve.deployment(max_ongoing_requests=64)
    class Deployment(Bare):
        async def __call__(self, request):
            from starlette.responses import Response
            return Response(self.score(await request.body()))

    serve.start(proxy_location="HeadOnly", http_options={"host": "127.0.0.1", "port": port},
                logging_config={"enable_access_log": False})
    serve.run(Deployment.bind(), route_prefix="/")
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    announce(url)
    stop.wait()
    stop_local(cluster)
else:
    from onespec.compiler.plan_file import load_plan
    from onespec.runtime.serving.open import Hosted
    hosted = Hosted.of(load_plan(folder / "plan.json"), "api", folder)
    if kind == "process":
        from onespec.runtime.serving.host_process import serve_process as run
    else:
        from onespec.runtime.serving.host_ray import serve_ray as run
    run(hosted, port=0, announce=announce)
"""


@contextmanager
def server(kind: str, product: Product) -> Iterator[str]:
    """A server in a process of its own; yields its URL."""
    command = [sys.executable, "-c", CHILD, kind, str(product.project)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert child.stdout is not None
    try:
        lines = iter(child.stdout.readline, "")
        yield next(line.strip() for line in lines if line.startswith("http://"))
    finally:
        child.terminate()
        child.wait(60)
        child.stdout.close()


def measure(url: str, body: bytes, requests: int, connections: int) -> tuple[list[float], float]:
    """Sorted latencies in ms, and requests a second, over kept-alive connections."""
    parts = urlsplit(url)
    latencies: list[float] = []

    def ask() -> None:
        link = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
        for _ in range(requests // connections):
            started = time.perf_counter()
            link.request("POST", "/v1/predict", body, {"content-type": "application/json"})
            response = link.getresponse()
            response.read()
            assert response.status == 200, response.status
            latencies.append((time.perf_counter() - started) * 1e3)
        link.close()

    threads = [threading.Thread(target=ask) for _ in range(connections)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(latencies), len(latencies) / (time.perf_counter() - started)


def compare(product: Product, kinds: Sequence[str], requests: int) -> None:
    bodies = {
        True: json.dumps([[3.5, 1, 120, 55, 18, 6.99]]).encode(),
        False: json.dumps({"rows": [dict(ROW)]}).encode(),
    }
    print(
        f"{'server':14}{'connections':>12}{'p50 ms':>9}{'p99 ms':>9}{'req/s':>9}{'p50 ratio':>11}"
    )
    with ExitStack() as stack:
        urls = {kind: stack.enter_context(server(kind, product)) for kind in kinds}
        for connections in (1, 16):
            base = 0.0
            for kind in kinds:  # each bare server just before its counterpart
                body = bodies[kind.startswith("bare")]
                measure(urls[kind], body, requests // 4, connections)
                latencies, rate = measure(urls[kind], body, requests, connections)
                p50 = latencies[len(latencies) // 2]
                p99 = latencies[int(len(latencies) * 0.99)]
                base = p50 if kind.startswith("bare") else base
                print(f"{kind:14}{connections:12}{p50:9.2f}{p99:9.2f}{rate:9.0f}{p50 / base:11.2f}")


def lookups(folder: Path) -> None:
    """The embedded online store: 20 float features a row, 20,000 keys."""
    store = SqliteOnlineStore(folder / "bench.sqlite")
    values = {f"v.f{n}": n / 7 for n in range(20)}
    keys = [(f"N{n:06}",) for n in range(20_000)]
    started = time.perf_counter()
    store.write("v", "g", [(key, OnlineRow(values, 1, 1)) for key in keys])
    print(f"\nonline store: write {20_000 / (time.perf_counter() - started):.0f} rows/s", end="")
    for count, rounds in ((1, 5000), (100, 200)):
        times = []
        for start in range(rounds):
            wanted = [keys[(start * 7919 + n * 131) % len(keys)] for n in range(count)]
            started = time.perf_counter()
            store.read("v", wanted)
            times.append(time.perf_counter() - started)
        print(f", read {count}: p50 {sorted(times)[rounds // 2] * 1e6:.1f} µs", end="")
    print()
    store.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=400)
    parser.add_argument("--no-ray", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        product = prepared(Path(folder))
        product.write_plan()
        assert (product.project / "model-0.0.onnx").read_bytes() == model_bytes()
        compare(product, ("bare_process", "process"), options.requests)
        if not options.no_ray:
            compare(product, ("bare_ray", "ray"), options.requests)
        lookups(Path(folder))


if __name__ == "__main__":
    main()
