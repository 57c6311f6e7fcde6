"""`onespec schema`"""

import json

import click


@click.command(
    epilog="\b\nExample:\n"
    "  onespec schema > onespec.schema.json\n\n"
    "\b\nThen begin the spec with:\n"
    "  # yaml-language-server: $schema=onespec.schema.json"
)
@click.argument("which", type=click.Choice(["spec", "plan"]), default="spec")
def command(which: str) -> int:
    """Print the JSON Schema of the spec (or of the plan), for editors and other tools."""
    if which == "plan":
        from ..compiler.plan_file import plan_schema

        schema = plan_schema()
    else:
        from ..specs.schema import spec_schema

        schema = spec_schema()
    click.echo(json.dumps(schema, indent=2, ensure_ascii=False))
    return 0
