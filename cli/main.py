"""The `onespec` command: one group, whose commands are imported when they are used."""

import gc
import os
import sys
from importlib import import_module
from typing import Any

import click

from .. import __version__
from .terminal import color_wish

# name -> (module, summary): help shows all of them without importing any.
COMMANDS = {
    "Write and check": {
        "init": ("init", "Start a project that runs as it is."),
        "check": ("check", "Find everything that is wrong with a spec, before anything runs."),
        "lock": ("lock", "Record the schema of every source in onespec.lock."),
        "graph": ("graph", "Show what depends on what."),
        "lineage": ("lineage", "Trace a column, a feature or a score through the spec."),
        "show": ("show", "Show what the compiler knows: `contract DEPLOYMENT`."),
        "explain": ("explain", "Tell the story behind a diagnostic's code."),
        "schema": ("schema", "Print the JSON Schema of the spec, for editors."),
    },
    "Compile and run": {
        "compile": ("compile", "Write the files that each target needs to run the spec."),
        "plan": ("plan", "Show what a run would do, and why."),
        "diff": ("diff", "Show what a change of the spec means for every part of it."),
        "run": ("run", "Run the plan: features, training, gates, registry, batch scores."),
        "step": ("step", "Run one step of a plan: what every target calls."),
    },
    "Use and watch": {
        "serve": ("serve", "Serve an endpoint."),
        "predict": ("predict", "Ask an endpoint for predictions."),
        "models": ("models", "List and show model versions; move the champion by hand."),
        "rollout": ("rollout", "Move a rollout on, take it back, or see how it stands."),
        "verify": ("verify", "Prove that every target comes to the same: `parity`."),
        "monitor": ("monitor", "Compare what a deployment sees with what it was trained on."),
    },
}


# They build what they need once and end: there is no garbage, and looking for it takes a while.
SHORT = ("check", "compile", "diff", "explain", "graph", "lineage", "plan", "schema", "show")


class LazyGroup(click.Group):
    """A group that imports a command only when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name for group in COMMANDS.values() for name in group]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        for group in COMMANDS.values():
            if cmd_name in group:
                if cmd_name not in SHORT:
                    gc.enable()
                module = import_module(f".{group[cmd_name][0]}", __package__)
                command: click.Command = module.command
                return command
        return None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0] if args else ""
        if name and not name.startswith("-") and name not in self.list_commands(ctx):
            from ..specs.suggest import closest

            guess = closest(name, self.list_commands(ctx))
            hint = f" Did you mean `{guess}`?" if guess else ""
            raise click.UsageError(f"There is no command `{name}`.{hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for title, group in COMMANDS.items():
            with formatter.section(click.style(title, bold=True)):
                formatter.write_dl(
                    [(click.style(n, fg="cyan"), summary) for n, (_, summary) in group.items()]
                )


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="\b\nTry it:\n"
    "  onespec init --example flights my-project && cd my-project\n"
    "  onespec check && onespec run\n\n"
    "Commands that take SPEC want a file, or a folder that holds pipeline.yaml; without it they "
    "take this folder. Each command has its own --help, with examples.\n\n"
    "\b\nCompletion for your shell (bash, zsh or fish):\n"
    '  eval "$(_ONESPEC_COMPLETE=bash_source onespec)"',
)
@click.version_option(__version__, prog_name="onespec")
def cli() -> None:
    """onespec compiles one YAML file, which says what a machine-learning product is, into
    everything that runs it."""


def main() -> None:
    """Run the command line. Exit codes: 0 fine, 1 problems found, and those of
    `compiler/interfaces/exit_codes`."""
    gc.disable()
    # Looking for plugins reads the metadata of every installed package, at each start.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "1")
    try:
        code: Any = cli.main(standalone_mode=False, prog_name="onespec", color=color_wish())
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.exceptions.Abort:
        sys.exit(130)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    except Exception as error:
        from .failure import show_failure

        sys.exit(show_failure(error))
    sys.exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    main()
