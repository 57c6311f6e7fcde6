"""The point-in-time kernel."""
