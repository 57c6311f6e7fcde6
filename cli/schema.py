"""`onespec schema`"""

import json

import click


@click.command(
    epilog="\b\nExample:\n"
    "  onespec schema > onespec.schema.json\n\n"
    "\b\nThen begin the spec with:\n"
    "  # yaml-language-server: $schema=onespec.schema.json"
)
@click.argument("which", type=click.Choice(["spec", "fragment", "plan"]), default="spec")
def command(which: str) -> int:
    """Print a JSON Schema, for editors and other tools.

    `spec` is the file that commands read, `fragment` a file that specs include.
    """
    if which == "plan":
        from ..compiler.plan_file import plan_schema

        schema = plan_schema()
    elif which == "fragment":
        from ..specs.schema import fragment_schema

        schema = fragment_schema()
    else:
        from ..specs.schema import spec_schema

        schema = spec_schema()
    click.echo(json.dumps(schema, indent=2, ensure_ascii=False))
    return 0
