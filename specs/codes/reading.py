"""E1xx: reading YAML."""

from .code import Code

CODES = (
    Code(
        "E101",
        "The file is not valid YAML",
        (
            "The text cannot be read as YAML, so that nothing after this place was looked at. The "
            "usual causes are a tab in the indentation, a quote or bracket that is not closed, a "
            "value that begins with a character with a meaning of its own (`*`, `&`, `@`, `%`), "
            "or a value that holds a colon followed by a space. Put such values in quotes, and "
            "indent with spaces."
        ),
        wrong="""\
deploy:
  nightly:
    schedule: * 2 * * *
""",
        right="""\
deploy:
  nightly:
    schedule: "0 2 * * *"
""",
    ),
    Code(
        "E102",
        "A key is written twice",
        (
            "A mapping holds the same key twice. Most YAML readers keep the last one and say "
            "nothing, so that an edit of the first has no effect. Both places are shown: keep "
            "one."
        ),
        wrong="""\
sources:
  flights:
    path: data/flights.parquet
    path: data/flights_2013.parquet
""",
        right="""\
sources:
  flights:
    path: data/flights_2013.parquet
""",
    ),
    Code(
        "E103",
        "A construct of YAML that a spec does not use",
        (
            "Tags (`!!python/…`), merge keys (`<<`), directives (`%YAML`) and unbounded aliases "
            "hide what a value is or where it comes from, and have a history of attacks. A spec "
            "is written without them. An anchor and its aliases are allowed for small repeated "
            "values; an alias must have its anchor before it, must not contain itself, and all "
            "aliases together stand for at most 50,000 values."
        ),
        wrong="""\
defaults: &defaults
  cpu: 2
models:
  late_arrival:
    resources:
      <<: *defaults
      memory: 4GiB
""",
        right="""\
models:
  late_arrival:
    resources: {cpu: 2, memory: 4GiB}
""",
    ),
    Code(
        "E104",
        "The file is too large or nested too deeply",
        (
            "A spec is at most 4 MiB long, holds at most 500,000 values and is nested at most 64 "
            "levels deep; its expressions together hold at most 1,000,000 characters. The limits "
            "are far beyond what people write; they keep a broken generator or a "
            "hostile file from exhausting the machine that checks it. Split a generated spec."
        ),
        wrong="a: " + "[" * 65 + "]" * 65,
        right="a: [1, 2, 3]",
    ),
    Code(
        "E105",
        "The file cannot be read",
        (
            "The file does not exist, is a folder or a device, or may not be read by this user. "
            "Names are relative to the folder in which the command runs. If a file with a similar "
            "name is there, it is suggested."
        ),
        wrong="""\
# onespec check pipelin.yaml
onespec: 1
""",
        right="""\
# onespec check pipeline.yaml
onespec: 1
""",
    ),
    Code(
        "E106",
        "A key is not a text",
        (
            "YAML reads an unquoted `2013`, `true` or `null` as a number, a truth value or "
            "nothing, and allows lists and mappings as keys. Keys of a spec are names, so each "
            "must be a text. Quote the key."
        ),
        wrong="""\
labels:
  1: late
  0: on time
""",
        right="""\
labels:
  "1": late
  "0": on time
""",
    ),
    Code(
        "E107",
        "A second document in the file",
        (
            "A line `---` or `...` ends a YAML document. A spec is one document, and what follows "
            "it would be ignored. Remove the line, or move what follows to a file of its own."
        ),
        wrong="""\
onespec: 1
name: flight-delays
---
name: other
""",
        right="""\
onespec: 1
name: flight-delays
""",
    ),
    Code(
        "E108",
        "The file is empty",
        (
            "The file holds nothing, or comments only. A spec begins with `onespec: 1`, the "
            "version of the language, and a name."
        ),
        wrong="# to be written",
        right="""\
onespec: 1
name: flight-delays
""",
    ),
    Code(
        "E109",
        "The file is not plain UTF-8 text",
        (
            "A spec is text in UTF-8. Bytes that are not UTF-8, control characters, and the "
            "separators that some programs take for line breaks and others do not, are refused "
            'where they stand. An editor\'s "save with encoding" repairs the first; inside double '
            "quotes every character can be written as an escape."
        ),
        wrong="name: café\u2028later",
        right='name: "café\\u2028later"',
    ),
    Code(
        "E110",
        "A number that cannot be held as written",
        (
            "The number has more digits than any use of it could mean, or is beyond the range of "
            "a 64-bit float, where it would silently become infinite. Quote it if it is a name or "
            "an identifier; write `.inf` if infinity is meant."
        ),
        wrong="limit: 1e999",
        right="limit: .inf",
    ),
)
