"""What a plan shows to the outside: requests, answers, the prediction log, model inputs.

Pure functions of the plan, one definition each: the runtime serves and writes by them, and
`onespec show contract` prints them.
"""
