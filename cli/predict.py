"""`onespec predict`"""

import json
import sys
from pathlib import Path
from typing import Any

import click

from ..specs.render.visible import visible
from .options import environment_option, find_spec, json_option, name_option, spec_option

_SHOWN_CLASSES = 3
_LIKELY = 0.001


@click.command(
    epilog="\b\nExamples:\n"
    "  onespec predict origin=JFK carrier=B6 tailnum=N504JB distance=1089 \\\n"
    "      scheduled_departure=2013-12-31T18:00:00Z\n"
    "  onespec predict rows.json --explain              rows from a file, or - for stdin\n"
    "  onespec predict rows.json --json | jq '.predictions[].score'\n"
    "  onespec predict --url http://host:8000 origin=JFK …"
)
@click.argument("values", nargs=-1, metavar="NAME=VALUE…|FILE")
@spec_option
@environment_option
@name_option
@click.option(
    "--url",
    metavar="URL",
    help="Where it is served; the spec's port on this machine when left out.",
)
@click.option("--explain", is_flag=True, help="Show the features that were used.")
@json_option
def command(
    values: tuple[str, ...],
    spec: Path,
    environment: str | None,
    name: str | None,
    url: str | None,
    explain: bool,
    as_json: bool,
) -> int:
    """Ask an endpoint that is served (`onespec serve`) for predictions.

    A row holds the entity keys and what only the caller can know; the endpoint looks up the other
    features. Give one row as NAME=VALUE pairs, or a JSON file with a row or a list of rows. `null`
    stands for a missing value.
    """
    from ..runtime.serving.client import predict
    from .plans import endpoint_name, load_any

    columns: dict[str, str] = {}
    if url is None or not _is_file(values):
        plan, _ = load_any(find_spec(spec), environment)
        endpoint = plan.endpoint(endpoint_name(plan, name))
        columns = {c.name: c.type for c in (*endpoint.entity_keys, *endpoint.inputs)}
        url = url or f"http://127.0.0.1:{endpoint.port}"
    rows = _file_rows(values[0]) if _is_file(values) else [_row(values, columns)]
    answer = predict(url, rows, explain=explain)
    if as_json:
        click.echo(json.dumps(answer, indent=1))
    else:
        _show(answer)
    return 0


def _is_file(values: tuple[str, ...]) -> bool:
    return len(values) == 1 and "=" not in values[0]


def _file_rows(name: str) -> list[dict[str, Any]]:
    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text("utf-8")
        rows = json.loads(text)
    except (OSError, ValueError) as error:
        raise click.UsageError(f"{name} cannot be read as JSON: {error}") from None
    return rows if isinstance(rows, list) else [rows]


def _row(values: tuple[str, ...], columns: dict[str, str]) -> dict[str, Any]:
    from ..specs.suggest import closest

    row: dict[str, Any] = {}
    for pair in values:
        name, separator, text = pair.partition("=")
        if not separator:
            raise click.UsageError(f"`{pair}` is not NAME=VALUE.")
        if name not in columns:
            guess = closest(name, columns)
            hint = f" Did you mean `{guess}`?" if guess else ""
            raise click.UsageError(
                f"The endpoint takes no `{name}`.{hint} It takes {', '.join(columns)}."
            )
        row[name] = _value(name, text, columns[name])
    missing = [name for name in columns if name not in row]
    if missing:
        raise click.UsageError(f"The endpoint also needs {', '.join(missing)}.")
    return row


def _value(name: str, text: str, kind: str) -> Any:
    if text == "null":
        return None
    try:
        match kind:
            case "bool":
                return {"true": True, "false": False}[text.lower()]
            case "int":
                return int(text)
            case "float":
                return float(text)
    except (ValueError, KeyError):
        raise click.UsageError(f"`{name}` is a {kind}; `{text}` is not.") from None
    return text


def _others(prediction: dict[str, Any]) -> str:
    """The next likely classes, as far as they are likely at all."""
    told = prediction.get("probabilities") or {}
    rest = [(p, name) for name, p in told.items() if name != str(prediction["prediction"])]
    likely = sorted(rest, key=lambda one: -one[0])[:_SHOWN_CLASSES]
    return ", ".join(f"{visible(name)} {p:.4f}" for p, name in likely if p >= _LIKELY)


def _show(answer: dict[str, Any]) -> None:
    for prediction in answer["predictions"]:
        if prediction.get("error"):
            click.secho(prediction["error"]["detail"], fg="red")
            continue
        score, label = f"{prediction['score']:.4f}", prediction.get("prediction")
        told = score if label is None else visible(str(label))
        more = "" if label is None else f"{score}  "
        version = prediction.get("version", answer["version"])
        arm = f", the {prediction['arm']}" if "arm" in prediction else ""
        click.echo(
            f"{click.style(told, bold=True, fg='cyan')}  {more}"
            f"{answer['model']} version {version}{arm}"
        )
        if others := _others(prediction):
            click.secho(f"  else {others}", dim=True)
        for reason in prediction["degraded"]:
            click.secho(f"  degraded: {reason}", fg="yellow")
        features = prediction.get("features") or {}
        width = max((len(name) for name in features), default=0)
        for feature, value in features.items():
            shown = f"{value:.4g}" if isinstance(value, float) else _text(value)
            click.echo(f"  {feature.ljust(width)}  {click.style(shown, dim=value is None)}")


def _text(value: Any) -> str:
    """As it is written in a row."""
    return value if isinstance(value, str) else json.dumps(value)
