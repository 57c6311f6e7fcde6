"""A scalar that is refused with a code of its own."""


class ScalarError(ValueError):
    """What a parser of scalars raises where E210 would say too little.

    `within` are the characters [start, end) of the text that are at fault; all of it when left
    out.
    """

    def __init__(
        self,
        code: str,
        sentence: str,
        *,
        hint: str = "",
        label: str = "",
        within: tuple[int, int] | None = None,
    ) -> None:
        super().__init__(sentence)
        self.code = code
        self.hint = hint
        self.label = label
        self.within = within
