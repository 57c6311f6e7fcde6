"""The front door: parse words, call one function, show the result."""
