"""Objects of the KubeRay operator: training on a Ray cluster that comes and goes, Ray Serve."""
