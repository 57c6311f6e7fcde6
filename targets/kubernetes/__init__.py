"""The Kubernetes target: a kustomize base, an overlay an environment, and a Dockerfile."""
