"""What the target can be told about Prometheus and Grafana."""

from pydantic import Field

from ....specs.sections.base import Section


class MonitoringSettings(Section):
    """`targets: {kubernetes: {monitoring: …}}`: for the components of that name."""

    namespace: str = Field(default="monitoring", pattern=r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$")
    """Where Prometheus runs: its pods there may scrape the endpoints."""
    interval: int = Field(default=30, ge=5, le=300)
    """Seconds between two scrapes."""
    labels: dict[str, str] = Field(default_factory=dict, examples=[{"release": "prometheus"}])
    """What the operator's selectors ask of a ServiceMonitor and a PrometheusRule."""
    dashboard_label: str = "grafana_dashboard"
    """The label by which Grafana's sidecar finds dashboards."""
