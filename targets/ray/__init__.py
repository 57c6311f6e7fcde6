"""The Ray target: a job definition, a Serve config and the plan."""
