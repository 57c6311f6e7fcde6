"""The oracle of the grammar: how sqlglot groups an expression, written out with every bracket."""

from typing import ClassVar

from sqlglot import exp, parser, tokens
from sqlglot.dialects.dialect import Dialect
from sqlglot.tokens import TokenType


class _Grammar(Dialect):
    """SQL operators, `case` and `cast`; every other call stays as it was written."""

    TYPED_DIVISION = False

    class Tokenizer(tokens.Tokenizer):
        KEYWORDS: ClassVar = {**tokens.Tokenizer.KEYWORDS, "//": TokenType.DIV}

    class Parser(parser.Parser):
        FUNCTIONS: ClassVar = {}
        FUNCTION_PARSERS: ClassVar = {"CAST": parser.Parser.FUNCTION_PARSERS["CAST"]}
        NO_PAREN_FUNCTIONS: ClassVar = {}
        NO_PAREN_FUNCTION_PARSERS: ClassVar = {
            "CASE": parser.Parser.NO_PAREN_FUNCTION_PARSERS["CASE"]
        }


_BINARY: dict[type[exp.Expr], str] = {
    exp.Add: "+",
    exp.Sub: "-",
    exp.Mul: "*",
    exp.Div: "/",
    exp.IntDiv: "//",
    exp.Mod: "%",
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
    exp.And: "and",
    exp.Or: "or",
    exp.DPipe: "||",
}


def bracketed(text: str) -> str:
    """The expression with every operator in brackets: no precedence is left to know.

    Raises sqlglot's ParseError and TokenError.
    """
    grammar = _Grammar()
    (tree,) = grammar.parser().parse_into(exp.Condition, grammar.tokenize(text), text)
    assert isinstance(tree, exp.Expr)
    return _write(tree)


def _write(node: exp.Expr) -> str:
    if type(node) in _BINARY:
        return f"({_part(node)} {_BINARY[type(node)]} {_part(node, 'expression')})"
    match node:
        case exp.Column():
            return '"' + node.name.replace('"', '""') + '"'
        case exp.Literal() if node.is_string:
            return "'" + node.name.replace("'", "''") + "'"
        case exp.Literal():
            return node.name
        case exp.Boolean() | exp.Null():
            return node.sql()
        case exp.Paren():
            return _part(node)
        case exp.Neg(this=exp.Literal()):
            return f"- {_part(node)}"
        case exp.Neg():
            return f"(- {_part(node)})"
        case exp.Not():
            return f"(not {_part(node)})"
        case exp.Is():
            return f"({_part(node)} is {'not ' * isinstance(node.expression, exp.Not)}null)"
        case exp.Like():
            negated = "not " if node.args.get("negate") else ""
            return f"({_part(node)} {negated}like {_part(node, 'expression')})"
        case exp.Between():
            return f"({_part(node)} between {_part(node, 'low')} and {_part(node, 'high')})"
        case exp.In():
            return f"({_part(node)} in ({_list(node.expressions)}))"
        case exp.Cast():
            return f"cast({_part(node)} as {node.args['to'].sql().lower()})"
        case exp.Interval():
            return f"interval {node.this.name} {node.args['unit'].name.lower()}"
        case exp.Case():
            subject = _part(node) if node.this else ""
            whens = (f"when {_part(i)} then {_part(i, 'true')}" for i in node.args["ifs"])
            default = f"else {_part(node, 'default')}" if node.args.get("default") else ""
            return f"case {subject} {' '.join(whens)} {default} end"
        case exp.Filter():
            return f"{_part(node)} filter (where {_write(node.expression.this)})"
        case exp.Anonymous():
            return f"{node.this}({_list(node.expressions)})"
    raise AssertionError(f"not of the language: {node!r}")


def _part(node: exp.Expr, name: str = "this") -> str:
    return _write(node.args[name])


def _list(nodes: list[exp.Expr]) -> str:
    return ", ".join(map(_write, nodes))
