"""The Airflow target: one DAG file for each schedule, and the plan."""
