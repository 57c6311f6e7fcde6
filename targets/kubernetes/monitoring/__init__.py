"""What a cluster with Prometheus and Grafana is given: scrapes, rules, a dashboard."""
