"""`onespec explain`"""

import click


@click.command(epilog="\b\nExamples:\n  onespec explain E204\n  onespec explain --all")
@click.argument("code", required=False)
@click.option("--all", "every", is_flag=True, help="List all codes.")
def command(code: str | None, every: bool) -> int:
    """Tell the story behind a diagnostic's code, with a wrong and a right example.

    CODE stands in brackets after `error` or `warning`. Without one, all codes are listed.
    """
    from ..specs.codes import CODES
    from ..specs.suggest import closest

    if every or code is None:
        for entry in CODES.values():
            click.echo(f"{click.style(entry.code, bold=True)}  {entry.title}")
        return 0
    found = CODES.get(code.upper())
    if found is None:
        guess = closest(code.upper(), CODES)
        hint = f" Did you mean {guess}?" if guess else ""
        raise click.UsageError(f"There is no code `{code}`.{hint} See `onespec explain --all`.")
    click.echo(f"{click.style(found.code, bold=True, fg='red')}  {found.title}\n")
    click.echo(click.wrap_text(found.story, 88, preserve_paragraphs=True))
    for title, color, text in (("wrong", "red", found.wrong), ("right", "green", found.right)):
        click.echo(f"\n{click.style(title, fg=color, bold=True)}")
        click.echo("\n".join(f"  {line}" for line in text.strip("\n").splitlines()))
    return 0
