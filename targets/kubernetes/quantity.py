"""Numbers as Kubernetes writes them."""

_UNITS = (("Gi", 2**30), ("Mi", 2**20), ("Ki", 2**10))


def cores(amount: float) -> str:
    """`2` or `500m`."""
    thousandths = max(1, round(amount * 1000))
    return f"{thousandths}m" if thousandths % 1000 else str(thousandths // 1000)


def size(amount: int) -> str:
    """Bytes in the largest unit that is exact: `4Gi`."""
    for unit, factor in _UNITS:
        if amount % factor == 0:
            return f"{amount // factor}{unit}"
    return str(amount)


def literal(text: str) -> str:
    """A text that Kubernetes expands in `command`, `args` and `env`, so that it stays as it is."""
    return text.replace("$", "$$")
