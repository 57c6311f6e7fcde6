"""The sections of a spec that hold parts by name, and what one of their parts is called."""

SINGULAR = {
    "sources": "source",
    "entities": "entity",
    "features": "feature view",
    "models": "model",
    "deploy": "deployment",
    "monitor": "monitor",
}
